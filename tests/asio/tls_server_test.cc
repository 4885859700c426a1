// The server with TLS under it: what it is told of each handshake that fails, and that the rest is
// as over plain sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/asio/server_fixture.h"
#include "tests/support/certificates.h"
#include "unstick/asio/tls.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/transfer.h"
#include "unstick/tls/stream.h"

namespace unstick::inline v0::testing {
namespace {

using certificates::Authority;
using certificates::Issued;
using std::chrono::milliseconds;
using Messages = net::MessageStream<LengthFieldFramer, tls::Stream>;
using Kind = net::ReceiveResult::Kind;

net::Deadline Soon() { return net::DeadlineIn(kPatience); }

const Authority& Trusted() {
  static const Authority authority("the authority");
  return authority;
}
tls::Identity IdentityOf(const Issued& issued) {
  return {tls::Pem::Text(issued.certificate), tls::Pem::Text(issued.key)};
}

aio::ServerOptions OverTls(const Authority* client_ca = nullptr) {
  tls::ServerOptions own{.identity = IdentityOf(Trusted().Issue())};
  if (client_ca != nullptr) own.client_ca = tls::Pem::Text(client_ca->certificate());
  return {.transport = aio::TlsTransport(*tls::Context::ForServer(own))};
}

tls::Context ClientContext(const Issued* issued = nullptr, const Authority& ca = Trusted()) {
  tls::ClientOptions options{.ca = tls::Pem::Text(ca.certificate())};
  if (issued != nullptr) options.identity = IdentityOf(*issued);
  return *tls::Context::ForClient(options);
}

template <typename Handler = Echo>
RunningServer<LengthFieldFramer, Handler> Serve(aio::ServerOptions options, Handler handler = {}) {
  return {LengthFieldFramer(), std::move(handler), std::move(options), "tls:127.0.0.1:0"};
}

Messages Call(const net::Endpoint& at, const tls::Context& context = ClientContext()) {
  absl::StatusOr<tls::Stream> stream = tls::Connect(at, context, Soon());
  EXPECT_TRUE(stream.ok()) << stream.status();
  return {*std::move(stream), LengthFieldFramer()};
}

net::Socket ConnectPlain(net::Endpoint at) {
  at.scheme = net::Endpoint::Scheme::kTcp;
  return *net::Connect(at, Soon());
}

TEST(TlsServer, EchoesMessagesOfAllSizesToManyClients) {
  aio::ServerOptions options = OverTls();
  options.threads = 2;
  auto server = Serve(options);
  EXPECT_EQ(server.endpoint().scheme, net::Endpoint::Scheme::kTls);
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&server] {
      Messages client = Call(server.endpoint());
      for (const unsigned size : {0U, 1U, 1000U, 16383U, 16384U, 20000U, 1'000'000U, 3U}) {
        const std::string payload(size, 'x');
        std::jthread sender(
            [&] { EXPECT_TRUE(client.Send(AsBytes(payload), Soon()).ok()) << size; });
        const net::ReceiveResult reply = client.Receive(Soon());
        ASSERT_TRUE(reply) << client.status();
        ASSERT_TRUE(reply->text() == payload) << size;
      }
      EXPECT_TRUE(client.CloseWrite().ok());
      EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kEnd);
      EXPECT_TRUE(client.CloseGracefully(Soon()).ok());
    });
  }
  clients.clear();
  for (const aio::CloseReason reason : server.ends().Wait(8)) {
    EXPECT_EQ(reason, aio::CloseReason::kEnd);
  }
  EXPECT_EQ(server.stats().frames_in, 64U);
  EXPECT_EQ(server.stats().handshake_failures.total(), 0U);
}

