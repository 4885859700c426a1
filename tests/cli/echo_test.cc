// echo serve and echo call, each in a process of its own, over every kind of socket.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/asio/raw_client.h"
#include "tests/cli/echo_fixture.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/listener.h"
#include "unstick/net/socket.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr const char* kTcp = "tcp:127.0.0.1:0";
constexpr const char* kUdp = "udp:127.0.0.1:0";
constexpr const char* kStamp =
    "at [A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 123][0-9] "
    "[0-9][0-9]:[0-9][0-9]:[0-9][0-9] [0-9][0-9][0-9][0-9]: ";

void ExpectEchoes(const std::string& endpoint, const std::string& framing) {
  SCOPED_TRACE(endpoint + " " + framing);
  EchoServer server(endpoint, framing);
  EXPECT_EQ(server.at.scheme, net::Endpoint::Parse(endpoint)->scheme);
  EXPECT_TRUE(server.at.scheme == net::Endpoint::Scheme::kUnix || server.at.port != 0);
  const Outcome call = Call(server.name, framing, {"hello", "", "[a,b]", "two words"});
  EXPECT_EQ(call.exit_code, 0);
  EXPECT_EQ(call.out, "hello\n\n[a,b]\ntwo words\n");
  EXPECT_EQ(call.error, "");
  server.Stop();
}

TEST(Echo, OverEverySocketAndFraming) {
  const TemporaryDirectory directory;
  for (const std::string framing : {"line", "length:width=2,endian=little", "varint",
                                    "delim:end='||'", "unstick", "netstring", "cobs", "sunrm"}) {
    ExpectEchoes(kTcp, framing);
    ExpectEchoes(kUdp, framing);
    const std::filesystem::path path = directory / "echo";
    ExpectEchoes("unix:" + path.string(), framing);
    EXPECT_FALSE(std::filesystem::exists(path)) << "the socket file was left behind";
  }
  if (net::Listener::Listen(At("tcp:[::1]:0")).ok()) {
    ExpectEchoes("tcp:[::1]:0", "line");
    ExpectEchoes("udp:[::1]:0", "line");
  }
}

TEST(Echo, TimestampIsTheClassicOne) {
  for (const char* endpoint : {kTcp, kUdp}) {
    EchoServer server(endpoint, "line", {"--timestamp"});
    const std::time_t before = std::time(nullptr);
    const Outcome call = Call(server.name, "line", {"hello"});
    EXPECT_EQ(call.exit_code, 0) << call.error;
    EXPECT_THAT(call.out, MatchesRegex(std::string(kStamp) + "hello\n"));
    std::tm stamp{};
    stamp.tm_isdst = -1;
    EXPECT_NE(::strptime(call.out.c_str(), "at %a %b %e %H:%M:%S %Y: hello", &stamp), nullptr);
    const std::time_t said = std::mktime(&stamp);
    EXPECT_LE(before, said);
    EXPECT_LE(said, std::time(nullptr));
    server.Stop(SIGTERM);
  }
}

TEST(Echo, CallsEachLineOfStandardInput) {
  for (const char* endpoint : {kTcp, kUdp}) {
    EchoServer server(endpoint, "length");
    const Outcome call = Call(server.name, "length", {}, "one\r\n\nthree");
    EXPECT_EQ(call.exit_code, 0);
    EXPECT_EQ(call.out, "one\n\nthree\n");
    EXPECT_EQ(call.error, "");
    server.Stop();
  }
}

TEST(Echo, RepliesComeAsTheyAreUnlessOnATerminal) {
  if (!Program::HasTerminals()) GTEST_SKIP() << "no pseudo-terminal can be opened here";
  EchoServer server(kTcp, "length");
  const Outcome call = Call(server.name, "length", {"a\x1b[2J\\b"});
  EXPECT_EQ(call.out, "a\x1b[2J\\b\n");
  net::UniqueFd keyboard;
  Program typed = Program::OnTerminal(
      {"echo", "call", server.name, "--framing", "length", "a\x1b[2J\\b"}, keyboard);
  EXPECT_EQ(typed.out.Until("\r\n"), "a\\x1b[2J\\b");
  EXPECT_EQ(typed.Wait(), 0);
}

