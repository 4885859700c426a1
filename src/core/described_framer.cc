#include "unstick/core/described_framer.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "src/core/described_spec.h"
#include "src/core/description.h"
#include "src/core/presets.h"
#include "src/core/spec_text.h"

namespace unstick::inline v0 {
namespace {

using detail::Description;
using detail::FrameCheck;
using detail::FrameKind;
using detail::JoinRule;
using detail::Preamble;
using State = DescribedFramer::State;

constexpr std::size_t kMaxPreamble = std::size_t{64} << 10;
constexpr std::size_t kMaxFragments = std::size_t{64} << 10;
constexpr std::size_t kFragmentOverhead = 16;  // bytes that an empty fragment is taken to have

bool BitAt(ByteView window, std::size_t byte, std::size_t bit) {
  return byte < window.size() && (std::to_integer<unsigned>(window[byte]) >> bit & 1) != 0;
}

// The answer if the bytes of `constant`, which must stand at `at`, are wrong or not all there.
std::optional<ScanResult> CheckConstant(ByteView window, std::size_t at,
                                        std::string_view constant) {
  for (std::size_t i = 0; i < constant.size(); ++i) {
    if (at + i >= window.size()) return NeedMore{.min_window = at + i + 1};
    if (AsText(window)[at + i] == constant[i]) continue;
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .found = at + i,
                      .allowed = static_cast<unsigned char>(constant[i])}
        .With(window.first(at + i + 1));
  }
  return std::nullopt;
}

ScanResult ScanPreamble(const Preamble& preamble, ByteView window, std::size_t resume) {
  switch (preamble.is) {
    case Preamble::Is::kNone:
      break;
    case Preamble::Is::kSized:
      if (window.size() < preamble.size) {
        return NeedMore{.min_window = preamble.size, .frame_size = preamble.size};
      }
      return Skip{preamble.size};
    case Preamble::Is::kConstant:
      if (std::optional<ScanResult> answer = CheckConstant(window, 0, preamble.bytes))
        return *answer;
      return Skip{preamble.bytes.size()};
    case Preamble::Is::kUntil: {
      const std::string_view text = AsText(window).substr(0, kMaxPreamble);
      const std::size_t hit = text.find(preamble.bytes, resume);
      if (hit != std::string_view::npos) return Skip{hit + preamble.bytes.size()};
      if (text.size() >= kMaxPreamble) {
        return FrameError{.code = FrameErrorCode::kBadMagic, .found = kMaxPreamble}.With(
            window.first(8));
      }
      const std::size_t kept = std::min(text.size(), preamble.bytes.size() - 1);
      return NeedMore{.min_window = window.size() + 1,
                      .resume = std::max(resume, text.size() - kept)};
    }
  }
  return NeedMore{.min_window = window.size() + 1};
}

std::size_t UnescapedSize(const Description& d, ByteView stuffed) {
  switch (d.escape) {
    case detail::Escape::kNone:
      return stuffed.size();
    case detail::Escape::kCobs: {
      std::size_t size = 0;
      for (std::size_t at = 0; at < stuffed.size();) {
        const auto code = std::to_integer<std::size_t>(stuffed[at]);
        at += code;
        size += code - (code < 0xff && at < stuffed.size() ? 0 : 1);
      }
      return size;
    }
    case detail::Escape::kDot: {
      std::size_t dots = 0;
      bool line_start = true;
      for (std::size_t at = 0; at < stuffed.size(); ++at) {
        if (line_start && stuffed[at] == std::byte{'.'} && at + 1 < stuffed.size()) ++dots, ++at;
        line_start = stuffed[at] == std::byte{'\n'};
      }
      return stuffed.size() - dots;
    }
    case detail::Escape::kSlip:
    case detail::Escape::kHdlc:
    case detail::Escape::kDle: {
      const std::byte escape = d.escape == detail::Escape::kSlip   ? std::byte{0xdb}
                               : d.escape == detail::Escape::kHdlc ? std::byte{0x7d}
                                                                   : std::byte{0x10};
      std::size_t size = 0;
      for (std::size_t at = 0; at < stuffed.size(); ++at, ++size) {
        if (stuffed[at] == escape) ++at;
      }
      return size;
    }
  }
  return stuffed.size();
}

// RFC 1662 appendix C: over a frame with its FCS the sum comes out as f0b8, whatever the frame.
bool Fcs16Holds(ByteView stuffed, bool escaped) {
  std::uint32_t fcs = 0xffff;
  for (std::size_t at = 0; at < stuffed.size(); ++at) {
    std::byte byte = stuffed[at];
    if (escaped && byte == std::byte{0x7d} && at + 1 < stuffed.size()) {
      byte = stuffed[++at] ^ std::byte{0x20};
    }
    fcs ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) fcs = (fcs & 1) != 0 ? fcs >> 1 ^ 0x8408 : fcs >> 1;
  }
  return fcs == 0xf0b8;
}