// Replies that the peer reads late, larger than all buffers on the way: each record that the kernel
// took in part goes on where it stopped.
TEST(TlsServer, RepliesToASlowReaderArriveWhole) {
  auto server = Serve(OverTls());
  Messages client = Call(server.endpoint());
  std::string payload(12'000'000, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(i * 131 + (i >> 8));
  payload.resize(8'000'000);
  ASSERT_TRUE(client.Send(AsBytes(payload), Soon()).ok());
  ASSERT_TRUE(client.Send(AsBytes("and"), Soon()).ok());
  EXPECT_TRUE(client.CloseWrite().ok());
  const net::ReceiveResult reply = client.Receive(Soon());
  ASSERT_TRUE(reply) << client.status();
  EXPECT_TRUE(reply->text() == payload);
  EXPECT_EQ(client.Receive(Soon())->text(), "and");
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kEnd);
  EXPECT_EQ(server.ends().Wait(1).at(0), aio::CloseReason::kEnd);
}

TEST(TlsServer, KnowsWhoAClientIs) {
  const auto say_who = [](aio::Session& session, const FrameView&) {
    const std::string from(SchemeName(session.remote().scheme));
    session.Reply(AsBytes(from + " " + session.peer_subject())).IgnoreError();
  };
  auto server = Serve(OverTls(&Trusted()), say_who);
  const Issued alice = Trusted().Issue({.common_name = "alice"});
  Messages client = Call(server.endpoint(), ClientContext(&alice));
  ASSERT_TRUE(client.Send(AsBytes("who am I?"), Soon()).ok());
  EXPECT_EQ(client.Receive(Soon())->text(), "tls CN=alice");
}

struct Refusal {
  aio::HandshakeFault fault;
  std::string words;
};

void ExpectRefusal(RunningServer<LengthFieldFramer, Echo>& server, const Refusal& expected) {
  const aio::CloseInfo info = server.ends().Of(1);
  EXPECT_EQ(info.reason, aio::CloseReason::kHandshakeFailed) << info.ToString();
  EXPECT_EQ(ReasonName(info.fault), ReasonName(expected.fault)) << info.ToString();
  EXPECT_THAT(info.ToString(), ::testing::HasSubstr(expected.words));
  EXPECT_EQ(server.stats().handshake_failures[expected.fault], 1U);
  EXPECT_EQ(server.stats().handshake_failures.total(), 1U);
  EXPECT_EQ(server.stats().frames_in, 0U);
  EXPECT_THAT(server.stats().ToPrometheus(),
              ::testing::HasSubstr("unstick_handshake_failures_total{reason=\"" +
                                   std::string(ReasonName(expected.fault)) + "\"} 1\n"));
}