TEST(Echo, PromptsOnATerminal) {
  if (!Program::HasTerminals()) GTEST_SKIP() << "no pseudo-terminal can be opened here";
  EchoServer server(kTcp, "line");
  net::UniqueFd keyboard;
  Program call = Program::OnTerminal({"echo", "call", server.name, "--framing", "line"}, keyboard);
  for (const std::string word : {"hello", "world"}) {
    EXPECT_EQ(call.out.Until("> "), "");
    ASSERT_EQ(::write(keyboard.get(), (word + "\n").data(), word.size() + 1),
              static_cast<ssize_t>(word.size()) + 1);
    EXPECT_EQ(call.out.Until("\r\n"), word);  // what was typed, shown by the terminal
    EXPECT_EQ(call.out.Until("\r\n"), word);  // the reply
  }
  EXPECT_EQ(call.out.Until("> "), "");
  ASSERT_EQ(::write(keyboard.get(), "\x04", 1), 1);  // Ctrl-D
  EXPECT_EQ(call.Wait(), 0);
  server.Stop();
}

TEST(Echo, ALineAtATimeWithNetcat) {
  std::string netcat;
  for (const char* path : {"/bin/nc", "/usr/bin/nc"}) {
    if (::access(path, X_OK) == 0) netcat = path;
  }
  if (netcat.empty()) GTEST_SKIP() << "there is no nc";
  EchoServer server(kTcp, "line", {"--timestamp"});
  Program nc({"127.0.0.1", std::to_string(server.at.port)}, netcat);
  for (const std::string word : {"hello", "", "again"}) {
    ASSERT_TRUE(nc.Write(word + "\n"));
    EXPECT_THAT(nc.out.Line(), MatchesRegex(kStamp + word));
  }
  nc.CloseInput();
  server.Stop();
}

TEST(Echo, ManyClientsAtOnce) {
  EchoServer server(kTcp, "line");
  std::vector<RawClient> clients;
  for (int i = 0; i < 50; ++i) clients.emplace_back(server.at);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      ASSERT_TRUE(clients[i].Send(std::to_string(i) + "\n"));
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const std::string expected = std::to_string(i) + "\n";
      EXPECT_EQ(clients[i].Read(expected.size()), expected);
    }
  }
}

// ---- Stopping ----------------------------------------------------------------------------------

TEST(Echo, StopsAfterAnsweringWhatHasArrived) {
  for (const int signal_number : {SIGINT, SIGTERM}) {
    EchoServer server(kTcp, "line");
    RawClient client(server.at);
    std::string sent;
    for (int i = 0; i < 5000; ++i) sent += "message " + std::to_string(i) + "\n";
    ASSERT_TRUE(client.Send(sent));
    ASSERT_EQ(client.Read(10), "message 0\n");  // all of it has arrived in the server's socket
    server.process.Signal(signal_number);
    EXPECT_EQ("message 0\n" + client.ReadToEnd(), sent);
    EXPECT_EQ(client.last_error(), 0) << "a reset instead of an end";
    client.Close();
    EXPECT_EQ(server.process.Wait(), 0);
    EXPECT_THAT(server.process.error.All(), HasSubstr("stopped: 1 connection, 5000 messages"));
    EXPECT_FALSE(RawClient(server.at).connected());
  }
}

std::string FileText(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Echo, KeepsItsFiguresInAFile) {
  const TemporaryDirectory directory;
  const std::filesystem::path stats = directory / "stats.prom";
  EchoServer server("tcp:127.0.0.1:0", "line", {"--stats", stats.string()});
  EXPECT_NE(FileText(stats).find("unstick_frames_received_total 0\n"), std::string::npos);
  EXPECT_EQ(Call(server.name, "line", {"one", "two"}).out, "one\ntwo\n");
  server.process.Signal(SIGUSR1);
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (FileText(stats).find("unstick_frames_received_total 2\n") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    std::this_thread::yield();
  }
  EXPECT_EQ(Call(server.name, "line", {"three"}).out, "three\n");
  server.Stop();
  const std::string last = FileText(stats);
  EXPECT_NE(last.find("unstick_frames_received_total 3\n"), std::string::npos) << last;
  EXPECT_NE(last.find("unstick_connections_closed_total{reason=\"end\"} 2\n"), std::string::npos);
}

