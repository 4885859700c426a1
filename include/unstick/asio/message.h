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
        stream_offset_(frame.stream_offset()),
        wire_size_(frame.wire_size()),
        payload_offset_(frame.assembled() ? 0 : frame.payload_offset()),
        payload_size_(frame.payload().size()),
        assembled_(frame.assembled()) {}
  // The same without a copy, with the memory that `frame` lies in.
  Message(const FrameView& frame, StreamBuffer memory)
      : memory_(std::make_shared<const StreamBuffer>(std::move(memory))),
        in_memory_(frame.payload().data() - frame.payload_offset()),
        stream_offset_(frame.stream_offset()),
        wire_size_(frame.wire_size()),
        payload_offset_(frame.payload_offset()),
        payload_size_(frame.payload().size()),
        assembled_(frame.assembled()) {}

  ByteView payload() const UNSTICK_LIFETIME_BOUND { return view().payload(); }
  std::string_view text() const UNSTICK_LIFETIME_BOUND { return AsText(payload()); }
  ByteView wire() const UNSTICK_LIFETIME_BOUND { return view().wire(); }
  std::uint64_t stream_offset() const { return stream_offset_; }  // of wire()[0]

  // The same frame, borrowed from this message: for what reads frames (a header layout's fields).
  FrameView view() const UNSTICK_LIFETIME_BOUND {
    const std::byte* const start = in_memory_ != nullptr ? in_memory_ : AsBytes(copy_).data();
    return FrameView(start, Extent{wire_size_, payload_offset_, payload_size_}, stream_offset_,
                     assembled_);
  }

  // Gives the payload away.
  std::string TakePayload() && {
    if (in_memory_ != nullptr) return std::string(text());
    copy_.resize(payload_offset_ + payload_size_);
    copy_.erase(0, payload_offset_);
    return std::move(copy_);
  }

 private:
  std::string copy_;                            // either the frame's bytes,
  std::shared_ptr<const StreamBuffer> memory_;  // or what it arrived in, which copies share,
  const std::byte* in_memory_ = nullptr;        // and its place there
  std::uint64_t stream_offset_ = 0;
  std::size_t wire_size_ = 0;
  std::size_t payload_offset_ = 0;
  std::size_t payload_size_ = 0;
  bool assembled_ = false;
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_MESSAGE_H_
