#include "unstick/core/frame_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "unstick/core/delimiter_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0 {
namespace {

using Kind = DecodeResult::Kind;

LengthFieldFramer U8(std::uint64_t max = 255) {
  return LengthFieldFramer({.width = 1, .max_payload = max});
}

template <typename F>
void FeedAll(FrameDecoder<F>& decoder, const std::string& text) {
  ASSERT_EQ(decoder.Feed(AsBytes(text)), text.size());
}

// What a decoder gives until it wants more or stops: payloads, then the kind that came last.
template <typename F>
std::vector<std::string> Payloads(FrameDecoder<F>& decoder, Kind last) {
  std::vector<std::string> payloads;
  DecodeResult next = decoder.Next();
  for (; next; next = decoder.Next()) payloads.push_back(next->CopyPayload());
  EXPECT_EQ(next.kind(), last);
  return payloads;
}

TEST(FrameDecoder, GluedAndTornFrames) {
  FrameDecoder decoder(U8());
  FeedAll(decoder, std::string("\2ab\0\3c", 6));
  EXPECT_EQ(Payloads(decoder, Kind::kNeedMore), (std::vector<std::string>{"ab", ""}));
  FeedAll(decoder, "d");
  EXPECT_EQ(Payloads(decoder, Kind::kNeedMore), std::vector<std::string>{});
  FeedAll(decoder, "e\1f");
  EXPECT_EQ(Payloads(decoder, Kind::kNeedMore), (std::vector<std::string>{"cde", "f"}));
}

TEST(FrameDecoder, AFrameKnowsWhereItStood) {
  FrameDecoder decoder(U8());
  FeedAll(decoder, "\1a\2bc");
  ASSERT_TRUE(decoder.Next());
  EXPECT_EQ(decoder.stream_offset(), 2);
  const DecodeResult second = decoder.Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->stream_offset(), 2);
  EXPECT_EQ(second->payload_offset(), 1);
  EXPECT_EQ(AsText(second->wire()), "\2bc");
  EXPECT_EQ(second->text(), "bc");
}

TEST(FrameDecoder, ViewsLiveUntilTheNextBytesCome) {
  FrameDecoder decoder(U8());
  FeedAll(decoder, "\1a\2bc\3def");
  const FrameView first = *decoder.Next();
  const FrameView second = *decoder.Next();
  const FrameView third = *decoder.Next();
  EXPECT_EQ(first.text(), "a");
  EXPECT_EQ(second.text(), "bc");
  EXPECT_EQ(third.text(), "def");
}

TEST(FrameDecoder, SaysHowManyBytesItNeeds) {
  FrameDecoder decoder(LengthFieldFramer{});
  EXPECT_EQ(decoder.Next().bytes_needed(), 4);
  FeedAll(decoder, std::string("\0\0\0", 3));
  EXPECT_EQ(decoder.Next().bytes_needed(), 1);
  FeedAll(decoder, "\5he");
  EXPECT_EQ(decoder.Next().bytes_needed(), 3);
  EXPECT_EQ(decoder.bytes_needed(), 3);
  EXPECT_TRUE(decoder.mid_frame());
  FeedAll(decoder, "llo");
  EXPECT_TRUE(decoder.Next());
  EXPECT_FALSE(decoder.mid_frame());
}

TEST(FrameDecoder, ACleanEndAnEmptyFrameAndACutEndAreThreeThings) {
  FrameDecoder clean(U8());
  FeedAll(clean, std::string(1, '\0'));
  clean.Finish();
  const DecodeResult empty = clean.Next();
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->payload().empty());
  EXPECT_EQ(clean.Next().kind(), Kind::kEnd);
  EXPECT_EQ(clean.Next().kind(), Kind::kEnd);

  FrameDecoder cut(U8());
  FeedAll(cut, "\1a\5bc");
  cut.Finish();
  ASSERT_TRUE(cut.Next());
  const DecodeResult error = cut.Next();
  ASSERT_EQ(error.kind(), Kind::kError);
  EXPECT_EQ(error.error().code, FrameErrorCode::kTruncated);
  EXPECT_EQ(error.error().offset, 2);
  EXPECT_EQ(error.error().found, 3);
  EXPECT_EQ(error.error().allowed, 6);
  EXPECT_EQ(AsText(cut.Unread()), "\5bc");
}

