// Typed messages over sockets, and over a stream that is cut where the test says.

#include "unstick/proto/proto_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/proto/test_messages.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"
#include "unstick/net/io_result.h"
#include "unstick/v1/echo.pb.h"

namespace unstick::proto {
namespace {

using Kind = ReceiveResult::Kind;
using NetKind = net::ReceiveResult::Kind;

// Brings one chunk at each read and then what `then` says; keeps what is written, `write_room`
// bytes at most.
struct ChunkStream {
  std::deque<std::string> chunks;
  net::IoResult then = net::IoResult::End();
  std::string written = {};
  std::size_t write_room = static_cast<std::size_t>(-1);

  net::IoResult ReadSome(ByteSpan into) {
    if (chunks.empty()) return then;
    std::string& front = chunks.front();
    const std::size_t n = std::min(front.size(), into.size());
    std::copy_n(AsBytes(front).begin(), n, into.begin());
    front.erase(0, n);
    if (front.empty()) chunks.pop_front();
    return net::IoResult::Bytes(n);
  }
  net::IoResult WriteSome(std::span<const ByteView> parts) {
    const ByteView part = parts.front().first(std::min(parts.front().size(), write_room));
    if (part.empty()) return net::IoResult::WouldBlock();
    written += AsText(part);
    write_room -= part.size();
    return net::IoResult::Bytes(part.size());
  }
  int WaitReadable(net::Deadline) { return ETIMEDOUT; }
  int WaitWritable(net::Deadline) { return ETIMEDOUT; }
  int ShutdownWrite() { return 0; }
  void Abort() {}
  void Close() {}
};

template <typename F>
using EchoServerStream = ProtoStream<v1::EchoRequest, v1::EchoReply, F, ChunkStream>;

std::string Wire(const VarintFramer& framer, std::initializer_list<v1::EchoRequest> messages) {
  StreamBuffer stream;
  for (const v1::EchoRequest& message : messages) {
    EXPECT_TRUE(AppendMessage(framer, message, stream).ok());
  }
  return std::string(AsText(stream.readable()));
}

TEST(ProtoStream, RebuildsMessagesFromAnyPieces) {
  const std::vector<v1::EchoRequest> sent = {Request(1, "one"), Request(2, std::string(200, '2')),
                                             v1::EchoRequest(), Request(3, "three")};
  const std::string wire = Wire(VarintFramer(), {sent[0], sent[1], sent[2], sent[3]});
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
    ChunkStream chunks;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
      chunks.chunks.push_back(wire.substr(at, piece));
    }
    EchoServerStream<VarintFramer> stream(std::move(chunks));
    v1::EchoRequest message;
    for (const v1::EchoRequest& expected : sent) {
      const ReceiveResult received = stream.Receive(message);
      ASSERT_TRUE(received) << received.status();
      EXPECT_THAT(message, EqualsMessage(expected));
    }
    EXPECT_EQ(stream.Receive(message).kind(), Kind::kEnd);
    EXPECT_EQ(stream.Receive(message).kind(), Kind::kEnd);
    EXPECT_TRUE(stream.Receive(message).status().ok());
  }
}

TEST(ProtoStream, ABadMessageIsNoEndAndNoErrorOfTheStream) {
  const std::string good = Wire(VarintFramer(), {Request(1, "good")});
  const std::string bad = "\4" + std::string(kNoMessage);
  EchoServerStream<VarintFramer> stream(ChunkStream{{good + bad + bad + good}});
  v1::EchoRequest message;
  ASSERT_TRUE(stream.Receive(message));
  for (int i = 0; i < 2; ++i) {
    const ReceiveResult received = stream.Receive(message);
    EXPECT_FALSE(received);
    EXPECT_EQ(received.kind(), Kind::kBadMessage);
    EXPECT_THAT(received.status(), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_EQ(received.stream().kind(), NetKind::kFrame);
    EXPECT_EQ(received.frame().text(), kNoMessage);
    EXPECT_EQ(received.frame().stream_offset(),
              good.size() + bad.size() * static_cast<unsigned>(i));
    EXPECT_THAT(message, EqualsMessage(v1::EchoRequest()));
  }
  ASSERT_TRUE(stream.Receive(message));
  EXPECT_THAT(message, EqualsMessage(Request(1, "good")));
  EXPECT_EQ(stream.Receive(message).kind(), Kind::kEnd);
}

TEST(ProtoStream, SaysHowItEnded) {
  struct Case {
    const char* chunk;
    net::IoResult then;
    Kind kind;
    NetKind stream_kind;
    absl::StatusCode code;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", net::IoResult::End(), Kind::kEnd, NetKind::kEnd, absl::StatusCode::kOk},
           {"\4\n", net::IoResult::End(), Kind::kError, NetKind::kTruncated,
            absl::StatusCode::kDataLoss},
           {"\4\n", net::IoResult::Cut(), Kind::kError, NetKind::kCut, absl::StatusCode::kDataLoss},
           {"\4\n", net::IoResult::Error(ECONNRESET), Kind::kError, NetKind::kReset,
            absl::StatusCode::kUnavailable},
           {"\xff\xff\xff\xff\x0f", net::IoResult::End(), Kind::kError, NetKind::kBroken,
            absl::StatusCode::kResourceExhausted},
           {"\4\n", net::IoResult::WouldBlock(), Kind::kTimeout, NetKind::kTimeout,
            absl::StatusCode::kDeadlineExceeded}}) {
    ChunkStream chunks{{Wire(VarintFramer(), {Request(1, "whole")}) + c.chunk}, c.then};
    EchoServerStream<VarintFramer> stream(std::move(chunks));
    v1::EchoRequest message;
    ASSERT_TRUE(stream.Receive(message));  // comes first, however it ends
    for (int i = 0; i < 2; ++i) {
      const ReceiveResult received = stream.Receive(message);
      EXPECT_EQ(received.kind(), c.kind);
      EXPECT_EQ(received.stream().kind(), c.stream_kind);
      EXPECT_THAT(received.status(), HasCode(c.code));
    }
    EXPECT_THAT(message, EqualsMessage(Request(1, "whole")));  // untouched
  }
}

