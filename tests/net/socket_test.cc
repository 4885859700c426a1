// Sockets, listeners and connecting, on real loopback connections.

#include "unstick/net/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "tests/support/own_network.h"
#include "unstick/net/listener.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::milliseconds;
using testing::At;
using testing::Connected;
using testing::Connection;
using testing::HasIpv6;
using testing::Soon;
using testing::TemporaryDirectory;

// Both ways, and the end.
void ExpectTalk(Socket& a, Socket& b) {
  for (const auto& [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    ASSERT_TRUE(WriteAll(*from, AsBytes("hello"), Soon()).ok());
    std::array<std::byte, 5> into{};
    ASSERT_TRUE(ReadExactly(*to, into, Soon()).ok());
    EXPECT_EQ(AsText(into), "hello");
  }
  EXPECT_EQ(a.ShutdownWrite(), 0);
  std::array<std::byte, 1> one{};
  EXPECT_EQ(ReadExactly(b, one, Soon()).status.code(), absl::StatusCode::kOutOfRange);
}

TEST(SocketTest, TcpOverIpv4) {
  Connection c = Connected();
  EXPECT_EQ(c.client.peer_address(), c.server.local_address());
  EXPECT_EQ(c.server.peer_address(), c.client.local_address());
  ExpectTalk(c.client, c.server);
}

TEST(SocketTest, TcpOverIpv6) {
  if (!HasIpv6()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  Connection c = Connected(At("tcp:[::1]:0"));
  EXPECT_EQ(c.server.local_address().host(), "::1");
  ExpectTalk(c.client, c.server);
}

TEST(SocketTest, UnixSockets) {
  const TemporaryDirectory directory;
  Connection c = Connected(SocketIn(directory, "s"));
  ExpectTalk(c.client, c.server);
}

TEST(SocketTest, Pair) {
  auto pair = SocketPair();
  ASSERT_TRUE(pair.ok()) << pair.status();
  ExpectTalk(pair->first, pair->second);
}

TEST(SocketTest, NeverWaitsEvenOnABlockingDescriptor) {
  auto pair = SocketPair();
  ASSERT_TRUE(pair.ok());
  Socket& socket = pair->first;
  ASSERT_EQ(::fcntl(socket.fd(), F_SETFL, 0), 0);
  std::array<std::byte, 1> one{};
  EXPECT_EQ(socket.ReadSome(one).kind(), IoResult::Kind::kWouldBlock);
  const std::vector<std::byte> much(16 << 20);
  const ByteView part = much;
  EXPECT_LT(socket.WriteSome({&part, 1}).bytes(), much.size());
  while (socket.WriteSome({&part, 1}).kind() == IoResult::Kind::kBytes) {
  }
  EXPECT_EQ(socket.WaitWritable(DeadlineIn(milliseconds(1))), ETIMEDOUT);
}

TEST(SocketTest, AClosedSocketSaysSo) {
  Socket socket;
  std::array<std::byte, 1> one{};
  EXPECT_FALSE(socket.is_open());
  EXPECT_EQ(socket.ReadSome(one).error_code(), EBADF);
  EXPECT_EQ(WriteAll(socket, one).status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(SocketTest, SmallMessagesLeaveAtOnce) {
  const Connection c = Connected();
  for (const Socket* socket : {&c.client, &c.server}) {
    int no_delay = 0;
    socklen_t size = sizeof(no_delay);
    ASSERT_EQ(::getsockopt(socket->fd(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
    EXPECT_EQ(no_delay, 1);
  }
}

TEST(SocketTest, DescriptorsAreNotInheritedByOtherPrograms) {
  const Connection c = Connected();
  EXPECT_NE(::fcntl(c.client.fd(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(c.server.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(SocketTest, FiveThousandPartsOfOneWrite) {
  Connection c = Connected();
  std::string all;
  for (int i = 0; i < 5000; ++i) all += std::to_string(i);
  std::vector<ByteView> parts;
  for (std::size_t at = 0; at < all.size(); at += 3) {
    parts.push_back(AsBytes(all).subspan(at, std::min<std::size_t>(3, all.size() - at)));
  }
  ASSERT_GT(parts.size(), 5000U);
  std::string got(all.size(), '?');
  std::thread reader([&] {
    EXPECT_TRUE(ReadExactly(c.server, std::as_writable_bytes(std::span(got)), Soon()).ok());
  });
  const SendResult sent = WriteAll(c.client, parts, Soon());
  reader.join();
  EXPECT_TRUE(sent.ok()) << sent.status;
  EXPECT_EQ(sent.bytes_sent, all.size());
  EXPECT_EQ(got, all);
}

// A timer interrupts whatever waits, thousands of times while 64 MiB go through small buffers.
TEST(SocketTest, SignalsDoNotSurface) {
  static std::atomic<int> interrupted;
  interrupted = 0;
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = [](int) { ++interrupted; };  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGALRM, &action, &before), 0);
  const itimerval often{.it_interval = {0, 200}, .it_value = {0, 200}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &often, nullptr), 0);

  {
    Connection c = Connected();
    const std::string all(64 << 20, 'x');
    std::string got(all.size(), '?');
    std::thread reader([&] {
      const auto read = ReadExactly(c.server, std::as_writable_bytes(std::span(got)), Soon());
      EXPECT_TRUE(read.ok()) << read.status;
    });
    const SendResult sent = WriteAll(c.client, AsBytes(all), Soon());
    EXPECT_TRUE(sent.ok()) << sent.status;
    reader.join();
    EXPECT_EQ(got, all);
    // Also while only waiting.
    EXPECT_EQ(c.client.WaitReadable(DeadlineIn(milliseconds(20))), ETIMEDOUT);
  }
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  EXPECT_GT(interrupted, 10);
}

// In a child with SIGPIPE at its default, which kills.
TEST(SocketTest, AWriteToAClosedPeerRaisesNoSignal) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    auto pair = SocketPair();
    if (!pair.ok()) ::_exit(2);
    pair->second.Close();
    ::_exit(WriteAll(pair->first, AsBytes("x")).status.code() == absl::StatusCode::kUnavailable
                ? 0
                : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SocketTest, AbortResetsTheConnection) {
  Connection c = Connected();
  c.client.Abort();
  ASSERT_EQ(c.server.WaitReadable(Soon()), 0);
  std::array<std::byte, 1> one{};
  const IoResult result = c.server.ReadSome(one);
  ASSERT_EQ(result.kind(), IoResult::Kind::kError);
  EXPECT_EQ(result.error_code(), ECONNRESET);
}

TEST(SocketTest, WaitsEndAtTheirDeadline) {
  const Connection c = Connected();
  const Deadline start = Clock::now();
  EXPECT_EQ(c.client.WaitReadable(start + milliseconds(30)), ETIMEDOUT);
  EXPECT_GE(Clock::now(), start + milliseconds(30));
  EXPECT_EQ(c.client.WaitReadable(start), ETIMEDOUT) << "a deadline that has passed";
}

// ---- Connecting
// ------------------------------------------------------------------------------------

// A port that nobody can listen on, because it is bound and does not listen.
struct DeafPort {
  explicit DeafPort(const Endpoint& at) {
    const SocketAddress any = Resolve(at, ResolveFor::kListen)->at(0);
    fd.Reset(::socket(any.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(fd.get(), any.data(), any.size()), 0);
    address = SocketAddress::LocalOf(fd.get());
  }
  UniqueFd fd;
  SocketAddress address;
};

TEST(ConnectTest, ARefusalIsAnErrorOrANumber) {
  const DeafPort port(At("tcp:127.0.0.1:0"));
  const Endpoint endpoint = Endpoint::Of(Endpoint::Scheme::kTcp, port.address);
  const auto socket = Connect(endpoint, Soon());
  EXPECT_EQ(socket.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(socket.status().message().find(endpoint.ToString()), std::string::npos)
      << socket.status();
  const ConnectResult result = ConnectEx(port.address, Soon());
  EXPECT_EQ(result.error_code, ECONNREFUSED);
  EXPECT_FALSE(result.socket.is_open());
}

TEST(ConnectTest, RefusesToBeConnectedToItself) {
  const bool ran = testing::InOwnNetwork("ipv4/ip_local_port_range", "40000 40000", [] {
    EXPECT_EQ(Connect(At("tcp:127.0.0.1:40000"), Soon()).status().message(),
              "connect to tcp:127.0.0.1:40000 (127.0.0.1:40000): Connection refused");
  });
  if (!ran) GTEST_SKIP() << "this machine does not let one make a network namespace";
}

TEST(ConnectTest, SuccessIsZero) {
  const auto listener = Listener::Listen(At("tcp:127.0.0.1:0"));
  const auto address = Resolve(listener->local_endpoint(), ResolveFor::kConnect)->at(0);
  const ConnectResult result = ConnectEx(address, Soon());
  EXPECT_EQ(result.error_code, 0);
  EXPECT_TRUE(result.socket.is_open());
}

// Nobody accepts and the queue is full: the kernel leaves further connections without an answer.
TEST(ConnectTest, ADeadlineEndsIt) {
  const TemporaryDirectory directory;
  for (const Endpoint& at : {At("tcp:127.0.0.1:0"), SocketIn(directory, "full")}) {
    auto listener = Listener::Listen(at, {.backlog = 0});
    ASSERT_TRUE(listener.ok()) << listener.status();
    const auto address = Resolve(listener->local_endpoint(), ResolveFor::kConnect)->at(0);
    std::vector<Socket> waiting;
    int error = 0;
    for (int i = 0; i < 50 && error == 0; ++i) {
      ConnectResult result = ConnectEx(address, DeadlineIn(milliseconds(50)));
      error = result.error_code;
      waiting.push_back(std::move(result.socket));
    }
    EXPECT_EQ(error, ETIMEDOUT) << at.ToString();
    const auto socket = Connect(listener->local_endpoint(), DeadlineIn(milliseconds(20)));
    EXPECT_EQ(socket.status().code(), absl::StatusCode::kDeadlineExceeded) << socket.status();
  }
}

// localhost is two addresses; only one of them has a listener.
TEST(ConnectTest, TriesEveryAddressOfAName) {
  const auto listener = Listener::Listen(At("tcp:127.0.0.1:0"));
  Endpoint endpoint = listener->local_endpoint();
  endpoint.host = "localhost";
  const auto by_name = Connect(endpoint, Soon());
  EXPECT_TRUE(by_name.ok()) << by_name.status();
  endpoint.host = "";
  EXPECT_TRUE(Connect(endpoint, Soon()).ok()) << "no host: loopback";
}

TEST(ConnectTest, RefusesWhatIsNoPlainStream) {
  EXPECT_EQ(Connect(At("udp:127.0.0.1:1")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Connect(At("tls:127.0.0.1:1")).status().code(), absl::StatusCode::kInvalidArgument);
}

// ---- Listening
// -------------------------------------------------------------------------------------

TEST(ListenerTest, PortZeroBecomesARealPort) {
  const auto a = Listener::Listen(At("tcp:127.0.0.1:0"));
  const auto b = Listener::Listen(At("tcp:127.0.0.1:0"));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NE(a->local_endpoint().port, 0);
  EXPECT_NE(a->local_endpoint().port, b->local_endpoint().port);
  EXPECT_EQ(a->local_endpoint().host, "127.0.0.1");
}

TEST(ListenerTest, NoHostServesBothFamilies) {
  auto listener = Listener::Listen(At("tcp::0"));
  ASSERT_TRUE(listener.ok()) << listener.status();
  Endpoint to = listener->local_endpoint();
  for (const char* host : {"127.0.0.1", "::1"}) {
    if (host[0] == ':' && !HasIpv6()) continue;
    to.host = host;
    EXPECT_TRUE(Connect(to, Soon()).ok()) << to.ToString();
    EXPECT_TRUE(listener->Accept(Soon()).ok());
  }
  EXPECT_TRUE(Connect(listener->local_endpoint(), Soon()).ok()) << "what is printed can be called";
}

TEST(ListenerTest, AnAddressInUseIsNamed) {
  const auto first = Listener::Listen(At("tcp:127.0.0.1:0"));
  const auto second = Listener::Listen(first->local_endpoint());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find(first->local_endpoint().ToString()), std::string::npos)
      << second.status();
}

// The old connection lingers in TIME_WAIT on the port; a restarted server must get it all the same.
TEST(ListenerTest, APortCanBeHadAgainAtOnce) {
  auto first = Listener::Listen(At("tcp:127.0.0.1:0"));
  const Endpoint at = first->local_endpoint();
  {
    auto client = Connect(at, Soon());
    auto server = first->Accept(Soon());
    server->Close();  // first: so the listening side keeps the TIME_WAIT
    std::array<std::byte, 1> one{};
    EXPECT_FALSE(ReadExactly(*client, one, Soon()).ok());
  }
  first->Close();
  const auto second = Listener::Listen(at);
  EXPECT_TRUE(second.ok()) << second.status();
}

TEST(ListenerTest, AcceptEndsAtItsDeadline) {
  auto listener = Listener::Listen(At("tcp:127.0.0.1:0"));
  EXPECT_EQ(listener->Accept(DeadlineIn(milliseconds(10))).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(ListenerTest, RunningOutOfDescriptorsIsTold) {
  auto listener = Listener::Listen(At("tcp:127.0.0.1:0"));
  const auto client = Connect(listener->local_endpoint(), Soon());
  ASSERT_TRUE(client.ok());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = listener->Accept(Soon());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
  EXPECT_TRUE(listener->Accept(Soon()).ok()) << "the connection was lost";
}

TEST(ListenerTest, DatagramsHaveNoListener) {
  EXPECT_EQ(Listener::Listen(At("udp:127.0.0.1:0")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// ---- Unix paths
// ------------------------------------------------------------------------------------

bool Exists(const Endpoint& at) {
  struct stat file{};
  return ::lstat(at.path.c_str(), &file) == 0;
}

// Leaves a socket file behind, as a process does that was killed.
void LeaveStale(const Endpoint& at) {
  const SocketAddress address = Resolve(at, ResolveFor::kListen)->at(0);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), address.data(), address.size()), 0);
}

TEST(UnixPathTest, GoesWithItsListener) {
  const TemporaryDirectory directory;
  const Endpoint at = SocketIn(directory, "s");
  {
    auto listener = Listener::Listen(at);
    ASSERT_TRUE(listener.ok()) << listener.status();
    EXPECT_EQ(listener->local_endpoint(), at);
    EXPECT_TRUE(Exists(at));
    const Listener moved = *std::move(listener);
    EXPECT_TRUE(Exists(at));
  }
  EXPECT_FALSE(Exists(at));
}

TEST(UnixPathTest, AStaleSocketIsReplaced) {
  const TemporaryDirectory directory;
  const Endpoint at = SocketIn(directory, "s");
  LeaveStale(at);
  ASSERT_TRUE(Exists(at));
  auto listener = Listener::Listen(at);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(Connect(at, Soon()).ok());
}

TEST(UnixPathTest, ALiveSocketIsNot) {
  const TemporaryDirectory directory;
  const Endpoint at = SocketIn(directory, "s");
  auto first = Listener::Listen(at, {.backlog = 0});
  EXPECT_FALSE(Listener::Listen(at).ok());
  EXPECT_FALSE(Listener::Listen(at).ok()) << "with its queue full it is still alive";
  EXPECT_TRUE(first->Accept(Soon()).ok());
  EXPECT_TRUE(Connect(at, Soon()).ok());
}

// Another program's, between its bind(2) and its listen(2): connect(2) is refused as by a dead one.
TEST(UnixPathTest, ASocketThatDoesNotListenYetIsNot) {
  const TemporaryDirectory directory;
  const std::filesystem::path here = std::filesystem::current_path();
  for (const bool relative : {false, true}) {
    Endpoint at = SocketIn(directory, relative ? "relative" : "absolute");
    if (relative) {
      std::filesystem::current_path(std::filesystem::path(at.path).parent_path());
      at.path = "relative";
    }
    const SocketAddress address = Resolve(at, ResolveFor::kListen)->at(0);
    const UniqueFd other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(other.get(), address.data(), address.size()), 0);
    EXPECT_FALSE(Listener::Listen(at).ok());
    EXPECT_EQ(::listen(other.get(), 1), 0);
    EXPECT_TRUE(Connect(at, Soon()).ok()) << "its file is gone";
    std::filesystem::current_path(here);
  }
}

// All find the file that a killed one left, at the same moment. One gets it, and nobody takes it
// away from that one.
TEST(UnixPathTest, OneOfManyReplacesAStaleSocketAndKeepsIt) {
  const TemporaryDirectory directory;
  for (int round = 0; round < 20; ++round) {
    const Endpoint at = SocketIn(directory, "s");
    LeaveStale(at);
    std::vector<std::optional<Listener>> listeners(8);
    std::atomic<std::size_t> ready = 0;
    {
      std::vector<std::jthread> threads;
      for (std::optional<Listener>& mine : listeners) {
        threads.emplace_back([&] {
          for (++ready; ready < listeners.size();) std::this_thread::yield();
          if (auto made = Listener::Listen(at); made.ok()) mine.emplace(*std::move(made));
        });
      }
    }
    std::optional<Listener>* winner = nullptr;
    for (std::optional<Listener>& one : listeners) {
      if (!one) continue;
      ASSERT_EQ(winner, nullptr) << "two have it, in round " << round;
      winner = &one;
    }
    ASSERT_NE(winner, nullptr);
    ASSERT_TRUE(Connect(at, Soon()).ok());
    EXPECT_TRUE((*winner)->Accept(Soon()).ok());
    winner->reset();
    const std::filesystem::path where = std::filesystem::path(at.path).parent_path();
    EXPECT_TRUE(std::filesystem::is_empty(where)) << "something was left behind";
  }
}

TEST(UnixPathTest, AFileThatIsNoSocketIsNot) {
  const TemporaryDirectory directory;
  const Endpoint at = SocketIn(directory, "s");
  std::ofstream(at.path) << "precious";
  EXPECT_FALSE(Listener::Listen(at).ok());
  EXPECT_EQ(std::filesystem::file_size(at.path), 8U);
}

TEST(UnixPathTest, ASocketThatTookItsPlaceStays) {
  const TemporaryDirectory directory;
  const Endpoint at = SocketIn(directory, "s");
  auto first = Listener::Listen(at);
  std::filesystem::remove(at.path);
  auto second = Listener::Listen(at);
  ASSERT_TRUE(second.ok());
  first->Close();
  EXPECT_TRUE(Exists(at));
  EXPECT_TRUE(Connect(at, Soon()).ok());
}

TEST(UnixPathTest, ADirectoryThatIsNotThereIsAnError) {
  const TemporaryDirectory directory;
  EXPECT_EQ(Listener::Listen(SocketIn(directory, "no/s")).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace unstick::inline v0::net