// What the filters have against a frame whose end is known.
std::optional<FrameError> Judge(const Description& d, ByteView frame, const Extent& extent,
                                std::size_t& payload_size) {
  const ByteView head = frame.first(std::min<std::size_t>(frame.size(), 8));
  const auto broken = [&](FrameErrorCode code, std::uint64_t found, std::uint64_t allowed) {
    FrameError error{.code = code, .found = found, .allowed = allowed};
    error.recovery = Recovery::kKnownEnd;
    error.resume = frame.size();
    return error.With(head);
  };
  if (!d.end.empty()) {
    const std::size_t at = frame.size() - std::min(frame.size(), d.end.size());
    if (!AsText(frame).ends_with(d.end)) {
      return broken(FrameErrorCode::kBadMagic, at, static_cast<unsigned char>(d.end[0]));
    }
  }
  const ByteView stuffed = frame.subspan(extent.payload_offset, extent.payload_size);
  if (const auto bad = detail::BadEscapeAt(d.escape, stuffed)) {
    return broken(FrameErrorCode::kBadEscape, extent.payload_offset + *bad, 0);
  }
  payload_size = d.escape == detail::Escape::kNone ? stuffed.size() : UnescapedSize(d, stuffed);
  if (d.check == FrameCheck::kFcs16) {
    if (payload_size < 2 || !Fcs16Holds(stuffed, d.escape == detail::Escape::kHdlc)) {
      return broken(FrameErrorCode::kBadChecksum, 0, 0);
    }
    payload_size -= 2;
  } else if (d.check != FrameCheck::kNone) {
    std::uint64_t found = 0;
    std::uint64_t computed = 0;
    if (!detail::CheckHolds(d.check, frame, stuffed, found, computed)) {
      return broken(FrameErrorCode::kBadChecksum, found, computed);
    }
  }
  if (d.escape != detail::Escape::kNone) {
    if (auto error = CheckLimits(d.limits, payload_size, frame.size())) return error->With(head);
  }
  return std::nullopt;
}

// One frame as it stands on the wire. Magic is judged where it stands among the bytes: an error
// that the kind finds in front of it comes first, one behind it later.
ScanResult ScanFrame(const Description& d, ByteView window, std::size_t resume, std::endian order,
                     std::size_t& payload_size) {
  if (!d.magic.empty() && resume == 0) {
    const ByteView before = window.first(std::min(window.size(), d.magic_at));
    if (!before.empty()) {
      const ScanResult early = d.kind->ScanIn(order, before, 0);
      if (const auto* extent = std::get_if<Extent>(&early)) {
        return FrameError{.code = FrameErrorCode::kBadMagic, .found = extent->wire_size};
      }
      if (!std::holds_alternative<NeedMore>(early)) return early;
    }
    if (std::optional<ScanResult> answer = CheckConstant(window, d.magic_at, d.magic)) {
      auto* error = std::get_if<FrameError>(&*answer);
      if (error != nullptr && d.check != FrameCheck::kNone) {
        error->recovery = Recovery::kSeek;
        error->resume = 1;
      }
      // What the kind can refuse among the bytes that are there, it refuses now.
      return *answer;
    }
  }
  ScanResult result = d.kind->ScanIn(order, window, resume);
  if (const auto* extent = std::get_if<Extent>(&result)) {
    payload_size = extent->payload_size;
    if (auto error = Judge(d, window.first(extent->wire_size), *extent, payload_size))
      return *error;
  }
  return result;
}

