#include "src/core/kinds/number_kind.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kMaxFixedPart = 65535;

std::uint64_t RoundUp(std::uint64_t size, std::uint64_t align) {
  const std::uint64_t over = size % align;
  return over == 0 ? size : SaturatingAdd(size, align - over);
}

// Sets the bits of `number` among those that `width` bytes have already. False: there is no room.
bool StoreBits(ByteSpan bytes, std::size_t at, std::size_t width, std::uint64_t number,
               std::endian order) {
  if (number > MaxUint(width) || at + width > bytes.size()) return false;
  StoreUint(bytes.subspan(at), LoadUint(bytes, at, width, order) | number, width, order);
  return true;
}

bool BitAt(ByteView window, std::size_t byte, std::size_t bit) {
  return (std::to_integer<unsigned>(window[byte]) >> bit & 1) != 0;
}

}  // namespace

// What a header says, as far as it has been read.
struct NumberKind::Reading {
  std::size_t looked = 0;     // bytes from the front that had to be there
  std::size_t field_end = 0;  // of the field, extended or not
  std::uint64_t header = 0;
  std::uint64_t unflagged = 0;  // the same without what `if` adds
  std::endian order = std::endian::big;
  std::uint64_t payload = 0;
  std::uint64_t wire = 0;
  bool to_the_end = false;
};

absl::StatusOr<std::shared_ptr<const NumberKind>> NumberKind::Create(const NumberOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (o.width < 1 || o.width > 8) return refuse("width is 1 to 8 bytes");
  if (o.offset > kMaxFixedPart) return refuse("offset is at most 65535");
  if (o.shift > 63) return refuse("shift is at most 63");
  if (o.mask == 0) return refuse("mask leaves nothing of the number");
  if (o.unit < 1 || o.unit > 65536) return refuse("unit is 1 to 65536");
  if (o.align < 1 || o.align > 65536) return refuse("align is 1 to 65536");
  if (const char* why = WhyNotTrailer(o.trailer)) return refuse(why);
  if (o.header && (*o.header < o.offset + o.width || *o.header > kMaxFixedPart + 8)) {
    return refuse("header is offset + width to 65543");
  }
  if (o.strip && *o.strip > kMaxFixedPart + 8) return refuse("strip is at most 65543");
  if (o.adjust <= -(std::int64_t{1} << 31) || o.adjust >= std::int64_t{1} << 31) {
    return refuse("adjust is below 2^31");
  }
  if (o.told.at > kMaxFixedPart || o.told.mark.size() > 256) {
    return refuse("endian is told by one of the first 65536 bytes, or by at most 256 of them");
  }
  for (const AddedLength& added : o.plus) {
    if (added.width < 1 || added.width > 8 || added.offset > kMaxFixedPart) {
      return refuse("plus has terms OFF/WIDTH of 1 to 8 bytes");
    }
    if (added.unit < 1 || added.unit > 65536) return refuse("plus has units of 1 to 65536");
  }
  for (const ExtendedLength& ext : o.ext) {
    if (ext.width < 1 || ext.width > (ext.in_field ? 63U : 8U)) {
      return refuse("ext is 1 to 8 bytes wide, 1 to 63 bits inside the field");
    }
    if (ext.at.value_or(0) > kMaxFixedPart) return refuse("ext stands in the first 65536 bytes");
  }
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  if (o.ext.empty() && o.plus.empty()) {
    const std::size_t header = o.header.value_or(o.offset + o.width + o.header_behind);
    std::uint64_t reach = SaturatingMultiply(MaxUint(o.width) >> o.shift & o.mask, o.unit);
    if (o.counts == Counts::kAfter) reach = SaturatingAdd(reach, o.offset + o.width);
    if (o.counts == Counts::kPayload) reach = SaturatingAdd(reach, header);
    const auto shrink = static_cast<std::uint64_t>(o.adjust < 0 ? -o.adjust : 0);
    const auto grow = static_cast<std::uint64_t>(o.adjust > 0 ? o.adjust : 0);
    std::uint64_t base = 0;  // a number of 0 counted up to here
    if (o.counts == Counts::kAfter) base = o.offset + o.width;
    if (o.counts == Counts::kPayload) base = header;
    const bool too_short =
        SaturatingAdd(reach, grow) < SaturatingAdd(header + o.limits.min, shrink);
    if (too_short || base + grow > header + o.limits.most()) {
      return refuse("no payload fits: no length could ever be right");
    }
  }
  return std::make_shared<const NumberKind>(o);
}

