// What strangers do to a server, while a well-behaved client must not notice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/asio/raw_client.h"
#include "tests/asio/server_fixture.h"
#include "unstick/asio/framed_server.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::testing {
namespace {

using aio::CloseReason;
using aio::ServerOptions;
using aio::Session;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool Readable(int fd, int wait_ms) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, wait_ms) == 1;
}

template <typename Condition>
bool Eventually(Condition condition) {
  const steady_clock::time_point give_up = steady_clock::now() + kPatience;
  while (!condition()) {
    if (steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

// Talks to the server for as long as it lives and checks every reply.
class HealthyClient {
 public:
  explicit HealthyClient(const net::Endpoint& at) : client_(at), thread_([this] { Talk(); }) {}
  ~HealthyClient() {
    done_ = true;
    thread_.join();
    EXPECT_GT(rounds_, 0);
  }

 private:
  void Talk() {
    std::mt19937 random(7);
    while (!done_ || rounds_ == 0) {
      const std::string request = Encode(std::string(random() % 5000, static_cast<char>(random())));
      ASSERT_TRUE(client_.Send(request));
      ASSERT_EQ(client_.Read(request.size()), request) << "round " << rounds_;
      ++rounds_;
    }
  }

  RawClient client_;
  std::atomic<bool> done_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

ServerOptions Strict() {
  ServerOptions options;
  options.frame_timeout = milliseconds(100);
  options.write_timeout = milliseconds(200);
  options.linger_timeout = milliseconds(200);
  options.output_high_water = std::size_t{256} << 10;
  return options;
}

TEST(HostilePeer, SendsGarbage) {
  RunningServer server(LengthFieldFramer{}, Echo{}, Strict());
  const HealthyClient healthy(server.endpoint());
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    RawClient client(server.endpoint());
    std::string garbage(1 + random() % 100'000, '\0');
    for (char& c : garbage) c = static_cast<char>(random());
    client.Send("GET / HTTP/1.1\r\n" + garbage);
    EXPECT_TRUE(client.IsOver());
  }
  const std::vector<CloseReason> ends = server.ends().Wait(50);
  EXPECT_EQ(ends, std::vector<CloseReason>(50, CloseReason::kFramingError));
}

TEST(HostilePeer, IsToldNothingLessOfItsGoodFrames) {
  RunningServer server(LengthFieldFramer{}, Echo{}, Strict());
  RawClient client(server.endpoint());
  client.Send(Encode("good") + "\xff\xff\xff\xff" + std::string(100'000, 'x'));
  EXPECT_EQ(client.ReadToEnd(), Encode("good"));
  EXPECT_EQ(client.last_error(), 0);
  client.Close();
  const aio::CloseInfo end = server.ends().Of(1);
  ASSERT_TRUE(end.frame_error.has_value());
  EXPECT_EQ(end.frame_error->code, FrameErrorCode::kPayloadTooLarge);
  EXPECT_EQ(end.frame_error->offset, 8);
  EXPECT_EQ(end.frame_error->found, 0xffffffff);
}

TEST(HostilePeer, SendsALineWithoutEnd) {
  RunningServer server(DelimiterFramer({.ends = {"\n"}, .max_payload = 1000}), Echo{}, Strict());
  RawClient client(server.endpoint());
  client.Send("short\n" + std::string(1001, 'x'));
  EXPECT_EQ(client.ReadToEnd(), "short\n");
  client.Close();
  EXPECT_EQ(server.ends().Of(1).frame_error->code, FrameErrorCode::kPayloadTooLarge);
}

TEST(HostilePeer, DeclaresMuchAndSendsLittle) {
  ServerOptions options;
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  const std::string head = Encode(std::string(8 << 20, 'x')).substr(0, 10);
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(server.endpoint());
    clients.back().Send(Encode("ready") + head);
  }
  for (RawClient& client : clients) EXPECT_EQ(client.Read(9), Encode("ready"));
  EXPECT_TRUE(Eventually([&] { return server.stats().buffered >= 100 * 10; }));
  EXPECT_LE(server.stats().buffered, 100 * 4096);
}

TEST(HostilePeer, NeverReads) {
  const ServerOptions options = Strict();
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  const HealthyClient healthy(server.endpoint());
  RawClient client(server.endpoint(), 4096);
  const std::string request = Encode(std::string(10'000, 'x'));
  std::uint64_t most = 0;
  // Until the server has enough of it: then the connection is reset and poll() says so.
  const steady_clock::time_point give_up = steady_clock::now() + kPatience;
  for (short events = 0; (events & (POLLERR | POLLHUP)) == 0;) {
    ASSERT_LT(steady_clock::now(), give_up);
    client.SendSome(request);
    most = std::max(most, server.stats().buffered);
    pollfd wanted{client.fd(), POLLOUT, 0};
    ::poll(&wanted, 1, 5);
    events = wanted.revents;
  }
  EXPECT_EQ(server.ends().Wait(1), std::vector{CloseReason::kWriteTimeout});
  // Queued up to the mark and what one read may bring, in buffers at most twice that; a little for
  // the healthy one.
  EXPECT_GT(most, options.output_high_water / 2);
  EXPECT_LE(most,
            2 * (options.output_high_water + (std::size_t{64} << 10)) + (std::size_t{1} << 20));
}

TEST(HostilePeer, ReadsLateAndStillGetsEverything) {
  ServerOptions options;
  options.output_high_water = std::size_t{64} << 10;
  RunningServer server(LengthFieldFramer{}, Echo{}, options, TemporaryUnixEndpoint("late"));
  RawClient client(server.endpoint());
  std::string all;  // far more than the kernel keeps for two Unix sockets
  for (int i = 0; i < 1000; ++i)
    all += Encode(std::string(10'000, static_cast<char>('a' + i % 26)));
  std::string_view rest = all;
  pollfd room{client.fd(), POLLOUT, 0};
  while (!rest.empty() && ::poll(&room, 1, 200) == 1) rest.remove_prefix(client.SendSome(rest));
  ASSERT_FALSE(rest.empty()) << "the server takes everything and keeps it";
  std::thread sender([&] {
    EXPECT_TRUE(client.Send(rest));
    client.CloseWrite();
  });
  EXPECT_TRUE(client.ReadToEnd() == all);
  sender.join();
}

TEST(HostilePeer, DripsAByteAtATime) {
  RunningServer server(LengthFieldFramer{}, Echo{}, Strict());
  const HealthyClient healthy(server.endpoint());
  RawClient client(server.endpoint());
  const steady_clock::time_point start = steady_clock::now();
  client.Send(Encode(std::string(1000, 'x')).substr(0, 1));
  bool over = false;
  while (!(over = Readable(client.fd(), 10)) && steady_clock::now() - start < kPatience) {
    client.Send("x");
  }
  EXPECT_TRUE(over) << "each byte put the deadline off";
  EXPECT_EQ(server.ends().Wait(1), std::vector{CloseReason::kFrameTimeout});
  EXPECT_GE(steady_clock::now() - start, milliseconds(100));
}

TEST(HostilePeer, ResetsInTheMiddleOfAFrame) {
  RunningServer server(LengthFieldFramer{}, Echo{}, Strict());
  const HealthyClient healthy(server.endpoint());
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.endpoint());
    client.Send(Encode("whole"));
    EXPECT_EQ(client.Read(9), Encode("whole"));
    client.Send(Encode("torn").substr(0, 6));
    client.Reset();
  }
  EXPECT_EQ(server.ends().Wait(20), std::vector<CloseReason>(20, CloseReason::kIoError));
  EXPECT_EQ(server.ends().Of(2).io_error, std::errc::connection_reset);
}

TEST(HostilePeer, SaysNothing) {
  ServerOptions options;
  options.idle_timeout = milliseconds(50);
  RunningServer server(LengthFieldFramer{}, Echo{}, options);
  RawClient client(server.endpoint());
  client.Send(Encode("hello"));
  EXPECT_EQ(client.ReadToEnd(), Encode("hello"));
  EXPECT_EQ(client.last_error(), 0);
  EXPECT_EQ(server.ends().Wait(1), std::vector{CloseReason::kIdleTimeout});
}

TEST(Deadlines, StandStillWhileTheHandlerIsWhatIsSlow) {
  ServerOptions options;
  options.frame_timeout = milliseconds(500);
  options.idle_timeout = milliseconds(500);
  RunningServer server(
      LengthFieldFramer{},
      [](Session& session, aio::Message message) -> ::asio::awaitable<void> {
        ::asio::steady_timer timer(co_await ::asio::this_coro::executor);
        timer.expires_after(milliseconds(700));
        co_await timer.async_wait(::asio::use_awaitable);
        session.Reply(message.payload()).IgnoreError();
      },
      options);
  RawClient client(server.endpoint());
  const std::string next = Encode("next");
  client.Send(Encode("slow") + next.substr(0, 6));
  EXPECT_EQ(client.Read(8), Encode("slow"));
  EXPECT_FALSE(Readable(client.fd(), 100)) << "late because of the server's own slowness";
  client.Send(next.substr(6));
  EXPECT_EQ(client.Read(8), next);
}

TEST(Memory, IdleConnectionsHoldNoBuffers) {
  RunningServer server(LengthFieldFramer{}, Echo{});
  const std::string request = Encode(std::string(1'000, 'x'));
  std::vector<RawClient> clients;
  for (int i = 0; i < 200; ++i) clients.emplace_back(server.endpoint());
  for (RawClient& client : clients) ASSERT_TRUE(client.Send(request + request.substr(0, 500)));
  for (RawClient& client : clients) ASSERT_EQ(client.Read(request.size()), request);
  EXPECT_TRUE(Eventually([&] { return server.stats().buffered >= 200 * 500; }));
  for (RawClient& client : clients) ASSERT_TRUE(client.Send(request.substr(500)));
  for (RawClient& client : clients) ASSERT_EQ(client.Read(request.size()), request);
  EXPECT_TRUE(Eventually([&] { return server.stats().buffered == 0; }));
  EXPECT_EQ(server.stats().open, 200);
}

// ---- No descriptors ----------------------------------------------------------------------------

struct Report {
  std::uint16_t port = 0;
  std::uint64_t accept_failures = 0;
};

// A server that may open few descriptors, in a process of its own; lives until `control` ends.
[[noreturn]] void ServeWithFewDescriptors(int control, int report_to) {
  const rlimit few{24, 24};
  ::setrlimit(RLIMIT_NOFILE, &few);
  Report report;
  {
    RunningServer server(LengthFieldFramer{}, Echo{});
    report.port = server.endpoint().port;
    (void)!::write(report_to, &report, sizeof(report));
    char byte = 0;
    (void)!::read(control, &byte, 1);
    report.accept_failures = server.stats().accept_failures;
  }
  (void)!::write(report_to, &report, sizeof(report));
  ::_exit(0);
}

TEST(Acceptor, SurvivesRunningOutOfDescriptorsWithoutSpinning) {
  int control[2];
  int report_from[2];
  ASSERT_EQ(::pipe(control), 0);
  ASSERT_EQ(::pipe(report_from), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(control[1]);
    ServeWithFewDescriptors(control[0], report_from[1]);
  }
  ::close(control[0]);
  ::close(report_from[1]);
  Report report;
  ASSERT_EQ(::read(report_from[0], &report, sizeof(report)), static_cast<ssize_t>(sizeof(report)));

  const steady_clock::time_point start = steady_clock::now();
  const net::Endpoint at{
      .scheme = net::Endpoint::Scheme::kTcp, .host = "127.0.0.1", .port = report.port, .path = ""};
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<RawClient>(at));
    ASSERT_TRUE(clients.back()->connected());
    clients.back()->Send(Encode("hello"));
  }
  EXPECT_EQ(clients.front()->Read(9), Encode("hello"));
  EXPECT_FALSE(Readable(clients.back()->fd(), 300)) << "there were descriptors for all";
  for (auto& client : clients) {  // each that leaves makes room for one that waits
    if (client != clients.front()) {
      EXPECT_EQ(client->Read(9), Encode("hello"));
    }
    client.reset();
  }
  const auto elapsed =
      std::chrono::duration_cast<milliseconds>(steady_clock::now() - start).count();
  ::close(control[1]);
  ASSERT_EQ(::read(report_from[0], &report, sizeof(report)), static_cast<ssize_t>(sizeof(report)));
  EXPECT_GE(report.accept_failures, 1);
  EXPECT_LE(report.accept_failures, static_cast<std::uint64_t>(elapsed / 20 + 1));
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ::close(report_from[0]);
}

}  // namespace
}  // namespace unstick::inline v0::testing
