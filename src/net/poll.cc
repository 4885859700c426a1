#include "src/net/poll.h"

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <ctime>

#include "unstick/net/deadline.h"

namespace unstick::inline v0::net {
namespace {

timespec ToTimespec(Duration left) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds);
  return {.tv_sec = static_cast<std::time_t>(seconds.count()),
          .tv_nsec = static_cast<long>(rest.count())};
}

}  // namespace

int PollUntil(int fd, short events, Deadline until) {
  for (;;) {
    timespec left{};
    if (until != kNoDeadline) {
      const Deadline now = Clock::now();
      if (now >= until) return ETIMEDOUT;
      left = ToTimespec(until - now);
    }
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    const int ready = ::ppoll(&entry, 1, until == kNoDeadline ? nullptr : &left, nullptr);
    if (ready > 0) return (entry.revents & POLLNVAL) != 0 ? EBADF : 0;
    if (ready < 0 && errno != EINTR) return errno;
  }
}

}  // namespace unstick::inline v0::net