TEST(Echo, SaysSoWhenItsFiguresHaveNoPlace) {
  Program server(
      {"echo", "serve", "tcp:127.0.0.1:0", "--framing", "line", "--stats", "/nowhere/at/all"});
  EXPECT_EQ(server.Wait(), 4);
  EXPECT_NE(server.error.All().find("/nowhere/at/all"), std::string::npos);
}

TEST(Echo, ALinkToItsFiguresStaysOne) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "far");
  std::filesystem::create_symlink("far/stats", directory / "old");  // to a file that is there
  std::filesystem::create_symlink("old", directory / "link");
  std::filesystem::create_symlink("far/later", directory / "dangling");
  std::ofstream(directory / "far" / "stats") << "before";
  for (const std::string link : {"link", "dangling"}) {
    EchoServer server(kTcp, "line", {"--stats", (directory / link).string()});
    server.Stop();
    EXPECT_TRUE(std::filesystem::is_symlink(directory / link));
  }
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "old"));
  EXPECT_THAT(FileText(directory / "far" / "stats"), HasSubstr("unstick_frames_received_total 0"));
  EXPECT_THAT(FileText(directory / "far" / "later"), HasSubstr("unstick_frames_received_total 0"));
  const auto files = std::filesystem::directory_iterator(directory / "far");
  EXPECT_EQ(std::distance(begin(files), end(files)), 2) << "something was left behind";
}

// A device would do as well, but nobody wants a test that may destroy one.
TEST(Echo, FiguresGoIntoAFifo) {
  const TemporaryDirectory directory;
  const std::string fifo = (directory / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  LineReader reader(net::UniqueFd(::open(fifo.c_str(), O_RDWR | O_CLOEXEC)));
  EchoServer server(kTcp, "line", {"--stats", fifo});
  reader.Until("unstick_frames_received_total 0\n");
  EXPECT_EQ(Call(server.name, "line", {"one"}).out, "one\n");
  server.Stop();
  reader.Until("unstick_frames_received_total 1\n");
  EXPECT_TRUE(std::filesystem::is_fifo(fifo));
  EXPECT_FALSE(std::filesystem::exists(fifo + ".new"));
}

TEST(Echo, WithoutAPlaceForItsFiguresItDoesNotStart) {
  const TemporaryDirectory directory;
  const std::string fifo = (directory / "fifo").string();  // nobody reads it
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::filesystem::create_directory(directory / "dir");
  std::filesystem::create_symlink("loop", directory / "loop");
  for (const std::string& path :
       {fifo, (directory / "dir").string(), (directory / "loop").string()}) {
    Program server({"echo", "serve", kTcp, "--framing", "line", "--stats", path});
    EXPECT_EQ(server.Wait(), 4);
    EXPECT_THAT(server.error.All(), HasSubstr(path));
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(path)));
    EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  }
}

TEST(Echo, AskedForFiguresThatItDoesNotKeepItGoesOn) {
  for (const char* endpoint : {kTcp, kUdp}) {
    EchoServer server(endpoint, "line");
    server.process.Signal(SIGUSR1);
    EXPECT_EQ(Call(server.name, "line", {"still there"}).out, "still there\n");
    server.Stop();
  }
}

TEST(Echo, ASecondSignalDoesNotWait) {
  EchoServer server(kTcp, "line");
  RawClient client(server.at, 4096);
  const std::string lines(std::size_t{1} << 20, '\n');
  // It never reads. When the server has stopped reading too, its replies are stuck.
  pollfd writable{.fd = client.fd(), .events = POLLOUT, .revents = 0};
  while (::poll(&writable, 1, 500) > 0 && client.SendSome(lines) > 0) {
  }
  const auto start = std::chrono::steady_clock::now();
  server.process.Signal(SIGINT);
  server.process.Signal(SIGTERM);
  EXPECT_EQ(server.process.Wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));  // waiting is 10
}