// An answer if bytes are missing or the number is impossible; else `r` is filled in.
std::optional<ScanResult> NumberKind::Read(std::endian order, ByteView window, Reading& r) const {
  const auto missing = [&](std::size_t upto) {
    r.looked = std::max(r.looked, upto);
    return window.size() < upto;
  };
  const auto more = [&] { return NeedMore{.min_window = r.looked}; };
  const auto broken = [&](FrameErrorCode code, std::uint64_t found, std::uint64_t allowed) {
    return FrameError{.code = code, .found = found, .allowed = allowed}.With(
        window.first(std::min(window.size(), r.looked)));
  };

  switch (o_.told.how) {
    case ToldOrder::How::kFixed:
      order = o_.order;
      break;
    case ToldOrder::How::kPreamble:
      break;
    case ToldOrder::How::kBit:
      if (missing(o_.told.at + 1)) return more();
      order = BitAt(window, o_.told.at, o_.told.bit) ? std::endian::little : std::endian::big;
      break;
    case ToldOrder::How::kCharacter:
      if (missing(o_.told.at + 1)) return more();
      order =
          AsText(window)[o_.told.at] == o_.told.mark[0] ? std::endian::little : std::endian::big;
      break;
    case ToldOrder::How::kMagic:
      if (missing(o_.told.at + o_.told.mark.size())) return more();
      order = OrderAfter(window, order);
      break;
  }

  r.order = order;
  std::size_t width = o_.width;
  for (const ExtendedLength& ext : o_.ext) {
    if (ext.value || ext.in_field) continue;
    if (missing(ext.flag_byte + 1)) return more();
    if (BitAt(window, ext.flag_byte, ext.flag_bit)) width = ext.width;
  }
  r.field_end = o_.offset + width;
  if (missing(r.field_end)) return more();
  std::uint64_t number = LoadUint(window, o_.offset, width, order) >> o_.shift & o_.mask;
  const std::uint64_t raw = number;
  for (const ExtendedLength& ext : o_.ext) {
    if (ext.in_field) {
      if (!BitAt(window, o_.offset, ext.flag_bit)) continue;
      const std::size_t bytes = (ext.width + 8) / 8;
      r.field_end = o_.offset + bytes;
      if (missing(r.field_end)) return more();
      number = LoadUint(window, o_.offset, bytes, std::endian::big) &
               ((std::uint64_t{1} << ext.width) - 1);
      break;
    }
    if (!ext.value || raw != *ext.value) continue;
    const std::size_t at = ext.at.value_or(r.field_end);
    r.field_end = std::max(r.field_end, at + ext.width);
    if (missing(at + ext.width)) return more();
    number = SaturatingAdd(LoadUint(window, at, ext.width, order), ext.bias);
    break;
  }
  r.to_the_end = o_.zero_is_rest && raw == 0;
  number = SaturatingMultiply(number, o_.unit);

  std::size_t if_adds = 0;
  if (o_.if_adds > 0) {
    if (missing(o_.if_byte + 1)) return more();
    if (BitAt(window, o_.if_byte, o_.if_bit)) if_adds = o_.if_adds;
  }
  r.unflagged = o_.header.value_or(r.field_end + o_.header_behind);
  r.header = r.unflagged + if_adds;
  if (r.to_the_end) return std::nullopt;
  std::uint64_t base = 0;
  if (o_.counts == Counts::kAfter) base = r.field_end + if_adds;
  if (o_.counts == Counts::kPayload) base = r.header;
  const std::uint64_t counted = SaturatingAdd(number, base);
  const auto shrink = static_cast<std::uint64_t>(o_.adjust < 0 ? -o_.adjust : 0);
  const std::uint64_t grow = static_cast<std::uint64_t>(o_.adjust > 0 ? o_.adjust : 0);
  const std::uint64_t end = counted < shrink ? 0 : SaturatingAdd(counted - shrink, grow);
  if (end < r.header) {
    const std::uint64_t least = SaturatingAdd(r.header, shrink);
    return broken(FrameErrorCode::kLengthBelowHeader, raw,
                  least > base + grow ? least - base - grow : 0);
  }
  std::uint64_t added = 0;
  for (const AddedLength& plus : o_.plus) {
    if (missing(plus.offset + plus.width)) return more();
    const std::uint64_t number_there = LoadUint(window, plus.offset, plus.width, order);
    added = SaturatingAdd(added, SaturatingMultiply(number_there & plus.mask, plus.unit));
  }
  r.payload = SaturatingAdd(end - r.header, added);
  r.wire = SaturatingAdd(SaturatingAdd(RoundUp(end, o_.align), added), o_.trailer.size());
  if (r.wire < r.looked) {  // a number was read from bytes that would be the next frame's
    return broken(FrameErrorCode::kLengthBelowHeader, raw, r.looked - r.wire);
  }
  if (std::optional<FrameError> error = CheckLimits(o_.limits, r.payload, r.wire)) {
    return error->With(window.first(r.looked));
  }
  if (o_.strip && *o_.strip > r.header + r.payload) {
    return FrameError{.code = FrameErrorCode::kMalformedLength,
                      .rule = FrameRule::kBeyondFrame,
                      .found = o_.offset}
        .With(window.first(r.looked));
  }
  return std::nullopt;
}