// Does a fragment have more behind it? Only asked where the deciding bytes are there.
bool Continues(const JoinRule& join, ByteView frame, std::size_t payload_size) {
  switch (join.how) {
    case JoinRule::How::kNone:
      return false;
    case JoinRule::How::kLastBit:
      return !BitAt(frame, join.byte, join.bit);
    case JoinRule::How::kLastCharacter:
      return join.byte >= frame.size() || AsText(frame)[join.byte] != join.character;
    case JoinRule::How::kMoreBit:
      return BitAt(frame, join.byte, join.bit);
    case JoinRule::How::kFull:
      return payload_size == join.full;
  }
  return false;
}

// The note for the next Scan(): where the fragment in progress starts, and the payload before it.
ScanResult ScanFragments(const Description& d, ByteView window, std::size_t resume,
                         std::endian order) {
  std::size_t at = resume >> 32;
  std::size_t sum = resume & 0xffffffff;
  std::size_t first_payload = 0;
  for (;;) {
    const ByteView rest = window.subspan(at);
    std::size_t payload_size = 0;
    ScanResult result = ScanFrame(d, rest, 0, order, payload_size);
    if (auto* more = std::get_if<NeedMore>(&result)) {
      const bool last = more->frame_size > 0 && d.join.how != JoinRule::How::kFull &&
                        rest.size() > d.join.byte && !Continues(d.join, rest, 0);
      return NeedMore{.min_window = at + more->min_window,
                      .resume = at << 32 | sum,
                      .frame_size = last ? at + more->frame_size : 0};
    }
    if (auto* error = std::get_if<FrameError>(&result)) {
      if (at > 0) error->recovery = Recovery::kNone;
      return *error;
    }
    if (const auto* skip = std::get_if<Skip>(&result)) {
      if (at == 0) return *skip;
      at += skip->bytes;
      continue;
    }
    const auto& extent = *std::get_if<Extent>(&result);
    if (at == 0) first_payload = extent.payload_offset;
    sum += payload_size;
    const std::size_t end = at + extent.wire_size;
    if (sum > d.limits.most() || end > d.limits.most() + kMaxFragments * kFragmentOverhead) {
      return FrameError{
          .code = FrameErrorCode::kPayloadTooLarge, .found = sum, .allowed = d.limits.most()}
          .With(window.first(std::min<std::size_t>(8, window.size())));
    }
    const bool more = Continues(d.join, rest.first(extent.wire_size), extent.payload_size);
    at = end;
    if (more) continue;
    if (sum < d.limits.min) {
      return FrameError{
          .code = FrameErrorCode::kPayloadTooSmall, .found = sum, .allowed = d.limits.min};
    }
    if (resume != 0) {  // the first fragment was read in an earlier call
      const ScanResult again = d.kind->ScanIn(order, window, 0);
      if (const auto* first = std::get_if<Extent>(&again)) first_payload = first->payload_offset;
    }
    return Extent{at, first_payload, sum};
  }
}

// Turns a frame's payload bytes into the payload, in place, and returns its size.
std::size_t Transform(const Description& d, ByteSpan frame, const Extent& extent) {
  const ByteSpan payload = frame.subspan(extent.payload_offset, extent.payload_size);
  const bool masked = d.xor_key && extent.payload_offset >= 4 &&
                      (!d.xor_flagged || BitAt(frame, d.xor_byte, d.xor_bit));
  if (masked) {
    const std::byte* key = frame.data() + extent.payload_offset - 4;
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= key[i % 4];
  }
  const std::size_t size = detail::Unescape(d.escape, payload);
  return size - detail::CheckInPayload(d.check);
}

}  // namespace

