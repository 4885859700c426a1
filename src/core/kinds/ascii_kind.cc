#include "src/core/kinds/ascii_kind.h"

#include <algorithm>
#include <string_view>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::size_t kMaxSearch = 4096;  // bytes in which `after` must turn up
constexpr std::size_t kMaxZeros = 64;     // digits, of which most are leading zeros

// The answer if `bytes`, which must stand at window[at], are wrong or not all there.
std::optional<ScanResult> Expect(ByteView window, std::size_t at, std::string_view bytes,
                                 FrameRule rule) {
  for (std::size_t i = 0; i < bytes.size(); ++i, ++at) {
    if (at >= window.size()) return NeedMore{.min_window = at + 1};
    if (AsText(window)[at] == bytes[i]) continue;
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .rule = rule,
                      .found = at,
                      .allowed = static_cast<unsigned char>(bytes[i])}
        .With(window.first(at + 1));
  }
  return std::nullopt;
}

FrameError Malformed(ByteView window, std::size_t at, FrameRule rule) {
  return FrameError{.code = FrameErrorCode::kMalformedLength, .rule = rule, .found = at}.With(
      window.first(at + 1));
}

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
  if (o.until.size() > 16 || o.after.size() > 64 || o.start.size() > 64) {
    return refuse("until, after or start is too long");
  }
  if (!o.until.empty() && DigitValue(o.until[0], o.base))
    return refuse("until starts with a digit");
  if (const char* why = WhyNotTrailer(o.trailer)) return refuse(why);
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

// Where the digits start: after the mark, or at once. A NeedMore has in `resume` how far the mark
// was searched; `hit` is where it stands.
std::optional<ScanResult> AsciiKind::FindDigits(ByteView window, std::size_t& hit,
                                                std::size_t& digits_at) const {
  const std::string_view text = AsText(window);
  if (hit < o_.start.size()) {
    if (auto answer = Expect(window, 0, o_.start, FrameRule::kStart)) return answer;
    hit = o_.start.size();
  }
  digits_at = hit;
  if (o_.after.empty()) return std::nullopt;
  const std::string_view searched = text.substr(0, kMaxSearch);
  // Behind a start the mark's first byte ends what stands between the two: the mark is there or
  // nowhere.
  const bool first_only = !o_.start.empty();
  const std::size_t from = hit;
  hit = first_only ? searched.find(o_.after[0], from) : searched.find(o_.after, from);
  if (hit == std::string_view::npos) {
    if (text.size() >= kMaxSearch) return Malformed(window, kMaxSearch - 1, FrameRule::kNoEnd);
    const std::size_t kept = first_only ? 0 : o_.after.size() - 1;
    hit = std::max(from, text.size() - std::min(text.size(), kept));
    return NeedMore{.min_window = text.size() + 1};
  }
  digits_at = hit + o_.after.size();
  return first_only ? Expect(window, hit, o_.after, FrameRule::kSeparator) : std::nullopt;
}

// The digits that start at window[at], and what ends them; `at` moves after both.
std::optional<ScanResult> AsciiKind::ReadDigits(ByteView window, std::size_t& at,
                                                std::uint64_t& number) const {
  const std::string_view text = AsText(window);
  const bool strict = o_.width == 0 && o_.after.empty();  // no leading zeros
  const std::size_t begin = at;
  number = 0;
  for (;; ++at) {
    const std::size_t count = at - begin;
    if (o_.width > 0 && count == o_.width) break;
    if (at >= text.size()) return NeedMore{.min_window = at + 1};
    const std::optional<unsigned> digit = DigitValue(text[at], o_.base);
    if (!digit) {
      if (o_.width == 0 && count > 0) break;
      const bool sign = count == 0 && (text[at] == '+' || text[at] == '-');
      const bool none = count == 0 && o_.until.starts_with(text[at]);
      return Malformed(window, at,
                       sign   ? FrameRule::kSign
                       : none ? FrameRule::kNoDigits
                              : FrameRule::kNotADigit);
    }
    if (strict && count == 1 && text[begin] == '0') {
      return Malformed(window, begin, FrameRule::kLeadingZero);
    }
    if (count == kMaxZeros || number > (~std::uint64_t{0} - *digit) / o_.base) {
      return Malformed(window, at, FrameRule::kOverflow);
    }
    number = number * o_.base + *digit;
  }
  for (std::size_t i = 0; i < o_.until.size(); ++i, ++at) {
    if (at >= text.size()) return NeedMore{.min_window = at + 1};
    if (text[at] == o_.until[i]) continue;
    return Malformed(window, at,
                     i == 0 && o_.width == 0 ? FrameRule::kNotADigit : FrameRule::kNoEnd);
  }
  return std::nullopt;
}

