#include "unstick/core/delimiter_framer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/append_frame.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0 {
namespace {

using Options = DelimiterFramer::Options;
using testing::EventsOf;
using testing::StreamEvent;

std::vector<std::string> Payloads(const Options& options, const std::string& stream,
                                  OnError mode = OnError::kFail) {
  const auto framer = DelimiterFramer::Create(options);
  EXPECT_TRUE(framer.ok()) << framer.status().ToString();
  std::vector<std::string> payloads;
  for (const StreamEvent& event : EventsOf(*framer, AsBytes(stream), mode)) {
    if (event.kind == DecodeResult::Kind::kFrame) payloads.push_back(event.payload);
    if (event.kind == DecodeResult::Kind::kGap) {
      payloads.push_back("gap of " + std::to_string(event.skipped));
    }
    if (event.kind == DecodeResult::Kind::kError) {
      payloads.push_back(std::string(CodeName(event.error.code)));
    }
  }
  return payloads;
}

using Texts = std::vector<std::string>;

TEST(DelimiterFramer, RefusesWhatCouldNeverFrame) {
  const std::string long_mark(257, 'x');
  const Options wrong[] = {{.ends = {}},
                           {.ends = {""}},
                           {.ends = {long_mark}},
                           {.ends = {"a", "a"}},
                           {.ends = std::vector<std::string>(17, "a")},
                           {.starts = {""}},
                           {.starts = {"a", "bc"}},
                           {.starts = {long_mark}},
                           {.starts = std::vector<std::string>(17, "a")},
                           {.trailer = 65536},
                           {.max_payload = 0},
                           {.min_payload = 2, .max_payload = 1}};
  for (const Options& options : wrong) {
    const auto framer = DelimiterFramer::Create(options);
    ASSERT_FALSE(framer.ok());
    EXPECT_EQ(framer.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(framer.status().message().empty());
  }
  EXPECT_TRUE(DelimiterFramer::Create({.ends = {std::string(256, 'x')}}).ok());
}

TEST(DelimiterFramer, LinesDropOneCarriageReturn) {
  EXPECT_EQ(Payloads(DelimiterFramer::Lines(), "a\nb\r\nc\r\r\n\n"), (Texts{"a", "b", "c\r", ""}));
  EXPECT_EQ(Payloads({.ends = {"\r\n"}}, "a\nb\r\n"), (Texts{"a\nb"}));
  EXPECT_EQ(Payloads({.ends = {"\n"}}, "a\r\n"), (Texts{"a\r"}));
}

TEST(DelimiterFramer, TheEarliestStartWinsThenTheFirstListed) {
  EXPECT_EQ(Payloads({.ends = {"abcd", "bc"}}, "xabcdybcz", OnError::kFail),
            (Texts{"x", "y", "truncated"}));
  EXPECT_EQ(Payloads({.ends = {"abcd", "bc"}}, "xabcybc"), (Texts{"xa", "y"}));
  EXPECT_EQ(Payloads({.ends = {"abc", "ab"}}, "1abc2ab"), (Texts{"1", "2"}));
  EXPECT_EQ(Payloads({.ends = {"ab", "abc"}}, "1ab2ab"), (Texts{"1", "2"}));
}

// Row 33: a search that goes back to its beginning misses these.
TEST(DelimiterFramer, SelfOverlappingMarks) {
  EXPECT_EQ(Payloads({.ends = {"123456"}}, "1123456"), (Texts{"1"}));
  EXPECT_EQ(Payloads({.ends = {"aab"}}, "aaab"), (Texts{"a"}));
  EXPECT_EQ(Payloads({.ends = {"abab"}}, "abaabab"), (Texts{"aba"}));
  EXPECT_EQ(Payloads({.ends = {"\r\n\r\n"}}, "\r\n\r\r\n\r\n"), (Texts{"\r\n\r"}));
}

TEST(DelimiterFramer, TheLimitIsThePayloadsToTheByte) {
  const Options options{.ends = {"||"}, .max_payload = 3};
  EXPECT_EQ(Payloads(options, "abc||"), (Texts{"abc"}));
  EXPECT_EQ(Payloads(options, "abc|x||"), (Texts{"payload_too_large"}));
  EXPECT_EQ(Payloads(options, "abcd||"), (Texts{"payload_too_large"}));
  EXPECT_EQ(Payloads(options, "abc|"), (Texts{"truncated"}));  // the mark may still come
  EXPECT_EQ(Payloads(options, "abcd"), (Texts{"payload_too_large"}));
  EXPECT_EQ(Payloads(options, "abcdefgh||ok||", OnError::kSkip), (Texts{"gap of 10", "ok"}));
  EXPECT_EQ(Payloads(options, "abcdefgh", OnError::kSkip), (Texts{"gap of 8"}));
}

// Marks of every size, beside texts that differ from them in one byte.
TEST(DelimiterFramer, AMarkIsAllOfItsBytes) {
  for (std::size_t size = 1; size <= 40; ++size) {
    std::string mark;
    for (std::size_t i = 0; i < size; ++i) mark += static_cast<char>('A' + i);
    for (std::size_t wrong = 0; wrong < size; ++wrong) {
      std::string other = mark;
      other[wrong] ^= 0x20;
      EXPECT_EQ(Payloads({.ends = {mark}}, "." + other + "." + mark + "." + mark),
                (Texts{"." + other + ".", "."}))
          << size << ", " << wrong;
    }
  }
}

// In a decoder that skips, a mark that is cut at every byte is still found.
TEST(DelimiterFramer, DropsThroughTheMarkWhereverItIsCut) {
  const DelimiterFramer framer(Options{.ends = {"<end>"}, .max_payload = 2});
  const std::string stream = "too long<<end>ok<end>";
  const std::vector<StreamEvent> whole = EventsOf(framer, AsBytes(stream), OnError::kSkip);
  ASSERT_EQ(whole.size(), 3);
  EXPECT_EQ(whole[0].skipped, 14);
  EXPECT_EQ(whole[1].payload, "ok");
  testing::ChunkLaws laws(framer, AsBytes(stream), OnError::kSkip, whole);
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    EXPECT_TRUE(laws.HoldsAt({cut}, testing::Way{})) << laws.broken();
  }
}

TEST(DelimiterFramer, TheTailIsWhatWasAskedFor) {
  EXPECT_EQ(Payloads({.tail = Tail::kError}, "a\nb"), (Texts{"a", "truncated"}));
  EXPECT_EQ(Payloads({.tail = Tail::kDeliver}, "a\nb"), (Texts{"a", "b"}));
  EXPECT_EQ(Payloads({.tail = Tail::kDrop}, "a\nb"), (Texts{"a"}));
  EXPECT_EQ(Payloads({.tail = Tail::kDeliver}, "a\n"), (Texts{"a"}));  // nothing is no frame
  EXPECT_EQ(Payloads({.tail = Tail::kDeliver, .max_payload = 1}, "bc"),
            (Texts{"payload_too_large"}));
}

TEST(DelimiterFramer, KeepStartTrailerAndEmptyFrames) {
  EXPECT_EQ(Payloads({.keep = true}, "a\n\n"), (Texts{"a\n", "\n"}));
  EXPECT_EQ(Payloads({.starts = {"<"}}, "<a\n<\n"), (Texts{"a", ""}));
  EXPECT_EQ(Payloads({.starts = {"<"}}, "<a\nb\n"), (Texts{"a", "bad_magic"}));
  EXPECT_EQ(Payloads({.trailer = 2}, "a\n??b\n??"), (Texts{"a", "b"}));
  EXPECT_EQ(Payloads({.skip_empty = true}, "\n\na\n\n"), (Texts{"a"}));
}

// First and last byte of a mark are found by masks, what stands between them by comparison: also
// when many frames are found in one call.
TEST(DelimiterFramer, TheMiddleOfALongMarkCounts) {
  EXPECT_EQ(Payloads({.ends = {"<|>"}}, "a<->b<|>c<|>d<!><|>"), (Texts{"a<->b", "c", "d<!>"}));
  EXPECT_EQ(Payloads({.ends = {"<==>"}}, "a<=->b<==>c<==>d<-=><==>"),
            (Texts{"a<=->b", "c", "d<-=>"}));
}

TEST(DelimiterFramer, PartOfAStartMarkIsATailToo) {
  EXPECT_EQ(Payloads({.starts = {"<<"}, .tail = Tail::kDrop}, "<<a\n<"), (Texts{"a"}));
  EXPECT_EQ(Payloads({.starts = {"<<"}, .tail = Tail::kError}, "<<a\n<"),
            (Texts{"a", "truncated"}));
}

TEST(DelimiterFramer, AnEmptyFrameIsPassedOverWhateverTheLeastPayload) {
  EXPECT_EQ(Payloads({.skip_empty = true, .min_payload = 2}, "\nab\n\nc\n"),
            (Texts{"ab", "payload_too_small"}));
}

// What is kept of the mark is not payload: neither limit counts it.
TEST(DelimiterFramer, AMarkThatIsKeptIsNotCounted) {
  const DelimiterFramer framer(Options{.keep = true, .min_payload = 2, .max_payload = 2});
  for (const std::string_view text : {"a\n", "ab\n", "abc\n"}) {
    StreamBuffer out;
    const bool right = text == "ab\n";
    EXPECT_EQ(!AppendFrame(framer, AsBytes(text), out).has_value(), right) << text;
    EXPECT_EQ(EventsOf(framer, AsBytes(text))[0].payload == text, right) << text;
  }
}

TEST(DelimiterFramer, CopiesShareAndOutliveTheOriginal) {
  auto original = std::make_unique<DelimiterFramer>(Options{.ends = {"||"}});
  const DelimiterFramer copy = *original;
  original.reset();
  EXPECT_EQ(EventsOf(copy, AsBytes("a||"))[0].payload, "a");
}

}  // namespace
}  // namespace unstick::inline v0
