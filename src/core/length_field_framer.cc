#include "unstick/core/length_field_framer.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "src/core/absl_compat.h"

namespace unstick::inline v0 {
namespace {

using Options = LengthFieldFramer::Options;

constexpr std::size_t kMaxFixedPart = 65535;  // bytes of header or trailer
constexpr std::size_t kMaxAlign = 65536;
constexpr std::int64_t kMaxAdjust = std::int64_t{1} << 31;

std::size_t HeaderSize(const Options& o) { return o.header.value_or(o.offset + o.width); }
std::size_t StripSize(const Options& o) { return o.strip.value_or(HeaderSize(o)); }

// raw + Bias() == end of the payload.
std::int64_t Bias(const Options& o) {
  switch (o.counts) {
    case Counts::kAfter:
      return static_cast<std::int64_t>(o.offset + o.width) + o.adjust;
    case Counts::kPayload:
      return static_cast<std::int64_t>(HeaderSize(o)) + o.adjust;
    case Counts::kFrame:
      break;
  }
  return o.adjust;
}

// The smallest and largest payload that the options can frame; empty when low > high.
struct PayloadRange {
  std::int64_t low, high;
};
PayloadRange Payloads(const Options& o) {
  const auto header = static_cast<std::int64_t>(HeaderSize(o));
  const auto strip = static_cast<std::int64_t>(StripSize(o));
  const std::int64_t base = header - Bias(o);  // the raw value of an empty payload
  const auto limit = [](std::uint64_t n) {
    return static_cast<std::int64_t>(std::min(n, kMaxContiguousPayload));
  };
  PayloadRange range{limit(o.min_payload), limit(o.max_payload)};
  range.low = std::max({range.low, -base, strip - header});
  // Beyond every payload and every base, so that a wider field is as good and no sum overflows.
  constexpr std::uint64_t kEnough = std::uint64_t{1} << 40;
  const auto field_max = static_cast<std::int64_t>(std::min(MaxUint(o.width), kEnough));
  range.high = std::min(range.high, field_max - base);
  return range;
}

absl::Status Check(const Options& o) {
  const auto refuse = [](const std::string& why) {
    return absl::InvalidArgumentError(ToAbsl(why));
  };
  if (o.width < 1 || o.width > 8) return refuse("width is 1 to 8 bytes");
  if (o.offset > kMaxFixedPart) return refuse("offset is at most 65535");
  if (o.header && *o.header < o.offset + o.width) {
    return refuse("header is at least offset + width");
  }
  if (HeaderSize(o) > kMaxFixedPart + 8) return refuse("header is at most 65543");
  if (o.trailer > kMaxFixedPart) return refuse("trailer is at most 65535");
  if (o.align < 1 || o.align > kMaxAlign) return refuse("align is 1 to 65536");
  if (o.strip && *o.strip > kMaxFixedPart + 8) return refuse("strip is at most 65543");
  if (o.adjust <= -kMaxAdjust || o.adjust >= kMaxAdjust) return refuse("adjust is below 2^31");
  if (o.max_payload == 0) return refuse("max is at least 1: a limit always exists");
  if (o.min_payload > o.max_payload) return refuse("min is above max");
  const PayloadRange range = Payloads(o);
  if (range.low > range.high) return refuse("no payload fits: no length could ever be right");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LengthFieldFramer> LengthFieldFramer::Create(const Options& options) {
  if (absl::Status status = Check(options); !status.ok()) return status;
  return LengthFieldFramer(options, true);
}

LengthFieldFramer::LengthFieldFramer(const Options& options)
    : LengthFieldFramer(Check(options).ok() ? options : Options(), Check(options).ok()) {}

LengthFieldFramer::LengthFieldFramer(const Options& checked, bool usable)
    : options_(checked),
      header_(HeaderSize(checked)),
      strip_(StripSize(checked)),
      field_end_(checked.offset + checked.width),
      bias_(static_cast<std::size_t>(Bias(checked))),
      unused_bits_(static_cast<unsigned>(64 - 8 * checked.width)),
      usable_(usable) {
  const bool bare = checked.offset == 0 && checked.align == 1 && checked.trailer == 0;
  if (bare && strip_ == checked.width) only_a_length_ = checked.width;
  const PayloadRange range = Payloads(checked);
  lowest_ = header_ + static_cast<std::uint64_t>(range.low) - bias_;
  span_ = static_cast<std::uint64_t>(range.high - range.low);
  max_frame_size_ = Padded(header_ + static_cast<std::size_t>(range.high)) + checked.trailer;
  if (usable) return;
  lowest_ = std::numeric_limits<std::uint64_t>::max();  // no number of four bytes is that
  span_ = 0;
}

// The number is outside what the options allow; says in which way, in the order of evaluation.
FrameError LengthFieldFramer::Refuse(ByteView window, std::uint64_t raw) const {
  const auto error = [&](FrameErrorCode code, std::uint64_t found, std::uint64_t allowed) {
    return FrameError{.code = code, .found = found, .allowed = allowed}.With(
        window.first(field_end_));
  };
  if (!usable_) {
    FrameError refused = error(FrameErrorCode::kMalformedLength, 0, 0);
    refused.rule = FrameRule::kWrongOptions;
    return refused;
  }
  constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();
  const std::int64_t bias = Bias(options_);
  const bool negative = bias < 0 && raw < static_cast<std::uint64_t>(-bias);
  const bool overflow = bias > 0 && raw > kTop - static_cast<std::uint64_t>(bias);
  const std::uint64_t end = overflow ? kTop : raw + static_cast<std::uint64_t>(bias);
  if (negative || end < header_) {
    const std::int64_t least = static_cast<std::int64_t>(header_) - bias;
    return error(FrameErrorCode::kLengthBelowHeader, raw,
                 static_cast<std::uint64_t>(std::max<std::int64_t>(least, 0)));
  }
  const std::uint64_t payload = end - header_;
  const std::uint64_t largest = lowest_ + span_ + bias_ - header_;
  if (payload > largest) {
    FrameError too_large = error(FrameErrorCode::kPayloadTooLarge, payload, largest);
    too_large.recovery = Recovery::kKnownEnd;
    const std::uint64_t slack = options_.align + options_.trailer;
    too_large.resume = end > kTop - slack ? kTop : Padded(end) + options_.trailer;
    return too_large;
  }
  if (payload < options_.min_payload) {
    return error(FrameErrorCode::kPayloadTooSmall, payload, options_.min_payload);
  }
  // Shorter than what strip takes off.
  FrameError refused = error(FrameErrorCode::kMalformedLength, options_.offset, 0);
  refused.rule = FrameRule::kBeyondFrame;
  return refused;
}

// The header is zero but for the length. Where less than the header is stripped, its rest comes
// with the payload, and a length that lies in there must be right already.
std::optional<FrameError> LengthFieldFramer::WrapOther(ByteView payload, ByteSpan header,
                                                       ByteSpan trailer, std::uint64_t raw) const {
  if (!usable_) return detail::NotUsable(payload.size());
  std::array<std::byte, 8> field;
  StoreUint(field, raw, options_.width, options_.order);
  const bool wrong_size = raw - lowest_ > span_;
  bool refused = wrong_size;
  for (std::size_t i = 0; i < options_.width && !refused; ++i) {
    const std::size_t at = options_.offset + i;
    refused = at >= strip_ && (at - strip_ >= payload.size() || payload[at - strip_] != field[i]);
  }
  if (refused) {
    return FrameError{.code = FrameErrorCode::kUnencodable,
                      .obstacle = wrong_size ? Obstacle::kSize : Obstacle::kBytes,
                      .found = payload.size(),
                      .allowed = (raw < lowest_ ? lowest_ : lowest_ + span_) + bias_ - strip_};
  }
  std::fill(header.begin(), header.end(), std::byte{0});
  std::fill(trailer.begin(), trailer.end(), std::byte{0});
  for (std::size_t i = 0; i < options_.width && options_.offset + i < strip_; ++i) {
    header[options_.offset + i] = field[i];
  }
  return std::nullopt;
}

}  // namespace unstick::inline v0