// The note for the next Scan(): where the mark before the digits stands or how far it was searched,
// and in the low half-word how much of the trailer has been judged.
ScanResult AsciiKind::Scan(ByteView window, std::uint64_t resume) const {
  std::size_t hit = resume >> 16;
  std::size_t judged = resume & 0xffff;
  const auto noted = [&](ScanResult answer) {
    if (auto* more = std::get_if<NeedMore>(&answer)) more->resume = hit << 16 | judged;
    return answer;
  };
  std::size_t header = 0;
  if (auto answer = FindDigits(window, hit, header)) return noted(*answer);
  std::uint64_t number = 0;
  if (auto answer = ReadDigits(window, header, number)) return noted(*answer);
  if (std::find(o_.bare.begin(), o_.bare.end(), number) != o_.bare.end()) {
    return Extent{header, header, 0};
  }
  const ByteView head = window.first(header);
  const std::uint64_t base = o_.counts == Counts::kFrame ? 0 : header;
  const auto shrink = static_cast<std::uint64_t>(o_.adjust < 0 ? -o_.adjust : 0);
  const auto grow = static_cast<std::uint64_t>(o_.adjust > 0 ? o_.adjust : 0);
  const std::uint64_t counted = SaturatingAdd(SaturatingAdd(number, base), grow);
  if (counted < header + shrink) {
    return FrameError{.code = FrameErrorCode::kLengthBelowHeader,
                      .found = number,
                      .allowed = header + shrink - base}
        .With(head);
  }
  const std::uint64_t payload = counted - shrink - header;
  const std::uint64_t wire_size = SaturatingAdd(counted - shrink, o_.trailer.size());
  if (auto error = CheckLimits(o_.limits, payload, wire_size)) return error->With(head);
  const std::size_t trailer_at = header + static_cast<std::size_t>(payload);
  if (auto answer = CheckTrailer(o_.trailer, window, trailer_at, judged)) return noted(*answer);
  return Extent{static_cast<std::size_t>(wire_size), header, static_cast<std::size_t>(payload)};
}

// With `after`, what stands before it is the reader's own business ("8=FIX.4.4"): nothing is
// written there but the start.
std::optional<FrameError> AsciiKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  std::int64_t number = static_cast<std::int64_t>(payload.size()) - o_.adjust;
  std::string digits;
  for (int pass = 0; pass < 4; ++pass) {  // counts=frame counts its own digits: settle on a size
    const std::size_t header = o_.start.size() + o_.after.size() + digits.size() + o_.until.size();
    const std::int64_t counted =
        number + (o_.counts == Counts::kFrame ? static_cast<std::int64_t>(header) : 0);
    if (counted < 0) return Refused(payload.size(), 0);
    digits = PrintDigits(static_cast<std::uint64_t>(counted), o_.base, o_.width);
  }
  if (o_.width > 0 && digits.size() > o_.width) return Refused(payload.size(), 0);
  const std::size_t before = out.size();
  const std::string trailer = TrailerBytes(o_.trailer);
  for (const std::string_view part :
       {std::string_view(o_.start), std::string_view(o_.after), std::string_view(digits),
        std::string_view(o_.until), AsText(payload), std::string_view(trailer)}) {
    out.Append(AsBytes(part));
  }
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

// What stands before the digits stays.
bool AsciiKind::Refit(std::endian /*order*/, std::size_t payload_size, std::string& header,
                      std::string& /*trailer*/) const {
  const std::size_t hit = header.find(o_.after);
  if (hit == std::string::npos || !header.ends_with(o_.until)) return false;
  const std::string before = header.substr(0, hit + o_.after.size());
  std::string digits;
  for (int pass = 0; pass < 4; ++pass) {  // as in Encode()
    const std::size_t size = before.size() + digits.size() + o_.until.size();
    const std::int64_t counted =
        static_cast<std::int64_t>(payload_size) - o_.adjust +
        (o_.counts == Counts::kFrame ? static_cast<std::int64_t>(size) : 0);
    if (counted < 0) return false;
    digits = PrintDigits(static_cast<std::uint64_t>(counted), o_.base, o_.width);
  }
  header = before + digits + o_.until;
  return true;
}

std::size_t AsciiKind::max_frame_size() const {
  return o_.start.size() + (o_.after.empty() ? 0 : kMaxSearch + o_.after.size()) + kMaxZeros +
         o_.until.size() + o_.limits.most() + o_.trailer.size() + 1;
}

}  // namespace unstick::inline v0::detail
