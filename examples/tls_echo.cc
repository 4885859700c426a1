// Messages over TLS with blocking calls: the stream below is another one, the rest is as over TCP.

#include <chrono>
#include <iostream>
#include <thread>
#include <utility>

#include "examples/self_signed.h"
#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"
#include "unstick/tls/stream.h"
#include "unstick/unstick.h"

namespace net = unstick::net;
namespace tls = unstick::tls;
using unstick::AsBytes;
using unstick::LengthFieldFramer;

namespace {

absl::Status Echo(net::Socket socket, const tls::Context& context, net::Deadline until) {
  absl::StatusOr<tls::Stream> stream = tls::Stream::Accept(std::move(socket), context, until);
  if (!stream.ok()) return stream.status();  // the client was told why
  net::MessageStream messages(*std::move(stream), LengthFieldFramer());
  while (net::ReceiveResult message = messages.Receive(until)) {
    if (!messages.Send(message->payload(), until).ok()) break;
  }
  return messages.CloseGracefully(until);
}

absl::Status Run() {
  const net::Deadline soon = net::DeadlineIn(std::chrono::seconds(10));
  const SelfSigned own = MakeSelfSigned();
  absl::StatusOr<tls::Context> server_context = tls::Context::ForServer(
      {.identity = {tls::Pem::Text(own.certificate), tls::Pem::Text(own.key)}});
  if (!server_context.ok()) return server_context.status();
  absl::StatusOr<net::Listener> listener =
      net::Listener::Listen(net::Endpoint::Parse("tls:localhost:0").value());
  if (!listener.ok()) return listener.status();
  std::jthread server([&] {
    for (int i = 0; i < 2; ++i) {
      absl::StatusOr<net::Socket> socket = listener->Accept(soon);
      if (socket.ok()) Echo(*std::move(socket), *server_context, soon).IgnoreError();
    }
  });

  // Certificate and name are always checked; without a `ca` the system's authorities are believed.
  const absl::StatusOr<tls::Context> nobody = tls::Context::ForClient();
  if (!nobody.ok()) return nobody.status();
  const absl::StatusOr<tls::Stream> refused =
      tls::Connect(listener->local_endpoint(), *nobody, soon);
  std::cout << refused.status().code() << '\n';

  const absl::StatusOr<tls::Context> context =
      tls::Context::ForClient({.ca = tls::Pem::Text(own.certificate)});
  if (!context.ok()) return context.status();
  net::Endpoint endpoint = listener->local_endpoint();
  endpoint.host = "localhost";  // whom the certificate must name
  absl::StatusOr<tls::Stream> stream = tls::Connect(endpoint, *context, soon);
  if (!stream.ok()) return stream.status();
  std::cout << stream->version() << '\n';

  net::MessageStream messages(*std::move(stream), LengthFieldFramer());
  if (net::SendResult sent = messages.Send(AsBytes("hello"), soon); !sent.ok()) return sent.status;
  if (absl::Status closed = messages.CloseWrite(); !closed.ok()) return closed;
  while (net::ReceiveResult reply = messages.Receive(soon)) {
    std::cout << "reply: " << reply->text() << '\n';
  }
  return messages.status();  // OK: the peer said goodbye; a connection cut below is kDataLoss
}

}  // namespace

int main() {
  const absl::Status status = Run();
  std::cout << status << '\n';
  return status.ok() ? 0 : 1;
}

// Output:
//   UNAUTHENTICATED
//   TLSv1.3
//   reply: hello
//   OK
