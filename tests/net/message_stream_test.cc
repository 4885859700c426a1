// Messages over real loopback connections: what the kernel does to them, and how they end.

#include "unstick/net/message_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "tests/net/tiny_frames.h"
#include "tests/support/seed.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/net/listener.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::milliseconds;
using testing::At;
using testing::Connected;
using testing::Connection;
using testing::Soon;
using testing::TemporaryDirectory;
using testing::TinyWire;
using testing::WideFramer;
using Kind = ReceiveResult::Kind;
using Stream = MessageStream<LengthFieldFramer>;

struct Streams {
  Stream client;
  Stream server;
};
Streams Framed(Connection connection, const StreamOptions& options = {}) {
  return {Stream(std::move(connection.client), WideFramer(), options),
          Stream(std::move(connection.server), WideFramer(), options)};
}

// Echoes up to the peer's end, says goodbye, and closes.
void Serve(Stream stream) {
  while (const auto frame = stream.Receive(Soon())) {
    ASSERT_TRUE(stream.Send(frame->payload(), Soon()).ok());
  }
  EXPECT_TRUE(stream.status().ok()) << stream.status();
  EXPECT_TRUE(stream.Send(AsBytes("goodbye"), Soon()).ok()) << "the other half is still open";
  EXPECT_TRUE(stream.CloseGracefully(Soon()).ok());
}

