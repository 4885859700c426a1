// UDP segmentation offload changes how fast datagrams are, and nothing else: each test runs with
// and without it on either side.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/net/segments.h"
#include "tests/net/loopback.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/datagram_socket.h"

namespace unstick::inline v0::net {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::Soon;
using Kind = DatagramKind;
using Sockets = DatagramSocket<LengthFieldFramer>;

LengthFieldFramer Framer2() { return LengthFieldFramer({.width = 2}); }

struct Two {
  Sockets receiver;
  Sockets sender;
};

Two Connected(bool gso, bool gro, DatagramOptions options = {}) {
  options.channel.gso = gso;
  options.channel.gro = gro;
  auto receiver = Sockets::Bind(At("udp:127.0.0.1:0"), Framer2(), options);
  EXPECT_TRUE(receiver.ok()) << receiver.status();
  auto sender = Sockets::Connect(receiver->local_endpoint(), Framer2(), options);
  EXPECT_TRUE(sender.ok()) << sender.status();
  return {*std::move(receiver), *std::move(sender)};
}

void SendRaw(Sockets& from, const std::vector<std::string>& contents) {
  std::vector<OutgoingDatagram> datagrams;
  for (const std::string& bytes : contents) datagrams.push_back({AsBytes(bytes)});
  const BatchResult sent = from.channel().SendSome(datagrams);
  ASSERT_EQ(sent.count, contents.size()) << sent.error_code;
}

std::string Frame(std::size_t payload_size, char what = 'x') {
  return std::string{static_cast<char>(payload_size >> 8), static_cast<char>(payload_size & 0xff)} +
         std::string(payload_size, what);
}

class SegmentationTest : public ::testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  Two Sockets2(const DatagramOptions& options = {}) const {
    return Connected(std::get<0>(GetParam()), std::get<1>(GetParam()), options);
  }
};

INSTANTIATE_TEST_SUITE_P(GsoGro, SegmentationTest,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()));

