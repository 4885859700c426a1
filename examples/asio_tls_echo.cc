// asio_echo.cc over TLS: the server takes a transport, the client Asio's own ssl::stream.

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <iostream>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "examples/self_signed.h"
#include "unstick/asio/framed_server.h"
#include "unstick/asio/framed_stream.h"
#include "unstick/asio/ssl_stream.h"
#include "unstick/asio/tls.h"
#include "unstick/unstick.h"

namespace aio = unstick::aio;
namespace net = unstick::net;
namespace tls = unstick::tls;
using unstick::AsBytes;
using unstick::FrameView;
using unstick::LengthFieldFramer;

namespace {

asio::awaitable<void> Talk(asio::ip::tcp::socket socket, const tls::Context& context) {
  // Whom the server's certificate must name. It is checked in the handshake.
  auto stream = aio::SslClient(std::move(socket), context, "localhost");
  if (!stream.ok()) co_return;
  std::error_code error;
  co_await stream->async_handshake(asio::ssl::stream_base::client,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    std::cout << "handshake: " << error.message() << '\n';
    co_return;
  }
  aio::FramedStream messages(*std::move(stream), LengthFieldFramer());
  for (const std::string_view text : {"hello", "world"}) {
    const aio::SendResult sent = co_await messages.Send(AsBytes(text));
    if (!sent.ok()) co_return;
    const aio::ReceiveResult reply = co_await messages.Receive();
    if (!reply) co_return;
    std::cout << "reply: " << reply->text() << '\n';
  }
}

void Call(const net::Endpoint& at, const absl::StatusOr<tls::Context>& context) {
  if (!context.ok()) return;
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), at.port});
  asio::co_spawn(io, Talk(std::move(socket), *context), asio::detached);
  io.run();
}

}  // namespace

int main() {
  const SelfSigned own = MakeSelfSigned();
  const absl::StatusOr<tls::Context> context = tls::Context::ForServer(
      {.identity = {tls::Pem::Text(own.certificate), tls::Pem::Text(own.key)}});
  if (!context.ok()) return 1;
  // No frame is decoded and no handler called before the handshake has succeeded.
  aio::FramedServer server(LengthFieldFramer(),
                           [](aio::Session& session, const FrameView& frame) {
                             session.Reply(frame.payload()).IgnoreError();
                           },
                           {.transport = aio::TlsTransport(*context)});
  const absl::StatusOr<net::Endpoint> at =
      server.Listen(net::Endpoint::Parse("tls:127.0.0.1:0").value());
  if (!at.ok()) return 1;
  std::jthread serving([&server] { server.Run().IgnoreError(); });

  Call(*at, tls::Context::ForClient());  // believes the system's authorities: not this one
  Call(*at, tls::Context::ForClient({.ca = tls::Pem::Text(own.certificate)}));
  server.Stop();
}

// Output:
//   handshake: certificate verify failed (SSL routines)
//   reply: hello
//   reply: world
