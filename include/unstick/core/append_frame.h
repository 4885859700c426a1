// Encoding in place: a payload becomes a frame at the end of a buffer.

#ifndef UNSTICK_CORE_APPEND_FRAME_H_
#define UNSTICK_CORE_APPEND_FRAME_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <utility>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {

// Appends one frame; `fill(ByteSpan)` writes exactly `payload_size` bytes straight into their
// place, before the header is known. Returns an error and leaves `out` as it was if the framing
// cannot carry that payload.
template <FrameWrapper W, std::invocable<ByteSpan> Fill>
[[nodiscard]] std::optional<FrameError> AppendFrame(const W& framer, std::size_t payload_size,
                                                    Fill&& fill, StreamBuffer& out) {
  if (payload_size > kMaxContiguousPayload) {  // no framer takes it, and no sum below can overflow
    return FrameError{.code = FrameErrorCode::kUnencodable,
                      .found = payload_size,
                      .allowed = kMaxContiguousPayload};
  }
  const Overhead overhead = framer.OverheadFor(payload_size);
  const std::size_t frame_size = overhead.header + payload_size + overhead.trailer;
  const ByteSpan frame = out.Prepare(std::max<std::size_t>(frame_size, 1)).first(frame_size);
  const ByteSpan payload = frame.subspan(overhead.header, payload_size);
  std::forward<Fill>(fill)(payload);
  std::optional<FrameError> refused =
      framer.Wrap(payload, frame.first(overhead.header), frame.last(overhead.trailer));
  if (!refused) out.Commit(frame_size);
  return refused;
}

// Appends one frame with a copy of `payload`, which must not lie in `out`.
template <FrameWrapper W>
[[nodiscard]] std::optional<FrameError> AppendFrame(const W& framer, ByteView payload,
                                                    StreamBuffer& out) {
  return AppendFrame(
      framer, payload.size(),
      [payload](ByteSpan place) { std::copy(payload.begin(), payload.end(), place.begin()); }, out);
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_APPEND_FRAME_H_