void ExpectEcho(Connection connection, const StreamOptions& options = {}) {
  auto [client, server] = Framed(std::move(connection), options);
  std::thread echo(Serve, std::move(server));
  const std::vector<std::string> messages = {"stuck", "", std::string(300'000, 'x'), "together"};
  for (const std::string& message : messages) {
    ASSERT_TRUE(client.Send(AsBytes(message), Soon()).ok());
  }
  EXPECT_TRUE(client.CloseWrite().ok());
  for (const std::string& message : messages) {
    const auto frame = client.Receive(Soon());
    ASSERT_TRUE(frame) << client.status();
    EXPECT_EQ(frame->text(), message);
  }
  EXPECT_EQ(client.Receive(Soon())->text(), "goodbye");
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kEnd);
  EXPECT_TRUE(client.CloseGracefully(Soon()).ok());
  echo.join();
}

TEST(MessageStreamTest, EchoAndHalfCloseOverTcp) { ExpectEcho(Connected()); }
TEST(MessageStreamTest, EchoAndHalfCloseOverTcpSpinning) {
  ExpectEcho(Connected(), {.spin_for = milliseconds(1)});
}
TEST(MessageStreamTest, EchoAndHalfCloseOverIpv6) {
  if (!testing::HasIpv6()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  ExpectEcho(Connected(At("tcp:[::1]:0")));
}
TEST(MessageStreamTest, EchoAndHalfCloseOverUnixSockets) {
  const TemporaryDirectory directory;
  ExpectEcho(Connected(SocketIn(directory, "s")));
}
TEST(ListenerTest, OneThatIsMovedTakesItsSocketFileAlong) {
  const TemporaryDirectory directory;
  const Endpoint first = SocketIn(directory, "first");
  const Endpoint second = SocketIn(directory, "second");
  {
    auto listener = Listener::Listen(first);
    ASSERT_TRUE(listener.ok()) << listener.status();
    auto other = Listener::Listen(second);
    ASSERT_TRUE(other.ok()) << other.status();
    *listener = *std::move(other);
    EXPECT_FALSE(std::filesystem::exists(first.path));
    EXPECT_TRUE(std::filesystem::exists(second.path));
  }
  EXPECT_FALSE(std::filesystem::exists(second.path));
}

TEST(MessageStreamTest, EchoAndHalfCloseOverASocketPair) {
  auto pair = SocketPair();
  ASSERT_TRUE(pair.ok());
  ExpectEcho({std::move(pair->first), std::move(pair->second)});
}

TEST(MessageStreamTest, AFramingThatIsChosenAtRunTime) {
  Connection c = Connected();
  const auto framer = AnyFramer::FromSpec("line:eol=crlf");
  ASSERT_TRUE(framer.ok()) << framer.status();
  framer->Visit([&c](const auto& chosen) {
    MessageStream client(std::move(c.client), chosen);
    MessageStream server(std::move(c.server), chosen);
    EXPECT_TRUE(client.Send(AsBytes("hello"), Soon()).ok());
    EXPECT_EQ(server.Receive(Soon())->text(), "hello");
  });
}

// Messages of all sizes both ways at once, between a reading and a writing thread on each side.
void ExpectBothWays(Connection connection) {
  const std::uint64_t seed = testing::TestSeed();
  auto [client, server] = Framed(std::move(connection));
  const auto messages_of = [seed](unsigned side) {
    std::mt19937_64 random(seed + side);
    std::vector<std::string> messages(1500);
    for (std::string& message : messages) {
      message.assign(random() % (random() % 8 == 0 ? 20'000 : 200), static_cast<char>(random()));
    }
    return messages;
  };
  const auto send = [](Stream& stream, const std::vector<std::string>& messages) {
    for (std::size_t i = 0; i < messages.size();) {
      std::vector<ByteView> batch;
      for (std::size_t n = i % 5; i < messages.size() && batch.size() <= n; ++i) {
        batch.push_back(AsBytes(messages[i]));
      }
      const SendManyResult sent = stream.SendMany(batch, Soon());
      ASSERT_TRUE(sent.ok()) << sent.status;
    }
    EXPECT_TRUE(stream.CloseWrite().ok());
  };
  const auto receive = [](Stream& stream, const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      const auto frame = stream.Receive(Soon());
      ASSERT_TRUE(frame) << stream.status();
      ASSERT_EQ(frame->text(), message);
    }
    EXPECT_EQ(stream.Receive(Soon()).kind(), Kind::kEnd);
  };
  const auto from_client = messages_of(1);
  const auto from_server = messages_of(2);
  std::thread a([&] { send(client, from_client); });
  std::thread b([&] { send(server, from_server); });
  std::thread c([&] { receive(server, from_client); });
  receive(client, from_server);
  for (std::thread* thread : {&a, &b, &c}) thread->join();
}

TEST(MessageStreamTest, BothWaysAtOnce) { ExpectBothWays(Connected()); }
TEST(MessageStreamTest, BothWaysAtOnceThroughTinyBuffers) {
  auto pair = SocketPair();
  ASSERT_TRUE(pair.ok());
  for (const Socket* socket : {&pair->first, &pair->second}) {
    const int tiny = 1;  // the kernel makes it its least, some 4 KiB
    ASSERT_EQ(::setsockopt(socket->fd(), SOL_SOCKET, SO_SNDBUF, &tiny, sizeof(tiny)), 0);
  }
  ExpectBothWays({std::move(pair->first), std::move(pair->second)});
}

TEST(MessageStreamTest, ThousandsOfMessagesInOneGatheredWrite) {
  auto [client, server] = Framed(Connected());
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < 5000; ++i) messages.emplace_back(i % 3 == 0 ? 1100 : i % 50, 'm');
  std::vector<ByteView> views;
  for (const std::string& message : messages) views.push_back(AsBytes(message));
  std::thread sender([&] {
    const SendManyResult sent = client.SendMany(views, Soon());
    EXPECT_TRUE(sent.ok()) << sent.status;
    EXPECT_EQ(sent.frames_sent, views.size());
  });
  for (const std::string& message : messages) {
    const auto frame = server.Receive(Soon());
    ASSERT_TRUE(frame) << server.status();
    ASSERT_EQ(frame->text(), message);
  }
  sender.join();
}

// ---- Endings
// ---------------------------------------------------------------------------------------

TEST(MessageStreamTest, AResetInsideAFrameComesAfterTheFramesBeforeIt) {
  Connection c = Connected();
  ASSERT_TRUE(WriteAll(c.server, AsBytes(TinyWire({"one", "two"}) + "\5thr"), Soon()).ok());
  c.server.Abort();
  Stream client(std::move(c.client), testing::TinyFramer());
  EXPECT_EQ(client.Receive(Soon())->text(), "one");
  EXPECT_EQ(client.Receive(Soon())->text(), "two");
  const ReceiveResult last = client.Receive(Soon());
  EXPECT_EQ(last.kind(), Kind::kReset);
  EXPECT_TRUE(last.mid_frame());
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kReset) << "an end that was not";
}

TEST(MessageStreamTest, ACloseInsideAFrameIsTruncation) {
  Connection c = Connected();
  ASSERT_TRUE(WriteAll(c.server, AsBytes(TinyWire({"one"}) + "\5thr"), Soon()).ok());
  c.server.Close();
  Stream client(std::move(c.client), testing::TinyFramer());
  EXPECT_EQ(client.Receive(Soon())->text(), "one");
  const ReceiveResult last = client.Receive(Soon());
  ASSERT_EQ(last.kind(), Kind::kTruncated);
  EXPECT_EQ(last.error().found, 4U);
  EXPECT_EQ(last.error().allowed, 6U);
}

TEST(MessageStreamTest, SendingToAPeerThatIsGoneIsUnavailable) {
  auto [client, server] = Framed(Connected());
  server.Abort();
  absl::Status status;
  while (status.ok()) status = client.Send(AsBytes("anyone?"), Soon()).status;
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST(MessageStreamTest, WaitingEndsAtTheDeadlineAndTheFrameIsNotLost) {
  auto [client, server] = Framed(Connected());
  const std::string wire = std::string("\0\0\0\5hel", 7);
  ASSERT_TRUE(WriteAll(server.stream(), AsBytes(wire), Soon()).ok());
  for (int i = 0; i < 3; ++i) {
    const ReceiveResult result = client.Receive(DeadlineIn(milliseconds(5)));
    EXPECT_EQ(result.kind(), Kind::kTimeout);
    EXPECT_TRUE(result.mid_frame());
  }
  ASSERT_TRUE(WriteAll(server.stream(), AsBytes("lo"), Soon()).ok());
  EXPECT_EQ(client.Receive(Soon())->text(), "hello");
}

TEST(MessageStreamTest, AWriteTornByAPeerThatDoesNotReadCanBeFinished) {
  Connection c = Connected();
  const LengthFieldFramer framer({.width = 4, .max_payload = 64 << 20});
  Stream client(std::move(c.client), framer);
  Stream server(std::move(c.server), framer);
  const std::string large(32 << 20, 'L');
  const SendResult torn = client.Send(AsBytes(large), DeadlineIn(milliseconds(50)));
  ASSERT_EQ(torn.status.code(), absl::StatusCode::kDeadlineExceeded);
  ASSERT_GT(torn.bytes_sent, 0U);
  ASSERT_LT(torn.bytes_sent, large.size());
  EXPECT_EQ(client.Send(AsBytes("x"), Soon()).status.code(), absl::StatusCode::kFailedPrecondition);
  std::thread resume([&] {
    const SendResult resumed = client.ResumeSend(Soon());
    EXPECT_TRUE(resumed.ok()) << resumed.status;
    EXPECT_EQ(resumed.bytes_sent, large.size() + 4);
    EXPECT_TRUE(client.Send(AsBytes("after"), Soon()).ok());
  });
  EXPECT_TRUE(server.Receive(Soon())->text() == large);
  EXPECT_EQ(server.Receive(Soon())->text(), "after");
  resume.join();
}

// ---- Closing
// ---------------------------------------------------------------------------------------

constexpr std::size_t kReplies = 100;
const std::string kReply(4000, 'r');

// A server that has answered, but has not read all that the client sent; and the client, which has
// read nothing yet.
Streams AnsweredWithUnreadInput() {
  Streams streams = Framed(Connected());
  EXPECT_TRUE(streams.client.Send(AsBytes(std::string(990, 'q')), Soon()).ok());
  const std::vector<ByteView> replies(kReplies, AsBytes(kReply));
  EXPECT_TRUE(streams.server.SendMany(replies, Soon()).ok());
  return streams;
}

std::size_t CountReplies(Stream& client) {
  std::size_t count = 0;
  while (client.Receive(Soon())) ++count;
  return count;
}

TEST(MessageStreamTest, AGracefulCloseLosesNothing) {
  for (int i = 0; i < 100; ++i) {
    auto [client, server] = AnsweredWithUnreadInput();
    std::thread closing([&] {
      const absl::Status closed = server.CloseGracefully(Soon());
      EXPECT_TRUE(closed.ok()) << closed;
    });
    EXPECT_EQ(CountReplies(client), kReplies) << "trial " << i;
    EXPECT_TRUE(client.status().ok()) << client.status();
    client.stream().Close();
    closing.join();
  }
}

// Why it exists: a mere close resets the connection, because input is unread.
TEST(MessageStreamTest, AMereCloseLosesReplies) {
  auto [client, server] = AnsweredWithUnreadInput();
  server.stream().Close();
  EXPECT_LT(CountReplies(client), kReplies);
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kReset);
}

TEST(MessageStreamTest, AGracefulCloseDoesNotWaitForEver) {
  auto [client, server] = Framed(Connected());
  EXPECT_EQ(server.CloseGracefully(DeadlineIn(milliseconds(20))).code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(server.stream().is_open());
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kEnd);
}

// The kernel tells a reset once, and an end from then on.
TEST(MessageStreamTest, AGracefulCloseAfterAResetIsNoSuccess) {
  auto [client, server] = Framed(Connected());
  EXPECT_TRUE(client.CloseWrite().ok());
  server.Abort();
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kReset);
  EXPECT_EQ(client.CloseGracefully(Soon()).code(), absl::StatusCode::kUnavailable);
}

TEST(MessageStreamTest, AbortIsAResetToThePeer) {
  auto [client, server] = Framed(Connected());
  server.Abort();
  EXPECT_EQ(client.Receive(Soon()).kind(), Kind::kReset);
}

}  // namespace
}  // namespace unstick::inline v0::net
