// kind `delim` with a start mark alone: a frame ends where the next one starts (H.264 Annex B).

#ifndef UNSTICK_SRC_CORE_KINDS_START_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_START_KIND_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

//     | start | payload | start | payload | ... end of the input
class StartKind final : public FrameKind {
 public:
  // `start` has 1 to 256 bytes.
  StartKind(std::string start, const PayloadLimits& limits)
      : start_(std::move(start)), limits_(limits) {}

  ScanResult Scan(ByteView window, std::size_t resume) const override {
    const std::string_view text = AsText(window);
    for (std::size_t i = 0; i < start_.size(); ++i) {
      if (i >= text.size()) return NeedMore{.min_window = i + 1};
      if (text[i] == start_[i]) continue;
      return FrameError{.code = FrameErrorCode::kBadMagic,
                        .found = i,
                        .allowed = static_cast<unsigned char>(start_[i])}
          .With(window.first(i + 1));
    }
    const std::size_t bound = 2 * start_.size() + limits_.most();
    const std::size_t next = text.substr(0, bound).find(start_, std::max(resume, start_.size()));
    if (next != std::string_view::npos) return Frame(window, next);
    if (text.size() >= bound) return TooLarge(window);
    const std::size_t kept = start_.size() - 1;
    return NeedMore{.min_window = text.size() + 1,
                    .resume = std::max({resume, start_.size(), text.size() - kept})};
  }
  ScanResult ScanFinal(ByteView rest) const override {
    if (rest.size() < start_.size()) return NeedMore{.min_window = start_.size()};
    return Frame(rest, rest.size());
  }
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    const std::string frame = start_ + std::string(AsText(payload));
    // The next frame's start mark must not be found a byte early either.
    if (auto refused = RefuseSize(limits_, payload.size())) return refused;
    if ((frame + start_).find(start_, start_.size()) != frame.size()) {
      return Refused(payload.size(), Obstacle::kBytes);
    }
    out.Append(AsBytes(frame));
    return std::nullopt;
  }
  std::size_t max_frame_size() const override { return 2 * start_.size() + limits_.most() + 1; }
  FramePicture Picture() const override;

 private:
  ScanResult Frame(ByteView window, std::size_t end) const {
    const std::size_t payload = end - start_.size();
    if (payload > limits_.most()) return TooLarge(window);
    if (auto error = CheckLimits(limits_, payload, end)) return *error;
    return Extent{end, start_.size(), payload};
  }
  FrameError TooLarge(ByteView window) const {
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = limits_.most()}.With(
        window.first(start_.size()));
  }

  std::string start_;
  PayloadLimits limits_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_START_KIND_H_
