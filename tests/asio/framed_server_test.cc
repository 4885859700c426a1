#include "unstick/asio/framed_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <cstddef>
#include <deque>
#include <future>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/asio/raw_client.h"
#include "tests/asio/server_fixture.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/attributes.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/framer_ref.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0::testing {
namespace {

using aio::CloseReason;
using aio::ServerOptions;
using aio::Session;
using ::testing::Each;
using ::testing::ElementsAre;

std::string RandomPayload(std::mt19937& random, std::size_t max) {
  std::string payload(std::uniform_int_distribution<std::size_t>(0, max)(random), ' ');
  for (char& c : payload) c = static_cast<char>('a' + random() % 26);  // fits lines too
  return payload;
}

// Sends `frames` in cuts that have nothing to do with them, while another thread reads.
void EchoInRandomCuts(RawClient& client, const std::vector<std::string>& frames, unsigned seed) {
  std::string all;
  for (const std::string& frame : frames) all += frame;
  std::thread sender([&] {
    std::mt19937 random(seed);
    for (std::string_view rest = all; !rest.empty();) {
      const std::size_t n = std::min<std::size_t>(rest.size(), 1 + random() % 3000);
      EXPECT_TRUE(client.Send(rest.substr(0, n)));
      rest.remove_prefix(n);
    }
    client.CloseWrite();
  });
  EXPECT_EQ(client.ReadToEnd(), all);
  EXPECT_EQ(client.last_error(), 0);
  sender.join();
}

// What the decoder of a connection has: many frames a call there too.
static_assert(ScansRuns<FramerRef<LengthFieldFramer>> && ScansRuns<FramerRef<DelimiterFramer>>);

template <typename F>
class EchoTest : public ::testing::Test {};
using Framers = ::testing::Types<LengthFieldFramer, VarintFramer, DelimiterFramer>;
TYPED_TEST_SUITE(EchoTest, Framers);

template <Framer F>
void ManyClients(const std::string& at, std::size_t threads) {
  const F framer;
  ServerOptions options;
  options.threads = threads;
  RunningServer server(framer, Echo{}, options, at);
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < 12; ++i) {
    clients.emplace_back([&, i] {
      std::mt19937 random(i);
      std::vector<std::string> frames;
      for (int k = 0; k < 200; ++k) {
        frames.push_back(Encode(framer, RandomPayload(random, k % 20 == 0 ? 100'000 : 100)));
      }
      RawClient client(server.endpoint());
      EchoInRandomCuts(client, frames, i);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(server.ends().Wait(12), std::vector<CloseReason>(12, CloseReason::kEnd));
  EXPECT_EQ(server.stats().frames_in, 12 * 200);
  EXPECT_EQ(server.stats().open, 0);
  EXPECT_EQ(server.stats().buffered, 0);
}

TYPED_TEST(EchoTest, ManyClientsOverTcpOnTwoThreads) {
  ManyClients<TypeParam>("tcp:127.0.0.1:0", 2);
}
TYPED_TEST(EchoTest, ManyClientsOverUnixOnOneThread) {
  ManyClients<TypeParam>(TemporaryUnixEndpoint("echo"), 1);
}

// A preamble each way, then fragments that are joined: what a connection has told is its own.
TEST(FramedServer, SpeaksFramingsThatDependOnTheStreamSoFar) {
  const auto framer = AnyFramer::ForEnd(
      "length:width=1,mask=0x7f;join:last=0.7;preamble:client='HI',server='YO'", Side::kServer);
  ASSERT_TRUE(framer.ok()) << framer.status();
  RunningServer server(*framer, Echo{});
  for (int i = 0; i < 3; ++i) {
    RawClient client(server.endpoint());
    client.Send("H");
    client.Send("I\2ab\x82");
    client.Send("cd\x81z");
    EXPECT_EQ(client.Read(9),
              "YO\x84"
              "abcd\x81z");
  }
}

TEST(FramedServer, ReportsTheEndpointsThatItBound) {
  aio::FramedServer server(LengthFieldFramer{}, Echo{});
  const auto tcp = server.Listen(*net::Endpoint::Parse("tcp:127.0.0.1:0"));
  const auto local = server.Listen(*net::Endpoint::Parse(TemporaryUnixEndpoint("two")));
  ASSERT_TRUE(tcp.ok() && local.ok());
  EXPECT_NE(tcp->port, 0);
  EXPECT_FALSE(server.Listen(*tcp).ok());  // taken
  std::thread thread([&] { EXPECT_TRUE(server.Run().ok()); });
  for (const net::Endpoint& at : {*tcp, *local}) {
    RawClient client(at);
    client.Send(Encode("hello"));
    EXPECT_EQ(client.Read(9), Encode("hello"));
  }
  server.Stop();
  thread.join();
}

TEST(FramedServer, PlainHandlersSeeViewsAndWhoSentThem) {
  std::promise<std::pair<std::uint64_t, net::Endpoint>> seen;
  RunningServer server(LengthFieldFramer(), [&](Session& session, const FrameView& frame) {
    if (frame.text() == "second") {
      EXPECT_EQ(frame.stream_offset(), 9);
      EXPECT_EQ(AsText(frame.wire()), Encode("second"));
      seen.set_value({session.id(), session.remote()});
    }
  });
  RawClient client(server.endpoint());
  client.Send(Encode("first") + Encode("second"));
  const auto [id, remote] = seen.get_future().get();
  EXPECT_EQ(id, 1);
  EXPECT_EQ(remote.scheme, net::Endpoint::Scheme::kTcp);
  EXPECT_EQ(remote.host, "127.0.0.1");
  EXPECT_NE(remote.port, 0);
}

#if UNSTICK_ADDRESS_SANITIZER
TEST(FramedServerDeathTest, AViewKeptTooLongIsAReport) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto keep_a_view = [] {
    std::string_view kept;
    RunningServer server(LengthFieldFramer{}, [&](Session& session, const FrameView& frame) {
      const std::string copy(kept);  // of the frame before
      kept = frame.text();
      session.Reply(AsBytes(copy)).IgnoreError();
    });
    RawClient client(server.endpoint());
    client.Send(Encode("first"));
    client.Read(4);
    client.Send(Encode("second"));
    client.Read(9);
  };
  EXPECT_DEATH(keep_a_view(), "heap-use-after-free");
}
#endif

TEST(FramedServer, RepliesAreWrittenStraightIntoTheirPlace) {
  RunningServer server(LengthFieldFramer(), [](Session& session, const FrameView& frame) {
    const absl::Status queued = session.Reply(frame.payload().size(), [&](ByteSpan place) {
      std::reverse_copy(frame.payload().begin(), frame.payload().end(), place.begin());
    });
    EXPECT_TRUE(queued.ok());
  });
  RawClient client(server.endpoint());
  client.Send(Encode("stressed"));
  EXPECT_EQ(client.Read(12), Encode("desserts"));
}

TEST(FramedServer, RefusesAReplyThatTheFramingCannotCarry) {
  std::promise<absl::StatusCode> answer;
  RunningServer server(DelimiterFramer(), [&](Session& session, const FrameView& frame) {
    answer.set_value(session.Reply(AsBytes("two\nlines")).code());
    session.Reply(frame.payload()).IgnoreError();
  });
  RawClient client(server.endpoint());
  client.Send("one\n");
  EXPECT_EQ(client.Read(4), "one\n");  // and nothing of the refused one
  EXPECT_EQ(answer.get_future().get(), absl::StatusCode::kInvalidArgument);
}

TEST(FramedServer, AHandlerThatClosesGetsNoLaterFrames) {
  std::atomic<int> seen = 0;
  std::atomic<bool> refused = false;
  RunningServer server(LengthFieldFramer(), [&](Session& session, const FrameView& frame) {
    ++seen;
    session.Reply(frame.payload()).IgnoreError();
    if (frame.text() == "bye") {
      session.Close();
      refused = absl::IsFailedPrecondition(session.Reply(AsBytes("late")));
    }
  });
  RawClient client(server.endpoint());
  client.Send(Encode("a") + Encode("bye") + Encode("b") + Encode("c"));
  EXPECT_EQ(client.ReadToEnd(), Encode("a") + Encode("bye"));
  EXPECT_EQ(client.last_error(), 0);
  client.Close();
  EXPECT_THAT(server.ends().Wait(1), ElementsAre(CloseReason::kClosed));
  EXPECT_EQ(seen, 2);
  EXPECT_TRUE(refused);
}

TEST(FramedServer, AbortIsAReset) {
  RunningServer server(LengthFieldFramer(),
                       [](Session& session, const FrameView&) { session.Abort(); });
  RawClient client(server.endpoint());
  client.Send(Encode("a") + Encode("b"));
  client.ReadToEnd();
  EXPECT_EQ(client.last_error(), ECONNRESET);
  EXPECT_THAT(server.ends().Wait(1), ElementsAre(CloseReason::kAborted));
  EXPECT_EQ(server.stats().frames_in, 1);
}

// A close with unread input is a reset, which takes the replies with it. The client sends more than
// the server reads before it closes, and reads only then.
void SendsMuchThenReads(const std::string& at, std::size_t request, std::size_t reply, int rounds) {
  RunningServer server(
      LengthFieldFramer{},
      [&](Session& session, const FrameView&) {
        session.Reply(AsBytes(std::string(reply, 'r'))).IgnoreError();
        session.Close();
      },
      ServerOptions(), at);
  for (int round = 0; round < rounds; ++round) {
    RawClient client(server.endpoint(), 4096);
    ASSERT_TRUE(client.Send(Encode("go") + std::string(request, '\0')));
    EXPECT_EQ(client.ReadToEnd().size(), reply + 4);
    EXPECT_EQ(client.last_error(), 0);
  }
}

TEST(FramedServer, CloseLosesNoReplyWhileThePeerStillSends) {
  SendsMuchThenReads("tcp:127.0.0.1:0", 300'000, 200'000, 20);
}

// Neither side's socket buffers can hold these: a server that only wrote would wait for ever.
TEST(FramedServer, CloseReadsOnWhileItStillWrites) {
  SendsMuchThenReads(TemporaryUnixEndpoint("busy"), 5'000'000, 3'000'000, 1);
}

TEST(FramedServer, ACutFrameIsReportedWithItsOffset) {
  RunningServer server(LengthFieldFramer{}, Echo{});
  RawClient client(server.endpoint());
  client.Send(Encode("whole") + Encode("cut").substr(0, 5));
  client.CloseWrite();
  EXPECT_EQ(client.ReadToEnd(), Encode("whole"));
  const aio::CloseInfo end = server.ends().Of(1);
  ASSERT_EQ(end.reason, CloseReason::kFramingError);
  EXPECT_EQ(end.frame_error->code, FrameErrorCode::kTruncated);
  EXPECT_EQ(end.frame_error->offset, 9);
  EXPECT_EQ(end.frame_error->found, 5);
}

TEST(FramedServer, AHandlerThatThrowsEndsItsConnectionOnly) {
  RunningServer server(LengthFieldFramer(), [](Session& session, const FrameView& frame) {
    session.Reply(frame.payload()).IgnoreError();
    if (frame.text() == "throw") throw std::runtime_error("handler");
  });
  RawClient good(server.endpoint());
  RawClient bad(server.endpoint());
  good.Send(Encode("1"));
  EXPECT_EQ(good.Read(5), Encode("1"));
  bad.Send(Encode("throw") + Encode("never"));
  EXPECT_EQ(bad.ReadToEnd(), Encode("throw"));
  bad.Close();
  EXPECT_THAT(server.ends().Wait(1), ElementsAre(CloseReason::kHandlerFailed));
  good.Send(Encode("2"));
  EXPECT_EQ(good.Read(5), Encode("2"));
}

TEST(FramedServer, ConnectionsOverTheLimitAreClosedAtOnce) {
  ServerOptions options;
  options.max_connections = 2;
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  auto first = std::make_unique<RawClient>(server.endpoint());
  RawClient second(server.endpoint());
  for (RawClient* client : {first.get(), &second}) {
    client->Send(Encode("x"));
    EXPECT_EQ(client->Read(5), Encode("x"));
  }
  RawClient third(server.endpoint());
  EXPECT_TRUE(third.IsOver());
  EXPECT_EQ(server.stats().refused[aio::RefuseReason::kConnections], 1);
  first.reset();
  server.ends().Wait(1);
  RawClient fourth(server.endpoint());
  fourth.Send(Encode("x"));
  EXPECT_EQ(fourth.Read(5), Encode("x"));
}

TEST(FramedServer, SkipsWhatRecoveryAllowsAndSaysSo) {
  std::promise<Gap> gap;
  ServerOptions options;
  options.on_error = OnError::kSkip;
  options.on_gap = [&](Session&, const Gap& found) { gap.set_value(found); };
  RunningServer server(LengthFieldFramer({.max_payload = 10}), Echo(), options);
  RawClient client(server.endpoint());
  client.Send(Encode("one") + Encode(std::string(100'000, 'x')) + Encode("two"));
  client.CloseWrite();
  EXPECT_EQ(client.ReadToEnd(), Encode("one") + Encode("two"));
  EXPECT_EQ(gap.get_future().get().skipped, 100'004);
}

// ---- Coroutine handlers ------------------------------------------------------------------------

::asio::awaitable<void> WaitAndEcho(Session& session, aio::Message message) {
  ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
  timer.expires_after(std::chrono::microseconds(message.payload().size() % 3 * 100));
  co_await timer.async_wait(::asio::use_awaitable);
  session.Reply(message.payload()).IgnoreError();
}

TEST(CoroutineHandler, KeepsItsMessageOverAWaitAndAnswersInOrder) {
  ServerOptions options;
  options.threads = 2;
  RunningServer server(LengthFieldFramer(), &WaitAndEcho, options);
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      std::mt19937 random(i);
      std::vector<std::string> frames;
      for (int k = 0; k < 100; ++k) frames.push_back(Encode(RandomPayload(random, 3000)));
      RawClient client(server.endpoint());
      EchoInRandomCuts(client, frames, i);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(server.ends().Wait(8), std::vector<CloseReason>(8, CloseReason::kEnd));
  EXPECT_EQ(server.stats().buffered, 0);
}

TEST(CoroutineHandler, ClosesInTheMiddleOfABatch) {
  std::atomic<int> seen = 0;
  RunningServer server(LengthFieldFramer(),
                       [&](Session& session, aio::Message message) -> ::asio::awaitable<void> {
                         ++seen;
                         session.Reply(message.payload()).IgnoreError();
                         if (message.text() == "bye") session.Close();
                         co_return;
                       });
  RawClient client(server.endpoint());
  client.Send(Encode("a") + Encode("bye") + Encode("b"));
  EXPECT_EQ(client.ReadToEnd(), Encode("a") + Encode("bye"));
  EXPECT_EQ(seen, 2);
}

TEST(CoroutineHandler, ThatThrowsEndsItsConnectionOnly) {
  RunningServer server(LengthFieldFramer(),
                       [](Session& session, aio::Message message) -> ::asio::awaitable<void> {
                         co_await WaitAndEcho(session, message);
                         if (message.text() == "throw") throw std::runtime_error("handler");
                       });
  RawClient bad(server.endpoint());
  bad.Send(Encode("throw") + Encode("never"));
  EXPECT_EQ(bad.ReadToEnd(), Encode("throw"));
  RawClient good(server.endpoint());
  good.Send(Encode("1"));
  EXPECT_EQ(good.Read(5), Encode("1"));
}

TEST(CoroutineHandler, FindsItsSessionWhenTheConnectionIsGone) {
  std::promise<absl::StatusCode> answer;
  std::promise<void> gone;
  ServerOptions options;
  options.on_close = [&](Session&, const aio::CloseInfo&) { gone.set_value(); };
  auto release = std::make_shared<std::shared_future<void>>(gone.get_future());
  RunningServer server(
      LengthFieldFramer(),
      [&, release](Session& session, aio::Message) -> ::asio::awaitable<void> {
        session.Abort();
        ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
        timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(::asio::use_awaitable);
        answer.set_value(session.Reply(AsBytes("late")).code());
      },
      options);
  RawClient client(server.endpoint());
  client.Send(Encode("x"));
  EXPECT_EQ(answer.get_future().get(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(client.IsOver());
}

TEST(Session, CanBeKeptAndRepliedToFromElsewhere) {
  std::promise<std::shared_ptr<Session>> kept;
  RunningServer server(LengthFieldFramer(), [&](Session& session, const FrameView&) {
    kept.set_value(session.shared_from_this());
  });
  RawClient client(server.endpoint());
  client.Send(Encode("subscribe"));
  std::shared_ptr<Session> session = kept.get_future().get();
  ::asio::post(session->get_executor(), [session] {
    for (const char* text : {"one", "two"}) session->Reply(AsBytes(text)).IgnoreError();
    session->Close();
  });
  EXPECT_EQ(client.ReadToEnd(), Encode("one") + Encode("two"));
}

// ---- Stopping ----------------------------------------------------------------------------------

TEST(Stop, AnswersWhatHasArrivedAndLosesNoReply) {
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    ServerOptions options;
    options.threads = threads;
    RunningServer server(LengthFieldFramer{}, Echo{}, options);
    std::vector<RawClient> clients;
    std::string request;
    for (int k = 0; k < 300; ++k) request += Encode(std::string(100, 'x'));
    for (int i = 0; i < 10; ++i) {
      clients.emplace_back(server.endpoint());
      ASSERT_TRUE(clients.back().Send(request));
    }
    server.StopGently();
    for (RawClient& client : clients) {
      EXPECT_EQ(client.ReadToEnd(), request);
      EXPECT_EQ(client.last_error(), 0);
      client.Close();
    }
    server.Join();
    EXPECT_FALSE(RawClient(server.endpoint()).connected());
    EXPECT_EQ(server.stats().closed[CloseReason::kStopped], 10);
  }
}

TEST(Stop, WaitsForACoroutineAndItsReply) {
  std::promise<void> started;
  RunningServer server(LengthFieldFramer(),
                       [&](Session& session, aio::Message message) -> ::asio::awaitable<void> {
                         started.set_value();
                         ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
                         timer.expires_after(std::chrono::milliseconds(50));
                         co_await timer.async_wait(::asio::use_awaitable);
                         session.Reply(message.payload()).IgnoreError();
                       });
  RawClient client(server.endpoint());
  client.Send(Encode("slow"));
  started.get_future().wait();
  server.StopGently();
  EXPECT_EQ(client.ReadToEnd(), Encode("slow"));
  client.Close();
  server.Join();
}

// Says everything twice on the wire, takes all that there is from the socket at once, and gives out
// a little of it at a time.
class Stutter final : public aio::Transport {
 public:
  aio::TransportResult Handshake(int) override { return {}; }
  aio::TransportResult Read(int fd, ByteSpan into) override {
    std::byte ahead[4096];
    ssize_t n = 1;
    while (!ended_ && (n = ::recv(fd, ahead, sizeof(ahead), MSG_DONTWAIT)) > 0) {
      for (ssize_t i = 0; i < n; ++i) {
        if ((first_ = !first_)) taken_.push_back(ahead[i]);
      }
    }
    ended_ = ended_ || n == 0;
    if (taken_.empty()) return {.kind = ended_ ? Kind::kEnd : Kind::kWaitRead};
    const std::size_t given = std::min({into.size(), taken_.size(), std::size_t{50}});
    const auto end = taken_.begin() + static_cast<std::ptrdiff_t>(given);
    std::copy(taken_.begin(), end, into.begin());
    taken_.erase(taken_.begin(), end);
    return {.bytes = given};
  }
  aio::TransportResult Write(int fd, ByteView bytes) override {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return {.kind = Kind::kWaitWrite};
    return {.bytes = static_cast<std::size_t>(n)};
  }
  aio::TransportResult CloseWrite(int fd) override {
    ::shutdown(fd, SHUT_WR);
    return {};
  }
  bool HoldsInput() const override { return !taken_.empty(); }

 private:
  using Kind = aio::TransportResult::Kind;
  std::deque<std::byte> taken_;
  bool first_ = false;
  bool ended_ = false;
};

std::string Twice(const std::string& bytes) {
  std::string twice;
  for (const char byte : bytes) twice.append(2, byte);
  return twice;
}

// Neither the socket nor the decoder tells how much a transport holds.
TEST(Stop, AnswersWhatTheTransportHolds) {
  std::promise<void> started;
  ServerOptions options;
  options.transport = [] { return std::make_unique<Stutter>(); };
  RunningServer server(
      LengthFieldFramer(),
      [&](Session& session, aio::Message message) -> ::asio::awaitable<void> {
        if (message.text() == "slow") {
          started.set_value();
          ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
          timer.expires_after(std::chrono::milliseconds(50));
          co_await timer.async_wait(::asio::use_awaitable);
        }
        session.Reply(message.payload()).IgnoreError();
      },
      options);
  RawClient client(server.endpoint());
  std::string requests = Encode("slow");
  for (int i = 0; i < 100; ++i) requests += Encode("behind");
  client.Send(Twice(requests));
  started.get_future().wait();
  client.Send(Twice(Encode("last")));
  server.StopGently();
  EXPECT_EQ(client.ReadToEnd(), requests + Encode("last"));
  EXPECT_EQ(client.last_error(), 0);
  client.Close();
  server.Join();
  EXPECT_THAT(server.ends().Wait(1), ElementsAre(CloseReason::kStopped));
}

// One that goes on gets its answer; one that does not is not waited for until stop_timeout.
TEST(Stop, WaitsForHalfAFrameAsLongAsItComes) {
  ServerOptions options;
  options.stop_timeout = 2 * kPatience;
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  RawClient going_on(server.endpoint());
  RawClient silent(server.endpoint());
  const std::string half = Encode("whole") + Encode("half").substr(0, 6);
  for (RawClient* client : {&going_on, &silent}) {
    client->Send(half);
    EXPECT_EQ(client->Read(9), Encode("whole"));
  }
  server.StopGently();
  going_on.Send("lf");
  EXPECT_EQ(going_on.ReadToEnd(), Encode("half"));
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(silent.last_error(), 0) << "cut off, or kept";
  going_on.Close();
  silent.Close();
  server.Join();
  EXPECT_THAT(server.ends().Wait(2), Each(CloseReason::kStopped));
}

TEST(Stop, DoesNotWaitLongerThanItsDeadline) {
  ServerOptions options;
  options.stop_timeout = std::chrono::milliseconds(50);
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  RawClient client(server.endpoint());
  client.Send(Encode("whole") + Encode("half").substr(0, 6));
  EXPECT_EQ(client.Read(9), Encode("whole"));
  server.StopGently();  // half a frame is under way, and its rest never comes
  server.Join();
  EXPECT_THAT(server.ends().Wait(1), ElementsAre(CloseReason::kStopTimeout));
}

TEST(Stop, BeforeRunMeansRunReturns) {
  aio::FramedServer server(LengthFieldFramer{}, Echo{});
  server.Stop();
  EXPECT_TRUE(server.Run().ok());
}

}  // namespace
}  // namespace unstick::inline v0::testing
