// Messages in datagrams, on real loopback sockets.

#include "unstick/net/datagram_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "tests/net/tiny_frames.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::milliseconds;
using testing::At;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Soon;
using testing::TemporaryDirectory;
using testing::TinyFramer;
using testing::TinyWire;
using Kind = DatagramKind;
using Sockets = DatagramSocket<LengthFieldFramer>;

LengthFieldFramer Framer2() { return LengthFieldFramer({.width = 2}); }

struct Two {
  Sockets server;
  Sockets client;  // connected to the server
};
Two Connected(const Endpoint& at = At("udp:127.0.0.1:0"), const DatagramOptions& options = {}) {
  auto server = Sockets::Bind(at, Framer2(), options);
  EXPECT_TRUE(server.ok()) << server.status();
  auto client = Sockets::Connect(server->local_endpoint(), Framer2(), options);
  EXPECT_TRUE(client.ok()) << client.status();
  return {*std::move(server), *std::move(client)};
}

// Sends these bytes as one datagram, framed or not.
void SendRaw(Sockets& from, const std::string& bytes) {
  const OutgoingDatagram datagram{AsBytes(bytes)};
  const BatchResult sent = from.channel().SendSome({&datagram, 1});
  ASSERT_EQ(sent.count, 1U) << sent.error_code;
}

template <typename F>
std::vector<std::string> Frames(const Datagram<F>& datagram) {
  std::vector<std::string> frames;
  auto cursor = datagram.frames();
  while (const auto frame = cursor.Next()) frames.push_back(frame->CopyPayload());
  EXPECT_EQ(frames.size(), datagram.frame_count());
  return frames;
}

void ExpectQuestionAndAnswer(Two two) {
  auto& [server, client] = two;
  EXPECT_EQ(client.Send(AsBytes("question")).bytes_sent, 10U);
  const auto question = server.Receive(Soon());
  ASSERT_TRUE(question) << question.status();
  EXPECT_EQ(question.frame_count(), 1U);
  EXPECT_EQ(question.first().text(), "question");
  EXPECT_EQ(question.true_size(), 10U);
  EXPECT_TRUE(question.from() == client.channel().local_address());
  const SendResult answered = server.SendTo(question.from(), AsBytes("answer"));
  EXPECT_TRUE(answered.ok()) << answered.status;
  EXPECT_EQ(client.Receive(Soon()).first().text(), "answer");
}

