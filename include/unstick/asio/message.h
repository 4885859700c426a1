// A frame that owns its bytes: what coroutines are given.

#ifndef UNSTICK_ASIO_MESSAGE_H_
#define UNSTICK_ASIO_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/stream_buffer.h"

// The layer is called asio, its namespace aio: inside unstick, a namespace `asio` would hide
// ::asio.
namespace unstick::inline v0::aio {

// One frame, header and trailer included, in memory of its own. A FrameView dies with the buffer
// that it points into, and buffers are shared and reused as soon as a coroutine waits; a Message
// may be kept, moved and handed to other threads. Short frames (about 15 bytes) need no allocation;
// large ones are not copied where the server can give away the memory that they arrived in.
class Message {
 public:
  Message() = default;
  explicit Message(const FrameView& frame)
      : copy_(frame.assembled() ? frame.text() : AsText(frame.wire())),
        frame_{.stream_offset = frame.stream_offset(),
               .wire_size = frame.wire_size(),
               .payload_offset = frame.assembled() ? 0 : frame.payload_offset(),
               .payload_size = frame.payload().size(),
               .assembled = frame.assembled()} {}
  // The same without a copy, with the memory that `frame` lies in.
  Message(const FrameView& frame, StreamBuffer memory)
      : memory_(std::make_shared<const StreamBuffer>(std::move(memory))),
        frame_{.in_memory = frame.payload().data() - frame.payload_offset(),
               .stream_offset = frame.stream_offset(),
               .wire_size = frame.wire_size(),
               .payload_offset = frame.payload_offset(),
               .payload_size = frame.payload().size(),
               .assembled = frame.assembled()} {}
  // One that was moved from is empty.
  Message(Message&& other) noexcept
      : copy_(std::move(other.copy_)),
        memory_(std::move(other.memory_)),
        frame_(std::exchange(other.frame_, Frame())) {}
  Message& operator=(Message&& other) noexcept {
    if (this == &other) return *this;
    copy_ = std::move(other.copy_);
    memory_ = std::move(other.memory_);
    frame_ = std::exchange(other.frame_, Frame());
    return *this;
  }
  Message(const Message&) = default;
  Message& operator=(const Message&) = default;

  ByteView payload() const UNSTICK_LIFETIME_BOUND { return view().payload(); }
  std::string_view text() const UNSTICK_LIFETIME_BOUND { return AsText(payload()); }
  ByteView wire() const UNSTICK_LIFETIME_BOUND { return view().wire(); }
  std::uint64_t stream_offset() const { return frame_.stream_offset; }  // of wire()[0]

  // The same frame, borrowed from this message: for what reads frames (a header layout's fields).
  FrameView view() const UNSTICK_LIFETIME_BOUND {
    const std::byte* const start =
        frame_.in_memory != nullptr ? frame_.in_memory : AsBytes(copy_).data();
    return FrameView(start, Extent{frame_.wire_size, frame_.payload_offset, frame_.payload_size},
                     frame_.stream_offset, frame_.assembled);
  }

  // Gives the payload away.
  std::string TakePayload() && {
    const Frame taken = std::exchange(frame_, Frame());
    if (taken.in_memory != nullptr) {
      const ByteView wire(taken.in_memory, taken.payload_offset + taken.payload_size);
      return std::string(AsText(wire.subspan(taken.payload_offset)));
    }
    copy_.resize(taken.payload_offset + taken.payload_size);
    copy_.erase(0, taken.payload_offset);
    return std::move(copy_);
  }

 private:
  struct Frame {
    const std::byte* in_memory = nullptr;  // its place there
    std::uint64_t stream_offset = 0;
    std::size_t wire_size = 0;
    std::size_t payload_offset = 0;
    std::size_t payload_size = 0;
    bool assembled = false;
  };

  std::string copy_;                            // either the frame's bytes,
  std::shared_ptr<const StreamBuffer> memory_;  // or what it arrived in, which copies share
  Frame frame_;
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_MESSAGE_H_
