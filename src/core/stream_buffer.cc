#include "unstick/core/stream_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace unstick::inline v0 {
namespace {

constexpr std::size_t kSmall = 256;  // the least that is worth asking the allocator for

}  // namespace

StreamBuffer::StreamBuffer(StreamBuffer&& other) noexcept
    : data_(std::move(other.data_)),
      capacity_(std::exchange(other.capacity_, 0)),
      head_(std::exchange(other.head_, 0)),
      tail_(std::exchange(other.tail_, 0)) {}

StreamBuffer& StreamBuffer::operator=(StreamBuffer&& other) noexcept {
  data_ = std::move(other.data_);
  capacity_ = std::exchange(other.capacity_, 0);
  head_ = std::exchange(other.head_, 0);
  tail_ = std::exchange(other.tail_, 0);
  return *this;
}

void StreamBuffer::Append(ByteView bytes) {
  if (bytes.empty()) return;
  std::memcpy(Prepare(bytes.size()).data(), bytes.data(), bytes.size());
  Commit(bytes.size());
}

void StreamBuffer::Trim() {
  if (capacity_ > 2 * size() + kSmall || (empty() && capacity_ > 0)) MoveTo(size());
}

// Sliding to the front is free of allocation, but only pays while it moves less than it frees.
void StreamBuffer::Reserve(std::size_t room) {
  const bool fits = capacity_ - size() >= room && head_ >= size();
  if (fits && !UNSTICK_ADDRESS_SANITIZER) {
    if (!empty()) std::memmove(data_.get(), data_.get() + head_, size());
    tail_ = size();
    head_ = 0;
    return;
  }
  MoveTo(size() + std::max({room, size(), kSmall}));
}

void StreamBuffer::MoveTo(std::size_t capacity) {
  std::unique_ptr<std::byte[]> data;
  if (capacity > 0) data = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (!empty()) std::memcpy(data.get(), data_.get() + head_, size());
  data_ = std::move(data);
  capacity_ = capacity;
  tail_ = size();
  head_ = 0;
}

}  // namespace unstick::inline v0
