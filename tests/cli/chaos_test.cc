// unstick chaos between raw sockets: each fault does what it says, and the same one each time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cli/echo_fixture.h"
#include "unstick/core/bytes.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/listener.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Noise(std::size_t size, std::uint32_t seed) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24);
  }
  return bytes;
}

// One line of the log.
struct Entry {
  std::string text;
  std::uint64_t Number(const std::string& key) const {
    const std::size_t at = text.find("\"" + key + "\":");
    return at == std::string::npos ? UINT64_MAX : std::stoull(text.substr(at + key.size() + 3));
  }
  bool Has(const std::string& part) const { return text.find(part) != std::string::npos; }
};

class Chaos {
 public:
  Chaos(const std::string& listen, const std::string& target, std::vector<std::string> faults)
      : log_(directory_ / "log"), process_(Arguments(listen, target, std::move(faults))) {
    constexpr std::string_view kSays = "listening on ";
    const std::string line = process_.out.Line();
    EXPECT_TRUE(line.starts_with(kSays)) << line;
    if (line.starts_with(kSays)) at = At(line.substr(kSays.size()));
  }

  net::Endpoint at;

  // Ends it; the summary.
  std::string Stop() {
    process_.Signal(SIGINT);
    std::string said = process_.error.All();
    EXPECT_EQ(process_.Wait(), 0) << said;
    EXPECT_THAT(said, HasSubstr("stopped: "));
    return said;
  }
  std::string LogText() const {
    std::ifstream file(log_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // By connection and direction: between those the order is the scheduler's.
  std::map<std::string, std::vector<Entry>> Log() const {
    std::map<std::string, std::vector<Entry>> ways;
    std::ifstream file(log_);
    for (std::string line; std::getline(file, line);) {
      const std::size_t event = line.find(",\"event\"");
      EXPECT_NE(event, std::string::npos) << line;
      ways[line.substr(0, event)].push_back({line});
    }
    return ways;
  }
  std::vector<Entry> Log(int connection, const std::string& direction) const {
    const auto ways = Log();
    const auto way = ways.find("{\"connection\":" + std::to_string(connection) +
                               ",\"direction\":\"" + direction + "\"");
    return way == ways.end() ? std::vector<Entry>() : way->second;
  }

 private:
  std::vector<std::string> Arguments(const std::string& listen, const std::string& target,
                                     std::vector<std::string> faults) const {
    std::vector<std::string> all = {"chaos", listen, target, "--log", log_.string()};
    all.insert(all.end(), faults.begin(), faults.end());
    return all;
  }

  TemporaryDirectory directory_;
  std::filesystem::path log_;
  Program process_;
};

// A connection through chaos: what is written at one end, and what has come out at the other.
struct Ends {
  net::Socket client;
  net::Socket server;
};

class Through {
 public:
  explicit Through(std::vector<std::string> faults, const std::string& listen = "tcp:127.0.0.1:0")
      : listener_(*net::Listener::Listen(At("tcp:127.0.0.1:0"))),
        chaos(listen, listener_.local_endpoint().ToString(), std::move(faults)) {}

  Ends Connect() {
    auto client = net::Connect(chaos.at, Soon());
    EXPECT_TRUE(client.ok()) << client.status();
    auto server = listener_.Accept(Soon());
    EXPECT_TRUE(server.ok()) << server.status();
    return {*std::move(client), *std::move(server)};
  }

 private:
  net::Listener listener_;

 public:
  Chaos chaos;
};

struct Came {
  std::string bytes;
  net::IoResult::Kind end;
  int error_code = 0;
};

// Reads to the end, or until `size` bytes are there.
Came ReadAll(net::Socket& socket, std::size_t size = SIZE_MAX) {
  Came came{{}, net::IoResult::Kind::kBytes};
  std::array<std::byte, 4096> room{};
  while (came.bytes.size() < size) {
    const std::size_t most = std::min(room.size(), size - came.bytes.size());
    const net::IoResult io = socket.ReadSome(ByteSpan(room).first(most));
    came.end = io.kind();
    if (io.kind() == net::IoResult::Kind::kWouldBlock) {
      const int error = socket.WaitReadable(Soon());
      EXPECT_EQ(error, 0);
      if (error != 0) return came;
      continue;
    }
    if (io.kind() == net::IoResult::Kind::kError) came.error_code = io.error_code();
    if (io.kind() != net::IoResult::Kind::kBytes) return came;
    came.bytes += AsText(ByteView(room).first(io.bytes()));
  }
  return came;
}

// Sends all of it and the end, from a thread of its own; that not all arrives is no failure.
std::jthread Sending(net::Socket& socket, const std::string& bytes, bool end = true) {
  return std::jthread([&socket, bytes, end] {
    if (net::WriteAll(socket, AsBytes(bytes), Soon()).ok() && end) socket.ShutdownWrite();
  });
}

const std::string kMuch = Noise(20'000, 1);

TEST(Chaos, PassesEverythingOnWithTheUsualFaults) {
  const TemporaryDirectory directory;
  Through through({}, "unix:" + (directory / "socket").string());
  std::vector<Ends> connections;
  for (int i = 0; i < 3; ++i) connections.push_back(through.Connect());
  for (std::size_t i = 0; i < 3; ++i) {
    auto& [client, server] = connections[i];
    const std::string there = Noise(30'000, static_cast<std::uint32_t>(i));
    const std::string back = Noise(20'000, static_cast<std::uint32_t>(i + 50));
    const std::jthread one = Sending(client, there);
    const std::jthread other = Sending(server, back);
    EXPECT_TRUE(ReadAll(server).bytes == there);
    EXPECT_TRUE(ReadAll(client).bytes == back);
  }
  EXPECT_THAT(through.chaos.Stop(), HasSubstr("3 connections, 90000 bytes to the target in all and "
                                              "60000 to clients"));
}

TEST(Chaos, SplitsIntoSmallPieces) {
  Through through({"--split", "5", "--only", "to-target"});
  auto [client, server] = through.Connect();
  const std::jthread sender = Sending(client, kMuch);
  EXPECT_TRUE(ReadAll(server).bytes == kMuch);
  through.chaos.Stop();
  std::uint64_t offset = 0;
  for (const Entry& entry : through.chaos.Log(1, "to-target")) {
    if (!entry.Has("\"piece\"")) continue;
    EXPECT_EQ(entry.Number("offset"), offset);
    EXPECT_LE(entry.Number("size"), 5U);
    offset += entry.Number("size");
  }
  EXPECT_EQ(offset, kMuch.size());
}

TEST(Chaos, MergesWhatWasSentApart) {
  Through through({"--merge", "64"});
  auto [client, server] = through.Connect();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(net::WriteAll(client, AsBytes(kMuch.substr(static_cast<std::size_t>(i), 1))).ok());
  }
  client.ShutdownWrite();
  EXPECT_EQ(ReadAll(server).bytes, kMuch.substr(0, 200));
  server.Close();
  through.chaos.Stop();
  std::size_t merges = 0;
  for (const Entry& entry : through.chaos.Log(1, "to-target")) merges += entry.Has("\"merge\"");
  EXPECT_GE(merges, 200U / 64);
  EXPECT_LT(merges, 100U) << "200 writes have become fewer";
}

TEST(Chaos, AQuietSenderGetsItsMergedBytesThrough) {
  Through through({"--merge", "1MiB"});
  auto [client, server] = through.Connect();
  for (int i = 0; i < 3; ++i) {  // each waits for the answer to the one before
    ASSERT_TRUE(net::WriteAll(client, AsBytes("ping")).ok());
    EXPECT_EQ(ReadAll(server, 4).bytes, "ping");
    ASSERT_TRUE(net::WriteAll(server, AsBytes("pong")).ok());
    EXPECT_EQ(ReadAll(client, 4).bytes, "pong");
  }
}

TEST(Chaos, DelaysAndThrottles) {
  for (const std::vector<std::string>& faults :
       {std::vector<std::string>{"--rate", "10k"}, {"--split", "100", "--delay", "10000us"}}) {
    Through through(faults);
    auto [client, server] = through.Connect();
    const auto start = std::chrono::steady_clock::now();
    const std::jthread sender = Sending(client, kMuch.substr(0, 2000));
    EXPECT_TRUE(ReadAll(server).bytes == kMuch.substr(0, 2000));
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(90)) << faults[0];
  }
}

TEST(Chaos, CutsWithFin) {
  Through through({"--cut", "5000", "--cut-with", "fin", "--only", "to-target"});
  auto [client, server] = through.Connect();
  const std::jthread sender = Sending(client, kMuch);
  const Came came = ReadAll(server);
  EXPECT_EQ(came.end, net::IoResult::Kind::kEnd);
  EXPECT_LE(came.bytes.size(), 10'000U);
  EXPECT_TRUE(kMuch.starts_with(came.bytes));
  EXPECT_EQ(ReadAll(client).end, net::IoResult::Kind::kEnd);
  EXPECT_THAT(through.chaos.Stop(), HasSubstr("1 cut"));
  const Entry cut = through.chaos.Log(1, "to-target").back();
  EXPECT_TRUE(cut.Has("\"cut\"") && cut.Has("\"with\":\"fin\"")) << cut.text;
  EXPECT_EQ(cut.Number("offset"), came.bytes.size());
}

TEST(Chaos, CutsWithAReset) {
  Through through({"--cut", "5000", "--cut-with", "rst", "--only", "to-target"});
  auto [client, server] = through.Connect();
  const std::jthread sender = Sending(client, kMuch);
  const Came came = ReadAll(server);
  EXPECT_EQ(came.end, net::IoResult::Kind::kError);
  EXPECT_EQ(came.error_code, ECONNRESET);
  EXPECT_TRUE(kMuch.starts_with(came.bytes));
}

TEST(Chaos, EndsOneDirectionAndLeavesTheOther) {
  Through through({"--half-close", "1000", "--only", "to-target"});
  auto [client, server] = through.Connect();
  const std::jthread sender = Sending(client, kMuch, false);
  const Came came = ReadAll(server);
  EXPECT_EQ(came.end, net::IoResult::Kind::kEnd);
  EXPECT_LE(came.bytes.size(), 2000U);
  const std::jthread back = Sending(server, kMuch);
  EXPECT_TRUE(ReadAll(client).bytes == kMuch);
  client.Close();
  EXPECT_THAT(through.chaos.Stop(), HasSubstr("1 half close"));
}

TEST(Chaos, StallsOneDirectionAndLeavesTheOther) {
  Through through({"--stall", "1000", "--only", "to-target"});
  auto [client, server] = through.Connect();
  const std::jthread sender = Sending(client, kMuch, false);
  const std::jthread back = Sending(server, kMuch, false);
  EXPECT_TRUE(ReadAll(client, kMuch.size()).bytes == kMuch);
  const std::string summary = [&] {
    std::array<std::byte, 4096> room{};
    std::size_t came = 0;
    while (server.WaitReadable(net::DeadlineIn(std::chrono::milliseconds(100))) == 0) {
      const net::IoResult io = server.ReadSome(room);
      if (io.kind() != net::IoResult::Kind::kBytes) break;
      came += io.bytes();
    }
    EXPECT_LE(came, 2000U);
    return through.chaos.Stop();
  }();
  EXPECT_THAT(summary, HasSubstr("1 stall"));
  EXPECT_THAT(summary, HasSubstr("20000 to clients"));
}

// Neither the end of what is kept back comes through, nor the reset of who sent it.
TEST(Chaos, AStallStaysUntilItsReceiverLeaves) {
  for (const bool reset : {false, true}) {
    Through through({"--stall", "1000", "--only", "to-client"});
    auto [client, server] = through.Connect();
    ASSERT_TRUE(net::WriteAll(client, AsBytes(kMuch), Soon()).ok());
    if (!reset) client.ShutdownWrite();
    EXPECT_TRUE(ReadAll(server, kMuch.size()).bytes == kMuch);
    ASSERT_TRUE(net::WriteAll(server, AsBytes(kMuch), Soon()).ok());
    reset ? server.Abort() : server.Close();
    std::size_t came = 0;
    std::array<std::byte, 4096> room{};
    while (client.WaitReadable(net::DeadlineIn(std::chrono::milliseconds(200))) == 0) {
      const net::IoResult io = client.ReadSome(room);
      ASSERT_EQ(io.kind(), net::IoResult::Kind::kBytes) << "after " << came;
      came += io.bytes();
      // What it sends now finds nobody.
      if (reset) {
        ASSERT_TRUE(net::WriteAll(client, AsBytes("more"), Soon()).ok());
      }
    }
    EXPECT_GT(came, 0U);
    EXPECT_LE(came, 2000U);
    client.Abort();
    const auto give_up = Soon();
    const auto closed = [&] { return through.chaos.LogText().find("\"close\""); };
    while (closed() == std::string::npos) ASSERT_LT(net::Clock::now(), give_up);
    EXPECT_THAT(through.chaos.Stop(), HasSubstr("1 stall"));
    EXPECT_THAT(through.chaos.LogText(), Not(HasSubstr("\"done\"")));
  }
}

TEST(Chaos, FlipsTheBitsThatItSays) {
  Through through({"--flip", "1000", "--only", "to-target"});
  auto [client, server] = through.Connect();
  const std::jthread sender = Sending(client, kMuch);
  std::string came = ReadAll(server).bytes;
  through.chaos.Stop();
  std::size_t flips = 0;
  for (const Entry& entry : through.chaos.Log(1, "to-target")) {
    if (!entry.Has("\"flip\"")) continue;
    ++flips;
    ASSERT_LT(entry.Number("offset"), came.size());
    came[entry.Number("offset")] ^= static_cast<char>(1 << entry.Number("bit"));
  }
  EXPECT_GE(flips, 10U);
  EXPECT_TRUE(came == kMuch) << "with those bits back, it is what was sent";
}

// What `seed` does to two connections with the same traffic.
std::map<std::string, std::vector<std::string>> RunOf(const std::string& seed) {
  Through through({"--seed", seed, "--split", "50", "--merge", "500", "--flip", "3000",
                   "--half-close", "15000"});
  for (std::uint32_t i = 0; i < 2; ++i) {
    auto [client, server] = through.Connect();
    const std::jthread one = Sending(client, Noise(20'000, i));
    const std::jthread other = Sending(server, Noise(20'000, i + 9));
    ReadAll(server);
    ReadAll(client);
  }
  through.chaos.Stop();
  std::map<std::string, std::vector<std::string>> run;
  for (const auto& [way, entries] : through.chaos.Log()) {
    for (const Entry& entry : entries) {
      // Whether the last bytes were passed on before it was told to stop is a matter of time.
      if (!entry.Has("\"close\"")) run[way].push_back(entry.text);
    }
  }
  return run;
}

TEST(Chaos, TheSameSeedGivesTheSameRun) {
  const auto first = RunOf("7");
  EXPECT_TRUE(first == RunOf("7"));
  EXPECT_FALSE(first == RunOf("8"));
}

TEST(Chaos, DatagramsAreDroppedDoubledAndReordered) {
  const auto run = [](const std::string& seed) {
    auto server = net::DatagramChannel::Bind(At("udp:127.0.0.1:0"));
    Chaos chaos("udp:127.0.0.1:0", server->local_endpoint().ToString(),
                {"--drop", "20", "--duplicate", "20", "--reorder", "20", "--seed", seed});
    auto client = net::DatagramChannel::Connect(chaos.at);
    std::size_t expected = 0;
    for (int i = 0; i < 100; ++i) {
      const std::string text = "datagram " + std::to_string(i);
      const net::OutgoingDatagram datagram{AsBytes(text)};
      EXPECT_EQ(client->SendSome({&datagram, 1}).count, 1U);
    }
    std::vector<std::string> came;
    net::DatagramBatch batch;
    while (server->WaitReadable(net::DeadlineIn(std::chrono::milliseconds(300))) == 0) {
      server->ReceiveSome(batch, 1);
      for (const auto& datagram : batch.datagrams()) came.emplace_back(AsText(datagram.bytes));
    }
    const std::string summary = chaos.Stop();
    std::string fates;
    for (const Entry& entry : chaos.Log(1, "to-target")) {
      fates += entry.text + "\n";
      if (entry.Has("\"pass\"")) expected += entry.Number("copies");
    }
    EXPECT_EQ(came.size(), expected) << summary;
    EXPECT_THAT(summary, HasSubstr("1 client, 100 datagrams"));
    EXPECT_THAT(summary, HasSubstr(" dropped"));
    EXPECT_THAT(summary, HasSubstr(" doubled"));
    EXPECT_FALSE(std::is_sorted(came.begin(), came.end(), [](const auto& a, const auto& b) {
      return std::stoi(a.substr(9)) < std::stoi(b.substr(9));
    })) << "none was overtaken";
    return fates;
  };
  const std::string first = run("1");
  EXPECT_EQ(first, run("1"));
  EXPECT_NE(first, run("2"));
}

TEST(Chaos, AnswersOfTheTargetFindTheirClient) {
  EchoServer server("udp:127.0.0.1:0", "line");
  Chaos chaos("udp:127.0.0.1:0", server.name, {"--flip", "1MiB"});
  for (const char* text : {"one", "two"}) {
    EXPECT_EQ(Call(chaos.at.ToString(), "line", {text}).out, std::string(text) + "\n");
  }
  EXPECT_THAT(chaos.Stop(), HasSubstr("2 clients, 4 datagrams"));
}

// Sends "text" and waits for it to come back.
bool Echoes(net::DatagramChannel& client) {
  const net::OutgoingDatagram datagram{AsBytes("text\n")};
  net::DatagramBatch batch(100);
  return client.SendSome({&datagram, 1}).count == 1 && client.WaitReadable(Soon()) == 0 &&
         client.ReceiveSome(batch, 1).count == 1;
}

TEST(Chaos, TheClientIdleLongestMakesRoom) {
  constexpr std::size_t kRemembered = 1000;
  rlimit descriptors{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  if (descriptors.rlim_max < 2 * kRemembered) GTEST_SKIP() << "too few descriptors";
  descriptors.rlim_cur = std::max<rlim_t>(descriptors.rlim_cur, 2 * kRemembered);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &descriptors), 0);
  EchoServer server("udp:127.0.0.1:0", "line");
  Chaos chaos("udp:127.0.0.1:0", server.name, {"--flip", "1GiB"});
  std::vector<net::DatagramChannel> clients;
  for (std::size_t i = 0; i <= kRemembered; ++i) {
    clients.push_back(*net::DatagramChannel::Connect(chaos.at));
    ASSERT_TRUE(Echoes(clients.back())) << i;
    if (i == 1) {
      ASSERT_TRUE(Echoes(clients[0]));  // so that the second is idle longest
    }
  }
  EXPECT_THAT(chaos.LogText(),
              HasSubstr("{\"connection\":2,\"event\":\"close\",\"how\":\"made-room\"}\n"));
  EXPECT_TRUE(Echoes(clients[0]));
  EXPECT_TRUE(Echoes(clients[1]));  // as a new one; the third makes room
  EXPECT_THAT(chaos.Stop(), HasSubstr("1002 clients, 2008 datagrams, 2 idle clients forgotten"));
}

TEST(Chaos, AClientThatThereIsNoSocketForIsCounted) {
  rlimit few{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &few), 0);
  const rlimit before = few;
  EchoServer server("udp:127.0.0.1:0", "line");
  std::optional<Chaos> chaos;
  few.rlim_cur = 40;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  chaos.emplace("udp:127.0.0.1:0", server.name, std::vector<std::string>{"--flip", "1GiB"});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  const net::OutgoingDatagram datagram{AsBytes("text\n")};
  std::vector<net::DatagramChannel> clients;
  const auto give_up = Soon();
  do {
    ASSERT_LT(net::Clock::now(), give_up);
    clients.push_back(*net::DatagramChannel::Connect(chaos->at));
    ASSERT_EQ(clients.back().SendSome({&datagram, 1}).count, 1U);
  } while (chaos->LogText().find("\"unreachable\"") == std::string::npos);
  EXPECT_THAT(chaos->Stop(), HasSubstr(" of new clients refused"));
}

TEST(Chaos, ALogThatIsFullIsSaidOnce) {
  auto server = net::Listener::Listen(At("tcp:127.0.0.1:0"));
  Program chaos(
      {"chaos", "tcp:127.0.0.1:0", server->local_endpoint().ToString(), "--log", "/dev/full"});
  const std::string line = chaos.out.Line();
  auto client = net::Connect(At(line.substr(line.find("tcp:"))), Soon());
  ASSERT_TRUE(client.ok()) << client.status();
  auto accepted = server->Accept(Soon());
  ASSERT_TRUE(accepted.ok());
  const std::jthread sender = Sending(*client, kMuch);
  EXPECT_TRUE(ReadAll(*accepted).bytes == kMuch) << "it goes on";
  chaos.Signal(SIGINT);
  const std::string said = chaos.error.All();
  EXPECT_THAT(said, HasSubstr("/dev/full: No space left on device"));
  EXPECT_EQ(said.find("No space"), said.rfind("No space")) << said;
  EXPECT_THAT(said, HasSubstr("stopped: 1 connection"));
  EXPECT_EQ(chaos.Wait(), 4);
}

TEST(Chaos, AStartThatFailsLeavesTheOldLog) {
  const TemporaryDirectory directory;
  const std::filesystem::path log = directory / "log";
  std::ofstream(log) << "of the last run";
  Program chaos({"chaos", "unix:" + (directory / "nowhere" / "socket").string(), "tcp:127.0.0.1:9",
                 "--log", log.string()});
  EXPECT_EQ(chaos.Wait(), 4);
  std::string kept;
  std::getline(std::ifstream(log), kept);
  EXPECT_EQ(kept, "of the last run");
}

TEST(Chaos, ATargetThatIsNotThereResetsTheClientAndIsNamed) {
  std::string nobody;
  {
    auto listener = net::Listener::Listen(At("tcp:127.0.0.1:0"));
    nobody = listener->local_endpoint().ToString();
  }
  Chaos chaos("tcp:127.0.0.1:0", nobody, {});
  auto client = net::Connect(chaos.at, Soon());
  // The reset may come before connecting is over.
  if (client.ok()) {
    EXPECT_EQ(ReadAll(*client).end, net::IoResult::Kind::kError);
  }
  EXPECT_THAT(chaos.Stop(), HasSubstr("1 connection that the target did not take"));
}

TEST(Chaos, WhatCannotBeIsRefusedInOneLine) {
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    const char* says;
  };
  const std::vector<Case> cases = {
      {{"tcp:127.0.0.1:0", "udp:127.0.0.1:9"}, 2, "both have to be udp, or neither"},
      {{"tls:127.0.0.1:0", "tcp:127.0.0.1:9"}, 2, "use tcp, which carries TLS too"},
      {{"tcp:127.0.0.1:0", "tls:127.0.0.1:9"}, 2, "use tcp, which carries TLS too"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1"}, 2, "tcp:127.0.0.1"},
      {{"nonsense", "tcp:127.0.0.1:9"}, 2, "nonsense"},
      {{"unix:/nosuch/dir/socket", "tcp:127.0.0.1:9"}, 4, "/nosuch/dir/socket"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--log", "/nosuch/dir/log"}, 4, "/nosuch/dir/log"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--log", std::string(5000, 'x')}, 4, "too long"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--split", "0"}, 2, "--split"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--drop", "101"}, 2, "--drop"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--delay", "5"}, 2, "--delay"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--cut-with", "x"}, 2, "--cut-with"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--delay", "99999999999m"}, 2, "over 100 years"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--seed", "99999999999999999999"}, 2, "--seed"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--seed", "-1"}, 2, "--seed"},
      // What would do nothing.
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--cut-with", "rst"}, 2, "requires --cut"},
      {{"tcp:127.0.0.1:0", "tcp:127.0.0.1:9", "--drop", "50"}, 2, "--drop is for datagrams"},
      {{"unix:x", "tcp:127.0.0.1:9", "--reorder", "5"}, 2, "--reorder is for datagrams"},
      {{"udp:127.0.0.1:0", "udp:127.0.0.1:9", "--split", "5"}, 2, "--split is for streams"},
      {{"udp:127.0.0.1:0", "udp:127.0.0.1:9", "--rate", "5", "--drop", "1"}, 2, "--rate is for"},
  };
  for (const Case& c : cases) {
    std::vector<std::string> arguments = {"chaos"};
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    Program program(arguments);
    EXPECT_EQ(program.out.All(), "");
    EXPECT_THAT(program.error.All(), HasSubstr(c.says));
    EXPECT_EQ(program.Wait(), c.exit_code) << c.says;
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
