// Real sockets for tests: loopback only, ports and paths that the system chose.

#ifndef UNSTICK_TESTS_NET_LOOPBACK_H_
#define UNSTICK_TESTS_NET_LOOPBACK_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "tests/support/temporary_directory.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/listener.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::testing {

// Far beyond what anything here takes: reaching it is a failure, not a wait.
inline net::Deadline Soon() { return net::DeadlineIn(std::chrono::seconds(20)); }

inline net::Endpoint SocketIn(const TemporaryDirectory& directory, const std::string& name) {
  return {net::Endpoint::Scheme::kUnix, "", 0, (directory / name).string()};
}

inline net::Endpoint At(std::string_view text) { return *net::Endpoint::Parse(text); }

inline bool HasIpv6() { return net::Listener::Listen(At("tcp:[::1]:0")).ok(); }

// Both ends of one connection.
struct Connection {
  net::Socket client;
  net::Socket server;
};
inline Connection Connected(const net::Endpoint& at = At("tcp:127.0.0.1:0")) {
  absl::StatusOr<net::Listener> listener = net::Listener::Listen(at);
  EXPECT_TRUE(listener.ok()) << listener.status();
  absl::StatusOr<net::Socket> client = net::Connect(listener->local_endpoint(), Soon());
  EXPECT_TRUE(client.ok()) << client.status();
  absl::StatusOr<net::Socket> server = listener->Accept(Soon());
  EXPECT_TRUE(server.ok()) << server.status();
  return {*std::move(client), *std::move(server)};
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_NET_LOOPBACK_H_