std::endian NumberKind::OrderAfter(ByteView frame, std::endian before) const {
  if (o_.told.how != ToldOrder::How::kMagic) return before;
  const std::string_view mark = o_.told.mark;
  if (frame.size() < o_.told.at + mark.size()) return before;
  const std::string_view there = AsText(frame.subspan(o_.told.at, mark.size()));
  if (there == mark) return std::endian::big;
  if (std::equal(there.begin(), there.end(), mark.rbegin())) return std::endian::little;
  return before;
}

// The note for the next Scan(): how much of the trailer has been judged.
ScanResult NumberKind::ScanIn(std::endian order, ByteView window, std::uint64_t resume) const {
  Reading r;
  if (std::optional<ScanResult> answer = Read(order, window, r)) return *answer;
  if (r.to_the_end) {
    if (window.size() <= r.header + o_.limits.most())
      return NeedMore{.min_window = window.size() + 1};
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = o_.limits.most()}.With(
        window.first(r.looked));
  }
  const auto wire = static_cast<std::size_t>(r.wire);
  // A header that `if` made longer may not be there yet; its bytes are inside the frame.
  const std::size_t trailer_at = wire - o_.trailer.size();
  if (auto answer = CheckTrailer(o_.trailer, window, trailer_at, resume)) {
    if (auto* more = std::get_if<NeedMore>(&*answer)) more->resume = resume;
    return *answer;
  }
  return Extent{wire, static_cast<std::size_t>(r.header), static_cast<std::size_t>(r.payload)};
}

Extent NumberKind::Delivered(ByteView /*frame*/, const Extent& payload) const {
  const std::size_t strip = o_.strip.value_or(payload.payload_offset);
  // A checksum that is none of the payload may be among what is stripped.
  const std::size_t end = std::max(strip, payload.payload_offset + payload.payload_size);
  return {payload.wire_size, strip, end - strip};
}

ScanResult NumberKind::ScanFinalIn(std::endian order, ByteView rest) const {
  Reading r;
  if (!o_.zero_is_rest || Read(order, rest, r) || !r.to_the_end || rest.size() < r.header) {
    return NeedMore{.min_window = rest.size() + 1};
  }
  const auto strip = o_.strip.value_or(static_cast<std::size_t>(r.header));
  if (strip > rest.size()) {
    return FrameError{.code = FrameErrorCode::kMalformedLength,
                      .rule = FrameRule::kBeyondFrame,
                      .found = o_.offset}
        .With(rest.first(r.looked));
  }
  const auto payload = rest.size() - static_cast<std::size_t>(r.header);
  if (auto error = CheckLimits(o_.limits, payload, rest.size())) {
    return error->With(rest.first(r.looked));
  }
  const auto header = static_cast<std::size_t>(r.header);
  return Extent{rest.size(), header, rest.size() - header};
}

std::size_t NumberKind::max_frame_size() const {
  std::size_t widest = o_.offset + 8;
  for (const ExtendedLength& ext : o_.ext) {
    widest = std::max(widest, ext.at.value_or(o_.offset + o_.width) + ext.width);
  }
  for (const AddedLength& plus : o_.plus) widest = std::max(widest, plus.offset + plus.width);
  for (const std::size_t at : {o_.told.at + o_.told.mark.size(), o_.if_byte}) {
    widest = std::max(widest, at + 1);
  }
  const std::size_t header = std::max(o_.header.value_or(0), widest + o_.header_behind);
  return header + o_.if_adds + o_.limits.most() + o_.align + o_.trailer.size() + 1;
}

// The bytes of the field itself in one form of the length, and where the header's lengths end.
std::size_t NumberKind::FieldWidth(const ExtendedLength* form) const {
  if (form == nullptr || form->value) return o_.width;
  return form->in_field ? (form->width + 8) / 8 : form->width;
}

std::size_t NumberKind::FieldEnd(const ExtendedLength* form) const {
  const std::size_t field_end = o_.offset + FieldWidth(form);
  if (form == nullptr || !form->value) return field_end;
  return std::max(field_end, form->at.value_or(field_end) + form->width);
}