bool DescribedFramer::NeededFor(std::string_view spec) {
  struct PlainKind {
    std::string_view name;
    std::vector<std::string_view> beyond;  // keys that only the described form of the kind knows
  };
  static const std::vector<PlainKind> plain = {
      {"length", {"shift", "mask", "unit", "plus", "ext", "if", "zero"}},
      {"varint", {"big7", "quic", "msgpack", "counts", "header", "after"}},
      {"delim", {}},
      {"line", {"verbs", "count", "trailer"}},
      {"fixed", {}},
      {"unstick", {}}};
  const absl::StatusOr<detail::SpecText> text = detail::SpecText::Parse(spec);
  if (!text.ok()) return false;
  const auto kind = std::find_if(plain.begin(), plain.end(),
                                 [&](const PlainKind& k) { return k.name == text->kind(); });
  if (kind == plain.end() || !text->clauses().empty()) return true;
  const auto beyond = [&](const detail::SpecOption& option) {
    const bool told = option.key == "endian" && option.value.find('@') != std::string_view::npos;
    const bool extended = option.key == "header" && option.value.starts_with("ext");
    return told || extended ||
           std::find(kind->beyond.begin(), kind->beyond.end(), option.key) != kind->beyond.end();
  };
  const bool only_start = kind->name == "delim" && text->Has("start") && !text->Has("end");
  return only_start || std::any_of(text->options().begin(), text->options().end(), beyond);
}

absl::StatusOr<DescribedFramer> DescribedFramer::FromSpec(std::string_view spec, Side side) {
  absl::StatusOr<detail::SpecText> text = detail::SpecText::Parse(spec);
  if (!text.ok()) return text.status();
  if (const detail::Preset* preset = detail::FindPreset(text->kind())) {
    absl::StatusOr<detail::SpecText> base = detail::SpecText::Parse(preset->spec);
    if (!base.ok()) return base.status();
    *text = text->Over(*base);
  }
  auto description = detail::ReadDescription(*text, side);
  if (!description.ok()) return description.status();
  return DescribedFramer(*std::move(description));
}

DescribedFramer::DescribedFramer(std::shared_ptr<const detail::Description> description)
    : description_(std::move(description)) {}

bool DescribedFramer::AwaitsPreamble(State state) const {
  return description_->preamble.is != Preamble::Is::kNone && !state.preamble_done;
}

ScanStep<State> DescribedFramer::Scan(ByteView window, std::size_t resume, State state) const {
  const Description& d = *description_;
  State next = state;
  if (AwaitsPreamble(state)) {
    const ScanResult result = ScanPreamble(d.preamble, window, resume);
    if (std::holds_alternative<Skip>(result)) {
      next.preamble_done = true;
      const std::string_view mark = d.preamble_order.mark;
      const std::string_view there = AsText(window).substr(0, mark.size());
      if (!mark.empty() && std::equal(there.begin(), there.end(), mark.rbegin(), mark.rend())) {
        next.order = std::endian::little;
      }
    }
    return {result, next};
  }
  if (d.once && state.frames > 0) {
    if (window.empty()) return {NeedMore{.min_window = 1}, next};
    return {FrameError{.code = FrameErrorCode::kTrailingBytes, .found = 1}.With(window.first(1)),
            next};
  }
  ScanResult result;
  std::size_t payload_size = 0;
  if (state.frames < d.first_count) {
    result = d.first->ScanIn(state.order, window, resume);
  } else if (d.join.how != JoinRule::How::kNone) {
    result = ScanFragments(d, window, resume, state.order);
  } else {
    result = ScanFrame(d, window, resume, state.order, payload_size);
  }
  if (const auto* extent = std::get_if<Extent>(&result)) {
    if (next.frames != ~std::uint32_t{0}) ++next.frames;
    next.order = d.kind->OrderAfter(window.first(extent->wire_size), state.order);
  }
  return {result, next};
}

