#include "src/core/kinds/ascii_kind.h"

#include <algorithm>
#include <string_view>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::size_t kMaxSearch = 4096;  // bytes in which `after` must turn up

// Can digits of the greatest value cover the header and the least payload, those of the least value
// stay within the limit?
bool Reaches(const AsciiOptions& o) {
  if (o.width == 0) return o.adjust <= static_cast<std::int64_t>(o.limits.most());
  const std::size_t header = o.counts == Counts::kFrame ? o.width + o.until.size() : 0;
  std::uint64_t greatest = 0;
  for (std::size_t i = 0; i < o.width; ++i) greatest = greatest * o.base + (o.base - 1);
  const auto shrink = static_cast<std::uint64_t>(o.adjust < 0 ? -o.adjust : 0);
  const auto grow = static_cast<std::uint64_t>(o.adjust > 0 ? o.adjust : 0);
  return SaturatingAdd(greatest, grow) >= header + shrink + o.limits.min &&
         grow <= header + o.limits.most();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const AsciiKind>> AsciiKind::Create(const AsciiOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (o.base != 10 && o.base != 16) return refuse("base is 10 or 16");
  if (o.width > 16) return refuse("width is 1 to 16 digits");
  if (o.width == 0 && o.until.empty())
    return refuse("until or width must say where the digits end");
  if (o.until.size() > 16 || o.after.size() > 64) return refuse("until or after is too long");
  if (!o.until.empty() && DigitValue(o.until[0], o.base))
    return refuse("until starts with a digit");
  if (o.trailer > 65535 || o.trailer_bytes.size() > 256) return refuse("trailer is too long");
  if (o.adjust <= -(std::int64_t{1} << 31) || o.adjust >= std::int64_t{1} << 31) {
    return refuse("adjust is below 2^31");
  }
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  if (o.bare.empty() && !Reaches(o)) {
    return refuse("no payload fits: no length could ever be right");
  }
  return std::make_shared<const AsciiKind>(o);
}

ScanResult AsciiKind::Scan(ByteView window, std::size_t resume) const {
  const std::string_view text = AsText(window);
  const auto broken = [&](FrameErrorCode code, std::size_t looked, std::uint64_t found,
                          std::uint64_t allowed) {
    return FrameError{.code = code, .found = found, .allowed = allowed}.With(window.first(looked));
  };
  std::size_t digits_at = 0;
  if (!o_.after.empty()) {
    const std::size_t hit = text.substr(0, kMaxSearch).find(o_.after, resume);
    if (hit == std::string_view::npos) {
      if (text.size() >= kMaxSearch)
        return broken(FrameErrorCode::kMalformedLength, kMaxSearch, 0, 0);
      const std::size_t kept = std::min(text.size(), o_.after.size() - 1);
      return NeedMore{.min_window = text.size() + 1,
                      .resume = std::max(resume, text.size() - kept)};
    }
    digits_at = hit + o_.after.size();
    resume = hit;
  }

  // The digits, and what ends them.
  const std::size_t most = o_.width > 0 ? o_.width : kMaxDigits;
  std::size_t end = digits_at;
  while (end < text.size() && end - digits_at < most && DigitValue(text[end], o_.base)) ++end;
  const std::size_t count = end - digits_at;
  const bool full = o_.width > 0 && count == o_.width;
  if (!full && end == text.size() && count < most) {
    return NeedMore{.min_window = end + 1, .resume = resume};
  }
  const auto malformed = [&](std::size_t at) {
    return broken(FrameErrorCode::kMalformedLength, std::min(at + 1, text.size()), at, 0);
  };
  if (o_.width > 0 ? !full : count == 0) return malformed(end);
  for (std::size_t i = 0; i < o_.until.size(); ++i) {
    if (end + i >= text.size()) return NeedMore{.min_window = end + i + 1, .resume = resume};
    if (text[end + i] != o_.until[i]) return malformed(end + i);
  }
  const std::string_view digits = text.substr(digits_at, count);
  const bool strict = o_.width == 0 && o_.after.empty();
  if (strict && count > 1 && digits[0] == '0') return malformed(digits_at);
  const std::size_t header = end + o_.until.size();
  const std::optional<std::uint64_t> number = ParseDigits(digits, o_.base);
  if (!number) {
    return broken(FrameErrorCode::kPayloadTooLarge, header, ~std::uint64_t{0}, o_.limits.most());
  }
  if (std::find(o_.bare.begin(), o_.bare.end(), *number) != o_.bare.end()) {
    return Extent{header, header, 0};
  }

  const std::uint64_t base = o_.counts == Counts::kFrame ? 0 : header;
  const auto shrink = static_cast<std::uint64_t>(o_.adjust < 0 ? -o_.adjust : 0);
  const auto grow = static_cast<std::uint64_t>(o_.adjust > 0 ? o_.adjust : 0);
  const std::uint64_t counted = SaturatingAdd(SaturatingAdd(*number, base), grow);
  if (counted < header + shrink) {
    return broken(FrameErrorCode::kLengthBelowHeader, header, *number, header + shrink - base);
  }
  const std::uint64_t payload = counted - shrink - header;
  const std::uint64_t wire_size = SaturatingAdd(counted - shrink, TrailerSize());
  if (auto error = CheckLimits(o_.limits, payload, wire_size))
    return error->With(window.first(header));
  const auto wire = static_cast<std::size_t>(wire_size);
  const std::size_t trailer_at = header + static_cast<std::size_t>(payload);
  for (std::size_t i = 0; i < o_.trailer_bytes.size() && trailer_at + i < window.size(); ++i) {
    if (text[trailer_at + i] == o_.trailer_bytes[i]) continue;
    return broken(FrameErrorCode::kBadMagic, header, trailer_at + i,
                  static_cast<unsigned char>(o_.trailer_bytes[i]));
  }
  if (window.size() < wire) {
    // The payload is known; each byte of a constant trailer is judged as it comes.
    const std::size_t next =
        o_.trailer_bytes.empty() ? wire : std::max(trailer_at, window.size()) + 1;
    return NeedMore{.min_window = next, .resume = resume, .frame_size = wire};
  }
  return Extent{wire, header, static_cast<std::size_t>(payload)};
}

// With `after`, what stands before it is the reader's own business ("8=FIX.4.4"): refused.
std::optional<FrameError> AsciiKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  std::int64_t number = static_cast<std::int64_t>(payload.size()) - o_.adjust;
  std::string digits;
  for (int pass = 0; pass < 4; ++pass) {  // counts=frame counts its own digits: settle on a size
    const std::size_t header = o_.after.size() + digits.size() + o_.until.size();
    const std::int64_t counted =
        number + (o_.counts == Counts::kFrame ? static_cast<std::int64_t>(header) : 0);
    if (counted < 0) return Refused(payload.size(), 0);
    digits = PrintDigits(static_cast<std::uint64_t>(counted), o_.base, o_.width);
  }
  if (o_.width > 0 && digits.size() > o_.width) return Refused(payload.size(), 0);
  const std::size_t before = out.size();
  for (const std::string_view part : {std::string_view(o_.after), std::string_view(digits),
                                      std::string_view(o_.until), AsText(payload)}) {
    out.Append(AsBytes(part));
  }
  const std::string zeros(o_.trailer_bytes.empty() ? o_.trailer : 0, '\0');
  out.Append(AsBytes(o_.trailer_bytes.empty() ? zeros : o_.trailer_bytes));
  const ByteView frame = out.readable().subspan(before);
  const ScanResult back = Scan(frame, 0);
  const auto* extent = std::get_if<Extent>(&back);
  if (extent != nullptr && extent->wire_size == frame.size() &&
      Equal(frame.subspan(extent->payload_offset, extent->payload_size), payload)) {
    return std::nullopt;
  }
  out.Unwrite(out.size() - before);
  return Refused(payload.size(), 0);
}

std::size_t AsciiKind::max_frame_size() const {
  return (o_.after.empty() ? 0 : kMaxSearch + o_.after.size()) + kMaxDigits + o_.until.size() +
         o_.limits.most() + TrailerSize();
}

}  // namespace unstick::inline v0::detail
