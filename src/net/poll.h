// Waiting for a descriptor up to a point in time.

#ifndef UNSTICK_SRC_NET_POLL_H_
#define UNSTICK_SRC_NET_POLL_H_

#include <poll.h>

#include "unstick/net/deadline.h"

namespace unstick::inline v0::net {

// Waits until `fd` has one of `events` (POLLIN, POLLOUT) or an error that the next call on it will
// tell. 0, ETIMEDOUT when `until` passed before (without looking, if it already has), or an errno.
// Signals do not end it.
[[nodiscard]] int PollUntil(int fd, short events, Deadline until);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_SRC_NET_POLL_H_
