// The same FramedStream on asio::ssl::stream.

#include "unstick/asio/ssl_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "tests/asio/server_fixture.h"
#include "tests/support/certificates.h"
#include "unstick/asio/framed_stream.h"
#include "unstick/asio/tls.h"
#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/transfer.h"
#include "unstick/tls/stream.h"

namespace unstick::inline v0::testing {
namespace {

using ::asio::awaitable;
using certificates::Authority;
using ::testing::HasSubstr;
using ::testing::Not;
using Tcp = ::asio::ip::tcp;
using Kind = aio::ReceiveResult::Kind;

net::Deadline Soon() { return net::DeadlineIn(kPatience); }

const Authority& Trusted() {
  static const Authority authority("the authority");
  return authority;
}
tls::Context ServerContext() {
  const certificates::Issued own = Trusted().Issue();
  return *tls::Context::ForServer(
      {.identity = {tls::Pem::Text(own.certificate), tls::Pem::Text(own.key)}});
}
tls::Context ClientContext() {
  return *tls::Context::ForClient({.ca = tls::Pem::Text(Trusted().certificate())});
}

void RunToEnd(::asio::io_context& io, awaitable<void> body) {
  bool done = false;
  ::asio::co_spawn(io, std::move(body), [&](const std::exception_ptr& failure) {
    EXPECT_EQ(failure, nullptr);
    done = true;
  });
  io.restart();
  io.run_for(kPatience);
  EXPECT_TRUE(done) << "something waits for ever";
}

using SslStream = ::asio::ssl::stream<Tcp::socket>;

// Connects and shakes hands.
awaitable<std::error_code> Open(std::optional<SslStream>& stream, std::uint16_t port,
                                std::string host) {
  Tcp::socket socket(co_await ::asio::this_coro::executor);
  socket.connect({::asio::ip::address_v4::loopback(), port});
  auto made = aio::SslClient(std::move(socket), ClientContext(), host);
  EXPECT_TRUE(made.ok()) << made.status();
  stream.emplace(*std::move(made));
  std::error_code error;
  co_await stream->async_handshake(::asio::ssl::stream_base::client,
                                   ::asio::redirect_error(::asio::use_awaitable, error));
  co_return error;
}

awaitable<void> TalkToTheEnd(std::uint16_t port, std::function<void()> stop) {
  std::optional<SslStream> stream;
  EXPECT_FALSE(co_await Open(stream, port, "localhost"));
  aio::FramedStream messages(*std::move(stream), LengthFieldFramer());
  for (const unsigned size : {0U, 5U, 16384U, 500'000U}) {
    const std::string payload(size, 'x');
    const aio::SendResult sent = co_await messages.Send(AsBytes(payload));
    EXPECT_TRUE(sent.ok()) << sent.status;
    const aio::ReceiveResult reply = co_await messages.Receive();
    EXPECT_TRUE(reply && reply->text() == payload) << reply.status();
  }
  stop();
  const aio::ReceiveResult end = co_await messages.Receive();
  EXPECT_EQ(end.kind(), Kind::kEnd) << end.status();
}

TEST(SslStream, CarriesFramesUpToTheEnd) {
  RunningServer server(LengthFieldFramer(), Echo(),
                       {.transport = aio::TlsTransport(ServerContext())}, "tls:127.0.0.1:0");
  ::asio::io_context io;
  RunToEnd(io, TalkToTheEnd(server.endpoint().port, [&] { server.StopGently(); }));
}

awaitable<void> ExpectRefused(std::uint16_t port, std::string host) {
  std::optional<SslStream> stream;
  EXPECT_TRUE(co_await Open(stream, port, host));
}

TEST(SslStream, AWrongHostIsRefused) {
  RunningServer server(LengthFieldFramer(), Echo(),
                       {.transport = aio::TlsTransport(ServerContext())}, "tls:127.0.0.1:0");
  ::asio::io_context io;
  RunToEnd(io, ExpectRefused(server.endpoint().port, "example.org"));
  EXPECT_EQ(server.ends().Of(1).fault, aio::HandshakeFault::kRefusedByPeer);
  EXPECT_FALSE(aio::SslClient(Tcp::socket(io), ClientContext(), "").ok());
}

awaitable<void> ExpectCut(std::uint16_t port) {
  std::optional<SslStream> stream;
  EXPECT_FALSE(co_await Open(stream, port, "localhost"));
  aio::FramedStream messages(*std::move(stream), LengthFieldFramer());
  EXPECT_TRUE(co_await messages.Receive());
  const aio::ReceiveResult cut = co_await messages.Receive();
  EXPECT_EQ(cut.kind(), Kind::kIoError);
  if (cut.kind() == Kind::kIoError) {
    EXPECT_EQ(cut.io_error(), ::asio::ssl::error::stream_truncated);
  }
  EXPECT_EQ(cut.status().code(), absl::StatusCode::kDataLoss) << cut.status();
}

TEST(SslStream, AConnectionCutBelowIsNoEnd) {
  absl::StatusOr<net::Listener> listener =
      net::Listener::Listen(*net::Endpoint::Parse("tls:127.0.0.1:0"));
  ASSERT_TRUE(listener.ok());
  std::jthread server([&] {
    absl::StatusOr<net::Socket> socket = listener->Accept(Soon());
    ASSERT_TRUE(socket.ok());
    const int fd = socket->fd();
    absl::StatusOr<tls::Stream> stream =
        tls::Stream::Accept(*std::move(socket), ServerContext(), Soon());
    ASSERT_TRUE(stream.ok()) << stream.status();
    ASSERT_TRUE(net::WriteAll(*stream, AsBytes(std::string_view("\0\0\0\2hi", 6)), Soon()).ok());
    ::shutdown(fd, SHUT_WR);  // no close_notify
    std::byte scratch[64];
    net::DrainInput(*stream, scratch, 1000, Soon()).IgnoreError();
  });
  ::asio::io_context io;
  RunToEnd(io, ExpectCut(listener->local_endpoint().port));
}

awaitable<void> ExpectOnlyReading(aio::FramedStream<LengthFieldFramer, SslStream>& messages) {
  EXPECT_TRUE(messages.torn());
  for (int i = 0; i < 2; ++i) {
    const aio::SendResult rest = co_await messages.FinishSend();
    EXPECT_EQ(rest.status.code(), absl::StatusCode::kFailedPrecondition) << rest.status;
    const aio::SendResult next = co_await messages.Send(AsBytes("small"));
    EXPECT_EQ(next.status.code(), absl::StatusCode::kFailedPrecondition) << next.status;
  }
  EXPECT_TRUE(co_await messages.Receive());
}

// asio::ssl::stream throws away the rest of a record when the write of it is cancelled.
TEST(SslStream, NothingFollowsACancelledWrite) {
  static_assert(aio::kFailedWritesAreFinal<SslStream>);
  absl::StatusOr<net::Listener> listener =
      net::Listener::Listen(*net::Endpoint::Parse("tls:127.0.0.1:0"));
  ASSERT_TRUE(listener.ok());
  const LengthFieldFramer framer({.max_payload = 64 << 20});
  std::promise<void> refused;
  std::jthread server([&, read = refused.get_future()] {
    absl::StatusOr<net::Socket> socket = listener->Accept(Soon());
    ASSERT_TRUE(socket.ok());
    absl::StatusOr<tls::Stream> stream =
        tls::Stream::Accept(*std::move(socket), ServerContext(), Soon());
    ASSERT_TRUE(stream.ok()) << stream.status();
    net::MessageStream messages(*std::move(stream), framer);
    EXPECT_TRUE(messages.Send(AsBytes("hello")).ok());
    ASSERT_EQ(read.wait_for(kPatience), std::future_status::ready);
    EXPECT_FALSE(messages.Receive(Soon()));
    EXPECT_THAT(std::string(messages.status().message()), Not(HasSubstr("mac")));
  });
  ::asio::io_context io;
  std::optional<SslStream> stream;
  RunToEnd(io, [](auto& to, std::uint16_t port) -> awaitable<void> {
    EXPECT_FALSE(co_await Open(to, port, "localhost"));
  }(stream, listener->local_endpoint().port));
  aio::FramedStream messages(*std::move(stream), framer);
  const std::string large(32 << 20,
                          'x');  // more than the kernel holds for a peer that reads nothing
  ::asio::cancellation_signal cancel;
  aio::SendResult sent;
  messages.Send(AsBytes(large), ::asio::bind_cancellation_slot(
                                    cancel.slot(), [&](aio::SendResult result) { sent = result; }));
  io.restart();
  while (io.poll() > 0) continue;
  EXPECT_TRUE(sent.ok()) << "it waits";
  cancel.emit(::asio::cancellation_type::all);
  io.restart();
  io.run_for(kPatience);
  EXPECT_EQ(sent.status.code(), absl::StatusCode::kCancelled) << sent.status;
  RunToEnd(io, ExpectOnlyReading(messages));
  std::error_code ignored;
  messages.next_layer().next_layer().shutdown(Tcp::socket::shutdown_send, ignored);
  refused.set_value();
}

}  // namespace
}  // namespace unstick::inline v0::testing
