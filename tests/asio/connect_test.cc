// Connecting to one of several addresses, on loopback.

#include "unstick/asio/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/asio/await.h"
#include "tests/asio/server_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/own_network.h"
#include "unstick/asio/framed_stream.h"
#include "unstick/asio/tls.h"
#include "unstick/net/listener.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::testing {
namespace {

using ::asio::awaitable;
using certificates::Authority;
using net::Endpoint;
using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kShort(20);
constexpr std::chrono::hours kLong(1);

net::Deadline Soon() { return net::DeadlineIn(kPatience); }

Endpoint At(const std::string& text) { return *Endpoint::Parse(text); }

std::size_t OpenSockets() {
  std::size_t sockets = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the one that reads the directory
    sockets += std::filesystem::read_symlink(entry, gone).string().starts_with("socket:") ? 1 : 0;
  }
  return sockets;
}

// A port of 127.0.0.1 that is taken but on which nobody listens.
class RefusedPort {
 public:
  RefusedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  Endpoint endpoint(Endpoint::Scheme scheme = Endpoint::Scheme::kTcp) const {
    return Endpoint::Of(scheme, net::SocketAddress::LocalOf(fd_.get()));
  }
  std::string name() const { return net::SocketAddress::LocalOf(fd_.get()).ToString(); }
  int fd() const { return fd_.get(); }

 private:
  net::UniqueFd fd_;
};

// A listener whose queue is full: what comes is not answered at all.
class BlackHole {
 public:
  BlackHole() {
    EXPECT_EQ(::listen(port_.fd(), 0), 0);
    filler_ = *net::Connect(endpoint(), Soon());
  }
  Endpoint endpoint() const { return port_.endpoint(); }
  std::string name() const { return port_.name(); }

 private:
  RefusedPort port_;
  net::Socket filler_;
};

net::Listener Listening(const std::string& at = "tcp:127.0.0.1:0") {
  return *net::Listener::Listen(At(at));
}

absl::StatusOr<aio::Stream> ConnectTo(
    ::asio::io_context& io, const std::vector<Endpoint>& endpoints, net::Deadline until = Soon(),
    const aio::ConnectOptions& options = {.attempt_delay = kShort}) {
  auto result = Await(io, aio::Connect(endpoints, until, options));
  if (!result) return absl::InternalError("it did not come to an end");
  return *std::move(result);
}

std::string PeerOf(absl::StatusOr<aio::Stream>& stream) {
  if (!stream.ok()) return stream.status().ToString();
  return net::SocketAddress::PeerOf(stream->socket().native_handle()).ToString();
}
std::string NameOf(const net::Listener& listener) {
  return "127.0.0.1:" + std::to_string(listener.local_endpoint().port);
}

TEST(Connect, GoesOnFromAnAddressThatSaysNothing) {
  const BlackHole silent;
  const net::Listener listener = Listening();
  ::asio::io_context io;
  const std::size_t before = OpenSockets();
  {
    auto stream = ConnectTo(io, {silent.endpoint(), listener.local_endpoint()});
    EXPECT_EQ(PeerOf(stream), NameOf(listener));
    EXPECT_EQ(OpenSockets(), before + 1) << "the attempt that lost is still open";
  }
  EXPECT_EQ(OpenSockets(), before);
}

TEST(Connect, GoesOnAtOnceFromOneThatRefuses) {
  const RefusedPort refused;
  const net::Listener listener = Listening();
  ::asio::io_context io;
  auto stream = ConnectTo(io, {refused.endpoint(), listener.local_endpoint()}, Soon(),
                          {.attempt_delay = kLong});
  EXPECT_EQ(PeerOf(stream), NameOf(listener));
}

TEST(Connect, PrefersTheEarlierEndpoint) {
  const net::Listener first = Listening();
  const net::Listener second = Listening();
  ::asio::io_context io;
  auto stream = ConnectTo(io, {first.local_endpoint(), second.local_endpoint()}, Soon(),
                          {.attempt_delay = kLong});
  EXPECT_EQ(PeerOf(stream), NameOf(first));
}

TEST(Connect, WaitsForTheSlowOneWhenTheOthersRefuse) {
  // Unix sockets are the only ones whose listener makes them wait and then lets them in.
  const std::string path = TemporaryUnixEndpoint("slow");
  net::Listener listener = Listening(path);
  ASSERT_EQ(::listen(listener.fd(), 0), 0);
  std::optional<net::Socket> filler = *net::Connect(At(path), Soon());
  const RefusedPort refused;
  ::asio::io_context io;
  ::asio::steady_timer later(io, std::chrono::milliseconds(50));
  bool waited = false;
  later.async_wait([&](std::error_code) {
    waited = true;
    EXPECT_TRUE(listener.Accept(Soon()).ok());
  });
  auto stream = ConnectTo(io, {At(path), refused.endpoint()});
  EXPECT_TRUE(stream.ok()) << stream.status();
  EXPECT_TRUE(waited);
}