TEST(Echo, DatagramServerStopsAfterAnsweringWhatHasArrived) {
  EchoServer server(kUdp, "line");
  auto client = net::DatagramChannel::Connect(server.at);
  ASSERT_TRUE(client.ok()) << client.status();
  const net::OutgoingDatagram datagram{AsBytes("x\n"), nullptr};
  for (int i = 0; i < 20; ++i) ASSERT_EQ(client->SendSome({&datagram, 1}).error_code, 0);
  server.process.Signal(SIGINT);
  EXPECT_EQ(server.process.Wait(), 0);
  net::DatagramBatch room(100);
  int replies = 0;
  while (client->ReceiveSome(room, 1).count == 1) {
    replies += AsText(room.datagrams()[0].bytes) == "x\n";
  }
  EXPECT_EQ(replies, 20);
  EXPECT_THAT(server.process.error.All(), HasSubstr("stopped: 20 datagrams, 20 messages"));
}

// ---- Datagrams ---------------------------------------------------------------------------------

TEST(Echo, ADatagramMayHoldSeveralMessagesOrNoneAndABadOneCostsItself) {
  EchoServer server(kUdp, "length:width=1");
  auto client = net::DatagramChannel::Connect(server.at);
  ASSERT_TRUE(client.ok()) << client.status();
  net::DatagramBatch reply(100);
  for (const std::string_view sent : {std::string_view("\1a\2bc", 5), std::string_view("\5cut"),
                                      std::string_view(), std::string_view("\2ok")}) {
    const net::OutgoingDatagram datagram{AsBytes(sent), nullptr};
    ASSERT_EQ(client->SendSome({&datagram, 1}).error_code, 0);
    if (sent == "\5cut") continue;  // no answer
    ASSERT_EQ(client->WaitReadable(Soon()), 0);
    ASSERT_EQ(client->ReceiveSome(reply, 1).count, 1U);
    EXPECT_EQ(AsText(reply.datagrams()[0].bytes), sent);
  }
  server.Stop();
  EXPECT_THAT(server.process.error.All(), HasSubstr("1 bad datagram"));
}

// One reply that comes twice must not pass for the next, and an empty one is a message.
TEST(EchoCall, ADatagramThatNobodyAskedForIsNoReply) {
  auto server = net::DatagramChannel::Bind(At(kUdp));
  ASSERT_TRUE(server.ok());
  Program call({"echo", "call", server->local_endpoint().ToString(), "--framing", "line"});
  net::DatagramBatch batch(100);
  for (const std::string reply : {"one\n", "", "three\n"}) {
    ASSERT_TRUE(call.Write("message\n"));
    ASSERT_EQ(server->WaitReadable(Soon()), 0);
    ASSERT_EQ(server->ReceiveSome(batch, 1).count, 1U);
    const net::OutgoingDatagram datagram{AsBytes(reply), batch.datagrams()[0].from};
    for (int i = 0; i < 2; ++i) ASSERT_EQ(server->SendSome({&datagram, 1}).count, 1U);
    EXPECT_EQ(call.out.Line(), reply.substr(0, reply.find('\n')));
  }
  call.CloseInput();
  EXPECT_EQ(call.out.All(), "");
  EXPECT_EQ(call.Wait(), 0);
  EXPECT_EQ(call.error.All(), "unstick: 2 datagrams dropped that came unasked\n");
}

TEST(Echo, ADatagramIsAnsweredFromTheAddressItWasSentTo) {
  EchoServer server("udp::0", "line");
  for (const std::string host : {"127.0.0.2", "127.0.0.3", "127.0.0.1"}) {
    const std::string at = "udp:" + host + ":" + std::to_string(server.at.port);
    const Outcome call = Call(at, "line", {"--timeout", "5s", "hi"});
    EXPECT_EQ(call.exit_code, 0) << at << ": " << call.error;
    EXPECT_EQ(call.out, "hi\n");
  }
  server.Stop();
}

// ---- Calls that fail ---------------------------------------------------------------------------

