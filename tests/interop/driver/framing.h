// The framing under test, and which bytes of its header are ours to fill.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_FRAMING_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_FRAMING_H_

#include <cstddef>
#include <optional>
#include <string>

#include "unstick/core/any_framer.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::interop {

// Header bytes that no framing describes and a protocol needs (a message type): `size` of them at
// `offset`. A message is then these bytes and the payload behind them, in both directions.
struct OwnBytes {
  std::size_t offset = 0;
  std::size_t size = 0;
};

// One direction's encoder: remembers what it has sent.
class Encoder {
 public:
  Encoder(AnyFramer framer, OwnBytes own) : framer_(std::move(framer)), own_(own) {}

  // Appends the frame of `message`, or says why not.
  std::optional<std::string> Append(ByteView message, StreamBuffer& out) {
    const std::size_t before = out.size();
    if (message.size() < own_.size) return "a message without its own header bytes";
    if (const auto refused = framer_.EncodeTo(message.subspan(own_.size), out, sent_)) {
      return std::string(ToStatus(*refused).message());
    }
    const ByteSpan frame = out.writable().subspan(before);
    std::ranges::copy(message.first(own_.size), frame.subspan(own_.offset).begin());
    return std::nullopt;
  }
  // The preamble went out by other means.
  void PreambleSent() { sent_.preamble_done = true; }

 private:
  AnyFramer framer_;
  OwnBytes own_;
  AnyFramer::State sent_;
};

// The message in a received frame.
inline std::string MessageIn(const FrameView& frame, OwnBytes own) {
  std::string message;
  if (own.size > 0) message = AsText(frame.wire().subspan(own.offset, own.size));
  return message.append(frame.text());
}

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_FRAMING_H_
