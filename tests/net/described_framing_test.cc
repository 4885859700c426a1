// Framings whose frames depend on the stream so far, on sockets: a preamble, first frames of
// another shape, payloads that are put together.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "tests/support/scripted_stream.h"
#include "unstick/core/any_framer.h"
#include "unstick/net/datagram_socket.h"
#include "unstick/net/message_stream.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::seconds;
using testing::At;
using testing::Connected;
using ::testing::ElementsAre;
using testing::Script;
using testing::ScriptedStream;
using testing::Silence;
using testing::Soon;
using testing::Takes;

constexpr const char* kGreeting =
    "length:width=1;preamble:client='HELLO';first:client=length(width=2)";

AnyFramer End(const char* spec, Side own) {
  absl::StatusOr<AnyFramer> framer = AnyFramer::ForEnd(spec, own);
  EXPECT_TRUE(framer.ok()) << framer.status();
  return *std::move(framer);
}

TEST(DescribedFramingTest, BothEndsOfAConnectionUnderstandEachOther) {
  testing::Connection c = Connected();
  MessageStream client(std::move(c.client), End(kGreeting, Side::kClient));
  MessageStream server(std::move(c.server), End(kGreeting, Side::kServer));
  for (const std::string message : {"first", "", "third"}) {
    ASSERT_TRUE(client.Send(AsBytes(message), Soon()).ok());
    ASSERT_EQ(server.Receive(Soon())->text(), message);
    ASSERT_TRUE(server.Send(AsBytes(message), Soon()).ok());
    ASSERT_EQ(client.Receive(Soon())->text(), message);
  }
  EXPECT_EQ(server.stream_offset(), 5 + (2 + 5) + 1 + (1 + 5));
  EXPECT_EQ(client.stream_offset(), (1 + 5) + 1 + (1 + 5));
}

// A write that fails for now, at every byte: the preamble and the first frame's shape go out once,
// and wait for the next attempt if nothing of them is out.
TEST(DescribedFramingTest, WhatComesOncePerStreamGoesOutOnce) {
  const std::string wire("HELLO\0\1a\2bc\1d", 13);
  const std::vector<ByteView> messages = {AsBytes("a"), AsBytes("bc")};
  for (const bool in_place : {false, true}) {
    for (std::size_t at = 0; at < (in_place ? 8 : 11); ++at) {
      auto script = std::make_shared<Script>();
      if (at > 0) script->writes = {Takes(at)};
      script->writes.push_back(Silence(seconds(3)));
      MessageStream<AnyFramer, ScriptedStream> stream(
          ScriptedStream(script), End(kGreeting, Side::kClient), {.send_timeout = seconds(2)});
      std::size_t sent = 0;
      if (in_place) {
        const auto fill = [](ByteSpan place) { place[0] = std::byte{'a'}; };
        sent = stream.Send(1, fill).bytes_sent == 8 ? 1 : 0;
      } else {
        sent = stream.SendMany(messages).frames_sent;
      }
      const std::size_t out = script->written.size();
      ASSERT_EQ(stream.torn(), out != 0 && out != 8) << out;
      if (stream.torn()) {
        ASSERT_TRUE(stream.ResumeSend().ok());
        ++sent;
      }
      for (; sent < messages.size(); ++sent) ASSERT_TRUE(stream.Send(messages[sent]).ok());
      ASSERT_TRUE(stream.Send(AsBytes("d")).ok());
      ASSERT_EQ(script->written, wire) << "after " << at << " bytes";
    }
  }
}

TEST(DescribedFramingTest, ARefusedMessageLeavesTheStreamWhereItWas) {
  auto script = std::make_shared<Script>();
  MessageStream<AnyFramer, ScriptedStream> stream(ScriptedStream(script),
                                                  End(kGreeting, Side::kClient));
  const std::string large(300, 'x');  // goes into a first frame, not into a later one
  const std::vector<ByteView> messages = {AsBytes("a"), AsBytes(large)};
  EXPECT_EQ(stream.SendMany(messages).status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(script->written, "");
  EXPECT_TRUE(stream.Send(AsBytes(large)).ok());
  EXPECT_EQ(script->written.substr(0, 7), std::string("HELLO\1\x2c"));
  EXPECT_EQ(stream.Send(AsBytes(large)).status.code(), absl::StatusCode::kInvalidArgument);
}

// Large payloads of a plain framing are not copied, whether it is chosen at run time or not.
TEST(DescribedFramingTest, APlainFramingStillGathers) {
  const std::string large(5000, 'x');
  const ByteView payload = AsBytes(large);
  detail::FrameParts<AnyFramer> parts(AnyFramer::State{});
  ASSERT_FALSE(parts.Encode(End("length", Side::kEither), {&payload, 1}));
  ASSERT_EQ(parts.parts().size(), 2);
  EXPECT_EQ(parts.parts()[1].data(), payload.data());
}

// Unescaping happens in place; the frames of a datagram must not get in each other's way.
TEST(DescribedFramingTest, PayloadsThatArePutTogetherInDatagrams) {
  const AnyFramer slip = End("slip", Side::kEither);
  auto server = DatagramSocket<AnyFramer>::Bind(At("udp:127.0.0.1:0"), slip);
  ASSERT_TRUE(server.ok()) << server.status();
  auto client = DatagramSocket<AnyFramer>::Connect(server->local_endpoint(), slip);
  ASSERT_TRUE(client.ok()) << client.status();
  const std::vector<ByteView> messages = {AsBytes("a\xc0"), AsBytes("\xdb\xdb"), AsBytes("c")};
  ASSERT_TRUE(client->SendPacked(nullptr, messages).ok());
  const auto datagram = server->Receive(Soon());
  ASSERT_TRUE(datagram) << datagram.status();
  for (int again = 0; again < 2; ++again) {
    std::vector<std::string> texts;
    auto frames = datagram.frames();
    while (const auto frame = frames.Next()) texts.emplace_back(frame->text());
    EXPECT_THAT(texts, ElementsAre("a\xc0", "\xdb\xdb", "c"));
  }
  EXPECT_EQ(datagram.first().text(), "a\xc0");
}

TEST(DescribedFramingTest, EachDatagramIsAStreamOfItsOwn) {
  auto server =
      DatagramSocket<AnyFramer>::Bind(At("udp:127.0.0.1:0"), End(kGreeting, Side::kServer));
  ASSERT_TRUE(server.ok()) << server.status();
  auto client =
      DatagramSocket<AnyFramer>::Connect(server->local_endpoint(), End(kGreeting, Side::kClient));
  ASSERT_TRUE(client.ok()) << client.status();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client->Send(AsBytes("x")).bytes_sent, 8);
    const auto datagram = server->Receive(Soon());
    ASSERT_TRUE(datagram) << datagram.status();
    EXPECT_EQ(datagram.first().text(), "x");
  }
}

}  // namespace
}  // namespace unstick::inline v0::net