// Writes the frame in one form of the length: the field by itself (`form` is null) or extended.
// Where less than the header is stripped, its bytes come with the payload and must be right
// already. Whether the frame reads back is for the caller to see.
bool NumberKind::EncodeForm(const ExtendedLength* form, std::endian order, std::uint64_t payload,
                            std::uint64_t added, ByteView delivered, StreamBuffer& out) const {
  const std::size_t field_end = FieldEnd(form);
  const std::size_t header = o_.header.value_or(field_end + o_.header_behind);
  if (added > payload) return false;
  const auto end = static_cast<std::int64_t>(header + payload - added);
  std::int64_t number = end - o_.adjust;
  if (o_.counts == Counts::kAfter) number -= static_cast<std::int64_t>(field_end);
  if (o_.counts == Counts::kPayload) number -= static_cast<std::int64_t>(header);
  if (number < 0 || static_cast<std::uint64_t>(number) % o_.unit != 0) return false;

  const std::size_t strip = o_.strip.value_or(header);
  const std::uint64_t padded = RoundUp(static_cast<std::uint64_t>(end), o_.align);
  const std::size_t wire = static_cast<std::size_t>(padded + added) + o_.trailer.size();
  if (strip + delivered.size() > wire) return false;
  const ByteSpan frame = out.Prepare(std::max<std::size_t>(wire, 1)).first(wire);
  std::fill(frame.begin(), frame.end(), std::byte{0});
  WriteTrailer(o_.trailer, frame.last(o_.trailer.size()));
  const ByteSpan head = frame.first(std::min(wire, std::max(strip, header)));
  if (!StoreNumber(form, order, static_cast<std::uint64_t>(number) / o_.unit, head)) return false;
  if (added > 0) {
    const AddedLength& plus = o_.plus.back();
    if (added % plus.unit != 0 || (added / plus.unit & plus.mask) != added / plus.unit)
      return false;
    if (!StoreBits(head, plus.offset, plus.width, added / plus.unit, order)) return false;
  }
  std::ranges::copy(delivered, frame.subspan(strip).begin());
  out.Commit(wire);
  return true;
}

// The number as `form` has it. `head` is the frame's part that is not delivered, all zeros.
bool NumberKind::StoreNumber(const ExtendedLength* form, std::endian order, std::uint64_t value,
                             ByteSpan head) const {
  const std::size_t width = FieldWidth(form);
  if (form != nullptr && form->in_field) {  // network order, the flag in the first byte
    if (value >> form->width != 0) return false;
    value |= std::uint64_t{1} << (8 * (width - 1) + form->flag_bit);
    return StoreBits(head, o_.offset, width, value, std::endian::big);
  }
  if (form != nullptr && form->value) {
    const std::size_t at = form->at.value_or(o_.offset + o_.width);
    if (value < form->bias) return false;
    if (!StoreBits(head, at, form->width, value - form->bias, order)) return false;
    value = *form->value;
  } else if (form != nullptr) {
    const std::uint64_t flag = std::uint64_t{1} << form->flag_bit;
    if (!StoreBits(head, form->flag_byte, 1, flag, order)) return false;
  }
  if ((value & o_.mask) != value || value > kTop >> o_.shift) return false;
  return StoreBits(head, o_.offset, width, value << o_.shift, order);
}

std::optional<FrameError> NumberKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (TellsLater()) return Refused(payload.size(), Obstacle::kByteOrder);
  return EncodeIn(o_.order, payload, out);
}

// Tries the forms from the shortest on and keeps the first that decodes back.
std::optional<FrameError> NumberKind::EncodeIn(std::endian order, ByteView payload,
                                               StreamBuffer& out) const {
  if (!TellsLater()) order = o_.order;
  if (payload.size() > o_.limits.most() + kMaxFixedPart) {
    return Refused(payload.size(), o_.limits.most());
  }
  std::vector<const ExtendedLength*> forms = {nullptr};
  for (const ExtendedLength& ext : o_.ext) forms.push_back(&ext);
  for (const ExtendedLength* form : forms) {
    for (const bool into_plus : {false, true}) {
      if (into_plus && o_.plus.empty()) continue;
      const std::size_t before = out.size();
      const std::size_t header = o_.header.value_or(FieldEnd(form) + o_.header_behind);
      const std::size_t strip = o_.strip.value_or(header);
      if (strip + payload.size() < header) continue;
      const std::uint64_t size = strip + payload.size() - header;
      if (!EncodeForm(form, order, size, into_plus ? size : 0, payload, out)) continue;
      const ByteView frame = out.readable().subspan(before);
      const ScanResult back = ScanIn(order, frame, 0);
      const auto* extent = std::get_if<Extent>(&back);
      if (extent != nullptr && extent->wire_size == frame.size()) {
        const Extent put = Delivered(frame, *extent);
        if (Equal(frame.subspan(put.payload_offset, put.payload_size), payload))
          return std::nullopt;
      }
      out.Unwrite(out.size() - before);
    }
  }
  if (o_.strip) return Refused(payload.size(), Obstacle::kBytes);  // its header may be in there
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  return Refused(payload.size(), 0);
}

