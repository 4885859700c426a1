#include "unstick/core/fixed_framer.h"

#include <algorithm>

#include "absl/status/status.h"

namespace unstick::inline v0 {

absl::StatusOr<FixedFramer> FixedFramer::Create(const Options& options) {
  if (options.size < 1 || options.size > kMaxContiguousPayload) {
    return absl::InvalidArgumentError("size is 1 byte to 1 GiB");
  }
  if (options.sync.size() > options.size) {
    return absl::InvalidArgumentError("sync is longer than size");
  }
  return FixedFramer(options);
}

// The bytes before `from` are known to be right.
std::optional<FrameError> FixedFramer::CheckSync(ByteView window, std::size_t from) const {
  const ByteView sync = AsBytes(options_.sync);
  const std::size_t seen = std::min(window.size(), sync.size());
  for (std::size_t i = from; i < seen; ++i) {
    if (window[i] == sync[i]) continue;
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .rule = FrameRule::kSync,
                      .found = i,
                      .allowed = std::to_integer<std::uint64_t>(sync[i])}
        .With(window.first(i + 1));
  }
  return std::nullopt;
}

std::optional<FrameError> FixedFramer::Wrap(ByteView payload, ByteSpan /*header*/,
                                            ByteSpan /*trailer*/) const {
  if (payload.size() == options_.size && !CheckSync(payload, 0)) return std::nullopt;
  const bool fits = payload.size() == options_.size;
  return FrameError{.code = FrameErrorCode::kUnencodable,
                    .obstacle = fits ? Obstacle::kBytes : Obstacle::kSize,
                    .found = payload.size(),
                    .allowed = options_.size};
}

}  // namespace unstick::inline v0
