// Frames that are received and sent in pieces: the frames of everybody else, larger than memory.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "tests/support/scripted_stream.h"
#include "unstick/core/attributes.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/frame_head.h"
#include "unstick/core/head_framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/header_layout.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"
#include "unstick/net/body_stream.h"
#include "unstick/net/message_stream.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::milliseconds;
using testing::Soon;

template <typename F>
BodyStream<F> Bodies(Socket socket, const F& framer, std::uint64_t max = 1 << 20,
                     const BodyOptions& options = {}) {
  auto heads = HeadFramer<F>::Create(framer, max);
  EXPECT_TRUE(heads.ok()) << heads.status();
  return BodyStream<F>(std::move(socket), *std::move(heads), options);
}

std::pair<Socket, Socket> Ends() {
  auto pair = SocketPair();
  EXPECT_TRUE(pair.ok());
  return *std::move(pair);
}

std::string Text(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 256);
  return text;
}

// The rest of a payload, or why not.
template <typename F>
absl::StatusOr<std::string> Rest(BodyStream<F>& stream) {
  std::string all;
  for (;;) {
    const absl::StatusOr<ByteView> piece = stream.ReceivePiece(Soon());
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return all;
    EXPECT_LE(piece->size(), BodyStream<F>::kPiece);
    all += AsText(*piece);
  }
}

template <typename F>
absl::StatusOr<std::string> Body(BodyStream<F>& stream) {
  const auto head = stream.ReceiveHead(Soon());
  if (!head.ok()) return head.status();
  if (!*head) return absl::OutOfRangeError("the end");
  EXPECT_EQ(stream.left_to_receive(), (*head)->payload_size);
  return Rest(stream);
}

