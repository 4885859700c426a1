// Encoding in place: a payload becomes a frame at the end of a buffer.

#ifndef UNSTICK_CORE_APPEND_FRAME_H_
#define UNSTICK_CORE_APPEND_FRAME_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {

namespace detail {

inline FrameError TooLargeToEncode(std::size_t payload_size) {
  return {.code = FrameErrorCode::kUnencodable,
          .found = payload_size,
          .allowed = kMaxContiguousPayload};
}

}  // namespace detail

// Appends one frame; `fill(ByteSpan)` writes exactly `payload_size` bytes straight into their
// place, before the header is known. Returns an error and leaves `out` as it was if the framing
// cannot carry that payload.
template <FrameWrapper W, std::invocable<ByteSpan> Fill>
[[nodiscard]] std::optional<FrameError> AppendFrame(const W& framer, std::size_t payload_size,
                                                    Fill&& fill, StreamBuffer& out) {
  // No framer takes more, and with that no sum below can overflow.
  if (payload_size > kMaxContiguousPayload) return detail::TooLargeToEncode(payload_size);
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

namespace detail {

template <FrameWrapper W>
[[gnu::noinline]] std::optional<FrameError> AppendWrapped(const W& framer, ByteView payload,
                                                          StreamBuffer& out) {
  return AppendFrame(
      framer, payload.size(),
      [payload](ByteSpan place) { std::copy(payload.begin(), payload.end(), place.begin()); }, out);
}

}  // namespace detail

// Appends one frame with a copy of `payload`, which must not lie in `out`.
template <FrameWrapper W>
[[nodiscard]] inline std::optional<FrameError> AppendFrame(const W& framer, ByteView payload,
                                                           StreamBuffer& out) {
  if constexpr (WritesPrefix<W>) {
    const Prefix prefix = framer.PrefixFor(payload.size());
    if (prefix.size > 0) {
      std::byte* const frame = out.Prepare(sizeof(prefix.bytes) + payload.size()).data();
      detail::StoreLittle64(frame, prefix.bytes);
      if (!payload.empty()) std::memcpy(frame + prefix.size, payload.data(), payload.size());
      out.Commit(prefix.size + payload.size());
      return std::nullopt;
    }
  }
  return detail::AppendWrapped(framer, payload, out);
}

// The same for any framing: appends the next frame of the stream that `sent` stands for, a preamble
// in front of the first one included, and advances `sent`. On an error that is left as it was too.
// A StreamEncoder gets what `fill` wrote from memory of its own.
template <FrameEncoder F, std::invocable<ByteSpan> Fill>
[[nodiscard]] std::optional<FrameError> AppendFrame(const F& framer, std::size_t payload_size,
                                                    Fill&& fill, StreamBuffer& out,
                                                    StreamState<F>& sent) {
  return detail::WithFramer(framer, [&](const auto& chosen) -> std::optional<FrameError> {
    if constexpr (FrameWrapper<std::decay_t<decltype(chosen)>>) {
      return AppendFrame(chosen, payload_size, fill, out);
    } else {
      if (payload_size > kMaxContiguousPayload) return detail::TooLargeToEncode(payload_size);
      StreamBuffer memory;
      const ByteSpan payload = memory.Prepare(payload_size + 1).first(payload_size);
      fill(payload);
      return chosen.EncodeTo(payload, out, sent);
    }
  });
}

template <FrameEncoder F>
[[nodiscard]] std::optional<FrameError> AppendFrame(const F& framer, ByteView payload,
                                                    StreamBuffer& out, StreamState<F>& sent) {
  return detail::WithFramer(framer, [&](const auto& chosen) -> std::optional<FrameError> {
    if constexpr (FrameWrapper<std::decay_t<decltype(chosen)>>) {
      return AppendFrame(chosen, payload, out);
    } else {
      return chosen.EncodeTo(payload, out, sent);
    }
  });
}

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_APPEND_FRAME_H_