TEST(DatagramSocketTest, AnswersWhoeverAskedOverIpv4) { ExpectQuestionAndAnswer(Connected()); }
TEST(DatagramSocketTest, AnswersWhoeverAskedOverIpv6) {
  if (!testing::HasIpv6()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  ExpectQuestionAndAnswer(Connected(At("udp:[::1]:0")));
}
TEST(DatagramSocketTest, AnswersWhoeverAskedOverUnixSockets) {
  const TemporaryDirectory directory;
  ExpectQuestionAndAnswer(Connected(SocketIn(directory, "d")));
}
// On a socket for both families an IPv4 peer has a mapped address. Which of this host's addresses
// answers, datagram_source_test.cc asks.
TEST(DatagramSocketTest, OnEveryInterfaceAnIpv4PeerIsOne) {
  auto server = Sockets::Bind(At("udp::0"), Framer2());
  Endpoint to = server->local_endpoint();
  to.host = "127.0.0.1";
  auto client = Sockets::Connect(to, Framer2());
  EXPECT_TRUE(client->Send(AsBytes("x")).ok());
  const auto first = server->Receive(Soon());
  EXPECT_TRUE(first.from().is_ipv4());
  EXPECT_EQ(server->channel().MaxSize(&first.from()), kMaxUdpIpv4);
}

TEST(DatagramSocketTest, BoundariesStay) {
  auto [server, client] = Connected();
  for (const char* message : {"one", "", "three"}) {
    ASSERT_TRUE(client.Send(AsBytes(message)).ok());
  }
  EXPECT_EQ(server.Receive(Soon()).first().text(), "one");
  EXPECT_EQ(server.Receive(Soon()).first().text(), "");
  EXPECT_EQ(server.Receive(Soon()).first().text(), "three");
}

TEST(DatagramSocketTest, SeveralMessagesInOneDatagram) {
  auto [server, client] = Connected();
  const std::vector<ByteView> messages = {AsBytes("a"), AsBytes(""), AsBytes("bc")};
  EXPECT_EQ(client.SendPacked(nullptr, messages).bytes_sent, 9U);
  EXPECT_THAT(Frames(server.Receive(Soon())), ElementsAre("a", "", "bc"));
}

TEST(DatagramSocketTest, AMessageMadeInPlace) {
  auto [server, client] = Connected();
  const auto fill = [](ByteSpan place) { std::fill(place.begin(), place.end(), std::byte{'z'}); };
  EXPECT_EQ(client.SendTo(nullptr, 3, fill).bytes_sent, 5U);
  EXPECT_EQ(server.Receive(Soon()).first().text(), "zzz");
}

TEST(DatagramSocketTest, AnEmptyDatagramIsAMessageAndNoEnd) {
  auto [server, client] = Connected();
  ASSERT_TRUE(client.Send(AsBytes("before")).ok());
  SendRaw(client, "");
  ASSERT_TRUE(client.SendPacked(nullptr, {}).ok()) << "none packed is an empty datagram too";
  ASSERT_TRUE(client.Send(AsBytes("after")).ok());
  EXPECT_EQ(server.Receive(Soon()).first().text(), "before");
  for (int i = 0; i < 2; ++i) {
    const auto empty = server.Receive(Soon());
    ASSERT_TRUE(empty) << empty.status();
    EXPECT_EQ(empty.frame_count(), 0U);
    EXPECT_EQ(empty.true_size(), 0U);
    EXPECT_THAT(Frames(empty), IsEmpty());
    EXPECT_TRUE(empty.from() == client.channel().local_address());
  }
  EXPECT_EQ(server.Receive(Soon()).first().text(), "after");
}

TEST(DatagramSocketTest, ATruncatedDatagramHasItsTrueSizeAndNoFrames) {
  auto [server, client] = Connected(At("udp:127.0.0.1:0"), {.receive_room = 100});
  for (const std::size_t size : {99U, 100U, 101U, 5000U}) {
    // Frames of 20 bytes, so that what fits would look whole.
    std::string datagram;
    while (datagram.size() < size) datagram += std::string("\0\22", 2) + std::string(18, 'x');
    datagram.resize(size);
    SendRaw(client, datagram);
  }
  const auto shorter = server.Receive(Soon());
  EXPECT_EQ(shorter.kind(), Kind::kMalformed) << "99 bytes end inside a frame";
  EXPECT_EQ(server.Receive(Soon()).frame_count(), 5U);
  for (const std::size_t size : {101U, 5000U}) {
    const auto truncated = server.Receive(Soon());
    EXPECT_EQ(truncated.kind(), Kind::kTruncated);
    EXPECT_FALSE(truncated);
    EXPECT_EQ(truncated.frame_count(), 0U);
    EXPECT_EQ(truncated.true_size(), size);
    EXPECT_EQ(truncated.bytes().size(), 100U);
    EXPECT_EQ(truncated.status().code(), absl::StatusCode::kDataLoss);
  }
  ASSERT_TRUE(client.Send(AsBytes("fits")).ok());
  EXPECT_EQ(server.Receive(Soon()).first().text(), "fits");
}

TEST(DatagramSocketTest, ABadDatagramCostsOnlyItself) {
  auto server =
      Sockets::Bind(At("udp:127.0.0.1:0"), LengthFieldFramer({.width = 2, .max_payload = 100}));
  auto client = Sockets::Connect(server->local_endpoint(), Framer2());
  const std::string good("\0\2ok", 4);
  SendRaw(*client, good);
  SendRaw(*client, good + std::string("\0\5hel", 5));      // a frame that is cut
  SendRaw(*client, good + std::string("\377\377...", 5));  // a frame over the limit
  SendRaw(*client, std::string(1, '\0'));                  // not even a header
  SendRaw(*client, good);
  EXPECT_THAT(Frames(server->Receive(Soon())), ElementsAre("ok"));
  const std::vector<std::pair<FrameErrorCode, absl::StatusCode>> errors = {
      {FrameErrorCode::kTruncated, absl::StatusCode::kDataLoss},
      {FrameErrorCode::kPayloadTooLarge, absl::StatusCode::kResourceExhausted},
      {FrameErrorCode::kTruncated, absl::StatusCode::kDataLoss}};
  for (const auto& [code, status] : errors) {
    const auto bad = server->Receive(Soon());
    ASSERT_EQ(bad.kind(), Kind::kMalformed);
    EXPECT_FALSE(bad);
    EXPECT_EQ(bad.error().code, code);
    EXPECT_EQ(bad.status().code(), status);
    EXPECT_EQ(bad.frame_count(), 0U);
    EXPECT_FALSE(bad.bytes().empty());
  }
  EXPECT_THAT(Frames(server->Receive(Soon())), ElementsAre("ok"));
}

TEST(DatagramSocketTest, NobodyListeningIsToldOnceAndTheSocketGoesOn) {
  auto [server, client] = Connected();
  {
    const Sockets gone = std::move(server);
  }
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(client.Send(AsBytes("anyone?")).ok());
    const auto told = client.Receive(Soon());
    EXPECT_EQ(told.kind(), Kind::kUnreachable);
    EXPECT_EQ(told.error_code(), ECONNREFUSED);
    EXPECT_EQ(told.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(client.Receive(DeadlineIn(milliseconds(1))).kind(), Kind::kTimeout) << "told twice";
  }
}

TEST(DatagramSocketTest, WhoeverSendsNextIsToldToo) {
  auto [server, client] = Connected();
  {
    const Sockets gone = std::move(server);
  }
  EXPECT_TRUE(client.Send(AsBytes("one")).ok());
  const SendResult second = client.Send(AsBytes("two"));
  EXPECT_EQ(second.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(second.bytes_sent, 0U) << "it did not leave";
  EXPECT_TRUE(client.Send(AsBytes("two")).ok());
}

// A datagram that cannot go somewhere does not disturb those for others.
TEST(DatagramSocketTest, OnAnUnconnectedSocketNobodyElseIsDisturbed) {
  auto [server, client] = Connected();
  auto other = Sockets::Bind(At("udp:127.0.0.1:0"), Framer2());
  const SocketAddress gone = other->channel().local_address();
  {
    const Sockets closed = *std::move(other);
  }
  ASSERT_TRUE(server.SendTo(gone, AsBytes("x")).ok());
  ASSERT_TRUE(client.Send(AsBytes("hello")).ok());
  EXPECT_EQ(server.Receive(Soon()).first().text(), "hello");
}

TEST(DatagramSocketTest, WhatTheFamilyCannotCarryIsRefusedBeforeTheCall) {
  struct Case {
    const char* at;
    std::size_t most;
  };
  for (const auto& [at, most] : {Case{"udp:127.0.0.1:0", 65'507}, Case{"udp:[::1]:0", 65'527}}) {
    if (at[4] == '[' && !testing::HasIpv6()) continue;
    auto [server, client] = Connected(At(at));
    const std::string fits(most - 2, 'x');  // two bytes are the length
    const SendResult refused = client.Send(AsBytes(fits + "x"));
    EXPECT_EQ(refused.status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(refused.bytes_sent, 0U);
    EXPECT_NE(refused.status.message().find(std::to_string(most)), std::string::npos)
        << refused.status;
    const SocketAddress to = server.channel().local_address();
    EXPECT_FALSE(server.SendTo(to, AsBytes(fits + "x")).ok());
    const SendResult sent = client.Send(AsBytes(fits));
    EXPECT_EQ(sent.bytes_sent, most) << sent.status;
    const auto received = server.Receive(Soon());
    ASSERT_TRUE(received) << received.status();
    EXPECT_EQ(received.true_size(), most);
    EXPECT_TRUE(received.first().text() == fits);
  }
}

TEST(DatagramSocketTest, WhatAUnixSocketCannotCarryTheKernelRefuses) {
  auto pair = DatagramChannel::Pair();
  ASSERT_TRUE(pair.ok());
  DatagramSocket socket(std::move(pair->first), LengthFieldFramer());
  const std::string large(4 << 20, 'x');
  const SendResult refused = socket.Send(AsBytes(large));
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(refused.bytes_sent, 0U);
  EXPECT_TRUE(socket.Send(AsBytes("small")).ok()) << "and goes on";
}

TEST(DatagramSocketTest, APayloadThatTheFramingCannotCarryIsRefused) {
  auto server = DatagramSocket<DelimiterFramer>::Bind(At("udp:127.0.0.1:0"), DelimiterFramer());
  const SocketAddress to = server->channel().local_address();
  EXPECT_EQ(server->SendTo(to, AsBytes("two\nlines")).status.code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(server->SendTo(to, AsBytes("a line")).ok());
  EXPECT_EQ(server->Receive(Soon()).first().text(), "a line");
}

TEST(DatagramSocketTest, WaitingEndsAtTheDeadline) {
  auto [server, client] = Connected();
  const auto none = server.Receive(DeadlineIn(milliseconds(5)));
  EXPECT_EQ(none.kind(), Kind::kTimeout);
  EXPECT_EQ(none.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(none.bytes().empty());
  const auto nothing = server.ReceiveMany([](const auto&) { ADD_FAILURE(); }, Clock::now());
  EXPECT_EQ(nothing.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(nothing.received, 0U);
}

// A Unix datagram socket waits for its reader instead of dropping.
TEST(DatagramSocketTest, SendingEndsAtTheDeadline) {
  auto pair = DatagramChannel::Pair();
  ASSERT_TRUE(pair.ok());
  DatagramSocket socket(std::move(pair->first), Framer2());
  absl::Status status;
  int sent = 0;
  for (; status.ok() && sent < 100'000; ++sent) {
    status = socket.Send(AsBytes("x"), DeadlineIn(milliseconds(5))).status;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
}

// ---- Batches
// ---------------------------------------------------------------------------------------

TEST(DatagramSocketTest, BatchesKeepOrderBoundariesAndSenders) {
  constexpr std::size_t kCount = 150;  // more than one system call's worth
  auto [server, client] = Connected(At("udp:127.0.0.1:0"), {.batch = 16});
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < kCount; ++i) messages.push_back("message " + std::to_string(i));
  std::vector<OutgoingMessage> outgoing;
  for (const std::string& message : messages) outgoing.push_back({AsBytes(message)});
  const SendBatchResult sent = client.SendMany(outgoing);
  ASSERT_TRUE(sent.ok()) << sent.status;
  EXPECT_EQ(sent.messages_sent, kCount);

  std::vector<std::string> received;
  std::size_t largest = 0;
  while (received.size() < kCount) {
    const ReceiveBatchResult batch = server.ReceiveMany(
        [&](const Datagram<LengthFieldFramer>& datagram) {
          ASSERT_TRUE(datagram) << datagram.status();
          EXPECT_TRUE(datagram.from() == client.channel().local_address());
          received.push_back(datagram.first().CopyPayload());
        },
        Soon());
    ASSERT_TRUE(batch.ok()) << batch.status;
    largest = std::max(largest, batch.received);
  }
  EXPECT_EQ(received, messages);
  EXPECT_EQ(largest, 16U) << "they were all there at once";
}

TEST(DatagramSocketTest, ABatchToSeveralPeersStopsAtTheFirstThatFails) {
  auto a = Sockets::Bind(At("udp:127.0.0.1:0"), Framer2());
  auto b = Sockets::Bind(At("udp:127.0.0.1:0"), Framer2());
  auto sender = Sockets::Bind(At("udp:127.0.0.1:0"), Framer2());
  const SocketAddress to_a = a->channel().local_address();
  const SocketAddress to_b = b->channel().local_address();
  const std::string large(65'530, 'x');
  const std::string unencodable(65'536, 'x');
  for (const std::string& bad : {large, unencodable}) {
    const std::vector<OutgoingMessage> messages = {
        {AsBytes("1"), &to_a}, {AsBytes("2"), &to_b}, {AsBytes(bad), &to_a}, {AsBytes("3"), &to_b}};
    const SendBatchResult sent = sender->SendMany(messages);
    EXPECT_EQ(sent.status.code(), absl::StatusCode::kInvalidArgument) << sent.status;
    EXPECT_EQ(sent.messages_sent, 2U);
    EXPECT_EQ(a->Receive(Soon()).first().text(), "1");
    EXPECT_EQ(b->Receive(Soon()).first().text(), "2");
    EXPECT_EQ(b->Receive(DeadlineIn(milliseconds(1))).kind(), Kind::kTimeout);
  }
}

TEST(DatagramSocketTest, WhatABatchDoesToBadAndEmptyDatagrams) {
  auto [server, client] = Connected(At("udp:127.0.0.1:0"), {.receive_room = 50});
  SendRaw(client, std::string("\0\1a", 3));
  SendRaw(client, std::string(60, '\0'));
  SendRaw(client, "");
  SendRaw(client, "\xff");
  SendRaw(client, std::string("\0\1b", 3));
  std::vector<Kind> kinds;
  while (kinds.size() < 5) {
    ASSERT_TRUE(server.ReceiveMany([&](const auto& d) { kinds.push_back(d.kind()); }, Soon()).ok());
  }
  EXPECT_THAT(kinds, ElementsAre(Kind::kFrames, Kind::kTruncated, Kind::kFrames, Kind::kMalformed,
                                 Kind::kFrames));
}

// Every datagram is received or counted.
TEST(DatagramSocketTest, LocalDropsAreCounted) {
  auto [server, client] = Connected(At("udp:127.0.0.1:0"), {.channel = {.receive_buffer = 4096}});
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 500; ++i) sent += client.Send(AsBytes("flood")).ok() ? 1 : 0;
    while (server.Receive(Clock::now())) ++received;
    ASSERT_TRUE(client.Send(AsBytes("tells")).ok());
    ++sent;
    ASSERT_TRUE(server.Receive(Soon()));
    ++received;
    EXPECT_EQ(server.dropped(), sent - received);
    EXPECT_GT(server.dropped(), 0U);
  }
}

TEST(DatagramSocketTest, StreamsHaveNoDatagrams) {
  EXPECT_EQ(Sockets::Bind(At("tcp:127.0.0.1:0"), Framer2()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Sockets::Connect(At("tcp:127.0.0.1:1"), Framer2()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace unstick::inline v0::net