TEST(ProtoStream, ATimeoutLosesNothing) {
  const std::string wire = Wire(VarintFramer(), {Request(1, "slow")});
  EchoServerStream<VarintFramer> stream(
      ChunkStream{{wire.substr(0, 3)}, net::IoResult::WouldBlock()});
  v1::EchoRequest message;
  EXPECT_EQ(stream.Receive(message, net::Clock::now()).kind(), Kind::kTimeout);
  stream.frames().stream().chunks.push_back(wire.substr(3));
  ASSERT_TRUE(stream.Receive(message));
  EXPECT_THAT(message, EqualsMessage(Request(1, "slow")));
}

TEST(ProtoStream, AGapIsReportedAndTheStreamGoesOn) {
  const VarintFramer framer({.max_payload = 20});
  const VarintFramer wider;
  const std::string wire = Wire(wider, {Request(1, std::string(50, 'x')), Request(2, "fits")});
  EchoServerStream<VarintFramer> stream(ChunkStream{{wire}}, framer, {.on_error = OnError::kSkip});
  v1::EchoRequest message;
  const ReceiveResult gap = stream.Receive(message);
  EXPECT_EQ(gap.kind(), Kind::kGap);
  EXPECT_TRUE(gap.status().ok());
  EXPECT_EQ(gap.stream().gap().skipped, 1 + Request(1, std::string(50, 'x')).ByteSizeLong());
  ASSERT_TRUE(stream.Receive(message));
  EXPECT_THAT(message, EqualsMessage(Request(2, "fits")));
}

TEST(ProtoStream, RefusesAMessageOverTheLimitBeforeAByteIsWritten) {
  EchoServerStream<VarintFramer> stream(ChunkStream{}, VarintFramer({.max_payload = 20}));
  v1::EchoReply reply;
  reply.set_text(std::string(19, 'x'));
  net::SendResult sent = stream.Send(reply);
  EXPECT_THAT(sent.status, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(sent.bytes_sent, 0);
  EXPECT_EQ(stream.frames().stream().written, "");
  reply.mutable_text()->pop_back();
  sent = stream.Send(reply);
  EXPECT_TRUE(sent.ok());
  EXPECT_EQ(sent.bytes_sent, 21);
  EXPECT_EQ(stream.frames().stream().written, "\x14" + reply.SerializeAsString());
}

TEST(ProtoStream, ATornMessageCanBeFinished) {
  ChunkStream slow;
  slow.write_room = 4;
  EchoServerStream<VarintFramer> stream(std::move(slow));
  v1::EchoReply reply;
  reply.set_text("torn");
  const net::SendResult sent = stream.Send(reply, net::Clock::now());
  EXPECT_THAT(sent.status, HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(sent.bytes_sent, 4);
  EXPECT_THAT(stream.Send(reply).status, HasCode(absl::StatusCode::kFailedPrecondition));
  stream.frames().stream().write_room = 100;
  EXPECT_TRUE(stream.frames().ResumeSend().ok());
  EXPECT_EQ(stream.frames().stream().written, "\6" + reply.SerializeAsString());
}

// One end asks, the other echoes, both on real sockets, under every framing.
template <typename F>
void EchoOver(const F& framer) {
  auto pair = net::SocketPair();
  ASSERT_TRUE(pair.ok());
  const net::Deadline until = net::DeadlineIn(std::chrono::seconds(30));
  std::thread server([&] {
    ProtoStream<v1::EchoRequest, v1::EchoReply, F> stream(std::move(pair->second), framer);
    v1::EchoRequest request;
    v1::EchoReply reply;
    while (stream.Receive(request, until)) {
      reply.set_text(request.text());
      reply.set_sequence(request.sequence());
      EXPECT_TRUE(stream.Send(reply, until).ok());
    }
    EXPECT_TRUE(stream.frames().status().ok()) << stream.frames().status();
  });
  ProtoStream<v1::EchoReply, v1::EchoRequest, F> stream(std::move(pair->first), framer);
  std::thread sender([&] {
    for (std::uint64_t i = 1; i <= 50; ++i) {
      EXPECT_TRUE(stream.Send(Request(i, std::string(i * 97, 'x')), until).ok());
    }
    EXPECT_TRUE(stream.frames().CloseWrite().ok());
  });
  v1::EchoReply reply;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    const ReceiveResult received = stream.Receive(reply, until);
    EXPECT_TRUE(received) << received.status();
    EXPECT_EQ(reply.sequence(), i);
    EXPECT_EQ(reply.text(), std::string(i * 97, 'x'));
  }
  EXPECT_EQ(stream.Receive(reply, until).kind(), Kind::kEnd);
  sender.join();
  server.join();
}

TEST(ProtoStream, EchoesOverSockets) {
  EchoOver(LengthFieldFramer());
  EchoOver(VarintFramer());
  EchoOver(HeaderFramer());
  for (const char* spec : {"length:width=2,endian=little", "delim:end='||'", "unstick"}) {
    const absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    EchoOver(*framer);
  }
}

}  // namespace
}  // namespace unstick::proto