TEST(Connect, NamesEveryAddressThatFailed) {
  const RefusedPort one;
  const RefusedPort two;
  ::asio::io_context io;
  const std::size_t before = OpenSockets();
  const absl::Status failed = ConnectTo(io, {one.endpoint(), two.endpoint()}).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(failed.message(), "connect to tcp:" + one.name() + " or tcp:" + two.name() + ": " +
                                  one.name() + ": Connection refused; " + two.name() +
                                  ": Connection refused");
  EXPECT_EQ(OpenSockets(), before);
}

TEST(Connect, RefusesToBeConnectedToItself) {
  const bool ran = InOwnNetwork("ipv4/ip_local_port_range", "40000 40000", [] {
    ::asio::io_context io;
    const absl::Status failed = ConnectTo(io, {At("tcp:127.0.0.1:40000")}).status();
    EXPECT_EQ(failed.message(),
              "connect to tcp:127.0.0.1:40000: 127.0.0.1:40000: Connection refused");
  });
  if (!ran) GTEST_SKIP() << "this machine does not let one make a network namespace";
}

TEST(Connect, NamesAPathThatIsNotThere) {
  ::asio::io_context io;
  const absl::Status failed = ConnectTo(io, {At("unix:/nowhere/app.sock")}).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(failed.message(),
            "connect to unix:/nowhere/app.sock: /nowhere/app.sock: No such file or directory");
}

TEST(Connect, IsOverAtItsDeadline) {
  const RefusedPort refused;
  const BlackHole silent;
  const BlackHole untried;
  ::asio::io_context io;
  const std::size_t before = OpenSockets();
  const auto started = net::Clock::now();
  const absl::Status failed =
      ConnectTo(io, {refused.endpoint(), silent.endpoint(), untried.endpoint()},
                net::DeadlineIn(kShort), {.attempt_delay = kLong})
          .status();
  EXPECT_GE(net::Clock::now() - started, kShort);
  EXPECT_EQ(failed.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(failed.message()),
              HasSubstr(": " + refused.name() + ": Connection refused; " + silent.name() +
                        ": no answer; " + untried.name() + ": not tried"));
  EXPECT_EQ(OpenSockets(), before);
}

TEST(Connect, ADeadlineInThePastTriesNothing) {
  const net::Listener listener = Listening();
  ::asio::io_context io;
  const absl::Status failed =
      ConnectTo(io, {listener.local_endpoint()}, net::Clock::now()).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(failed.message()), HasSubstr(": not tried"));
}

awaitable<absl::Status> CancelledConnect(Endpoint to, ::asio::cancellation_signal& signal) {
  const auto executor = co_await ::asio::this_coro::executor;
  absl::Status outcome;
  ::asio::steady_timer done(executor, net::kNoDeadline);
  ::asio::co_spawn(
      executor, aio::Connect(to, net::kNoDeadline),
      ::asio::bind_cancellation_slot(signal.slot(),
                                     [&](std::exception_ptr thrown, absl::StatusOr<aio::Stream> r) {
                                       EXPECT_EQ(thrown, nullptr);
                                       if (!thrown) outcome = r.status();
                                       done.cancel();
                                     }));
  ::asio::post(executor, [&] { signal.emit(::asio::cancellation_type::terminal); });
  std::error_code ignored;
  co_await done.async_wait(::asio::redirect_error(::asio::use_awaitable, ignored));
  co_return outcome;
}

TEST(Connect, MayBeCancelled) {
  const BlackHole silent;
  ::asio::io_context io;
  ::asio::cancellation_signal signal;
  const std::size_t before = OpenSockets();
  const auto outcome = Await(io, CancelledConnect(silent.endpoint(), signal));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->code(), absl::StatusCode::kCancelled) << *outcome;
  EXPECT_EQ(OpenSockets(), before);
}

TEST(Connect, AnEventLoopThatGoesAwayTakesItsAttemptsAlong) {
  const BlackHole silent;
  const std::size_t before = OpenSockets();
  {
    ::asio::io_context io;
    ::asio::co_spawn(io, aio::Connect(silent.endpoint(), net::kNoDeadline), ::asio::detached);
    io.run_one_for(kPatience);
    EXPECT_GT(OpenSockets(), before);
  }
  EXPECT_EQ(OpenSockets(), before);
}

TEST(Connect, LooksNamesUp) {
  const net::Listener listener = Listening();
  ::asio::io_context io;
  auto stream =
      ConnectTo(io, {At("tcp:localhost:" + std::to_string(listener.local_endpoint().port))});
  EXPECT_EQ(PeerOf(stream), NameOf(listener));
  const absl::Status unknown = ConnectTo(io, {At("tcp:no..name:1")}).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound) << unknown;
  EXPECT_THAT(std::string(unknown.message()),
              HasSubstr("connect to tcp:no..name:1: look up 'no..name': "));
}

