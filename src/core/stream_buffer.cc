#include "unstick/core/stream_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace unstick::inline v0 {
namespace {

constexpr std::size_t kSmall = 256;  // the least that is worth asking the allocator for
constexpr std::size_t kLarge = std::size_t{32} << 10;  // from where copying costs more than asking

// Null for nothing. What there is no memory for, operator new refuses in its way.
std::byte* Allocate(std::size_t size) {
  if (size == 0) return nullptr;
  void* memory = std::malloc(size);
  while (memory == nullptr) {
    ::operator delete(::operator new(size));
    memory = std::malloc(size);
  }
  return static_cast<std::byte*>(memory);
}

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

void StreamBuffer::Trim() {
  if (capacity_ > 2 * size() + kSmall || (empty() && capacity_ > 0)) MoveTo(size(), true);
}

// Sliding to the front is free of allocation, but only pays while it moves less than it frees.
// Where `must_move`, what was there before is freed, so that a view of it is a report.
void StreamBuffer::Reserve(const Wish& wish, bool must_move) {
  const bool fits = capacity_ - size() >= wish.room && head_ >= size();
  if (fits && !must_move) {
    if (!empty()) std::memmove(data_.get(), data_.get() + head_, size());
    tail_ = size();
    head_ = 0;
    return;
  }
  // Always by a share of what is held, so that copies stay linear in what arrives.
  const std::size_t share = std::clamp(wish.most, size() / 4, size() + wish.room);
  MoveTo(size() + std::max({wish.room, share, kSmall}), must_move);
}

// A large frame that arrives in pieces would be copied at each doubling; realloc() mostly need not.
// It is not asked where it could copy what has been consumed, nor to shrink: memory that the kernel
// mapped would lose its pages, and fault them in again for the next large frame.
void StreamBuffer::MoveTo(std::size_t capacity, bool by_copy) {
  const bool in_place = !by_copy && capacity > capacity_ && capacity_ >= kLarge && head_ == 0 &&
                        size() >= capacity_ / 2;
  if (void* grown = in_place ? std::realloc(data_.get(), capacity) : nullptr; grown != nullptr) {
    (void)data_.release();
    data_.reset(static_cast<std::byte*>(grown));
  } else {
    std::unique_ptr<std::byte[], Free> data(Allocate(capacity));
    if (!empty()) std::memcpy(data.get(), data_.get() + head_, size());
    data_ = std::move(data);
  }
  capacity_ = capacity;
  tail_ = size();
  head_ = 0;
}

void StreamBuffer::Free::operator()(std::byte* memory) const { std::free(memory); }

}  // namespace unstick::inline v0