ScanStep<State> DescribedFramer::ScanFinal(ByteView rest, State state) const {
  const Description& d = *description_;
  const bool plain =
      !AwaitsPreamble(state) && state.frames >= d.first_count && d.join.how == JoinRule::How::kNone;
  State next = state;
  if (!plain) return {NeedMore{.min_window = rest.size() + 1}, next};
  if (!d.magic.empty()) {
    if (auto answer = CheckConstant(rest, d.magic_at, d.magic)) return {*answer, next};
  }
  ScanResult result = d.kind->ScanFinal(rest);
  if (const auto* extent = std::get_if<Extent>(&result)) {
    std::size_t payload_size = 0;
    ++next.frames;
    if (auto error = Judge(d, rest.first(extent->wire_size), *extent, payload_size)) {
      return {*error, next};
    }
  }
  return {result, next};
}

// With magic and checksum: the next place where both hold. Otherwise the kind's own search.
SeekResult DescribedFramer::Seek(ByteView window, std::size_t resume, bool finished) const {
  const Description& d = *description_;
  if (!can_resync()) return d.kind->Seek(window, resume, finished);
  if (!finished && window.size() < resume) return {.resume = resume};
  for (std::size_t at = 0; at < window.size(); ++at) {
    std::size_t payload_size = 0;
    const ScanResult result = ScanFrame(d, window.subspan(at), 0, std::endian::big, payload_size);
    if (std::holds_alternative<Extent>(result)) return {.drop = at, .found = true};
    const auto* more = std::get_if<NeedMore>(&result);
    if (more != nullptr && !finished) return {.drop = at, .resume = more->min_window};
  }
  return {.drop = window.size()};
}

std::size_t DescribedFramer::max_frame_size() const {
  const Description& d = *description_;
  std::size_t most = d.kind->max_frame_size();
  if (d.first != nullptr) most = std::max(most, d.first->max_frame_size());
  if (d.join.how != JoinRule::How::kNone) {
    most += d.limits.most() + kMaxFragments * kFragmentOverhead;
  }
  const std::size_t preamble = d.preamble.is == Preamble::Is::kUntil
                                   ? kMaxPreamble
                                   : d.preamble.size + d.preamble.bytes.size();
  return std::max(most, preamble) + d.magic_at + d.magic.size();
}

bool DescribedFramer::assembles() const {
  const Description& d = *description_;
  return d.kind->assembles() || d.join.how != JoinRule::How::kNone ||
         d.escape != detail::Escape::kNone || d.xor_key || detail::CheckInPayload(d.check) > 0;
}

Extent DescribedFramer::Assemble(ByteSpan wire, const Extent& found, State before) const {
  const Description& d = *description_;
  if (before.frames < d.first_count) return found;
  if (d.kind->assembles()) return d.kind->Assemble(wire, found);
  if (d.join.how == JoinRule::How::kNone) {
    // `found` has the stuffed size; what it stands for is never longer.
    return {found.wire_size, found.payload_offset, Transform(d, wire, found)};
  }
  std::size_t to = found.payload_offset;
  for (std::size_t at = 0; at < wire.size();) {
    const ByteSpan rest = wire.subspan(at);
    const ScanResult result = d.kind->ScanIn(before.order, rest, 0);
    if (const auto* skip = std::get_if<Skip>(&result)) at += skip->bytes;
    const auto* extent = std::get_if<Extent>(&result);
    if (extent == nullptr) {
      if (std::holds_alternative<Skip>(result)) continue;
      break;
    }
    const std::size_t size = Transform(d, rest.first(extent->wire_size), *extent);
    std::memmove(wire.data() + to, rest.data() + extent->payload_offset, size);
    to += size;
    at += extent->wire_size;
  }
  return {found.wire_size, found.payload_offset, to - found.payload_offset};
}

std::optional<FrameError> DescribedFramer::EncodeTo(ByteView payload, StreamBuffer& out) const {
  State later{.frames = ~std::uint32_t{0}, .preamble_done = true};
  return EncodeTo(payload, out, later);
}