// A server that sends `answer` as soon as it is called, and closes if `then_close`.
class OneAnswer {
 public:
  OneAnswer(std::string_view answer, bool then_close) {
    auto listener = net::Listener::Listen(At(kTcp));
    EXPECT_TRUE(listener.ok());
    name = listener->local_endpoint().ToString();
    thread_ = std::jthread([this, answer, then_close, l = *std::move(listener)]() mutable {
      auto socket = l.Accept(Soon());
      ASSERT_TRUE(socket.ok());
      socket_ = *std::move(socket);
      ASSERT_TRUE(net::ReadExactly(socket_, first_, Soon()).ok());
      ASSERT_TRUE(net::WriteAll(socket_, AsBytes(answer), Soon()).ok());
      if (then_close) socket_.Close();
    });
  }
  std::string name;

 private:
  std::array<std::byte, 7> first_{};  // one framed "hello": nothing unread is left to reset it
  net::Socket socket_;
  std::jthread thread_;
};

TEST(EchoCall, NoReplyInTime) {
  OneAnswer silent("", false);
  const Outcome call = Call(silent.name, "length:width=2", {"hello", "--timeout", "200001us"});
  EXPECT_EQ(call.exit_code, 4);
  EXPECT_EQ(call.out, "");
  EXPECT_THAT(call.error, HasSubstr("message 0: no reply within 200001us"));

  auto deaf = net::DatagramChannel::Bind(At(kUdp));
  ASSERT_TRUE(deaf.ok());
  const Outcome datagram =
      Call(deaf->local_endpoint().ToString(), "length", {"hello", "--timeout", "200ms"});
  EXPECT_EQ(datagram.exit_code, 4);
  EXPECT_THAT(datagram.error, HasSubstr("message 0: no reply within 200ms"));
}

TEST(EchoCall, AnAnswerThatBreaksOff) {
  struct Case {
    std::string_view answer;
    int exit_code;
    const char* message;
  };
  for (const Case& c : {Case{"", 4, "the server closed the connection"},
                        Case{std::string_view("\0\5hel", 5), 3, "truncated"},
                        Case{"HTTP/1.1 400 Bad Request\r\n\r\n", 3, "payload_too_large"}}) {
    OneAnswer server(c.answer, true);
    const Outcome call = Call(server.name, "length:width=2,max=1000", {"hello"});
    EXPECT_EQ(call.exit_code, c.exit_code) << c.message;
    EXPECT_EQ(call.out, "");
    EXPECT_THAT(call.error, HasSubstr("message 0: "));
    EXPECT_THAT(call.error, HasSubstr(c.message));
  }
}

// The other side writes each byte as it comes, as `cat` or an inetd's echo would, and reads none
// while it cannot: whoever only writes to it waits for ever.
TEST(EchoCall, ALargeMessageToAnEchoOfBytes) {
  const TemporaryDirectory directory;
  for (const std::string& at : {std::string(kTcp), "unix:" + (directory / "echo").string()}) {
    auto listener = net::Listener::Listen(At(at));
    ASSERT_TRUE(listener.ok()) << listener.status();
    const std::jthread echo([&] {
      absl::StatusOr<net::Socket> socket = listener->Accept(Soon());
      ASSERT_TRUE(socket.ok()) << socket.status();
      std::vector<std::byte> room(std::size_t{64} << 10);
      for (;;) {
        const net::IoResult got = socket->ReadSome(room);
        if (got.kind() == net::IoResult::Kind::kWouldBlock) {
          if (socket->WaitReadable(Soon()) != 0) return;
        } else if (got.kind() != net::IoResult::Kind::kBytes ||
                   !net::WriteAll(*socket, ByteView(room).first(got.bytes()), Soon()).ok()) {
          return;
        }
      }
    });
    const std::string message(8'000'000, 'x');
    const Outcome call = Call(listener->local_endpoint().ToString(), "length:max=16MiB",
                              {"--timeout", "15s"}, message + "\n");
    EXPECT_EQ(call.exit_code, 0) << call.error;
    EXPECT_TRUE(call.out == message + "\n") << call.out.size();
  }
}