TEST_P(SegmentationTest, EachDatagramComesAsItWasSent) {
  auto [receiver, sender] = Sockets2({.channel = {.receive_buffer = 1 << 20}});
  // Runs of one size, runs that a shorter one ends, runs broken by empty ones, lots over 64 KiB.
  std::vector<std::string> messages;
  for (const auto& [count, size] : {std::pair<std::size_t, std::size_t>{70, 62},
                                    {3, 10},
                                    {1, 0},
                                    {60, 1200},
                                    {1, 300},
                                    {2, 30'000},
                                    {5, 0},
                                    {40, 1}}) {
    for (std::size_t i = 0; i < count; ++i) {
      messages.emplace_back(size, static_cast<char>('a' + messages.size() % 26));
    }
  }
  std::vector<OutgoingMessage> outgoing;
  for (const std::string& message : messages) outgoing.push_back({AsBytes(message)});
  const SendBatchResult sent = sender.SendMany(outgoing, Soon());
  ASSERT_TRUE(sent.ok()) << sent.status;
  ASSERT_EQ(sent.messages_sent, messages.size());

  const SocketAddress from = sender.channel().local_address();
  std::vector<std::string> received;
  while (received.size() < messages.size()) {
    const auto batch = receiver.ReceiveMany(
        [&](const Datagram<LengthFieldFramer>& datagram) {
          ASSERT_TRUE(datagram) << datagram.status();
          EXPECT_TRUE(datagram.from() == from);
          received.push_back(datagram.first().CopyPayload());
        },
        Soon());
    ASSERT_TRUE(batch.ok()) << batch.status;
    EXPECT_LE(batch.received, 32U);
  }
  EXPECT_EQ(received, messages);
  EXPECT_EQ(receiver.dropped(), 0U);
}

TEST_P(SegmentationTest, OneByOneIsTheSame) {
  auto [receiver, sender] = Sockets2();
  std::vector<std::string> contents;
  for (char c = 'a'; c < 'k'; ++c) contents.push_back(Frame(5, c));
  SendRaw(sender, contents);
  for (char c = 'a'; c < 'k'; ++c) {
    const auto datagram = receiver.Receive(Soon());
    ASSERT_TRUE(datagram) << datagram.status();
    EXPECT_EQ(datagram.first().text(), std::string(5, c));
  }
  EXPECT_EQ(receiver.Receive(Clock::now()).kind(), Kind::kTimeout);
}

TEST_P(SegmentationTest, TruncatedEmptyAndBadOnesCostOnlyThemselves) {
  auto [receiver, sender] = Sockets2({.receive_room = 100});
  const std::string torn = Frame(48).substr(0, 49) + std::string(1, 'y') + "z";
  const std::string cut = std::string("\0\x60", 2) + std::string(48, 'c');  // says 96 bytes
  SendRaw(sender, {Frame(48), cut, Frame(48), "", Frame(99), Frame(99), Frame(98), "", torn});
  std::vector<Kind> kinds;
  std::vector<std::size_t> sizes;
  while (kinds.size() < 9) {
    const auto batch = receiver.ReceiveMany(
        [&](const Datagram<LengthFieldFramer>& datagram) {
          kinds.push_back(datagram.kind());
          sizes.push_back(datagram.true_size());
          EXPECT_LE(datagram.bytes().size(), 100U);
          if (datagram.kind() == Kind::kTruncated) {
            EXPECT_EQ(datagram.frame_count(), 0U);
          }
        },
        Soon());
    ASSERT_TRUE(batch.ok()) << batch.status;
  }
  EXPECT_THAT(kinds, ElementsAre(Kind::kFrames, Kind::kMalformed, Kind::kFrames, Kind::kFrames,
                                 Kind::kTruncated, Kind::kTruncated, Kind::kFrames, Kind::kFrames,
                                 Kind::kMalformed));
  EXPECT_THAT(sizes, ElementsAre(50, 50, 50, 0, 101, 101, 100, 0, 51));
}

TEST_P(SegmentationTest, AGroupHasOnePeer) {
  auto [a, unused_a] = Sockets2();
  auto [b, unused_b] = Sockets2();
  auto sender = Sockets::Bind(At("udp:127.0.0.1:0"), Framer2());
  const SocketAddress to_a = a.channel().local_address();
  const SocketAddress to_b = b.channel().local_address();
  const SocketAddress to_a_too = to_a;
  std::vector<OutgoingMessage> messages;
  for (const SocketAddress* to : {&to_a, &to_a_too, &to_b, &to_a, &to_b, &to_b}) {
    messages.push_back({AsBytes("same size"), to});
  }
  ASSERT_TRUE(sender->SendMany(messages).ok());
  for (Sockets* receiver : {&a, &b}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(receiver->Receive(Soon()).first().text(), "same size");
    EXPECT_EQ(receiver->Receive(Clock::now()).kind(), Kind::kTimeout);
  }
}

// A socket without checksums cannot segment, says the kernel; so it does not, and works.
TEST_P(SegmentationTest, WhatCannotLeaveAsAGroupLeavesOneByOne) {
  auto [receiver, sender] = Sockets2();
  const int off = 1;
  ASSERT_EQ(::setsockopt(sender.channel().fd(), SOL_SOCKET, SO_NO_CHECK, &off, sizeof(off)), 0);
  for (int round = 0; round < 2; ++round) {
    SendRaw(sender, std::vector<std::string>(40, Frame(20)));
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(receiver.Receive(Soon()));
  }
}

// Otherwise the tests above would show nothing.
TEST(SegmentationHere, OneRoomTakesManyDatagrams) {
  auto [receiver, sender] = Connected(true, true);
  if (!HasSegmentation(sender.channel().fd()) || !receiver.channel().receives_merged()) {
    GTEST_SKIP() << "this kernel has no UDP segmentation offload";
  }
  SendRaw(sender, std::vector<std::string>(50, Frame(20)));
  DatagramBatch batch;
  ASSERT_EQ(receiver.channel().WaitReadable(Soon()), 0);
  EXPECT_EQ(receiver.channel().ReceiveSome(batch, 1).count, 50U);
  auto [plain_receiver, plain_sender] = Connected(false, true);
  SendRaw(plain_sender, std::vector<std::string>(50, Frame(20)));
  ASSERT_EQ(plain_receiver.channel().WaitReadable(Soon()), 0);
  EXPECT_EQ(plain_receiver.channel().ReceiveSome(batch, 1).count, 1U);
}

TEST(SegmentationHere, GroupsEndWhereTheyMust) {
  const std::string bytes(65'507, 'x');
  const auto group = [&](const std::vector<std::size_t>& sizes, std::size_t largest = kMaxUdpIpv4) {
    std::vector<OutgoingDatagram> datagrams;
    for (const std::size_t size : sizes) datagrams.push_back({AsBytes(bytes).first(size)});
    return GroupSize(datagrams, largest);
  };
  EXPECT_EQ(group({10}), 1U);
  EXPECT_EQ(group({10, 10, 10}), 3U);
  EXPECT_EQ(group({10, 10, 9, 9}), 3U) << "a shorter one is the last";
  EXPECT_EQ(group({10, 11}), 1U);
  EXPECT_EQ(group({10, 0}), 1U) << "an empty one goes alone";
  EXPECT_EQ(group({0, 0}), 1U);
  EXPECT_EQ(group({30'000, 30'000, 30'000}), 2U) << "together they are one datagram at most";
  EXPECT_EQ(group({65'507, 1}), 1U);
  EXPECT_EQ(group({10, 10}, 9), 1U);
  EXPECT_EQ(group(std::vector<std::size_t>(100, 1)), 64U);
}

// Promise G4 with GRO: what was lost shows, though not each datagram.
TEST(SegmentationHere, DroppedLotsShow) {
  auto [receiver, sender] = Connected(true, true, {.channel = {.receive_buffer = 4096}});
  for (int i = 0; i < 100; ++i) SendRaw(sender, std::vector<std::string>(40, Frame(60)));
  std::size_t received = 0;
  while (receiver.Receive(Clock::now())) ++received;
  EXPECT_LT(received, 4000U);
  SendRaw(sender, {Frame(1)});
  ASSERT_TRUE(receiver.Receive(Soon()));
  EXPECT_GT(receiver.dropped(), 0U);
  EXPECT_LE(receiver.dropped(), 4000U - received);
}

}  // namespace
}  // namespace unstick::inline v0::net