// The client is done with its handshake and sends at once; what it sends is not believed, and it
// reads why.
TEST(TlsServer, RefusesAClientWithoutACertificateAndTellsIt) {
  auto server = Serve(OverTls(&Trusted()));
  Messages client = Call(server.endpoint());
  EXPECT_TRUE(client.Send(AsBytes(std::string(100'000, 'x')), Soon()).ok());
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kError);
  EXPECT_EQ(client.status().code(), absl::StatusCode::kPermissionDenied) << client.status();
  client.Abort();
  ExpectRefusal(server, {aio::HandshakeFault::kPeerRefused, "the peer showed no certificate"});
}

TEST(TlsServer, RefusesAClientOfAnotherAuthority) {
  auto server = Serve(OverTls(&Trusted()));
  const Authority other("another authority");
  const Issued mallory = other.Issue({.common_name = "mallory"});
  Messages client = Call(server.endpoint(), ClientContext(&mallory));
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kError);
  client.Abort();
  ExpectRefusal(server, {aio::HandshakeFault::kPeerRefused, "issuer certificate (CN=mallory)"});
}

TEST(TlsServer, IsToldThatItsCertificateIsRefused) {
  auto server = Serve(OverTls());
  const Authority other("another authority");
  EXPECT_FALSE(tls::Connect(server.endpoint(), ClientContext(nullptr, other), Soon()).ok());
  ExpectRefusal(server, {aio::HandshakeFault::kRefusedByPeer, "unknown CA"});
}

TEST(TlsServer, RefusesWhatIsNoTls) {
  auto server = Serve(OverTls());
  net::Socket socket = ConnectPlain(server.endpoint());
  ASSERT_TRUE(net::WriteAll(socket, AsBytes("GET / HTTP/1.1\r\n\r\n"), Soon()).ok());
  std::byte scratch[64];
  net::DrainInput(socket, scratch, 1000, Soon()).IgnoreError();
  socket.Close();
  ExpectRefusal(server, {aio::HandshakeFault::kProtocol, "http request"});
}

TEST(TlsServer, NoticesThatAHandshakeIsGivenUp) {
  auto server = Serve(OverTls());
  ConnectPlain(server.endpoint()).Close();
  ExpectRefusal(server, {aio::HandshakeFault::kLost, "ended the connection during the handshake"});
}

TEST(TlsServer, AHandshakeThatDripsIsOverAtItsDeadline) {
  aio::ServerOptions options = OverTls();
  options.handshake_timeout = milliseconds(300);
  auto server = Serve(options);
  const auto start = std::chrono::steady_clock::now();
  net::Socket socket = ConnectPlain(server.endpoint());
  std::jthread drip([&] {  // a hello that never ends
    for (std::string hello = std::string("\x16\x03\x01\x3f\xff\x01\0\x3f\xf0\x03\x03", 11);;) {
      if (!net::WriteAll(socket, AsBytes(hello), Soon()).ok()) return;
      hello = "x";
      if (socket.WaitReadable(net::DeadlineIn(milliseconds(5))) == 0) return;
    }
  });
  EXPECT_EQ(server.ends().Of(1).reason, aio::CloseReason::kHandshakeTimeout);
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(300));
}

TEST(TlsServer, AConnectionCutBelowIsNoEnd) {
  auto server = Serve(OverTls());
  Messages client = Call(server.endpoint());
  ASSERT_TRUE(client.Send(AsBytes("hi"), Soon()).ok());
  EXPECT_EQ(client.Receive(Soon())->text(), "hi");
  const net::SocketAddress own = client.stream().local_address();
  // The kernel's end without TLS's: as a middle box would send it.
  for (int fd = 3; fd < 200; ++fd) {
    if (net::SocketAddress::LocalOf(fd) == own) ::shutdown(fd, SHUT_WR);
  }
  EXPECT_EQ(server.ends().Of(1).reason, aio::CloseReason::kTransportCut);
}

// Requests, and the kernel's end without TLS's right after them: they came whole, so they are
// answered, large replies too, and how it ended is told when those are out.
TEST(TlsServer, AnswersWhatCameWholeBeforeItWasCutOff) {
  for (const std::size_t size : {std::size_t{2}, std::size_t{3'000'000}}) {
    for (const bool torn : {false, true}) {
      auto server = Serve(OverTls());
      absl::StatusOr<net::Socket> socket = net::Connect(
          [&] {
            net::Endpoint at = server.endpoint();
            at.scheme = net::Endpoint::Scheme::kTcp;
            return at;
          }(),
          Soon());
      ASSERT_TRUE(socket.ok());
      const int fd = socket->fd();
      absl::StatusOr<tls::Stream> stream =
          tls::Stream::Connect(*std::move(socket), ClientContext(), "localhost", Soon());
      ASSERT_TRUE(stream.ok()) << stream.status();
      const std::string payload(size, 'x');
      std::string wire = Encode(payload) + Encode("two");
      if (torn) wire += Encode("torn").substr(0, 5);
      std::jthread sender([&] {
        EXPECT_TRUE(net::WriteAll(*stream, AsBytes(wire), Soon()).ok());
        ::shutdown(fd, SHUT_WR);
      });
      std::string replies(Encode(payload).size() + Encode("two").size(), '\0');
      const net::ReadResult read =
          net::ReadExactly(*stream, std::as_writable_bytes(std::span(replies)), Soon());
      EXPECT_TRUE(read.ok()) << read.status << " after " << read.bytes_read;
      EXPECT_TRUE(replies == Encode(payload) + Encode("two"));
      std::byte more{};
      EXPECT_TRUE(absl::IsOutOfRange(net::ReadExactly(*stream, {&more, 1}, Soon()).status));
      EXPECT_EQ(server.ends().Of(1).reason, aio::CloseReason::kTransportCut);
      EXPECT_EQ(server.stats().unsent_bytes, 0U);
    }
  }
}

// Replies until the peer's end, which must be one in good order.
int RepliesToEnd(Messages& client) {
  int replies = 0;
  net::ReceiveResult last = client.Receive(Soon());
  for (; last; last = client.Receive(Soon())) ++replies;
  EXPECT_EQ(last.kind(), Kind::kEnd) << client.status();
  EXPECT_TRUE(client.CloseGracefully(Soon()).ok());
  return replies;
}

TEST(TlsServer, StoppingAnswersWhatHasArrived) {
  auto server = Serve(OverTls());
  Messages client = Call(server.endpoint());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.Send(AsBytes("hi"), Soon()).ok());
  EXPECT_TRUE(client.Receive(Soon()));
  server.StopGently();
  EXPECT_EQ(RepliesToEnd(client), 99);
  server.Join();
  EXPECT_EQ(server.ends().Of(1).reason, aio::CloseReason::kStopped);
}

