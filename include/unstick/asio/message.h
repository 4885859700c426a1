// A frame that owns its bytes: what coroutines are given.

#ifndef UNSTICK_ASIO_MESSAGE_H_
#define UNSTICK_ASIO_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_view.h"

// The layer is called asio, its namespace aio: inside unstick, a namespace `asio` would hide
// ::asio.
namespace unstick::inline v0::aio {

// A copy of one frame, header and trailer included. A FrameView dies with the buffer that it points
// into, and buffers are shared and reused as soon as a coroutine waits; a Message may be kept,
// moved and handed to other threads. Short frames (about 15 bytes) need no allocation.
class Message {
 public:
  Message() = default;
  explicit Message(const FrameView& frame)
      : wire_(AsText(frame.wire())),
        stream_offset_(frame.stream_offset()),
        payload_offset_(frame.payload_offset()),
        payload_size_(frame.payload().size()) {}

  ByteView payload() const UNSTICK_LIFETIME_BOUND { return AsBytes(text()); }
  std::string_view text() const UNSTICK_LIFETIME_BOUND {
    return std::string_view(wire_).substr(payload_offset_, payload_size_);
  }
  ByteView wire() const UNSTICK_LIFETIME_BOUND { return AsBytes(wire_); }
  std::uint64_t stream_offset() const { return stream_offset_; }  // of wire()[0]

  // The same frame, borrowed from this message: for what reads frames (a header layout's fields).
  FrameView view() const UNSTICK_LIFETIME_BOUND {
    return FrameView(wire().data(), Extent{wire_.size(), payload_offset_, payload_size_},
                     stream_offset_);
  }

  // Gives the payload away.
  std::string TakePayload() && {
    wire_.resize(payload_offset_ + payload_size_);
    wire_.erase(0, payload_offset_);
    return std::move(wire_);
  }

 private:
  std::string wire_;
  std::uint64_t stream_offset_ = 0;
  std::size_t payload_offset_ = 0;
  std::size_t payload_size_ = 0;
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_MESSAGE_H_
