// Typed messages in UDP and Unix datagrams.

#include "unstick/proto/datagram_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <string>
#include <utility>

#include "tests/proto/test_messages.h"
#include "unstick/core/header_framer.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/endpoint.h"
#include "unstick/v1/echo.pb.h"

namespace unstick::proto {
namespace {

using Server = ProtoDatagramSocket<v1::EchoRequest, v1::EchoReply>;
using Client = ProtoDatagramSocket<v1::EchoReply, v1::EchoRequest>;
using Raw = net::DatagramChannel;
using Kind = ProtoDatagram<VarintFramer>::Kind;

net::Deadline Soon() { return net::DeadlineIn(std::chrono::seconds(30)); }

Server BindUdp(const net::DatagramOptions& options = {}) {
  auto socket = net::DatagramSocket<VarintFramer>::Bind(*net::Endpoint::Parse("udp:127.0.0.1:0"),
                                                        VarintFramer(), options);
  EXPECT_TRUE(socket.ok()) << socket.status();
  return Server(*std::move(socket));
}

Client ConnectTo(const Server& server) {
  auto socket = net::DatagramSocket<VarintFramer>::Connect(server.datagrams().local_endpoint(),
                                                           VarintFramer());
  EXPECT_TRUE(socket.ok()) << socket.status();
  return Client(*std::move(socket));
}

void SendRaw(Raw& channel, std::string_view bytes) {
  const net::OutgoingDatagram datagram{AsBytes(bytes)};
  ASSERT_EQ(channel.SendSome({&datagram, 1}).count, 1);
}

TEST(ProtoDatagrams, GoThereAndBackOverUdp) {
  Server server = BindUdp();
  Client client = ConnectTo(server);
  v1::EchoRequest request;
  v1::EchoReply reply;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(client.Send(Request(i, "over udp"), Soon()).ok());
    const auto received = server.Receive(request, Soon());
    ASSERT_TRUE(received) << received.status();
    EXPECT_THAT(request, EqualsMessage(Request(i, "over udp")));
    reply.set_sequence(request.sequence());
    ASSERT_TRUE(server.SendTo(received.from(), reply, Soon()).ok());
    reply.Clear();
    const auto back = client.Receive(reply, Soon());
    ASSERT_TRUE(back) << back.status();
    EXPECT_EQ(reply.sequence(), i);
  }
}

TEST(ProtoDatagrams, AnEmptyMessageIsAMessage) {
  Server server = BindUdp();
  Client client = ConnectTo(server);
  ASSERT_TRUE(client.Send(v1::EchoRequest(), Soon()).ok());
  v1::EchoRequest request = Request(1, "from before");
  EXPECT_TRUE(server.Receive(request, Soon()));
  EXPECT_THAT(request, EqualsMessage(v1::EchoRequest()));
}

TEST(ProtoDatagrams, ABadOneCostsOnlyItself) {
  Server server = BindUdp({.receive_room = 100});
  auto raw = Raw::Connect(server.datagrams().local_endpoint());
  ASSERT_TRUE(raw.ok());
  const std::string good = "\2" + Request(7, "").SerializeAsString();
  ASSERT_EQ(good.size(), 3);

  SendRaw(*raw, good);
  SendRaw(*raw, "\4" + std::string(kNoMessage));   // one whole frame that does not parse
  SendRaw(*raw, "");                               // no frame
  SendRaw(*raw, good + good);                      // two frames
  SendRaw(*raw, "\x7f ");                          // a frame cut in half
  SendRaw(*raw, "\x78" + std::string(0x78, ' '));  // larger than the room
  SendRaw(*raw, good);

  v1::EchoRequest request;
  EXPECT_TRUE(server.Receive(request, Soon()));
  for (int i = 0; i < 3; ++i) {
    request = Request(1, "from before");
    const auto bad = server.Receive(request, Soon());
    EXPECT_FALSE(bad);
    EXPECT_EQ(bad.kind(), Kind::kBadMessage) << i;
    EXPECT_THAT(bad.status(), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_EQ(bad.datagram().frame_count(), i == 0 ? 1 : i == 1 ? 0 : 2);
    EXPECT_THAT(request, EqualsMessage(v1::EchoRequest()));
  }
  request = Request(1, "from before");
  for (const net::DatagramKind kind :
       {net::DatagramKind::kMalformed, net::DatagramKind::kTruncated}) {
    const auto bad = server.Receive(request, Soon());
    EXPECT_FALSE(bad);
    EXPECT_EQ(bad.kind(), Kind::kOther);
    EXPECT_EQ(bad.datagram().kind(), kind);
    EXPECT_FALSE(bad.status().ok());
    EXPECT_THAT(request, EqualsMessage(Request(1, "from before")));
  }
  EXPECT_TRUE(server.Receive(request, Soon()));
  EXPECT_EQ(request.sequence(), 7);
}

TEST(ProtoDatagrams, NothingCameInTime) {
  Server server = BindUdp();
  v1::EchoRequest request = Request(1, "from before");
  const auto nothing = server.Receive(request, net::Clock::now());
  EXPECT_FALSE(nothing);
  EXPECT_EQ(nothing.datagram().kind(), net::DatagramKind::kTimeout);
  EXPECT_THAT(nothing.status(), HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(request.sequence(), 1);
}

TEST(ProtoDatagrams, AMessageOverWhatIpv4CarriesIsRefusedBeforeItIsSent) {
  Server server = BindUdp();
  Client client = ConnectTo(server);
  // Three bytes of length, four of the text's own.
  const std::string fits(net::kMaxUdpIpv4 - 3 - 4, 'x');
  const net::SendResult refused = client.Send(Request(0, fits + "x"), Soon());
  EXPECT_THAT(refused.status, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(refused.bytes_sent, 0);
  const net::SendResult sent = client.Send(Request(0, fits), Soon());
  EXPECT_TRUE(sent.ok()) << sent.status;
  EXPECT_EQ(sent.bytes_sent, net::kMaxUdpIpv4);
  v1::EchoRequest request;
  EXPECT_TRUE(server.Receive(request, Soon()));
  EXPECT_EQ(request.text().size(), fits.size());
}

TEST(ProtoDatagrams, TravelOverUnixSocketsWithTheNativeHeaderToo) {
  auto pair = Raw::Pair();
  ASSERT_TRUE(pair.ok());
  ProtoDatagramSocket<v1::EchoRequest, v1::EchoReply, HeaderFramer> a(
      net::DatagramSocket(std::move(pair->first), HeaderFramer()));
  ProtoDatagramSocket<v1::EchoReply, v1::EchoRequest, HeaderFramer> b(
      net::DatagramSocket(std::move(pair->second), HeaderFramer()));
  ASSERT_TRUE(b.Send(Request(1, "hello"), Soon()).ok());
  v1::EchoRequest request;
  EXPECT_TRUE(a.Receive(request, Soon()));
  EXPECT_THAT(request, EqualsMessage(Request(1, "hello")));
}

}  // namespace
}  // namespace unstick::proto
