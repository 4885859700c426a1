// Bytes that arrive in chunks, by hand: each is copied in, as a read does it, and parsed where it
// lies.

#ifndef UNSTICK_BENCH_LIMITS_COPY_IN_H_
#define UNSTICK_BENCH_LIMITS_COPY_IN_H_

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "unstick/core/bytes.h"

namespace unstick::bench {

// A linear buffer; what is left over moves to its front when the room behind it is used up.
class CompactedCopy {
 public:
  CompactedCopy(std::size_t chunk, std::size_t largest_frame)
      : capacity_(2 * std::max<std::size_t>(chunk, 65536) + largest_frame),
        data_(std::make_unique_for_overwrite<std::byte[]>(capacity_)) {}

  template <typename Parse, typename Consume>
  void Read(ByteView chunk, Parse& parse, Consume& consume) {
    if (capacity_ - tail_ < chunk.size()) {
      std::memmove(data_.get(), data_.get() + head_, tail_ - head_);
      tail_ -= head_;
      head_ = 0;
    }
    std::memcpy(data_.get() + tail_, chunk.data(), chunk.size());
    tail_ += chunk.size();
    head_ += parse(ByteView(data_.get() + head_, tail_ - head_), consume);
    if (head_ == tail_) head_ = tail_ = 0;
  }

 private:
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> data_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

// A ring whose memory is mapped twice in a row, so that nothing ever moves and every frame lies in
// one piece.
class RingCopy {
 public:
  RingCopy(std::size_t chunk, std::size_t largest_frame)
      : capacity_(std::bit_ceil(std::max<std::size_t>(chunk, 65536) + largest_frame)) {
    const int file = memfd_create("ring", 0);
    if (file < 0 || ftruncate(file, static_cast<off_t>(capacity_)) != 0) std::abort();
    void* both = mmap(nullptr, 2 * capacity_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (both == MAP_FAILED) std::abort();
    data_ = static_cast<std::byte*>(both);
    for (std::byte* half : {data_, data_ + capacity_}) {
      if (mmap(half, capacity_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) ==
          MAP_FAILED) {
        std::abort();
      }
    }
    close(file);
  }
  RingCopy(const RingCopy&) = delete;
  RingCopy& operator=(const RingCopy&) = delete;
  ~RingCopy() { munmap(data_, 2 * capacity_); }

  template <typename Parse, typename Consume>
  void Read(ByteView chunk, Parse& parse, Consume& consume) {
    std::memcpy(data_ + ((head_ + size_) & (capacity_ - 1)), chunk.data(), chunk.size());
    size_ += chunk.size();
    const std::size_t taken = parse(ByteView(data_ + head_, size_), consume);
    head_ = (head_ + taken) & (capacity_ - 1);
    size_ -= taken;
  }

 private:
  std::size_t capacity_;
  std::byte* data_ = nullptr;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_LIMITS_COPY_IN_H_
