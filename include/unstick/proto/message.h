// Protobuf messages as the payloads of frames: serialised into their place, parsed where they lie.

#ifndef UNSTICK_PROTO_MESSAGE_H_
#define UNSTICK_PROTO_MESSAGE_H_

#include <google/protobuf/message_lite.h>

#include <concepts>
#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::proto {

using MessageLite = google::protobuf::MessageLite;

// Generated messages, lite ones too.
template <typename T>
concept Message = std::derived_from<T, MessageLite>;

// Protobuf's own limit, in bytes (https://protobuf.dev/programming-guides/encoding/#size-limit).
// The framing's limit is a smaller one: 8 MiB unless its options say otherwise, 1 GiB at most.
inline constexpr std::size_t kMaxMessageSize = (std::size_t{2} << 30) - 1;

// The bytes that `message` becomes. kInvalidArgument, naming the type, for one that no reader would
// take: over kMaxMessageSize, (proto2) without a required field, or (proto3) with a string that is
// not UTF-8. One such fault is left to the reader, because protobuf finds it only by parsing:
// messages nested over 100 deep.
UNSTICK_EXPORT absl::StatusOr<std::size_t> MeasureMessage(const MessageLite& message);

// Serialises. REQUIRES: place.size() is what MeasureMessage() has just said, and the message has
// not changed since.
UNSTICK_EXPORT void WriteMessage(const MessageLite& message, ByteSpan place);

// Parses all of `payload`; no byte at all is a message with nothing set. kDataLoss, naming the type
// and the size, for bytes that are no such message, the same limits as above and protobuf's depth
// of 100 included; `message` is then empty, never half filled. Nothing is printed, except about
// a string that is not UTF-8 in two cases, in which protobuf itself writes to its log: a message of
// optimize_for = LITE_RUNTIME, whose type is not known, and a proto2 message in a debug build of
// protobuf, which may hold such a string.
[[nodiscard]] UNSTICK_EXPORT absl::Status ParseMessage(ByteView payload, MessageLite& message);

namespace detail {

// kInvalidArgument, "unstick.v1.EchoRequest: unencodable: ...".
UNSTICK_EXPORT absl::Status RefusedMessage(const MessageLite& message, const FrameError& why);

}  // namespace detail

// Appends the next frame of the stream that `sent` stands for, with `message` as its payload,
// serialised straight into `out`. kInvalidArgument, `out` and `sent` as they were, for a message
// that MeasureMessage() or the framing refuses. (Nearly every message holds a byte 0x0a, so
// framings by line refuse nearly every message.)
template <FrameEncoder F>
[[nodiscard]] absl::Status AppendMessage(const F& framer, const MessageLite& message,
                                         StreamBuffer& out, StreamState<F>& sent) {
  const absl::StatusOr<std::size_t> size = MeasureMessage(message);
  if (!size.ok()) return size.status();
  const auto write = [&message](ByteSpan place) { WriteMessage(message, place); };
  const std::optional<FrameError> refused = AppendFrame(framer, *size, write, out, sent);
  return refused ? detail::RefusedMessage(message, *refused) : absl::OkStatus();
}

// The same for framings whose frames do not depend on earlier ones.
template <FrameWrapper W>
[[nodiscard]] absl::Status AppendMessage(const W& framer, const MessageLite& message,
                                         StreamBuffer& out) {
  StreamState<W> sent{};  // a stateless framer has none
  return AppendMessage(framer, message, out, sent);
}

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_MESSAGE_H_
