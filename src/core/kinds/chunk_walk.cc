#include "src/core/kinds/chunk_walk.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/status/status.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

constexpr std::size_t kMaxSizeLine = 4096;  // digits and extensions of one size

FrameError Malformed(ByteView window, std::size_t at) {
  return FrameError{.code = FrameErrorCode::kMalformedLength, .found = at}.With(
      window.first(std::min(window.size(), at + 1)));
}

}  // namespace

absl::Status ChunkWalk::Check(const ChunkOptions& o) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (o.width > 8) return refuse("width is 1 to 8 bytes");
  if (o.width == 0 && o.until.empty()) return refuse("until must say where the digits end");
  if (o.base != 10 && o.base != 16) return refuse("ascii is 10 or 16");
  if (o.width == 0 && DigitValue(o.until[0], o.base)) return refuse("until starts with a digit");
  if (o.until.size() > 16 || o.trailer.size() > 256) return refuse("until or trailer is too long");
  if (o.limits.max == 0) return refuse("max is at least 1: a limit always exists");
  if (o.limits.min > o.limits.most()) return refuse("min is above max");
  return absl::OkStatus();
}

std::optional<ScanResult> ChunkWalk::ReadSize(ByteView window, std::size_t at, Size& size) const {
  if (o_.width > 0) {
    size.end = at + o_.width;
    if (window.size() < size.end) return NeedMore{.min_window = size.end};
    size.number = LoadUint(window, at, o_.width, o_.order);
    return std::nullopt;
  }
  const std::string_view text = AsText(window);
  const std::size_t line_end = text.substr(0, at + kMaxSizeLine).find(o_.until, at);
  std::size_t digits = 0;
  while (at + digits < text.size() && digits < kMaxDigits &&
         DigitValue(text[at + digits], o_.base)) {
    ++digits;
  }
  const std::size_t stop = at + digits;  // must be `until`, or an extension up to that
  const std::string_view behind = text.substr(std::min(stop, text.size()), o_.until.size());
  if (!behind.empty() && (digits == 0 || (behind[0] != ';' && !o_.until.starts_with(behind)))) {
    return Malformed(window, stop);
  }
  if (line_end == std::string_view::npos) {
    if (text.size() >= at + kMaxSizeLine) return Malformed(window, at + kMaxSizeLine);
    return NeedMore{.min_window = text.size() + 1};
  }
  // A peer that ends lines at LF alone would read what follows as data (RFC 9112, 2.2 and 7.1.1).
  const std::string_view extension = text.substr(stop, line_end - stop);
  const std::size_t other_end = extension.find_first_of("\r\n");
  if (other_end != std::string_view::npos && o_.until == "\r\n") {
    return Malformed(window, stop + other_end);
  }
  const std::optional<std::uint64_t> number = ParseDigits(text.substr(at, digits), o_.base);
  size.number = number.value_or(~std::uint64_t{0});
  size.end = line_end + o_.until.size();
  return std::nullopt;
}

// Behind the zero: nothing, or in the text form lines up to an empty one.
std::optional<ScanResult> ChunkWalk::ReadEnd(ByteView window, std::size_t at,
                                             std::size_t& end) const {
  end = at;
  if (o_.width > 0) return std::nullopt;
  const std::string_view text = AsText(window);
  for (std::size_t line = at;;) {
    const std::size_t eol = text.substr(0, at + kMaxSizeLine).find(o_.until, line);
    if (eol == std::string_view::npos) {
      if (text.size() >= at + kMaxSizeLine) return Malformed(window, at + kMaxSizeLine);
      return NeedMore{.min_window = text.size() + 1};
    }
    end = eol + o_.until.size();
    if (eol == line) return std::nullopt;
    line = end;
  }
}