TEST(FrameDecoder, AnEmptyStreamEndsCleanly) {
  FrameDecoder decoder(U8());
  decoder.Finish();
  EXPECT_EQ(decoder.Next().kind(), Kind::kEnd);
}

// Rows 24 and 25 of the bug classes: going on after an error, and telling it a thousand times.
TEST(FrameDecoder, ErrorsDoNotWearOff) {
  FrameDecoder decoder(U8(2));
  FeedAll(decoder, "\1a\3bcd");
  ASSERT_TRUE(decoder.Next());
  const FrameError first = decoder.Next().error();
  EXPECT_EQ(first.code, FrameErrorCode::kPayloadTooLarge);
  EXPECT_EQ(first.offset, 2);
  EXPECT_EQ(decoder.Feed(AsBytes("\1x")), 0);  // a perfect frame is not taken
  const ByteSpan room = decoder.Prepare();
  ASSERT_GE(room.size(), kReadRoom);
  room[0] = std::byte{0};
  decoder.Commit(1);
  decoder.Finish();
  for (int i = 0; i < 3; ++i) {
    const DecodeResult again = decoder.Next();
    ASSERT_EQ(again.kind(), Kind::kError);
    EXPECT_EQ(again.error(), first);
  }
  EXPECT_EQ(decoder.stream_offset(), 2);
}

TEST(FrameDecoder, WhatComesBehindAnErrorOrTheEndIsNotTaken) {
  const std::string more(1 << 20, 'x');
  FrameDecoder broken{LengthFieldFramer()};
  (void)broken.Push(AsBytes("\x7f\xff\xff\xff"), [](const FrameView&) {});
  FrameDecoder ended{LengthFieldFramer()};
  ended.Finish();
  EXPECT_EQ(ended.Next().kind(), DecodeResult::Kind::kEnd);
  for (FrameDecoder<LengthFieldFramer>* decoder : {&broken, &ended}) {
    const DecodeResult::Kind before = decoder->Next().kind();
    for (int i = 0; i < 3; ++i) {
      const DecodeResult after = decoder->Push(AsBytes(more), [](const FrameView&) { FAIL(); });
      EXPECT_EQ(after.kind(), before);
      EXPECT_EQ(decoder->Feed(AsBytes(more)), 0U);
    }
    EXPECT_LT(decoder->memory(), 1000U);
  }
}

TEST(FrameDecoder, FramesBeforeAnErrorComeFirst) {
  FrameDecoder decoder(U8(2));
  FeedAll(decoder, "\1a\1b\3xxx\1c");
  EXPECT_EQ(Payloads(decoder, Kind::kError), (std::vector<std::string>{"a", "b"}));
}

TEST(FrameDecoder, SkippingReportsOneGapAndGoesOn) {
  FrameDecoder decoder(U8(2), OnError::kSkip);
  FeedAll(decoder, "\1a\5bcd");
  ASSERT_TRUE(decoder.Next());
  EXPECT_EQ(decoder.Next().kind(), Kind::kNeedMore);  // still dropping
  EXPECT_EQ(decoder.bytes_needed(), 2);
  EXPECT_TRUE(decoder.mid_frame());
  FeedAll(decoder, "ef\1g");
  const DecodeResult gap = decoder.Next();
  ASSERT_EQ(gap.kind(), Kind::kGap);
  EXPECT_EQ(gap.gap().why.code, FrameErrorCode::kPayloadTooLarge);
  EXPECT_EQ(gap.gap().why.offset, 2);
  EXPECT_EQ(gap.gap().why.found, 5);
  EXPECT_EQ(gap.gap().why.allowed, 2);
  EXPECT_EQ(gap.gap().skipped, 6);
  const DecodeResult after = decoder.Next();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->text(), "g");
  EXPECT_EQ(after->stream_offset(), 8);
}