std::optional<FrameError> DescribedFramer::EncodeTo(ByteView payload, StreamBuffer& out,
                                                    State& sent) const {
  const Description& d = *description_;
  const std::size_t start = out.size();
  const auto refuse = [&] {
    out.Unwrite(out.size() - start);
    return detail::Refused(payload.size(), payload.size() > d.limits.most() ? d.limits.most() : 0);
  };
  if (payload.size() > d.limits.most() || payload.size() < d.limits.min) return refuse();
  if (d.once && sent.frames > 0 && sent.frames != ~std::uint32_t{0}) return refuse();
  if (AwaitsPreamble(sent)) {
    if (d.preamble.is != Preamble::Is::kConstant) return refuse();  // it is the caller's to send
    out.Append(AsBytes(d.preamble.bytes));
  }
  const std::size_t frame_start = out.size();
  const bool is_first = sent.frames < d.first_count;
  std::string stuffed;
  ByteView on_wire = payload;
  if (!is_first && (d.escape != detail::Escape::kNone || d.check == FrameCheck::kFcs16)) {
    stuffed = std::string(AsText(payload));
    if (d.check == FrameCheck::kFcs16) {
      std::string summed = stuffed + std::string(2, '\0');
      std::uint64_t found = 0;
      std::uint64_t computed = 0;
      detail::CheckHolds(d.check, {}, AsBytes(summed), found, computed);
      stuffed += static_cast<char>(computed & 0xff);
      stuffed += static_cast<char>(computed >> 8 & 0xff);
    }
    stuffed = detail::Escaped(d.escape, AsBytes(std::string(stuffed)));
    if (d.escape == detail::Escape::kNone) stuffed = std::string(stuffed);
    on_wire = AsBytes(stuffed);
  }
  const FrameKind& kind = is_first ? *d.first : *d.kind;
  if (kind.Encode(on_wire, out)) return refuse();
  if (!is_first) {
    const ByteSpan frame = out.writable().subspan(frame_start);
    if (frame.size() < d.magic_at + d.magic.size() || frame.size() < d.end.size()) return refuse();
    std::ranges::copy(AsBytes(d.magic), frame.subspan(d.magic_at).begin());
    std::ranges::copy(AsBytes(d.end), frame.last(d.end.size()).begin());
    if (d.join.how == JoinRule::How::kLastBit && d.join.byte < frame.size()) {
      frame[d.join.byte] |= static_cast<std::byte>(1u << d.join.bit);
    }
    if (d.join.how == JoinRule::How::kLastCharacter && d.join.byte < frame.size()) {
      frame[d.join.byte] = static_cast<std::byte>(d.join.character);
    }
    detail::WriteCheck(d.check, frame, on_wire);
  }

  // Proof: decode a copy.
  const std::size_t frame_size = out.size() - frame_start;
  const std::string copy(AsText(out.readable().subspan(frame_start)));
  out.Append(AsBytes(copy));
  const ByteSpan frame = out.writable().last(frame_size);
  State state = sent;
  state.preamble_done = true;
  if (d.once) state.frames = 0;
  ScanResult back = Scan(frame, 0, state).result;
  if (std::holds_alternative<NeedMore>(back)) back = ScanFinal(frame, state).result;
  bool same = false;
  if (const auto* extent = std::get_if<Extent>(&back); extent != nullptr) {
    const Extent put = assembles() ? Assemble(frame, *extent, state) : *extent;
    same = extent->wire_size == frame_size &&
           Equal(frame.subspan(put.payload_offset, put.payload_size), payload);
  }
  out.Unwrite(frame_size);
  if (!same) return refuse();
  sent.preamble_done = true;
  if (sent.frames != ~std::uint32_t{0}) ++sent.frames;
  return std::nullopt;
}

bool DescribedFramer::can_resync() const {
  return !description_->magic.empty() && description_->check != FrameCheck::kNone &&
         description_->join.how == JoinRule::How::kNone;
}

const std::string& DescribedFramer::spec() const { return description_->spec; }

}  // namespace unstick::inline v0
