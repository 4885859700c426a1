#include "unstick/core/varint_framer.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"

namespace unstick::inline v0 {
namespace {

using Options = VarintFramer::Options;

constexpr std::size_t kMaxFixedPart = 65535;  // bytes of offset or trailer
constexpr std::size_t kMaxDigits = 10;        // 64 bits, seven a byte

std::size_t DigitsOf(std::uint64_t value) {
  std::size_t digits = 1;
  while (value >>= 7) ++digits;
  return digits;
}

std::uint64_t LargestPayload(const Options& o) {
  const std::uint64_t carried = o.max_bytes >= kMaxDigits
                                    ? std::numeric_limits<std::uint64_t>::max()
                                    : (std::uint64_t{1} << (7 * o.max_bytes)) - 1;
  return std::min({o.max_payload, carried, kMaxContiguousPayload});
}

absl::Status Check(const Options& o) {
  if (o.offset > kMaxFixedPart) return absl::InvalidArgumentError("offset is at most 65535");
  if (o.trailer > kMaxFixedPart) return absl::InvalidArgumentError("trailer is at most 65535");
  if (o.max_bytes < 1 || o.max_bytes > kMaxDigits) {
    return absl::InvalidArgumentError("max-bytes is 1 to 10");
  }
  if (o.max_payload == 0) {
    return absl::InvalidArgumentError("max is at least 1: a limit always exists");
  }
  if (o.min_payload > LargestPayload(o)) {
    return absl::InvalidArgumentError("no payload fits: min is above max");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VarintFramer> VarintFramer::Create(const Options& options) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  return VarintFramer(options, true);
}

VarintFramer::VarintFramer(const Options& options)
    : VarintFramer(Check(options).ok() ? options : Options(), Check(options).ok()) {}

VarintFramer::VarintFramer(const Options& checked, bool usable)
    : options_(checked),
      span_(LargestPayload(checked) - checked.min_payload),
      max_frame_size_(checked.offset + checked.max_bytes +
                      static_cast<std::size_t>(LargestPayload(checked)) + checked.trailer),
      usable_(usable) {
  if (usable) return;
  options_.min_payload = std::numeric_limits<std::uint64_t>::max();  // no number in 5 bytes is that
  span_ = 0;
}

ScanResult VarintFramer::ScanLong(ByteView window) const {
  const auto malformed = [&](std::size_t digits, FrameRule rule) {
    const std::size_t end = options_.offset + digits;
    return FrameError{.code = FrameErrorCode::kMalformedLength, .rule = rule, .found = end - 1}
        .With(window.first(end));
  };
  if (!usable_) return Refuse(window, 0, 1);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < options_.max_bytes; ++i) {
    if (options_.offset + i >= window.size()) {
      return NeedMore{.min_window = options_.offset + i + 1};
    }
    const auto digit = std::to_integer<std::uint64_t>(window[options_.offset + i]);
    const bool last = digit < 0x80;
    if (i == kMaxDigits - 1 && (digit & 0x7f) > 1) return malformed(i + 1, FrameRule::kOverflow);
    value |= (digit & 0x7f) << (7 * i);
    if (!last) continue;
    if (digit == 0 && i > 0 && !options_.lenient) return malformed(i + 1, FrameRule::kOverlong);
    return Frame(window, value, i + 1);
  }
  return malformed(options_.max_bytes, FrameRule::kTooManyBytes);
}

FrameError VarintFramer::Refuse(ByteView window, std::uint64_t payload, std::size_t digits) const {
  if (!usable_) {
    return FrameError{.code = FrameErrorCode::kMalformedLength, .rule = FrameRule::kWrongOptions}
        .With(window.first(digits));
  }
  const std::size_t header = options_.offset + digits;
  const std::uint64_t largest = options_.min_payload + span_;
  FrameError error{
      .code = FrameErrorCode::kPayloadTooSmall, .found = payload, .allowed = options_.min_payload};
  if (payload > largest) {
    constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t overhead = header + options_.trailer;
    error.code = FrameErrorCode::kPayloadTooLarge;
    error.allowed = largest;
    error.recovery = Recovery::kKnownEnd;
    error.resume = payload > kTop - overhead ? kTop : payload + overhead;
  }
  return error.With(window.first(header));
}

Overhead VarintFramer::OverheadFor(std::size_t payload_size) const {
  return {options_.offset + DigitsOf(payload_size), options_.trailer};
}

std::optional<FrameError> VarintFramer::Wrap(ByteView payload, ByteSpan header,
                                             ByteSpan trailer) const {
  if (!usable_) return detail::NotUsable(payload.size());
  if (payload.size() - options_.min_payload > span_) {
    const bool too_small = payload.size() < options_.min_payload;
    return FrameError{.code = FrameErrorCode::kUnencodable,
                      .found = payload.size(),
                      .allowed = options_.min_payload + (too_small ? 0 : span_)};
  }
  std::fill(header.begin(), header.end(), std::byte{0});
  std::fill(trailer.begin(), trailer.end(), std::byte{0});
  std::uint64_t value = payload.size();
  for (std::byte& digit : header.subspan(options_.offset)) {
    digit = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  header.back() &= std::byte{0x7f};
  return std::nullopt;
}

}  // namespace unstick::inline v0
