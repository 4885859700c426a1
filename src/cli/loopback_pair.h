// A real TCP connection inside one process.

#ifndef UNSTICK_SRC_CLI_LOOPBACK_PAIR_H_
#define UNSTICK_SRC_CLI_LOOPBACK_PAIR_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/net/deadline.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::cli {

struct LoopbackPair {
  net::Socket sender;
  net::Socket receiver;
};

absl::StatusOr<LoopbackPair> ConnectLoopback();

// Waits until at least `size` bytes lie in the receive buffer.
absl::Status WaitForBytes(net::Socket& socket, std::size_t size, net::Deadline until);

// What one read gives, with room for `room` bytes; waits for the first of them. Empty at the end.
absl::StatusOr<std::string> ReadOnce(net::Socket& socket, std::size_t room, net::Deadline until);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_LOOPBACK_PAIR_H_
