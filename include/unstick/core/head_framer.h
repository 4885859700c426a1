// Heads of frames whose payload is not held in one piece, by themselves: how large a frame will be,
// before it is there.

#ifndef UNSTICK_CORE_HEAD_FRAMER_H_
#define UNSTICK_CORE_HEAD_FRAMER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/bytes.h"
#include "unstick/core/detail/head_rules.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_head.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {

// Reads and writes heads of the frames that `F` (LengthFieldFramer, VarintFramer, FixedFramer or
// HeaderFramer) reads and writes whole. Its limit is its own, and may be
// above what one piece of memory holds. Thread-safe: immutable after construction.
template <typename F>
class HeadFramer {
 public:
  // A payload larger than this is beyond any sum here.
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 60;

  // kInvalidArgument for a framing in which a body cannot be told or none fits, and for a limit of
  // 0 or above kMost.
  static absl::StatusOr<HeadFramer> Create(const F& framer, std::uint64_t max_payload) {
    if (max_payload == 0 || max_payload > kMost) {
      return absl::InvalidArgumentError("max is 1 to 2^60: a limit always exists");
    }
    absl::StatusOr<detail::HeadRules<F>> rules = detail::HeadRules<F>::Create(framer);
    if (!rules.ok()) return rules.status();
    max_payload = std::min(max_payload, rules->max_payload());
    if (rules->min_payload() > max_payload) {
      return absl::InvalidArgumentError("no payload fits: min is above max");
    }
    return HeadFramer(*std::move(rules), max_payload);
  }

  using Result = detail::HeadResult;

  // The head of the frame at the front of `window`, once all of its header is there.
  Result Scan(ByteView window) const {
    Result result = rules_.Scan(window);
    const auto* head = std::get_if<FrameHead>(&result);
    if (head == nullptr) return result;
    const std::uint64_t payload = rules_.Counted(*head);
    if (payload > max_payload_ || payload < rules_.min_payload()) {
      const bool large = payload > max_payload_;
      FrameError refused{
          .code = large ? FrameErrorCode::kPayloadTooLarge : FrameErrorCode::kPayloadTooSmall,
          .found = payload,
          .allowed = large ? max_payload_ : rules_.min_payload()};
      return refused.With(window.first(rules_.Looked(*head)));
    }
    if (window.size() < head->payload_offset) return NeedMore{.min_window = head->payload_offset};
    return result;
  }

  // Appends the header of a frame with that many bytes of payload to `out`. kUnencodable: the
  // limit or the framing does not allow it.
  std::optional<FrameError> Begin(std::uint64_t payload_size, StreamBuffer& out,
                                  FrameHead& head) const {
    const FrameError refused{
        .code = FrameErrorCode::kUnencodable, .found = payload_size, .allowed = max_payload_};
    if (payload_size > kMost) return refused;
    const std::optional<FrameHead> begun = rules_.For(payload_size);
    if (!begun) return refused;
    const std::uint64_t counted = rules_.Counted(*begun);
    if (counted > max_payload_ || counted < rules_.min_payload()) return refused;
    head = *begun;
    if (head.payload_offset == 0) return std::nullopt;
    rules_.Write(head, out.Prepare(head.payload_offset).first(head.payload_offset));
    out.Commit(head.payload_offset);
    return std::nullopt;
  }

  // False if `piece`, which goes `at` bytes into the payload, contradicts the head: with `strip`
  // part of the header is the payload's, and a record starts with its sync.
  bool Agrees(const FrameHead& head, std::uint64_t at, ByteView piece) const {
    return rules_.Agrees(head, at, piece);
  }

 private:
  HeadFramer(detail::HeadRules<F> rules, std::uint64_t max_payload)
      : rules_(std::move(rules)), max_payload_(max_payload) {}

  detail::HeadRules<F> rules_;
  std::uint64_t max_payload_;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_HEAD_FRAMER_H_
