// The limits: the loops a careful programmer writes for one format when nothing else matters. They
// trust their input, so they are what a library is measured against and not what anyone should
// ship.

#ifndef UNSTICK_BENCH_HAND_WRITTEN_H_
#define UNSTICK_BENCH_HAND_WRITTEN_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "unstick/core/bytes.h"

namespace unstick::bench {

inline std::uint32_t LoadBig32(const std::byte* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof(value));
  return __builtin_bswap32(value);
}

// u32 big-endian length in front of each payload, everything there: load, swap, add.
template <typename Consume>
std::size_t HandWrittenFrames(ByteView bytes, Consume&& consume) {
  std::size_t at = 0;
  while (bytes.size() - at >= 4) {
    const std::size_t size = LoadBig32(bytes.data() + at);
    if (bytes.size() - at - 4 < size) break;
    consume(ByteView(bytes.data() + at + 4, size));
    at += 4 + size;
  }
  return at;
}

// The same for a stream: each chunk is copied behind what is left over, as recv() would put it
// there, and what no frame has taken moves to the front.
class HandWrittenReader {
 public:
  explicit HandWrittenReader(std::size_t capacity)
      : data_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {}

  template <typename Consume>
  void Read(ByteView chunk, Consume&& consume) {
    std::memcpy(data_.get() + size_, chunk.data(), chunk.size());
    size_ += chunk.size();
    const std::size_t taken = HandWrittenFrames({data_.get(), size_}, consume);
    std::memmove(data_.get(), data_.get() + taken, size_ - taken);
    size_ -= taken;
  }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
};

// LF lines, everything there: one memchr a line.
template <typename Consume>
std::size_t HandWrittenLines(ByteView bytes, Consume&& consume) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const void* hit = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    if (hit == nullptr) break;
    const auto end = static_cast<std::size_t>(static_cast<const std::byte*>(hit) - bytes.data());
    consume(bytes.subspan(at, end - at));
    at = end + 1;
  }
  return at;
}

// Writes one frame and returns what it took.
inline std::size_t HandWrittenEncode(ByteView payload, std::byte* to) {
  const std::uint32_t size = __builtin_bswap32(static_cast<std::uint32_t>(payload.size()));
  std::memcpy(to, &size, sizeof(size));
  std::memcpy(to + sizeof(size), payload.data(), payload.size());
  return sizeof(size) + payload.size();
}

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_HAND_WRITTEN_H_
