// Messages over TCP with blocking calls: a server and a client, one thread each.

#include <array>
#include <chrono>
#include <iostream>
#include <thread>
#include <utility>

#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"
#include "unstick/unstick.h"

namespace net = unstick::net;
using unstick::AsBytes;
using unstick::ByteView;
using unstick::LengthFieldFramer;

namespace {

void Echo(net::Socket socket) {
  net::MessageStream stream(std::move(socket), LengthFieldFramer());
  while (net::ReceiveResult message = stream.Receive()) {
    if (!stream.Send(message->payload()).ok()) return;
  }
  // Waits for the client to close too: closing alone could take replies back that it has not read.
  stream.CloseGracefully(net::DeadlineIn(std::chrono::seconds(10))).IgnoreError();
}

absl::Status Run() {
  const net::Deadline soon = net::DeadlineIn(std::chrono::seconds(10));
  absl::StatusOr<net::Listener> listener =
      net::Listener::Listen(net::Endpoint::Parse("tcp:127.0.0.1:0").value());
  if (!listener.ok()) return listener.status();
  absl::StatusOr<net::Socket> client = net::Connect(listener->local_endpoint(), soon);
  if (!client.ok()) return client.status();
  absl::StatusOr<net::Socket> served = listener->Accept(soon);
  if (!served.ok()) return served.status();
  std::jthread server(Echo, *std::move(served));

  net::MessageStream stream(*std::move(client), LengthFieldFramer());
  const std::array<ByteView, 3> messages = {AsBytes("three sends"), AsBytes(""),
                                            AsBytes("one read")};
  if (net::SendManyResult sent = stream.SendMany(messages, soon); !sent.ok()) return sent.status;
  if (absl::Status closed = stream.CloseWrite(); !closed.ok()) return closed;
  while (net::ReceiveResult reply = stream.Receive(soon)) {
    std::cout << "reply: '" << reply->text() << "'\n";
  }
  return stream.status();  // OK: the peer closed between two frames, and nothing is missing
}

}  // namespace

int main() {
  const absl::Status status = Run();
  std::cout << status << '\n';
  return status.ok() ? 0 : 1;
}

// Output:
//   reply: 'three sends'
//   reply: ''
//   reply: 'one read'
//   OK
