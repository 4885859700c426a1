// Points in time at which waiting ends.

#ifndef UNSTICK_NET_DEADLINE_H_
#define UNSTICK_NET_DEADLINE_H_

#include <chrono>

namespace unstick::inline v0::net {

// Every wait ends at a point in time, not after a time span: however often it is resumed, it does
// not grow. The clock is monotonic, so setting the wall clock changes nothing.
using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
using Duration = Clock::duration;

inline constexpr Deadline kNoDeadline = Deadline::max();
inline constexpr Duration kForever = Duration::max();

// `timeout` after `now`; kNoDeadline when that is beyond what the clock can say.
constexpr Deadline DeadlineFrom(Deadline now, Duration timeout) {
  return timeout >= kNoDeadline - now ? kNoDeadline : now + timeout;
}
inline Deadline DeadlineIn(Duration timeout) { return DeadlineFrom(Clock::now(), timeout); }

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DEADLINE_H_
