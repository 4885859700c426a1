// One piece of memory between a source of bytes and their reader. Grows with bytes received.

#ifndef UNSTICK_CORE_STREAM_BUFFER_H_
#define UNSTICK_CORE_STREAM_BUFFER_H_

#include <cstddef>
#include <cstring>
#include <memory>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0 {

// A queue of bytes in contiguous memory:
//
//     | consumed | readable()      | room          |
//     0          head_             tail_           capacity_
//
// Allocates nothing until the first Prepare(). Capacity stays at or under twice readable().size()
// plus the room asked for plus 256 bytes, so memory follows what arrived. Thread-compatible.
// Throws std::bad_alloc only, and is unchanged then.
class UNSTICK_EXPORT StreamBuffer {
 public:
  StreamBuffer() = default;
  StreamBuffer(StreamBuffer&& other) noexcept;
  StreamBuffer& operator=(StreamBuffer&& other) noexcept;

  std::size_t size() const { return tail_ - head_; }
  bool empty() const { return head_ == tail_; }
  std::size_t capacity() const { return capacity_; }
  ByteView readable() const UNSTICK_LIFETIME_BOUND { return {data_.get() + head_, size()}; }
  ByteSpan writable() UNSTICK_LIFETIME_BOUND { return {data_.get() + head_, size()}; }

  // Room for `room` (>= 1) bytes or more behind the readable ones. May move memory; under the
  // address sanitizer it always does.
  ByteSpan Prepare(std::size_t room) UNSTICK_LIFETIME_BOUND {
    return Prepare(room, {.room = room});
  }
  // The same, content with `least` as long as that moves nothing, so that a stream that comes in
  // small pieces moves once for many of them; and with room for `most`, the rest of a frame, say,
  // where memory would otherwise double. REQUIRES: least <= room.
  struct Wish {
    std::size_t room = 1;
    std::size_t most = ~std::size_t{0};
  };
  ByteSpan Prepare(std::size_t least, const Wish& wish) UNSTICK_LIFETIME_BOUND {
    if (empty()) head_ = tail_ = 0;  // the same bytes again are in the nearest cache
    // The caller's macro decides: the library may have been built without the sanitizer.
    if (UNSTICK_ADDRESS_SANITIZER) {
      Reserve(wish, true);
    } else if (capacity_ - tail_ < least) {
      Reserve(wish, false);
    }
    return {data_.get() + tail_, capacity_ - tail_};
  }
  // The first `n` prepared bytes become readable. REQUIRES: n <= the prepared room.
  void Commit(std::size_t n) { tail_ += n; }
  // Forgets the first `n` readable bytes. Never moves memory. REQUIRES: n <= size().
  void Consume(std::size_t n) { head_ += n; }
  // Forgets the last `n` readable bytes. Never moves memory. REQUIRES: n <= size().
  void Unwrite(std::size_t n) { tail_ -= n; }
  // Copies `bytes` behind the readable ones. `bytes` must not lie in this buffer.
  void Append(ByteView bytes) {
    if (bytes.empty()) return;
    std::memcpy(Prepare(bytes.size()).data(), bytes.data(), bytes.size());
    Commit(bytes.size());
  }
  // Gives back memory that the readable bytes do not need; all of it when there are none.
  void Trim();

 private:
  void Reserve(const Wish& wish, bool must_move);
  void MoveTo(std::size_t capacity, bool by_copy);

  struct Free {
    void operator()(std::byte* memory) const;
  };

  std::unique_ptr<std::byte[], Free> data_;  // from malloc, so that it can grow where it lies
  std::size_t capacity_ = 0;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_STREAM_BUFFER_H_
