// The same framers on Asio: a server for many connections, and a coroutine as its client.

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <iostream>
#include <string_view>
#include <thread>
#include <utility>

#include "unstick/asio/framed_server.h"
#include "unstick/asio/framed_stream.h"
#include "unstick/unstick.h"

namespace aio = unstick::aio;
namespace net = unstick::net;
using unstick::AsBytes;
using unstick::FrameView;
using unstick::LengthFieldFramer;

namespace {

asio::awaitable<void> Talk(asio::ip::tcp::socket socket) {
  aio::FramedStream stream(std::move(socket), LengthFieldFramer());
  for (const std::string_view text : {"hello", "world"}) {
    const aio::SendResult sent = co_await stream.Send(AsBytes(text));
    if (!sent.ok()) co_return;
    const aio::ReceiveResult reply = co_await stream.Receive();  // owns its bytes
    if (!reply) co_return;
    std::cout << "reply: " << reply->text() << '\n';
  }
}

}  // namespace

int main() {
  // A plain handler sees each frame where it was received, and what it replies is written at once
  // with the other replies of that read. A coroutine, asio::awaitable<void>(Session&, Message), may
  // wait in between.
  aio::FramedServer server(LengthFieldFramer(), [](aio::Session& session, const FrameView& frame) {
    session.Reply(frame.payload()).IgnoreError();
  });
  const absl::StatusOr<net::Endpoint> at =
      server.Listen(net::Endpoint::Parse("tcp:127.0.0.1:0").value());
  if (!at.ok()) return 1;
  std::jthread serving([&server] { server.Run().IgnoreError(); });

  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), at->port});
  asio::co_spawn(io, Talk(std::move(socket)), asio::detached);
  io.run();

  server.Stop();  // answers what has arrived, then closes
}

// Output:
//   reply: hello
//   reply: world
