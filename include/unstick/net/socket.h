// A connected stream socket: TCP or Unix.

#ifndef UNSTICK_NET_SOCKET_H_
#define UNSTICK_NET_SOCKET_H_

#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::net {

// Owns its descriptor. Reads and writes never wait, whatever the descriptor's flags say, never
// surface EINTR and never raise SIGPIPE. One thread may read while another writes. Going away
// closes; input that nobody has read then makes TCP reset the connection and lose what was sent,
// so see MessageStream::CloseGracefully().
class UNSTICK_EXPORT Socket {
 public:
  Socket() = default;                                   // closed: everything answers EBADF
  explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}  // a connected stream socket

  // ByteStream. One call writes at most 1024 parts and 1 GiB (IOV_MAX, SSIZE_MAX).
  IoResult ReadSome(ByteSpan into);
  IoResult WriteSome(std::span<const ByteView> parts);
  [[nodiscard]] int WaitReadable(Deadline until) const;
  [[nodiscard]] int WaitWritable(Deadline until) const;
  int ShutdownWrite();
  void Close() { fd_.Reset(); }
  // TCP: the peer sees a reset, and what was sent may be lost (SO_LINGER 0). Unix sockets have no
  // reset of their own; the peer sees the end.
  void Abort();

  // TCP_NODELAY, which Connect() and Accept() switch on: small messages leave at once. 0 or an
  // errno; no effect on Unix sockets.
  int SetNoDelay(bool on);

  SocketAddress local_address() const { return SocketAddress::LocalOf(fd_.get()); }
  SocketAddress peer_address() const { return SocketAddress::PeerOf(fd_.get()); }
  bool is_open() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  UniqueFd Release() { return std::move(fd_); }  // leaves it closed

 private:
  UniqueFd fd_;
};
static_assert(ByteStream<Socket>);

// Connects to the first address of `endpoint` (tcp or unix) that accepts, all within `until`; only
// the lookup of a name is not limited by it. kDeadlineExceeded, kInvalidArgument for a scheme that
// is no plain stream, else the last address's error, named.
UNSTICK_EXPORT absl::StatusOr<Socket> Connect(const Endpoint& endpoint,
                                              Deadline until = kNoDeadline);

namespace detail {

// The same for layers above, with whatever scheme they talk over it: errors name `endpoint`.
UNSTICK_EXPORT absl::StatusOr<Socket> ConnectBelow(const Endpoint& endpoint, Deadline until);

}  // namespace detail

// Connects to one address and answers with the error's number instead of a status: 0 and a socket,
// or an errno (connect(2); ETIMEDOUT also when `until` passed) and a closed one. What Python calls
// connect_ex.
struct ConnectResult {
  int error_code = 0;
  Socket socket;
};
[[nodiscard]] UNSTICK_EXPORT ConnectResult ConnectEx(const SocketAddress& address,
                                                     Deadline until = kNoDeadline);

// Two Unix sockets that are connected to each other.
UNSTICK_EXPORT absl::StatusOr<std::pair<Socket, Socket>> SocketPair();

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_SOCKET_H_
