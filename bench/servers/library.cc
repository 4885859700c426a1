// The library's servers.

#include <cstdio>
#include <string>
#include <vector>

#include "bench/servers/servers.h"
#include "unstick/asio/framed_server.h"
#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

net::Endpoint EndpointAt(const std::string& unix_path) {
  return *net::Endpoint::Parse(unix_path.empty() ? "tcp:127.0.0.1:0" : "unix:" + unix_path);
}

void Say(const net::Endpoint& at) {
  const std::string text = at.ToString();
  std::printf("port %s\n", text.substr(text.rfind(':') + 1).c_str());
  std::fflush(stdout);
}

bool IsSwallowed(ByteView payload) { return !payload.empty() && payload[0] == std::byte{'S'}; }

}  // namespace

void ServeStream(const std::string& unix_path, net::Duration spin_for) {
  absl::StatusOr<net::Listener> listener = net::Listener::Listen(EndpointAt(unix_path));
  if (!listener.ok()) return;
  Say(listener->local_endpoint());
  for (;;) {
    absl::StatusOr<net::Socket> peer = listener->Accept();
    if (!peer.ok()) return;
    net::MessageStream stream(*std::move(peer), LengthFieldFramer(), {.spin_for = spin_for});
    while (auto frame = stream.Receive()) {
      if (!IsSwallowed(frame->payload()) && !stream.Send(frame->payload()).status.ok()) break;
    }
  }
}

void ServeFramed(const std::string& unix_path) {
  const auto answer = [](aio::Session& session, const FrameView& frame) {
    if (!IsSwallowed(frame.payload())) session.Reply(frame.payload()).IgnoreError();
  };
  aio::FramedServer<LengthFieldFramer, decltype(answer)> server(LengthFieldFramer(), answer);
  const absl::StatusOr<net::Endpoint> at = server.Listen(EndpointAt(unix_path));
  if (!at.ok()) return;
  Say(*at);
  server.Run().IgnoreError();
}

}  // namespace unstick::bench
