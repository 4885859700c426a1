#include "src/core/kinds/varint_kind.h"

#include <algorithm>

#include "absl/status/status.h"

namespace unstick::inline v0::detail {
namespace {

void PutNumber(VarintForm form, std::uint64_t number, StreamBuffer& out) {
  std::byte bytes[10];
  std::size_t size = 0;
  const auto put = [&](std::uint64_t byte) { bytes[size++] = static_cast<std::byte>(byte & 0xff); };
  const auto put_big = [&](std::size_t width) {
    for (std::size_t i = width; i > 0; --i) put(number >> (8 * (i - 1)));
  };
  std::size_t groups = 1;
  while (groups < 10 && number >> (7 * groups) != 0) ++groups;
  switch (form) {
    case VarintForm::kLeb128:
      for (std::size_t i = 0; i < groups; ++i) {
        put((number >> (7 * i) & 0x7f) | (i + 1 < groups ? 0x80 : 0));
      }
      break;
    case VarintForm::kBig7:
      for (std::size_t i = groups; i > 0; --i) {
        put((number >> (7 * (i - 1)) & 0x7f) | (i > 1 ? 0x80 : 0));
      }
      break;
    case VarintForm::kQuic: {
      const std::size_t log = number < 1 << 6 ? 0 : number < 1 << 14 ? 1 : number < 1 << 30 ? 2 : 3;
      number |= static_cast<std::uint64_t>(log) << (8 * (std::size_t{1} << log) - 2);
      put_big(std::size_t{1} << log);
      break;
    }
    case VarintForm::kMsgpack:
      if (number < 0x80) {
        put(number);
      } else {
        const std::size_t log = number <= 0xff         ? 0
                                : number <= 0xffff     ? 1
                                : number <= 0xffffffff ? 2
                                                       : 3;
        put(0xcc + log);
        put_big(std::size_t{1} << log);
      }
      break;
  }
  out.Append(ByteView(bytes).first(size));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const VarintKind>> VarintKind::Create(const VarintOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (o.offset > 65535) return refuse("offset is at most 65535");
  if (o.header > 65535) return refuse("header is at most 65535");
  if (const char* why = WhyNotTrailer(o.trailer)) return refuse(why);
  if (o.max_bytes < 1 || o.max_bytes > 10) return refuse("max-bytes is 1 to 10");
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  // What the number must say at least, beside the least payload.
  std::uint64_t least = o.counts == Counts::kPayload ? 0 : o.header;
  if (o.counts == Counts::kFrame) least += o.offset + (o.after_varint ? 2 : 1);
  const bool groups = o.form == VarintForm::kLeb128 || o.form == VarintForm::kBig7;
  if (groups && o.max_bytes < 9 && (least + o.limits.min) >> (7 * o.max_bytes) != 0) {
    return refuse("no payload fits: no length could ever be right");
  }
  return std::make_shared<const VarintKind>(o);
}

// The number at window[at]; `at` moves behind it.
std::optional<ScanResult> VarintKind::ReadNumber(ByteView window, std::size_t& at,
                                                 std::uint64_t& number) const {
  const std::size_t begin = at;
  const auto malformed = [&](std::size_t end, FrameRule rule) {
    return FrameError{.code = FrameErrorCode::kMalformedLength, .rule = rule, .found = end - 1}
        .With(window.first(end));
  };
  if (window.size() <= at) return NeedMore{.min_window = at + 1};
  const auto first = std::to_integer<std::uint64_t>(window[at]);
  std::size_t width = 0;  // of a number that says its own size in the first byte
  std::size_t skip = 0;
  if (o_.form == VarintForm::kQuic) width = std::size_t{1} << (first >> 6);
  if (o_.form == VarintForm::kMsgpack) {
    if (first < 0x80) {
      number = first;
      ++at;
      return std::nullopt;
    }
    if (first < 0xcc || first > 0xcf) return malformed(at + 1, FrameRule::kReserved);
    width = std::size_t{1} << (first - 0xcc);
    skip = 1;
  }
  if (width > 0) {
    if (skip + width > o_.max_bytes) return malformed(at + 1, FrameRule::kTooManyBytes);
    if (window.size() < at + skip + width) return NeedMore{.min_window = at + skip + width};
    number = LoadUint(window, at + skip, width, std::endian::big);
    if (o_.form == VarintForm::kQuic) number &= ~std::uint64_t{0} >> (64 - (8 * width - 2));
    at += skip + width;
    return std::nullopt;
  }
  number = 0;
  for (std::size_t i = 0; i < o_.max_bytes; ++i) {
    if (window.size() <= begin + i) return NeedMore{.min_window = begin + i + 1};
    const auto digit = std::to_integer<std::uint64_t>(window[begin + i]);
    const bool big = o_.form == VarintForm::kBig7;
    if (big ? number >> 57 != 0 : i == 9 && (digit & 0x7f) > 1) {
      return malformed(begin + i + 1, FrameRule::kOverflow);
    }
    number = big ? number << 7 | (digit & 0x7f) : number | (digit & 0x7f) << (7 * i);
    const bool overlong = big ? i == 0 && digit == 0x80 : i > 0 && digit == 0;
    if (overlong && !o_.lenient) return malformed(begin + i + 1, FrameRule::kOverlong);
    if (digit >= 0x80) continue;
    at = begin + i + 1;
    return std::nullopt;
  }
  return malformed(begin + o_.max_bytes, FrameRule::kTooManyBytes);
}

// The note for the next Scan(): how much of the trailer has been judged.
ScanResult VarintKind::Scan(ByteView window, std::uint64_t resume) const {
  std::size_t at = o_.offset;
  std::uint64_t number = 0;
  if (o_.after_varint) {
    if (std::optional<ScanResult> answer = ReadNumber(window, at, number)) return *answer;
  }
  if (std::optional<ScanResult> answer = ReadNumber(window, at, number)) return *answer;
  const std::size_t header = at + o_.header;
  std::uint64_t end = number;
  if (o_.counts == Counts::kAfter) end = SaturatingAdd(number, at);
  if (o_.counts == Counts::kPayload) end = SaturatingAdd(number, header);
  const ByteView head = window.first(std::min<std::size_t>(at, 8));
  if (end < header) {
    const std::size_t counted = o_.counts == Counts::kAfter ? at : 0;
    return FrameError{
        .code = FrameErrorCode::kLengthBelowHeader, .found = number, .allowed = header - counted}
        .With(head);
  }
  const std::uint64_t wire_size = SaturatingAdd(end, o_.trailer.size());
  if (auto error = CheckLimits(o_.limits, end - header, wire_size)) return error->With(head);
  const auto wire = static_cast<std::size_t>(wire_size);
  if (auto answer = CheckTrailer(o_.trailer, window, static_cast<std::size_t>(end), resume)) {
    if (auto* more = std::get_if<NeedMore>(&*answer)) more->resume = resume;
    return *answer;
  }
  return Extent{wire, header, static_cast<std::size_t>(end) - header};
}

// The header's other bytes stay; the number is written anew, in as few bytes as it takes.
bool VarintKind::Refit(std::endian /*order*/, std::size_t payload_size, std::string& header,
                       std::string& /*trailer*/) const {
  std::size_t at = o_.offset;
  std::uint64_t number = 0;
  if (o_.after_varint && ReadNumber(AsBytes(header), at, number)) return false;
  const std::size_t begin = at;
  if (ReadNumber(AsBytes(header), at, number) || at + o_.header != header.size()) return false;
  for (std::size_t digits = 1; digits <= 10; ++digits) {  // counts=frame counts its own digits
    number = payload_size;
    if (o_.counts != Counts::kPayload) number += o_.header;
    if (o_.counts == Counts::kFrame) number += begin + digits;
    StreamBuffer made;
    PutNumber(o_.form, number, made);
    if (o_.counts == Counts::kFrame && made.size() != digits) continue;
    header.replace(begin, at - begin, AsText(made.readable()));
    return true;
  }
  return false;
}

std::optional<FrameError> VarintKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  const std::size_t before = out.size();
  for (std::size_t digits = 1; digits <= 10; ++digits) {  // counts=frame counts its own digits
    std::uint64_t number = payload.size();
    if (o_.counts != Counts::kPayload) number += o_.header;
    if (o_.counts == Counts::kFrame) number += o_.offset + (o_.after_varint ? 1 : 0) + digits;
    out.Append(AsBytes(std::string(o_.offset, '\0')));
    if (o_.after_varint) PutNumber(o_.form, 0, out);
    PutNumber(o_.form, number, out);
    out.Append(AsBytes(std::string(o_.header, '\0')));
    out.Append(payload);
    out.Append(AsBytes(TrailerBytes(o_.trailer)));
    const ByteView frame = out.readable().subspan(before);
    const ScanResult back = Scan(frame, 0);
    const auto* extent = std::get_if<Extent>(&back);
    if (extent != nullptr && extent->wire_size == frame.size() &&
        extent->payload_size == payload.size()) {
      return std::nullopt;
    }
    out.Unwrite(out.size() - before);
    if (o_.counts != Counts::kFrame) break;
  }
  return Refused(payload.size(), 0);
}

}  // namespace unstick::inline v0::detail
