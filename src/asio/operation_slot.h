// Memory for one of Asio's operations, inside the object that waits for it.

#ifndef UNSTICK_SRC_ASIO_OPERATION_SLOT_H_
#define UNSTICK_SRC_ASIO_OPERATION_SLOT_H_

#include <array>
#include <cstddef>
#include <new>

namespace unstick::inline v0::aio::detail {

// Holds one operation at a time, which is for the owner to see to; a larger one comes from the
// heap.
class OperationSlot {
 public:
  void* Allocate(std::size_t size) {
    if (size > bytes_.size()) return ::operator new(size);
    return bytes_.data();
  }
  void Deallocate(void* memory) {
    if (memory != bytes_.data()) ::operator delete(memory);
  }

 private:
  alignas(void*) std::array<std::byte, 88> bytes_;
};

// What a handler is asked for, to make its operation with.
template <typename T>
class SlotAllocator {
 public:
  using value_type = T;

  explicit SlotAllocator(OperationSlot& slot) : slot_(&slot) {}
  template <typename U>
  explicit(false) SlotAllocator(const SlotAllocator<U>& other) : slot_(other.slot_) {}

  T* allocate(std::size_t n) { return static_cast<T*>(slot_->Allocate(n * sizeof(T))); }
  void deallocate(T* memory, std::size_t) { slot_->Deallocate(memory); }
  template <typename U>
  bool operator==(const SlotAllocator<U>& other) const {
    return slot_ == other.slot_;
  }

 private:
  template <typename U>
  friend class SlotAllocator;
  OperationSlot* slot_;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_OPERATION_SLOT_H_