ScanResult ChunkWalk::Scan(ByteView window, std::size_t start, std::size_t resume) const {
  // The note: the size that comes next stands at the low half, the high half is the payload so far.
  std::size_t at = resume == 0 ? start : resume & 0xffffffff;
  std::size_t payload = resume >> 32;
  for (;;) {
    const std::size_t note = payload << 32 | at;
    const auto wait = [&](NeedMore more) {
      more.resume = note;
      return more;
    };
    Size size;
    if (std::optional<ScanResult> answer = ReadSize(window, at, size)) {
      const auto* more = std::get_if<NeedMore>(&*answer);
      return more != nullptr ? ScanResult(wait(*more)) : *answer;
    }
    if (size.number == 0) {
      std::size_t end = 0;
      if (std::optional<ScanResult> answer = ReadEnd(window, size.end, end)) {
        const auto* more = std::get_if<NeedMore>(&*answer);
        return more != nullptr ? ScanResult(wait(*more)) : *answer;
      }
      if (auto error = CheckLimits(o_.limits, payload, end)) return *error;
      return Extent{end, start, payload};
    }
    const std::uint64_t next = SaturatingAdd(size.end, size.number) + o_.trailer.size();
    if (size.number > o_.limits.most() - payload || next > max_frame_size() - 3 * kMaxSizeLine) {
      return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = o_.limits.most()}.With(
          window.first(std::min<std::size_t>(size.end, 8)));
    }
    const std::size_t chunk_end = size.end + static_cast<std::size_t>(size.number);
    for (std::size_t i = 0; i < o_.trailer.size() && chunk_end + i < window.size(); ++i) {
      if (AsText(window)[chunk_end + i] == o_.trailer[i]) continue;
      return FrameError{.code = FrameErrorCode::kBadMagic,
                        .found = chunk_end + i,
                        .allowed = static_cast<unsigned char>(o_.trailer[i])};
    }
    if (window.size() < chunk_end + o_.trailer.size()) {
      return wait({.min_window = std::max(window.size(), chunk_end) + 1});
    }
    at = chunk_end + o_.trailer.size();
    payload += static_cast<std::size_t>(size.number);
  }
}

Extent ChunkWalk::Join(ByteSpan wire, std::size_t start) const {
  std::size_t to = start;
  for (std::size_t at = start;;) {
    Size size;
    if (ReadSize(wire, at, size) || size.number == 0) break;
    const auto n = static_cast<std::size_t>(size.number);
    std::memmove(wire.data() + to, wire.data() + size.end, n);
    to += n;
    at = size.end + n + o_.trailer.size();
  }
  return {wire.size(), start, to - start};
}

void ChunkWalk::Encode(ByteView payload, StreamBuffer& out) const {
  const auto put_size = [&](std::uint64_t size) {
    if (o_.width == 0) return out.Append(AsBytes(PrintDigits(size, o_.base) + o_.until));
    std::byte number[8];
    StoreUint(number, size, o_.width, o_.order);
    out.Append(ByteView(number).first(o_.width));
  };
  const std::uint64_t most = o_.width == 0 ? ~std::uint64_t{0} : MaxUint(o_.width);
  while (!payload.empty()) {
    const ByteView chunk =
        payload.first(static_cast<std::size_t>(std::min<std::uint64_t>(payload.size(), most)));
    put_size(chunk.size());
    out.Append(chunk);
    out.Append(AsBytes(o_.trailer));
    payload = payload.subspan(chunk.size());
  }
  put_size(0);
  if (o_.width == 0) out.Append(AsBytes(o_.until));
}

absl::StatusOr<std::shared_ptr<const ChunksKind>> ChunksKind::Create(const ChunkOptions& options) {
  if (absl::Status status = ChunkWalk::Check(options); !status.ok()) return status;
  return std::make_shared<const ChunksKind>(options);
}

std::optional<FrameError> ChunksKind::Encode(ByteView payload, StreamBuffer& out) const {
  if (auto refused = RefuseSize(o_.limits, payload.size())) return refused;
  walk_.Encode(payload, out);
  return std::nullopt;
}

}  // namespace unstick::inline v0::detail