// Whatever the parser of the command line makes of such arguments elsewhere.
TEST(EchoCall, MessagesAreWhatTheyAre) {
  EchoServer server(kTcp, "length:width=2");
  const auto expect = [&](const std::vector<std::string>& arguments, const std::string& replies) {
    const Outcome call = Call(server.name, "length:width=2", arguments);
    EXPECT_EQ(call.exit_code, 0) << call.error;
    EXPECT_EQ(call.out, replies);
  };
  expect({"\x1a", "\x1atext", "\x1a\x1a"}, "\x1a\n\x1atext\n\x1a\x1a\n");
  expect({"++"}, "++\n");
  expect({"a", "++", "b"}, "a\n++\nb\n");
  expect({"[", "[a]", "[]", "{}", "%%"}, "[\n[a]\n[]\n{}\n%%\n");
  expect({"serve", "call", "demo", "-"}, "serve\ncall\ndemo\n-\n");
  expect({"a", "--", "-b"}, "a\n-b\n");
  expect({"--timeout", "20000ms", "--", "--timeout", "--", "-h"}, "--timeout\n--\n-h\n");
}

TEST(EchoCall, NobodyListens) {
  std::string tcp;
  std::string udp;
  {
    auto listener = net::Listener::Listen(At(kTcp));
    auto channel = net::DatagramChannel::Bind(At(kUdp));
    ASSERT_TRUE(listener.ok() && channel.ok());
    tcp = listener->local_endpoint().ToString();
    udp = channel->local_endpoint().ToString();
  }
  for (const std::string& endpoint : {tcp, udp, std::string("unix:no-such-socket")}) {
    const Outcome call = Call(endpoint, "line", {"hello"});
    EXPECT_EQ(call.exit_code, 4) << endpoint;
    EXPECT_THAT(call.error, StartsWith("unstick: ")) << endpoint;
  }
}

TEST(EchoCall, AMessageThatCannotBeFramed) {
  EchoServer server(kTcp, "delim:end='||'");
  const Outcome call = Call(server.name, "delim:end='||'", {"ok", "a||b", "never sent"});
  EXPECT_EQ(call.exit_code, 3);
  EXPECT_EQ(call.out, "ok\n");
  EXPECT_THAT(call.error, HasSubstr("message 1: unencodable"));
  server.Stop();
  EXPECT_THAT(server.process.error.All(), HasSubstr("1 connection, 1 message"));
}

TEST(Echo, WrongArguments) {
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    const char* message;
  };
  EchoServer busy(kTcp, "line");
  for (const Case& c : {
           Case{{"echo"}, 2, "a command is missing; there are serve, call"},
           Case{{"echo", "listen"}, 2, "no command \"listen\""},
           Case{{"echo", "listen", "--help"}, 2, "no command \"listen\""},
           Case{{"explain", "--help"}, 2, "no command \"explain\""},
           Case{{"--version", "explain"}, 2, "no command \"explain\""},
           Case{{"echo", "serve", kTcp}, 2, "--framing is required"},
           Case{{"echo", "call", kTcp, "x"}, 2, "--framing is required"},
           Case{{"echo", "serve", "--framing", "line"}, 2, "ENDPOINT is required"},
           Case{{"echo", "serve", kTcp, "--framing", "lines"}, 2, "lines"},
           Case{{"echo", "serve", "tcp:127.0.0.1", "--framing", "line"}, 2, "port"},
           Case{{"echo", "call", "ftp:127.0.0.1:1", "--framing", "line"}, 2, "ftp"},
           Case{{"echo", "call", kTcp, "--framing", "line", "--timeout", "5"}, 2, "--timeout"},
           Case{{"echo", "call", kTcp, "--framing", "line", "--timeout", "0s"}, 2, "--timeout"},
           Case{{"echo", "call", kTcp, "--framing", "line", "--timeout", "200000000m"},
                2,
                "--timeout: \"200000000m\" is over 100 years"},
           Case{{"echo", "serve", busy.name, "--framing", "line"}, 4, "in use"},
           Case{{"echo", "serve", "unix:/no/such/directory/x", "--framing", "line"}, 4, "No such"},
       }) {
    Program program(c.arguments);
    program.CloseInput();
    const std::string error = program.error.All();
    EXPECT_EQ(program.Wait(), c.exit_code) << error;
    EXPECT_EQ(program.out.All(), "");
    EXPECT_THAT(error, HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
