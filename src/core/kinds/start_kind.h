// kind `delim` with start marks alone: a frame ends where the next one starts (H.264 Annex B).

#ifndef UNSTICK_SRC_CORE_KINDS_START_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_START_KIND_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

//     | start | payload | start | payload | ... end of the input
//
// Several marks are one mark of which the front may be missing: 00000001 and 000001. The longest
// that stands there counts; the first one given is written.
class StartKind final : public FrameKind {
 public:
  static absl::StatusOr<std::shared_ptr<const StartKind>> Create(std::vector<std::string> starts,
                                                                 const PayloadLimits& limits) {
    const std::string longest = *std::ranges::max_element(starts, Shorter);
    for (const std::string& start : starts) {
      if (start.empty() || start.size() > 256) {
        return absl::InvalidArgumentError("start is 1 to 256 bytes");
      }
      if (longest.find(start) + start.size() == longest.size()) continue;
      return absl::InvalidArgumentError(
          "end must be given, or each start be the end of the longest and stand nowhere else in "
          "it");
    }
    return std::make_shared<const StartKind>(std::move(starts), longest, limits);
  }
  // For Create().
  StartKind(std::vector<std::string> starts, std::string longest, const PayloadLimits& limits)
      : starts_(std::move(starts)),
        longest_(std::move(longest)),
        shortest_(*std::ranges::min_element(starts_, Shorter)),
        limits_(limits) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    const std::string_view text = AsText(window);
    const std::size_t own = OwnMark(text);
    if (own == 0) return Beginning(window);
    const std::size_t bound = own + limits_.most() + longest_.size();
    const std::size_t next = NextMark(text.substr(0, bound), std::max(resume, own));
    if (next != std::string_view::npos) return Frame(window, own, next);
    if (text.size() >= bound) return TooLarge(window, own);
    const std::size_t kept = longest_.size() - 1;
    return NeedMore{.min_window = text.size() + 1,
                    .resume = std::max({resume, own, text.size() - std::min(kept, text.size())})};
  }
  ScanResult ScanFinal(ByteView rest) const override {
    const std::size_t own = OwnMark(AsText(rest));
    if (own == 0) return NeedMore{.min_window = rest.size() + 1};
    return Frame(rest, own, rest.size());
  }
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    const std::string& start = starts_[0];
    const std::string frame = start + std::string(AsText(payload));
    if (auto refused = RefuseSize(limits_, payload.size())) return refused;
    // Neither a longer mark of its own nor the next frame's may be found a byte early.
    if (OwnMark(frame) != start.size() || NextMark(frame + start, start.size()) != frame.size()) {
      return Refused(payload.size(), Obstacle::kBytes);
    }
    out.Append(AsBytes(frame));
    return std::nullopt;
  }
  bool ends_at_mark() const override { return true; }
  std::size_t max_frame_size() const override { return 2 * longest_.size() + limits_.most() + 1; }
  FramePicture Picture() const override;

 private:
  static bool Shorter(const std::string& a, const std::string& b) { return a.size() < b.size(); }
  // The size of the mark at the front; 0 if none is there in full.
  std::size_t OwnMark(std::string_view text) const {
    std::size_t size = 0;
    for (const std::string& start : starts_) {
      if (text.starts_with(start)) size = std::max(size, start.size());
    }
    return size;
  }
  // Each mark is the end of every longer one and stands nowhere else in it: so the next one is
  // where the shortest stands, or begins a few bytes before. To search for each of them would look
  // through the whole window for those that are not there.
  std::size_t NextMark(std::string_view text, std::size_t from) const {
    const std::size_t shortest = text.find(shortest_, from);
    if (shortest == std::string_view::npos) return shortest;
    std::size_t next = shortest;
    for (const std::string& start : starts_) {
      const std::size_t front = start.size() - shortest_.size();
      if (shortest - from < front || !text.substr(shortest - front).starts_with(start)) continue;
      next = std::min(next, shortest - front);
    }
    return next;
  }
  // The window does not start with a mark, or not yet.
  ScanResult Beginning(ByteView window) const {
    const std::string_view text = AsText(window);
    std::size_t right = 0;  // so many bytes are those of a mark
    std::size_t wanted = 0;
    for (const std::string& start : starts_) {
      const std::size_t n = std::min(text.size(), start.size());
      const auto same = static_cast<std::size_t>(
          std::mismatch(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(n), text.begin())
              .first -
          start.begin());
      if (same < right || (same == right && wanted != 0)) continue;
      right = same;
      wanted = static_cast<unsigned char>(start[same]);
    }
    if (right == text.size()) return NeedMore{.min_window = right + 1};
    return FrameError{.code = FrameErrorCode::kBadMagic,
                      .rule = FrameRule::kStart,
                      .found = right,
                      .allowed = wanted}
        .With(window.first(right + 1));
  }
  ScanResult Frame(ByteView window, std::size_t own, std::size_t end) const {
    const std::size_t payload = end - own;
    if (payload > limits_.most()) return TooLarge(window, own);
    if (auto error = CheckLimits(limits_, payload, end)) return *error;
    return Extent{end, own, payload};
  }
  FrameError TooLarge(ByteView window, std::size_t own) const {
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = limits_.most()}.With(
        window.first(own));
  }

  std::vector<std::string> starts_;
  std::string longest_;
  std::string shortest_;
  PayloadLimits limits_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_START_KIND_H_
