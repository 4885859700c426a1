// Replies on their way out.

#ifndef UNSTICK_SRC_ASIO_OUTPUT_QUEUE_H_
#define UNSTICK_SRC_ASIO_OUTPUT_QUEUE_H_

#include <cstddef>

#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::aio::detail {

// Encoded frames, one behind the other, and how many they are. No note is kept for each frame, so
// the count is exact while nothing has been sent, and later at most what was queued:
//
//     | older frames (counted together) | newer frames | <- queued
//     ^ sent from here
class OutputQueue {
 public:
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  std::size_t frames() const { return older_ + newer_; }
  std::size_t capacity() const { return bytes_.capacity(); }
  ByteView readable() const { return bytes_.readable(); }

  StreamBuffer& bytes() { return bytes_; }  // to append a frame to; then Added()
  void Added() { ++newer_; }

  void Sent(std::size_t n) {
    bytes_.Consume(n);
    if (n < older_bytes_) {
      older_bytes_ -= n;
      return;
    }
    older_bytes_ = bytes_.size();
    older_ = bytes_.empty() ? 0 : newer_;
    newer_ = 0;
  }
  void Clear() { Sent(size()); }
  void Trim() { bytes_.Trim(); }

 private:
  StreamBuffer bytes_;
  std::size_t older_bytes_ = 0;
  std::size_t older_ = 0;
  std::size_t newer_ = 0;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_OUTPUT_QUEUE_H_