const std::vector<std::size_t> kSizes = {0, 1, 2, 3, 7, 8, 1000, 65'535, 65'536, 300'000};

std::vector<std::string> Texts(const std::vector<std::size_t>& sizes = kSizes) {
  std::vector<std::string> texts;
  for (const std::size_t size : sizes) texts.push_back(Text(size));
  return texts;
}

// The payloads that `options.strip` makes of the frames of these texts.
std::vector<std::string> Stripped(LengthFieldFramer::Options options) {
  const std::size_t strip = *std::exchange(options.strip, std::nullopt);
  const LengthFieldFramer framer(options);
  std::vector<std::string> payloads;
  for (const std::string& text : Texts()) {
    StreamBuffer frame;
    EXPECT_FALSE(AppendFrame(framer, AsBytes(text), frame));
    const std::size_t end = options.header.value_or(options.offset + options.width) + text.size();
    if (strip <= end) payloads.emplace_back(AsText(frame.readable().subspan(strip, end - strip)));
  }
  return payloads;
}

// Each framing that knows the length first, in the ways that it differs from the next, and payloads
// that it carries.
template <typename Visit>
void ForEachFraming(const Visit& visit) {
  using Length = LengthFieldFramer::Options;
  const auto stripped = [&visit](const Length& options) {
    visit(LengthFieldFramer(options), Stripped(options));
  };
  visit(LengthFieldFramer(), Texts());
  visit(LengthFieldFramer({.offset = 3,
                           .width = 3,
                           .order = std::endian::little,
                           .counts = Counts::kFrame,
                           .header = 9,
                           .align = 8,
                           .trailer = 20}),
        Texts());
  visit(LengthFieldFramer({.adjust = 10}), Texts({10, 11, 100, 300'000}));
  visit(LengthFieldFramer({.adjust = -3}), Texts());
  stripped({.strip = 0});
  stripped({.offset = 2, .width = 4, .header = 10, .trailer = 3, .strip = 3});  // inside the field
  stripped({.offset = 2, .width = 4, .counts = Counts::kPayload, .header = 10, .strip = 7});
  stripped({.width = 8, .order = std::endian::little, .align = 4, .strip = 15});  // payload, too
  visit(VarintFramer(), Texts());
  visit(VarintFramer({.offset = 2, .max_bytes = 10, .trailer = 3}), Texts());
  visit(*FixedFramer::Create({.size = 1}), Texts({1, 1}));
  visit(*FixedFramer::Create({.size = 5, .sync = Text(5)}), Texts({5, 5}));
  visit(*FixedFramer::Create({.size = 100'000, .sync = Text(3)}), Texts({100'000, 100'000}));
  visit(HeaderFramer(), Texts());
  visit(*HeaderFramer::Create(HeaderLayout::Native(), {.checksum = false}), Texts());
  using Field = HeaderField;
  using When = PayloadChecksum::When;
  const auto header = [&visit](std::vector<Field> fields, PayloadChecksum checksum) {
    visit(*HeaderFramer::Create(*HeaderLayout::Create(std::move(fields), checksum), {}), Texts());
  };
  constexpr std::endian kLittle = std::endian::little;
  header({Field::Length(4)}, {});
  header({Field::Constant("ab"), Field::Checksum(kLittle), Field::Length(1), Field::Integer(2),
          Field::Length(8, kLittle), Field::Version(2, 7)},
         {.when = When::kAlways});
  header({Field::Integer(1), Field::Integer(2, kLittle), Field::Length(3)},
         {.when = When::kFlagged, .flag_integer = 1, .flag_bit = 9, .reserved_bits = 1});
}

// In pieces one way and whole the other way.
template <typename F>
void ExpectTheFramesOfEverybodyElse(const F& framer, const std::vector<std::string>& payloads) {
  {
    auto [one, other] = Ends();
    MessageStream<F> whole(std::move(one), framer);
    BodyStream<F> pieces = Bodies(std::move(other), framer);
    std::jthread sender([&whole, &payloads] {
      for (const std::string& text : payloads) EXPECT_TRUE(whole.Send(AsBytes(text)).ok());
      EXPECT_TRUE(whole.CloseWrite().ok());
    });
    for (const std::string& text : payloads) {
      const auto body = Body(pieces);
      ASSERT_TRUE(body.ok()) << body.status();
      EXPECT_TRUE(*body == text) << text.size();
    }
    const auto end = pieces.ReceiveHead(Soon());
    EXPECT_TRUE(end.ok() && !*end) << "a clean end";
  }
  auto [one, other] = Ends();
  BodyStream<F> pieces = Bodies(std::move(one), framer);
  MessageStream<F> whole(std::move(other), framer);
  std::jthread sender([&pieces, &payloads] {
    for (const std::string& text : payloads) {
      ASSERT_TRUE(pieces.SendHead(text.size()).ok()) << text.size();
      for (std::size_t at = 0, n = 1; at < text.size(); at += n, n = std::min(n + 1, size_t{999})) {
        ASSERT_TRUE(pieces.SendPiece(AsBytes(std::string_view(text).substr(at, n))).ok());
      }
      EXPECT_EQ(pieces.left_to_send(), 0U);
    }
  });
  for (const std::string& text : payloads) {
    const auto frame = whole.Receive(Soon());
    ASSERT_TRUE(frame) << frame.status();
    EXPECT_TRUE(frame->text() == text) << text.size();
  }
}

TEST(Body, AreTheFramesOfEverybodyElse) {
  ForEachFraming([](const auto& framer, const std::vector<std::string>& payloads) {
    ExpectTheFramesOfEverybodyElse(framer, payloads);
  });
}

// A head is what the framer says of the same bytes, as soon as it can be said.
template <typename F>
void ExpectTheHead(const F& framer, const HeadFramer<F>& heads, ByteView bytes) {
  const ScanResult whole = framer.Scan(bytes, 0);
  const auto head = heads.Scan(bytes);
  if (const auto* error = std::get_if<FrameError>(&whole)) {
    const auto* refused = std::get_if<FrameError>(&head);
    if (error->code == FrameErrorCode::kBadChecksum && refused == nullptr) return;  // seen later
    ASSERT_NE(refused, nullptr) << error->ToString();
    EXPECT_EQ(refused->ToString(), error->ToString());
  } else if (const auto* extent = std::get_if<Extent>(&whole)) {
    const auto* said = std::get_if<FrameHead>(&head);
    ASSERT_NE(said, nullptr);
    EXPECT_EQ(said->wire_size, extent->wire_size);
    EXPECT_EQ(said->payload_offset, extent->payload_offset);
    EXPECT_EQ(said->payload_size, extent->payload_size);
  } else if (const auto* said = std::get_if<FrameHead>(&head)) {
    EXPECT_EQ(said->wire_size, std::get_if<NeedMore>(&whole)->frame_size);
  } else {
    ASSERT_TRUE(std::holds_alternative<NeedMore>(head));
    const NeedMore more = *std::get_if<NeedMore>(&head);
    EXPECT_GT(more.min_window, bytes.size());
  }
}

TEST(Body, HeadsAreWhatTheFramerSays) {
  ForEachFraming([](const auto& framer, const std::vector<std::string>& payloads) {
    using F = std::decay_t<decltype(framer)>;
    const auto heads = HeadFramer<F>::Create(framer, kDefaultMaxPayload);
    ASSERT_TRUE(heads.ok()) << heads.status();
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
      StreamBuffer frame;
      const std::string& payload = payloads[random() % std::min<std::size_t>(payloads.size(), 6)];
      ASSERT_FALSE(AppendFrame(framer, AsBytes(payload), frame));
      const std::size_t looked = std::min<std::size_t>(frame.size(), 24);
      for (auto changes = random() % 3; changes > 0; --changes) {
        frame.writable()[random() % looked] = static_cast<std::byte>(random());
      }
      for (std::size_t cut = 1; cut <= std::min<std::size_t>(frame.size(), 40); ++cut) {
        ExpectTheHead(framer, *heads, frame.readable().first(cut));
        if (HasFatalFailure()) FAIL() << "round " << round << ", cut " << cut;
      }
    }
  });
}

TEST(Body, MetadataIsPassedOver) {
  StreamBuffer frame;
  HeaderValues values;
  values.sections[0] = AsBytes("metadata");
  const HeaderFramer framer;
  ASSERT_FALSE(AppendFrame(framer.With(values), AsBytes("the payload"), frame));
  auto [one, other] = Ends();
  ASSERT_TRUE(WriteAll(one, frame.readable()).ok());
  auto stream = Bodies(std::move(other), framer);
  const auto body = Body(stream);
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, "the payload");
}

TEST(Body, AnEndAtAnyByteIsCleanOrTruncated) {
  ForEachFraming([](const auto& framer, const std::vector<std::string>& payloads) {
    StreamBuffer frames;
    ASSERT_FALSE(AppendFrame(framer, AsBytes(payloads[0]), frames));
    const std::size_t first = frames.size();
    ASSERT_FALSE(AppendFrame(framer, AsBytes(payloads[1]), frames));
    for (std::size_t cut = 0; cut <= frames.size(); cut += cut < 1000 ? 1 : 9'999) {
      auto [one, other] = Ends();
      std::jthread sender([&one, &frames, cut] {
        EXPECT_TRUE(WriteAll(one, frames.readable().first(cut)).ok());
        one.Close();
      });
      auto stream = Bodies(std::move(other), framer);
      std::vector<std::string> bodies;
      absl::StatusOr<std::string> body = Body(stream);
      for (; body.ok(); body = Body(stream)) bodies.push_back(*body);
      const bool clean = cut == 0 || cut == first || cut == frames.size();
      EXPECT_EQ(body.status().code(),
                clean ? absl::StatusCode::kOutOfRange : absl::StatusCode::kDataLoss)
          << cut << ": " << body.status();
      if (cut > first && !clean) {  // it says how much of its frame came
        EXPECT_NE(body.status().message().find(" after " + std::to_string(cut - first) + " "),
                  std::string::npos)
            << cut << ": " << body.status();
      }
      EXPECT_EQ(bodies.size(), cut < first ? 0U : cut < frames.size() ? 1U : 2U) << cut;
    }
  });
}

TEST(Body, TheLimitHoldsBothWays) {
  const LengthFieldFramer framer;
  auto [one, other] = Ends();
  auto sender = Bodies(std::move(one), framer, 2000);
  auto receiver = Bodies(std::move(other), framer, 1000);
  EXPECT_EQ(sender.SendHead(2001).status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(sender.SendHead(1001).ok());
  const auto refused = receiver.ReceiveHead(Soon());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
  EXPECT_EQ(receiver.ReceiveHead(Soon()).status(), refused.status()) << "and stays";
  EXPECT_EQ(sender.SendPiece(AsBytes(Text(1002))).status.code(),
            absl::StatusCode::kInvalidArgument);
}

// Where payloads have 1000 bytes, no more and no less, `delivered` is what passes.
template <typename F>
void ExpectAThousandAre(typename F::Options options, std::uint64_t delivered) {
  auto [one, other] = Ends();
  auto receiver = Bodies(std::move(other), F(options), 999);
  options.min_payload = 1000;
  auto sender = Bodies(std::move(one), F(options), 1000);
  EXPECT_EQ(sender.SendHead(delivered + 1).status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(sender.SendHead(delivered - 1).status.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(sender.SendHead(delivered).ok());
  ASSERT_TRUE(WriteAll(sender.stream(), AsBytes(std::string("\3\350", 2))).ok());
  const auto head = receiver.ReceiveHead(Soon());
  EXPECT_EQ(head.status().code(), absl::StatusCode::kResourceExhausted) << head.status();
}

TEST(Body, TheLimitCountsThePayloadWhateverIsDelivered) {
  ExpectAThousandAre<VarintFramer>({}, 1000);
  ExpectAThousandAre<LengthFieldFramer>({}, 1000);
  // Two bytes of the header are delivered; two of the payload are not.
  ExpectAThousandAre<LengthFieldFramer>({.strip = 2}, 1002);
  ExpectAThousandAre<LengthFieldFramer>({.strip = 6}, 998);
}

TEST(Body, WhatContradictsItsHeadIsRefused) {
  const auto expect = [](const auto& framer, const std::string& payload, std::size_t from,
                         std::size_t size) {
    for (const std::size_t n : {std::size_t{1}, std::size_t{2}, payload.size()}) {
      for (std::size_t wrong = 0; wrong < payload.size(); ++wrong) {
        auto [one, other] = Ends();
        auto stream = Bodies(std::move(one), framer);
        ASSERT_TRUE(stream.SendHead(payload.size()).ok());
        std::string text = payload;
        text[wrong] ^= 1;
        bool ok = true;
        for (std::size_t at = 0; ok && at < text.size(); at += n) {
          const net::SendResult sent =
              stream.SendPiece(AsBytes(std::string_view(text).substr(at, n)));
          ok = sent.ok();
          if (ok) continue;
          EXPECT_EQ(sent.status.code(), absl::StatusCode::kInvalidArgument);
          EXPECT_EQ(stream.left_to_send(), text.size() - at) << "nothing of the piece is out";
        }
        EXPECT_EQ(ok, wrong < from || wrong >= from + size) << wrong << " in pieces of " << n;
      }
    }
  };
  const std::string four("\0\0\0\3abc", 7);
  expect(LengthFieldFramer({.strip = 0}), four, 0, 4);
  expect(LengthFieldFramer({.strip = 3}), four.substr(3), 0, 1);
  expect(LengthFieldFramer({.offset = 1, .width = 2, .strip = 0}), std::string("x\0\2ab", 5), 1, 2);
  expect(LengthFieldFramer({.strip = 4}), "abc", 0, 0);
  expect(*FixedFramer::Create({.size = 5, .sync = "ab"}), "abcde", 0, 2);
}

TEST(Body, WhatTheFieldCannotCarryIsRefused) {
  auto [one, other] = Ends();
  auto two = Bodies(std::move(one), LengthFieldFramer({.width = 2}), 1 << 20);
  EXPECT_EQ(two.SendHead(65'536).status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(two.SendHead(65'535).ok());
  auto native = Bodies(std::move(other), HeaderFramer(), std::uint64_t{1} << 40);
  EXPECT_FALSE(native.SendHead(std::uint64_t{1} << 32).ok());
  EXPECT_TRUE(native.SendHead((std::uint64_t{1} << 32) - 1).ok());
  auto [three, four] = Ends();
  auto varint = Bodies(std::move(three), VarintFramer({.max_bytes = 3}), 1 << 30);
  EXPECT_FALSE(varint.SendHead(1 << 21).ok());
  EXPECT_TRUE(varint.SendHead((1 << 21) - 1).ok());
  auto fixed = Bodies(std::move(four), *FixedFramer::Create({.size = 5}), 1 << 30);
  EXPECT_FALSE(fixed.SendHead(4).ok());
  EXPECT_FALSE(fixed.SendHead(6).ok());
  EXPECT_TRUE(fixed.SendHead(5).ok());
}

TEST(Body, FramingsWithoutAHeadAreRefused) {
  EXPECT_FALSE(HeadFramer<LengthFieldFramer>::Create(LengthFieldFramer(), 0).ok());
  EXPECT_FALSE(HeadFramer<FixedFramer>::Create(*FixedFramer::Create({.size = 1001}), 1000).ok());
  EXPECT_FALSE(HeadFramer<VarintFramer>::Create(VarintFramer({.min_payload = 1001}), 1000).ok());
}

TEST(Body, AFlippedBitIsSeenAtItsEnd) {
  StreamBuffer frame;
  ASSERT_FALSE(AppendFrame(HeaderFramer(), AsBytes(Text(100'000)), frame));
  frame.writable()[50'000] ^= std::byte{4};
  auto [one, other] = Ends();
  std::jthread sender([&one, &frame] { EXPECT_TRUE(WriteAll(one, frame.readable()).ok()); });
  auto stream = Bodies(std::move(other), HeaderFramer());
  const auto body = Body(stream);
  EXPECT_EQ(body.status().code(), absl::StatusCode::kDataLoss) << body.status();
  EXPECT_EQ(stream.ReceivePiece(Soon()).status(), body.status()) << "and stays";
}

// ---- The head behind the last piece ------------------------------------------------------------

template <typename F>
using Scripted = BodyStream<F, testing::ScriptedStream>;

template <typename F>
Scripted<F> OnScript(const std::shared_ptr<testing::Script>& script, const F& framer) {
  return Scripted<F>(testing::ScriptedStream(script), *HeadFramer<F>::Create(framer, 1 << 20));
}

// `call` again and again while it times out.
template <typename Call>
auto Patiently(const testing::Script& script, Call call) {
  auto result = call(script.now + milliseconds(1));
  while (result.status().code() == absl::StatusCode::kDeadlineExceeded) {
    result = call(script.now + milliseconds(1));
  }
  return result;
}

// Receives as long as something is left to receive, and never asks for a payload's end. Each body
// that a further ReceiveHead() has confirmed; in the end, why there is none.
template <typename F>
absl::Status ReceiveWhatIsLeft(const testing::Script& script, Scripted<F>& stream,
                               std::vector<std::string>& bodies) {
  std::optional<std::string> body;
  for (;;) {
    const auto head = Patiently(script, [&](Deadline by) { return stream.ReceiveHead(by); });
    if (!head.ok()) return head.status();
    if (body) bodies.push_back(*std::move(body));
    if (!*head) return absl::OkStatus();
    body.emplace();
    while (stream.left_to_receive() > 0) {
      const absl::Status early = stream.ReceiveHead(script.now).status();
      if (early.code() != absl::StatusCode::kFailedPrecondition) {
        return absl::InternalError("a head inside a payload: " + early.ToString());
      }
      const auto piece = Patiently(script, [&](Deadline by) { return stream.ReceivePiece(by); });
      if (!piece.ok()) return piece.status();
      *body += AsText(*piece);
    }
  }
}

TEST(Body, TheNextHeadFinishesTheFrameAtEveryCut) {
  ForEachFraming([](const auto& framer, const std::vector<std::string>& payloads) {
    StreamBuffer frames;
    std::vector<std::string> expected;
    std::vector<std::size_t> ends = {0};
    for (const std::string& payload : payloads) {
      if (payload.size() > 20 || expected.size() == 4) continue;
      ASSERT_FALSE(AppendFrame(framer, AsBytes(payload), frames));
      expected.push_back(payload);
      ends.push_back(frames.size());
    }
    const std::string wire(AsText(frames.readable()));
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
      const auto script = std::make_shared<testing::Script>();
      if (cut > 0) script->reads.push_back(testing::Arrive(wire.substr(0, cut)));
      script->reads.push_back(testing::Silence(milliseconds(5)));
      if (cut < wire.size()) script->reads.push_back(testing::Arrive(wire.substr(cut)));
      script->reads.push_back(testing::Ends());
      std::vector<std::string> bodies;
      auto stream = OnScript(script, framer);
      const absl::Status end = ReceiveWhatIsLeft(*script, stream, bodies);
      EXPECT_TRUE(end.ok()) << cut << ": " << end;
      EXPECT_EQ(bodies, expected) << cut;
      EXPECT_EQ(stream.stream_offset(), wire.size());

      const auto ended = std::make_shared<testing::Script>();
      if (cut > 0) ended->reads.push_back(testing::Arrive(wire.substr(0, cut)));
      ended->reads.push_back(testing::Ends());
      auto truncated = OnScript(ended, framer);
      bodies.clear();
      const auto whole = std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin() - 1;
      const bool clean = ends[static_cast<std::size_t>(whole)] == cut;
      const absl::Status last = ReceiveWhatIsLeft(*ended, truncated, bodies);
      EXPECT_EQ(last.code(), clean ? absl::StatusCode::kOk : absl::StatusCode::kDataLoss) << last;
      // An end inside a head is told by the call that also finishes the frame before.
      const auto confirmed = static_cast<std::ptrdiff_t>(bodies.size());
      EXPECT_TRUE(confirmed == whole || (!clean && confirmed == whole - 1)) << cut;
    }
  });
}

TEST(Body, TheNextHeadJudgesTheChecksum) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}}) {
    StreamBuffer frames;
    ASSERT_FALSE(AppendFrame(HeaderFramer(), AsBytes(Text(size)), frames));
    frames.writable()[frames.size() - 1] ^= std::byte{4};
    ASSERT_FALSE(AppendFrame(HeaderFramer(), AsBytes("next"), frames));
    const auto script = std::make_shared<testing::Script>();
    script->reads.push_back(testing::Arrive(std::string(AsText(frames.readable()))));
    auto stream = OnScript(script, HeaderFramer());
    std::vector<std::string> bodies;
    const absl::Status bad = ReceiveWhatIsLeft(*script, stream, bodies);
    EXPECT_EQ(bad.code(), absl::StatusCode::kDataLoss) << bad;
    EXPECT_TRUE(bodies.empty());
    EXPECT_EQ(stream.ReceiveHead(Soon()).status(), bad) << "and stays";
    EXPECT_EQ(stream.ReceivePiece(Soon()).status(), bad);
  }
}

// ---- What is said of a failure -----------------------------------------------------------------

TEST(Body, BytesSentAreExactWhereverItStops) {
  const auto expect = [](const auto& framer, std::size_t size) {
    StreamBuffer frame;
    ASSERT_FALSE(AppendFrame(framer, AsBytes(Text(size)), frame));
    FrameHead head;
    StreamBuffer header;
    ASSERT_FALSE(HeadFramer<std::decay_t<decltype(framer)>>::Create(framer, 1000)
                     ->Begin(size, header, head));
    const std::size_t all = size == 0 ? frame.size() : header.size();  // what SendHead() sends
    for (std::size_t taken = 0; taken <= all; ++taken) {
      const auto script = std::make_shared<testing::Script>();
      for (std::size_t i = 0; i < taken; ++i) script->writes.push_back(testing::Takes(1));
      script->writes.push_back(testing::Silence(std::chrono::hours(1)));
      auto stream = OnScript(script, framer);
      const SendResult sent = stream.SendHead(size, script->now + milliseconds(1));
      EXPECT_EQ(sent.ok(), taken == all) << taken << ": " << sent.status;
      EXPECT_EQ(sent.bytes_sent, taken);
      EXPECT_EQ(script->written.size(), taken);
      EXPECT_TRUE(stream.SendPiece(AsBytes(Text(size))).ok());
      EXPECT_EQ(script->written, AsText(frame.readable()));
    }
  };
  for (const std::size_t size : {std::size_t{0}, std::size_t{8}}) {
    expect(LengthFieldFramer(), size);
    expect(LengthFieldFramer({.trailer = 6}), size);
    expect(LengthFieldFramer({.align = 16, .trailer = 3}), size);
    expect(HeaderFramer(), size);
  }
}

class ExplainingStream : public testing::ScriptedStream {
 public:
  using ScriptedStream::ScriptedStream;
  absl::Status ErrorStatus(int error_code, std::string_view what) const {
    return absl::PermissionDeniedError(std::string(what) + " " + std::to_string(error_code));
  }
};

TEST(Body, ErrorsAreWhatTheStreamSaysOfThem) {
  const auto script = std::make_shared<testing::Script>();
  script->reads = {testing::Fails(EPROTO)};
  script->writes = {testing::Fails(EPROTO)};
  using Heads = HeadFramer<LengthFieldFramer>;
  BodyStream<LengthFieldFramer, ExplainingStream> stream(ExplainingStream(script),
                                                         *Heads::Create(LengthFieldFramer(), 1000));
  const absl::Status received = absl::PermissionDeniedError("receive " + std::to_string(EPROTO));
  EXPECT_EQ(stream.ReceiveHead().status(), received);
  EXPECT_EQ(stream.ReceivePiece().status(), received) << "and stays";
  EXPECT_EQ(stream.SendHead(1).status,
            absl::PermissionDeniedError("send " + std::to_string(EPROTO)));
}

// One byte after the other, with a timeout before each.
template <typename F>
void ExpectTimingOutLosesNothing(const F& framer, const std::string& payload) {
  StreamBuffer frame;
  ASSERT_FALSE(AppendFrame(framer, AsBytes(payload), frame));
  auto [one, other] = Ends();
  auto stream = Bodies(std::move(other), framer);
  std::string body;
  bool has_head = false;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const absl::Status early = has_head ? stream.ReceivePiece(Clock::now()).status()
                                        : stream.ReceiveHead(Clock::now()).status();
    EXPECT_EQ(early.code(), absl::StatusCode::kDeadlineExceeded) << early;
    ASSERT_TRUE(WriteAll(one, frame.readable().subspan(i, 1)).ok());
    if (!has_head) has_head = stream.ReceiveHead(Clock::now()).ok();
    while (has_head && stream.left_to_receive() > 0) {
      const auto piece = stream.ReceivePiece(Clock::now());
      if (!piece.ok()) break;
      body += AsText(*piece);
    }
  }
  ASSERT_TRUE(has_head);
  EXPECT_EQ(body, payload);
  EXPECT_TRUE(stream.ReceivePiece(Soon())->empty());
}

TEST(Body, TimingOutLosesNothingAndTheFramesTimeIsAbsolute) {
  ForEachFraming([](const auto& framer, const std::vector<std::string>& payloads) {
    for (const std::string& payload : payloads) {
      if (payload.size() <= 1000) ExpectTimingOutLosesNothing(framer, payload);
    }
  });

  const LengthFieldFramer framer;
  auto [dripping, reading] = Ends();
  auto timed = Bodies(std::move(reading), framer, 1 << 20, {.frame_timeout = milliseconds(50)});
  ASSERT_TRUE(WriteAll(dripping, AsBytes(std::string("\0\x0f\0\0", 4))).ok());
  ASSERT_TRUE(timed.ReceiveHead(Soon()).ok());
  const Deadline start = Clock::now();
  absl::Status status;
  while (status.ok()) {
    ASSERT_TRUE(WriteAll(dripping, AsBytes("x")).ok());  // there is always more
    status = timed.ReceivePiece(Soon()).status();
    ASSERT_LT(Clock::now() - start, std::chrono::seconds(10));
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
}

// ---- Larger than memory ------------------------------------------------------------------------

// $UNSTICK_BODY_BYTES; 10737418240 is the ten GiB of docs/reliability.md.
std::uint64_t LargeSize() {
  const char* const bytes = std::getenv("UNSTICK_BODY_BYTES");
  return bytes == nullptr ? std::uint64_t{200} << 20 : std::strtoull(bytes, nullptr, 10);
}

constexpr rlim_t kMemory = rlim_t{64} << 20;

// A process of its own that may use kMemory; its exit code is what `work` returns.
template <typename Work>
pid_t Confined(Work work) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  const rlimit limit{kMemory, kMemory};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(2);
  ::_exit(work() ? 0 : 1);
}

template <typename F>
void ExpectOneFrameThroughLittleMemory(const F& framer, std::uint64_t size) {
  auto [one, other] = Ends();
  const pid_t sender = Confined([&] {
    other.Close();
    auto stream = Bodies(std::move(one), framer, size);
    std::vector<std::byte> piece(BodyStream<F>::kPiece);
    bool ok = stream.SendHead(size, Soon()).ok();
    for (std::uint8_t round = 0; ok && stream.left_to_send() > 0; ++round) {
      std::fill(piece.begin(), piece.end(), std::byte{round});
      const auto n = std::min<std::uint64_t>(piece.size(), stream.left_to_send());
      ok = stream.SendPiece(ByteView(piece).first(n), Soon()).ok();
    }
    return ok;
  });
  const pid_t receiver = Confined([&] {
    one.Close();
    auto stream = Bodies(std::move(other), framer, size);
    const auto head = stream.ReceiveHead(Soon());
    if (!head.ok() || !*head || (*head)->payload_size != size) return false;
    std::uint64_t at = 0;
    for (;;) {
      const auto piece = stream.ReceivePiece(Soon());
      if (!piece.ok()) return false;
      if (piece->empty()) return at == size;
      for (std::size_t i = 0; i < piece->size(); i += 512) {
        const auto round = static_cast<std::uint8_t>((at + i) / BodyStream<F>::kPiece);
        if ((*piece)[i] != std::byte{round}) return false;
      }
      at += piece->size();
    }
  });
  one.Close();
  other.Close();
  for (const pid_t pid : {sender, receiver}) {
    int status = -1;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
}

TEST(Body, MayBeLargerThanMemory) {
  if (UNSTICK_ADDRESS_SANITIZER) GTEST_SKIP() << "the sanitizer needs more address space itself";
  ExpectOneFrameThroughLittleMemory(LengthFieldFramer({.width = 8}), LargeSize());
  // The native header carries up to 4 GiB, with a checksum.
  ExpectOneFrameThroughLittleMemory(HeaderFramer(), std::min(LargeSize(), std::uint64_t{1} << 31));
  ExpectOneFrameThroughLittleMemory(VarintFramer({.max_bytes = 10}), LargeSize());
  // A record is at most 1 GiB.
  const std::uint64_t record = std::min(LargeSize(), kMaxContiguousPayload);
  ExpectOneFrameThroughLittleMemory(
      *FixedFramer::Create({.size = static_cast<std::size_t>(record)}), record);
}

}  // namespace
}  // namespace unstick::inline v0::net
