// Waiting for connections.

#ifndef UNSTICK_NET_LISTENER_H_
#define UNSTICK_NET_LISTENER_H_

#include <sys/socket.h>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/socket.h"
#include "unstick/net/unique_fd.h"
#include "unstick/net/unix_path.h"

namespace unstick::inline v0::net {

struct ListenOptions {
  int backlog = SOMAXCONN;  // connections that wait to be accepted; the kernel caps it
};

// A listening TCP or Unix socket. Closing it refuses the connections that were not accepted, and
// removes the Unix path.
class UNSTICK_EXPORT Listener {
 public:
  // Listens on the first address of `endpoint` (tcp or unix) that can be had. An empty host means
  // every interface, IPv4 and IPv6 in one socket where there is IPv6. Sets SO_REUSEADDR.
  static absl::StatusOr<Listener> Listen(const Endpoint& endpoint,
                                         const ListenOptions& options = {});

  // The next connection. Connections that died while they waited are passed over (accept(2)).
  // kDeadlineExceeded; kResourceExhausted when descriptors have run out: the connection then still
  // waits, so a caller that goes on should close something first or pause.
  absl::StatusOr<Socket> Accept(Deadline until = kNoDeadline);

  const Endpoint& local_endpoint() const { return local_; }  // with the port that was chosen
  int fd() const { return fd_.get(); }                       // non-blocking
  void Close();

 private:
  Listener(UniqueFd fd, UnixPath path, Endpoint local);

  UniqueFd fd_;
  UnixPath path_;
  Endpoint local_;
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_LISTENER_H_