// The bytes around a payload of another size: what the header says beside its length stays, and so
// does what the trailer has behind the padding.
//
//     | before | field | extension | behind, as the key that xor wants |
//
// Where the header's size is not fixed, the extension comes and goes between field and `behind`.
bool NumberKind::RefitForm(const ExtendedLength* form, std::endian order, const Reading& old,
                           std::size_t payload_size, std::string& header,
                           std::string& trailer) const {
  const std::size_t width = FieldWidth(form);
  const std::size_t field_end = FieldEnd(form);
  std::string made = header;
  if (!o_.header) {
    const std::string field = header.substr(o_.offset, o_.width);
    made = header.substr(0, o_.offset) + std::string(field_end - o_.offset, '\0') +
           header.substr(old.field_end);
    if (width == o_.width) made.replace(o_.offset, o_.width, field);
  }
  const ByteSpan head(reinterpret_cast<std::byte*>(made.data()), made.size());
  const auto clear = [&](std::size_t at, std::size_t size, std::uint64_t bits) {
    if (at + size > head.size()) return;
    StoreUint(head.subspan(at), LoadUint(head, at, size, order) & ~bits, size, order);
  };
  const bool in_field = form != nullptr && form->in_field;
  clear(o_.offset, width, in_field ? MaxUint(width) : o_.mask << o_.shift);
  for (const ExtendedLength& ext : o_.ext) {
    if (ext.at) clear(*ext.at, ext.width, MaxUint(ext.width));
    if (!ext.value && !ext.in_field) clear(ext.flag_byte, 1, std::uint64_t{1} << ext.flag_bit);
    if (ext.in_field) clear(o_.offset, 1, std::uint64_t{1} << ext.flag_bit);
  }
  std::uint64_t added = 0;
  for (const AddedLength& plus : o_.plus) {
    if (plus.offset + plus.width > head.size()) return false;
    const std::uint64_t there = LoadUint(head, plus.offset, plus.width, order);
    added = SaturatingAdd(added, SaturatingMultiply(there & plus.mask, plus.unit));
  }
  if (added > payload_size) return false;
  const std::uint64_t end = made.size() + payload_size - added;
  std::int64_t number = static_cast<std::int64_t>(end) - o_.adjust;
  if (o_.counts == Counts::kAfter) {
    number -= static_cast<std::int64_t>(field_end + (old.header - old.unflagged));
  }
  if (o_.counts == Counts::kPayload) number -= static_cast<std::int64_t>(made.size());
  if (number < 0 || static_cast<std::uint64_t>(number) % o_.unit != 0) return false;
  if (!StoreNumber(form, order, static_cast<std::uint64_t>(number) / o_.unit, head)) return false;
  trailer.erase(0, trailer.size() - std::min(trailer.size(), o_.trailer.size()));
  trailer.insert(0, o_.trailer.size() - trailer.size(), '\0');
  trailer.insert(0, static_cast<std::size_t>(RoundUp(end, o_.align) - end), '\0');
  header = made;
  return true;
}

bool NumberKind::Refit(std::endian order, std::size_t payload_size, std::string& header,
                       std::string& trailer) const {
  if (o_.strip) return false;
  Reading old;
  // The old length need not be one that the limits allow; what is read before them is enough.
  const std::optional<ScanResult> answer = Read(order, AsBytes(header), old);
  const bool cut = answer && std::holds_alternative<NeedMore>(*answer);
  if (cut || old.header != header.size()) return false;
  std::vector<const ExtendedLength*> forms = {nullptr};
  for (const ExtendedLength& ext : o_.ext) forms.push_back(&ext);
  for (const ExtendedLength* form : forms) {
    std::string made = header;
    std::string behind = trailer;
    if (!RefitForm(form, old.order, old, payload_size, made, behind)) continue;
    Reading now;
    if (Read(order, AsBytes(made), now) || now.header != made.size()) continue;
    if (now.payload != payload_size) continue;
    header = made;
    trailer = behind;
    return true;
  }
  return false;
}

}  // namespace unstick::inline v0::detail