TEST(Connect, RefusesWhatIsNoStream) {
  ::asio::io_context io;
  for (const auto& endpoints : std::vector<std::vector<Endpoint>>{
           {}, {At("udp:127.0.0.1:1")}, {At("tcp:127.0.0.1:1"), At("tls:127.0.0.1:1")}}) {
    EXPECT_EQ(ConnectTo(io, endpoints).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

// ---- TLS ---------------------------------------------------------------------------------------

const Authority& Trusted() {
  static const Authority authority("the authority");
  return authority;
}
aio::ServerOptions OverTls() {
  const certificates::Issued own = Trusted().Issue();
  return {.transport = aio::TlsTransport(*tls::Context::ForServer(
              {.identity = {tls::Pem::Text(own.certificate), tls::Pem::Text(own.key)}}))};
}
tls::Context Believing(const Authority& authority) {
  return *tls::Context::ForClient({.ca = tls::Pem::Text(authority.certificate())});
}
absl::StatusOr<aio::Stream> ConnectOverTls(::asio::io_context& io,
                                           const std::vector<Endpoint>& endpoints,
                                           const Authority& authority = Trusted(),
                                           net::Deadline until = Soon()) {
  const tls::Context context = Believing(authority);
  return ConnectTo(io, endpoints, until, {.attempt_delay = kShort, .tls = &context});
}

// As people write it: everything in one expression.
awaitable<absl::Status> ConnectHere(Endpoint to) {
  const tls::Context context = Believing(Trusted());
  const absl::StatusOr<aio::Stream> stream = co_await aio::Connect(
      to, net::DeadlineIn(kPatience), {.attempt_delay = kShort, .tls = &context});
  co_return stream.status();
}

TEST(ConnectOverTls, ItsArgumentsMayBeTemporaries) {
  RunningServer server(LengthFieldFramer(), Echo{}, OverTls(), "tls:127.0.0.1:0");
  ::asio::io_context io;
  EXPECT_EQ(Await(io, ConnectHere(server.endpoint())), absl::OkStatus());
}

// Sends and receives, says goodbye, and reads to the end.
awaitable<bool> Talk(aio::Stream connected) {
  aio::FramedStream messages(std::move(connected), LengthFieldFramer());
  for (const unsigned size : {0U, 5U, 16384U, 500'000U}) {
    const std::string payload(size, 'x');
    const aio::SendResult sent = co_await messages.Send(AsBytes(payload));
    EXPECT_TRUE(sent.ok()) << sent.status;
    const aio::ReceiveResult reply = co_await messages.Receive();
    EXPECT_TRUE(reply && reply->text() == payload) << reply.status();
  }
  std::error_code error;
  co_await messages.next_layer().async_close_write(
      ::asio::redirect_error(::asio::use_awaitable, error));
  EXPECT_FALSE(error) << error.message();
  const aio::ReceiveResult end = co_await messages.Receive();
  EXPECT_EQ(end.kind(), aio::ReceiveResult::Kind::kEnd) << end.status();
  co_return true;
}

TEST(ConnectOverTls, CarriesFramesUpToTheEnd) {
  RunningServer server(LengthFieldFramer(), Echo{}, OverTls(), "tls:127.0.0.1:0");
  ::asio::io_context io;
  auto stream = ConnectOverTls(io, {server.endpoint()});
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ(stream->peer_subject(), "CN=localhost");
  EXPECT_TRUE(Await(io, Talk(*std::move(stream))));
  EXPECT_EQ(server.ends().Wait(1), std::vector{aio::CloseReason::kEnd});
}

TEST(ConnectOverTls, WithoutTlsItIsTheSame) {
  RunningServer server(LengthFieldFramer(), Echo{});
  ::asio::io_context io;
  auto stream = ConnectTo(io, {server.endpoint()});
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_TRUE(Await(io, Talk(*std::move(stream))));
  EXPECT_EQ(server.ends().Wait(1), std::vector{aio::CloseReason::kEnd});
}

TEST(ConnectOverTls, AnAuthorityThatIsNotTrustedIsRefused) {
  RunningServer server(LengthFieldFramer(), Echo{}, OverTls(), "tls:127.0.0.1:0");
  const Authority other("somebody else");
  ::asio::io_context io;
  const absl::Status refused = ConnectOverTls(io, {server.endpoint()}, other).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated);
  const std::string at = "127.0.0.1:" + std::to_string(server.endpoint().port);
  EXPECT_EQ(refused.message(), "connect to tls:" + at + ": " + at +
                                   ": tls: the peer's certificate is refused: unable to get local "
                                   "issuer certificate (CN=localhost)");
  EXPECT_EQ(server.ends().Of(1).fault, aio::HandshakeFault::kRefusedByPeer);
}

TEST(ConnectOverTls, AHandshakeThatSaysNothingIsLeftBehind) {
  const net::Listener silent = Listening();
  RunningServer server(LengthFieldFramer(), Echo{}, OverTls(), "tls:127.0.0.1:0");
  const Endpoint first =
      Endpoint::Of(Endpoint::Scheme::kTls, net::SocketAddress::LocalOf(silent.fd()));
  ::asio::io_context io;
  auto stream = ConnectOverTls(io, {first, server.endpoint()});
  EXPECT_EQ(PeerOf(stream), "127.0.0.1:" + std::to_string(server.endpoint().port));

  const absl::Status late =
      ConnectOverTls(io, {first}, Trusted(), net::DeadlineIn(kShort)).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded) << late;
}

}  // namespace
}  // namespace unstick::inline v0::testing
