// How much memory frames that are not whole yet may take, in all connections of a server.

#ifndef UNSTICK_SRC_ASIO_MEMORY_BUDGET_H_
#define UNSTICK_SRC_ASIO_MEMORY_BUDGET_H_

#include <atomic>
#include <cstddef>

namespace unstick::inline v0::aio::detail {

// Counts; what follows from it is Worker's affair. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  void Change(std::size_t before, std::size_t now) {
    if (before != now) used_.fetch_add(now - before, std::memory_order_relaxed);
  }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }
  bool over() const { return used() > limit_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_MEMORY_BUDGET_H_
