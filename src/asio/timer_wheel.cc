#include "src/asio/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace unstick::inline v0::aio::detail {

TimerWheel::TimerWheel() {
  for (TimerNode& slot : slots_) slot.next = slot.previous = &slot;
}

void TimerWheel::Set(TimerNode& node, Tick at) {
  if (node.linked()) Unlink(node);
  node.wake_at = std::max(at, now_ + 1);
  Insert(node);
}

void TimerWheel::Cancel(TimerNode& node) {
  if (node.linked()) Unlink(node);
}

// The highest bit in which the time and now differ says on which level they part.
void TimerWheel::Insert(TimerNode& node) {
  std::size_t slot = slots_.size() - 1;
  if (node.wake_at >> (kLevels * kBits) == 0) {
    const auto differ = static_cast<std::size_t>(std::bit_width(node.wake_at ^ now_));
    const std::size_t level = differ == 0 ? 0 : (differ - 1) / kBits;
    const std::size_t index = SlotIndex(level, node.wake_at);
    occupied_[level] |= std::uint64_t{1} << index;
    slot = level * kSlots + index;
  }
  TimerNode& head = slots_[slot];
  node.previous = head.previous;
  node.next = &head;
  head.previous->next = &node;
  head.previous = &node;
  ++size_;
}

void TimerWheel::Unlink(TimerNode& node) {
  TimerNode* const behind = node.next;
  node.previous->next = behind;
  behind->previous = node.previous;
  node.next = node.previous = nullptr;
  --size_;
  if (behind->next != behind) return;  // the ring is not empty
  const auto slot = static_cast<std::size_t>(behind - slots_.data());
  if (slot < kLevels * kSlots) occupied_[slot / kSlots] &= ~(std::uint64_t{1} << (slot % kSlots));
}

// Slots of a level that lie before now's own are empty: a node behind now's turn is further out.
TimerWheel::Place TimerWheel::First() const {
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const auto index = static_cast<Tick>(std::countr_zero(occupied_[level]));
    const Tick turn = now_ >> (level * kBits) >> kBits << kBits;
    return {level, (turn | index) << (level * kBits)};
  }
  return {};
}

Tick TimerWheel::Next() const { return First().start; }

TimerNode* TimerWheel::Pop(Tick now) {
  for (;;) {
    const Place first = First();
    if (first.level == kLevels || first.start > now) {
      now_ = std::max(now_, now);
      return nullptr;
    }
    now_ = std::max(now_, first.start);
    TimerNode& head = slots_[first.level * kSlots + SlotIndex(first.level, first.start)];
    if (first.level == 0) {
      TimerNode& node = *head.next;
      Unlink(node);
      return &node;
    }
    while (head.next != &head) {  // inwards: now is in this slot
      TimerNode& node = *head.next;
      Unlink(node);
      Insert(node);
    }
  }
}

}  // namespace unstick::inline v0::aio::detail
