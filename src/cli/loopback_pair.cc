#include "src/cli/loopback_pair.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "unstick/core/bytes.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/io_result.h"
#include "unstick/net/listener.h"

namespace unstick::inline v0::cli {

absl::StatusOr<LoopbackPair> ConnectLoopback() {
  absl::StatusOr<net::Listener> listener =
      net::Listener::Listen({.host = "127.0.0.1", .port = 0, .path = {}});
  if (!listener.ok()) return listener.status();
  const net::Deadline until = net::DeadlineIn(std::chrono::seconds(5));
  absl::StatusOr<net::Socket> sender = net::Connect(listener->local_endpoint(), until);
  if (!sender.ok()) return sender.status();
  absl::StatusOr<net::Socket> receiver = listener->Accept(until);
  if (!receiver.ok()) return receiver.status();
  return LoopbackPair{*std::move(sender), *std::move(receiver)};
}

absl::Status WaitForBytes(net::Socket& socket, std::size_t size, net::Deadline until) {
  const auto set_low_water = [&socket](int bytes) {  // readable means: so many bytes (socket(7))
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
  };
  set_low_water(static_cast<int>(size));
  const int error = socket.WaitReadable(until);
  set_low_water(1);
  return net::StatusFromErrno(error, "wait for bytes");
}

absl::StatusOr<std::string> ReadOnce(net::Socket& socket, std::size_t room, net::Deadline until) {
  std::string bytes(room, '\0');
  for (;;) {
    const net::IoResult got = socket.ReadSome(std::as_writable_bytes(std::span(bytes)));
    switch (got.kind()) {
      case net::IoResult::Kind::kBytes:
      case net::IoResult::Kind::kEnd:
      case net::IoResult::Kind::kCut:
        bytes.resize(got.bytes());
        return bytes;
      case net::IoResult::Kind::kWouldBlock:
        if (const int error = socket.WaitReadable(until); error != 0) {
          return net::StatusFromErrno(error, "receive");
        }
        break;
      case net::IoResult::Kind::kError:
        if (got.error_code() != EINTR) return net::StatusFromErrno(got.error_code(), "receive");
        break;
    }
  }
}

}  // namespace unstick::inline v0::cli