// What waits in the socket then is larger than what is in it.
TEST(TlsServer, StoppingAnswersWhatCameWhileACoroutineWasBusy) {
  for (const int behind : {1, 300}) {
    std::promise<void> started;
    const auto slow = [&](aio::Session& session, aio::Message message) -> ::asio::awaitable<void> {
      if (message.text() == "slow") {
        started.set_value();
        ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
        timer.expires_after(milliseconds(50));
        co_await timer.async_wait(::asio::use_awaitable);
      }
      session.Reply(message.payload()).IgnoreError();
    };
    auto server = Serve(OverTls(), slow);
    Messages client = Call(server.endpoint());
    ASSERT_TRUE(client.Send(AsBytes("slow"), Soon()).ok());
    started.get_future().wait();
    for (int i = 0; i < behind; ++i) ASSERT_TRUE(client.Send(AsBytes("behind"), Soon()).ok());
    server.StopGently();
    EXPECT_EQ(RepliesToEnd(client), behind + 1);
    server.Join();
    EXPECT_EQ(server.ends().Of(1).reason, aio::CloseReason::kStopped);
  }
}

TEST(TlsServer, StoppingIsNotKeptUpByAPeerThatGoesOnSending) {
  aio::ServerOptions options = OverTls();
  options.stop_timeout = 2 * kPatience;
  options.linger_timeout = milliseconds(100);
  std::promise<void> started;
  std::atomic<int> frames = 0;
  const auto slow = [&](aio::Session&, aio::Message) -> ::asio::awaitable<void> {
    if (++frames == 1) started.set_value();
    ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
    timer.expires_after(milliseconds(1));
    co_await timer.async_wait(::asio::use_awaitable);
  };
  auto server = Serve(options, slow);
  Messages client = Call(server.endpoint());
  std::jthread sender([&] {
    const std::string payload(10'000, 'x');
    while (client.Send(AsBytes(payload), Soon()).ok()) continue;
  });
  started.get_future().wait();
  server.StopGently();
  EXPECT_EQ(server.ends().Of(1).reason, aio::CloseReason::kStopped);
  server.Join();
}

TEST(TlsServer, ATlsEndpointNeedsATransport) {
  aio::FramedServer server{LengthFieldFramer(), Echo()};
  const auto at = server.Listen(*net::Endpoint::Parse("tls:127.0.0.1:0"));
  EXPECT_EQ(at.status().code(), absl::StatusCode::kInvalidArgument) << at.status();
}

}  // namespace
}  // namespace unstick::inline v0::testing
