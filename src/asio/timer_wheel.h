// All deadlines of a thread, at a cost that does not depend on how many there are.

#ifndef UNSTICK_SRC_ASIO_TIMER_WHEEL_H_
#define UNSTICK_SRC_ASIO_TIMER_WHEEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace unstick::inline v0::aio::detail {

// A time, counted in ticks of whatever length the owner of the wheel likes.
using Tick = std::uint64_t;
inline constexpr Tick kNever = std::numeric_limits<Tick>::max();

// What is due when; a node is part of what it belongs to. It is in a wheel from Set() on, and must
// leave it, by Cancel() or Pop(), before it goes away.
struct TimerNode {
  TimerNode* next = nullptr;
  TimerNode* previous = nullptr;
  Tick wake_at = kNever;

  bool linked() const { return next != nullptr; }
};

// A hierarchical timing wheel (Varghese and Lauck, 1987, scheme 7): wheels of 64 slots, each turn
// of one being a slot of the next. A node lies in the finest wheel in which its time and now are in
// the same turn, and moves inwards, a wheel at a time, as its time comes near.
//
//     level 0   | 0 | 1 | 2 | ... | 63 |                  1 tick each
//     level 1   | 0       | 1        | 2      | ...      64 ticks each
//     level 2   | 0                          | ...    4 096 ticks each
//
// Set, Cancel and Pop take constant time (Pop: on average), and no memory. Ticks of a millisecond
// last for 8,900 years; times beyond that are never. Thread-compatible.
class TimerWheel {
 public:
  TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Due at `at`, or one tick from now if that has passed; kNever: kept, and never due.
  void Set(TimerNode& node, Tick at);
  void Cancel(TimerNode& node);
  // Takes out the node whose time came first, or returns nullptr; `now` never goes back.
  TimerNode* Pop(Tick now);
  // When to Pop() next, at the latest. Nothing is due before.
  Tick Next() const;
  bool empty() const { return size_ == 0; }

  // Calls `visit(TimerNode&)` for each node. It must not touch the wheel.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (const TimerNode& slot : slots_) {
      for (TimerNode* node = slot.next; node != &slot; node = node->next) visit(*node);
    }
  }

 private:
  static constexpr int kBits = 6;
  static constexpr std::size_t kSlots = std::size_t{1} << kBits;
  static constexpr std::size_t kLevels = 8;

  struct Place {
    std::size_t level = kLevels;  // none
    Tick start = kNever;          // when the slot begins
  };

  static std::size_t SlotIndex(std::size_t level, Tick at) {
    return (at >> (level * kBits)) & (kSlots - 1);
  }
  Place First() const;
  void Insert(TimerNode& node);
  void Unlink(TimerNode& node);

  std::array<TimerNode, kLevels * kSlots + 1> slots_;  // heads of rings; the last one: never
  std::array<std::uint64_t, kLevels> occupied_ = {};   // a bit for each slot that has nodes
  Tick now_ = 0;
  std::size_t size_ = 0;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_TIMER_WHEEL_H_