TEST(FrameDecoder, InputThatEndsInsideADroppedFrameIsAGapThenTheEnd) {
  FrameDecoder decoder(U8(2), OnError::kSkip);
  FeedAll(decoder, "\x09xyz");
  decoder.Finish();
  const DecodeResult gap = decoder.Next();
  ASSERT_EQ(gap.kind(), Kind::kGap);
  EXPECT_EQ(gap.gap().skipped, 4);
  EXPECT_EQ(decoder.Next().kind(), Kind::kEnd);
}

TEST(FrameDecoder, OnlyAnOverLongFrameIsSkipped) {
  FrameDecoder decoder(LengthFieldFramer({.width = 1, .counts = Counts::kFrame}), OnError::kSkip);
  FeedAll(decoder, std::string("\0\1", 2));
  EXPECT_EQ(decoder.Next().error().code, FrameErrorCode::kLengthBelowHeader);
}

TEST(FrameDecoder, DrainStopsWhenTheSinkSaysSo) {
  FrameDecoder decoder(U8());
  FeedAll(decoder, "\1a\1b\1c");
  std::string seen;
  const auto until_b = [&](const FrameView& frame) {
    seen += frame.text();
    return frame.text() != "b";
  };
  EXPECT_EQ(decoder.Drain(until_b).kind(), Kind::kFrame);
  EXPECT_EQ(seen, "ab");
  EXPECT_EQ(decoder.Drain([&](const FrameView& frame) { seen += frame.text(); }).kind(),
            Kind::kNeedMore);
  EXPECT_EQ(seen, "abc");
}

TEST(FrameDecoder, PushLeavesFramesWhereTheyLie) {
  FrameDecoder decoder(U8());
  const std::string chunk = "\1a\2bc\3d";
  std::vector<const std::byte*> places;
  const auto sink = [&](const FrameView& frame) { places.push_back(frame.wire().data()); };
  EXPECT_EQ(decoder.Push(AsBytes(chunk), sink).kind(), Kind::kNeedMore);
  const std::byte* start = AsBytes(chunk).data();
  EXPECT_EQ(places, (std::vector<const std::byte*>{start, start + 2}));
  EXPECT_EQ(AsText(decoder.Unread()), "\3d");
}

TEST(FrameDecoder, PushPutsAStraddlingFrameTogether) {
  FrameDecoder decoder(U8());
  std::vector<std::string> payloads;
  const auto sink = [&](const FrameView& frame) { payloads.push_back(frame.CopyPayload()); };
  for (const char* chunk : {"\3a", "b", "c\1d\2e", "f"}) {
    EXPECT_EQ(decoder.Push(AsBytes(chunk), sink).kind(), Kind::kNeedMore);
  }
  EXPECT_EQ(payloads, (std::vector<std::string>{"abc", "d", "ef"}));
  EXPECT_TRUE(decoder.Unread().empty());
}

TEST(FrameDecoder, WhatASinkDidNotTakeFromAPushWaits) {
  FrameDecoder decoder(U8());
  const auto stop = [](const FrameView&) { return false; };
  EXPECT_EQ(decoder.Push(AsBytes("\1a\1b\1c"), stop).kind(), Kind::kFrame);
  EXPECT_EQ(AsText(decoder.Unread()), "\1b\1c");
  EXPECT_EQ(Payloads(decoder, Kind::kNeedMore), (std::vector<std::string>{"b", "c"}));
}

