// What a thread of a server counts.

#ifndef UNSTICK_SRC_ASIO_COUNTERS_H_
#define UNSTICK_SRC_ASIO_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "unstick/asio/server_stats.h"

namespace unstick::inline v0::aio::detail {

// A count that one thread writes and any may read. It may go down too.
class Counter {
 public:
  void Add(std::uint64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

template <typename Reason, std::size_t n>
struct CountersBy {
  std::array<Counter, n> counters;

  void Add(Reason reason) { counters[static_cast<std::size_t>(reason)].Add(1); }
  void AddTo(CountBy<Reason, n>& sum) const {
    for (std::size_t i = 0; i < n; ++i) sum.counts[i] += counters[i].get();
  }
};
template <typename Reason, std::size_t n>
CountersBy<Reason, n> CountersFor(const CountBy<Reason, n>&);

struct WorkerCounters {
  decltype(CountersFor(ServerStats::closed)) closed;
  decltype(CountersFor(ServerStats::handshake_failures)) handshake_failures;
  decltype(CountersFor(ServerStats::gaps)) gaps;
  decltype(CountersFor(ServerStats::frame_errors)) frame_errors;
  decltype(CountersFor(ServerStats::replies_refused)) replies_refused;
  Counter frames_in;
  Counter frames_out;
  Counter bytes_in;
  Counter bytes_out;
  Counter skipped_bytes;
  Counter unsent_bytes;
  Counter unread_bytes;
  Counter read_pauses;
  Counter memory_pauses;
  Counter buffered;

  void AddTo(ServerStats& sum) const {
    closed.AddTo(sum.closed);
    handshake_failures.AddTo(sum.handshake_failures);
    gaps.AddTo(sum.gaps);
    frame_errors.AddTo(sum.frame_errors);
    replies_refused.AddTo(sum.replies_refused);
    sum.frames_in += frames_in.get();
    sum.frames_out += frames_out.get();
    sum.bytes_in += bytes_in.get();
    sum.bytes_out += bytes_out.get();
    sum.skipped_bytes += skipped_bytes.get();
    sum.unsent_bytes += unsent_bytes.get();
    sum.unread_bytes += unread_bytes.get();
    sum.read_pauses += read_pauses.get();
    sum.memory_pauses += memory_pauses.get();
    sum.buffered += buffered.get();
  }
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_COUNTERS_H_
