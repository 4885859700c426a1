// Remote procedure calls with typed messages: a server, and a client with many calls in flight over
// one connection, each with a deadline of its own.

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unstick/asio/framed_client.h"
#include "unstick/asio/framed_server.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/proto/call.h"
#include "unstick/proto/dispatcher.h"
#include "unstick/v1/echo.pb.h"

using unstick::FrameView;
using unstick::HeaderFramer;
using unstick::StreamBuffer;
using unstick::v1::EchoReply;
using unstick::v1::EchoRequest;
namespace aio = unstick::aio;
namespace net = unstick::net;
namespace proto = unstick::proto;

namespace {

absl::StatusOr<EchoReply> Echo(const EchoRequest& request) {
  if (request.text().empty()) return absl::InvalidArgumentError("there is nothing to echo");
  EchoReply reply;
  reply.set_text(request.text());
  reply.set_sequence(request.sequence());
  return reply;
}

// The native header carries who asks what; the reply's frame carries whom it answers.
class Server {
 public:
  Server() { dispatcher_.Handle<EchoRequest>(Echo).IgnoreError(); }

  void operator()(aio::Session& session, const FrameView& frame) const {
    if (frame.text().find("lost") != std::string_view::npos) return;  // as networks do
    StreamBuffer reply;
    if (!dispatcher_.AppendAnswer(framer_, frame, reply).ok() || reply.empty()) return;
    session.ReplyFrame(reply.readable()).IgnoreError();
  }

 private:
  HeaderFramer framer_;
  proto::Dispatcher dispatcher_;
};

EchoRequest Request(std::string text, unsigned sequence) {
  EchoRequest request;
  request.set_text(std::move(text));
  request.set_sequence(sequence);
  return request;
}

asio::awaitable<void> CallAFewTimes(aio::FramedClient& client) {
  // The first call connects. The server's own errors arrive as such.
  const EchoRequest empty = Request("", 0);
  const absl::StatusOr<EchoReply> refused = co_await proto::Call<EchoReply>(client, empty);
  std::cout << refused.status() << '\n';

  // A thousand calls at once, over one connection. Replies may come in any order.
  const auto executor = co_await asio::this_coro::executor;
  unsigned right = 0;
  for (unsigned i = 1; i <= 1000; ++i) {
    asio::co_spawn(executor, proto::Call<EchoReply>(client, Request("hello", i)),
                   [&right, i](const std::exception_ptr&, const absl::StatusOr<EchoReply>& reply) {
                     right += reply.ok() && reply->sequence() == i ? 1 : 0;
                   });
  }
  // One whose reply never comes. Were it to come late, it would be known by its id and dropped.
  const EchoRequest lost = Request("lost", 1001);
  const net::Deadline soon = net::DeadlineIn(std::chrono::milliseconds(200));
  const absl::StatusOr<EchoReply> nothing = co_await proto::Call<EchoReply>(client, lost, soon);
  std::cout << nothing.status() << '\n';

  const absl::Status closed = co_await client.Close(net::DeadlineIn(std::chrono::seconds(10)));
  std::cout << right << " replies, closed: " << closed << '\n';
}

}  // namespace

int main() {
  aio::FramedServer server(HeaderFramer(), Server{});
  const auto at = server.Listen(*net::Endpoint::Parse("tcp:127.0.0.1:0"));
  if (!at.ok()) return 1;
  std::jthread serving([&] { server.Run().IgnoreError(); });

  asio::io_context io;
  aio::FramedClient client =
      aio::FramedClient::ById(io.get_executor(), {*at}, {.reconnect = aio::Reconnect()});
  asio::co_spawn(io, CallAFewTimes(client), [](const std::exception_ptr&) {});
  io.run();
  std::cout << client.stats().connects << " connection\n";
  server.Stop();
}

// Output:
//   INVALID_ARGUMENT: there is nothing to echo
//   DEADLINE_EXCEEDED: call: its deadline passed; the request was sent and may have been executed
//   1000 replies, closed: OK
//   1 connection