TEST(FrameDecoder, PushTellsErrorsAndGaps) {
  const auto sink = [](const FrameView&) {};
  FrameDecoder failing(U8(1));
  EXPECT_EQ(failing.Push(AsBytes("\1a\2bc"), sink).kind(), Kind::kError);
  EXPECT_EQ(failing.Push(AsBytes("\1a"), sink).kind(), Kind::kError);
  FrameDecoder skipping(U8(1), OnError::kSkip);
  EXPECT_EQ(skipping.Push(AsBytes("\1a\2bc\1d"), sink).kind(), Kind::kGap);
  EXPECT_EQ(Payloads(skipping, Kind::kNeedMore), std::vector<std::string>{"d"});
}

// A peer that sends faster than frames are taken does not make the decoder grow without end.
TEST(FrameDecoder, FeedTakesNoMoreThanOneLargestFrameAndOneRead) {
  FrameDecoder decoder(U8());
  const std::string frames(200'000, '\0');
  const std::size_t taken = decoder.Feed(AsBytes(frames));
  EXPECT_EQ(taken, 256 + kReadRoom);
  EXPECT_EQ(decoder.Feed(AsBytes(frames)), 0);
  ASSERT_TRUE(decoder.Next());
  EXPECT_EQ(decoder.Feed(AsBytes(frames)), 1);
}

TEST(FrameDecoder, ReadsStraightIntoItsMemory) {
  FrameDecoder decoder(U8());
  const ByteSpan room = decoder.Prepare();
  ASSERT_GE(room.size(), kReadRoom);
  std::ranges::copy(AsBytes("\2hi"), room.begin());
  decoder.Commit(3);
  const DecodeResult frame = decoder.Next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload().data(), room.data() + 1);
}

TEST(FrameDecoder, TheRestIsThereForWhoeverGoesOn) {
  FrameDecoder decoder(DelimiterFramer{});
  FeedAll(decoder, "CONNECT\r\n\x16\x03\x01");
  ASSERT_TRUE(decoder.Next());
  EXPECT_EQ(AsText(decoder.Unread()), "\x16\x03\x01");
}

// Framers that break the laws make errors, not endless loops or reads outside the buffer.
struct Reckless {
  ScanResult Scan(ByteView window, std::size_t) const {
    if (window.empty()) return NeedMore{.min_window = 1};
    switch (std::to_integer<int>(window[0])) {
      case 'z':
        return Extent{0, 0, 0};
      case 'l':
        return Extent{window.size() + 1, 0, 0};
      case 's':
        return Skip{0};
      case 'm':
        return NeedMore{.min_window = 0};
      default:
        return Extent{1, 0, 1};
    }
  }
  std::size_t max_frame_size() const { return 16; }
};

TEST(FrameDecoder, ALawlessFramerHarmsOnlyItself) {
  for (const char* text : {"z", "l", "s"}) {
    FrameDecoder decoder(Reckless{});
    FeedAll(decoder, text);
    EXPECT_EQ(decoder.Next().kind(), Kind::kError) << text;
    FrameDecoder drained(Reckless{});
    FeedAll(drained, text);
    EXPECT_EQ(drained.Drain([](const FrameView&) {}).kind(), Kind::kError) << text;
  }
  FrameDecoder decoder(Reckless{});
  FeedAll(decoder, "m");
  EXPECT_EQ(decoder.Next().bytes_needed(), 1);
  decoder.Finish();
  EXPECT_EQ(decoder.Next().error().code, FrameErrorCode::kTruncated);
}

TEST(FrameDecoder, FixedFramesOfOnePushFollowEachOther) {
  const auto framer = FixedFramer::Create({.size = 2});
  ASSERT_TRUE(framer.ok()) << framer.status();
  FrameDecoder decoder(*framer);
  std::string frames;
  const DecodeResult result = decoder.Push(AsBytes("aabbccd"), [&frames](const FrameView& frame) {
    frames += std::to_string(frame.stream_offset()) + frame.CopyPayload() + " ";
  });
  EXPECT_EQ(result.kind(), Kind::kNeedMore);
  EXPECT_EQ(frames, "0aa 2bb 4cc ");
}

}  // namespace
}  // namespace unstick::inline v0
