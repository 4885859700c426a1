// Framings chosen by description: every preset parses, prints itself back, and gives back what it
// took; the clauses do what they say, in every cut.

#include "unstick/core/described_framer.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/core/described_events.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0 {
namespace {

TEST(Presets, AllParseAndPrintThemselvesBack) {
  ASSERT_EQ(Presets().size(), 166u);
  for (const Preset& preset : Presets()) {
    const std::string spec =
        preset.name == "fixed-n" ? "fixed-n,size=16" : std::string(preset.name);
    for (const Side side : {Side::kEither, Side::kClient, Side::kServer}) {
      const auto framer = DescribedFramer::FromSpec(spec, side);
      ASSERT_TRUE(framer.ok()) << preset.name << ": " << framer.status().ToString();
      const auto again = DescribedFramer::FromSpec(framer->spec(), side);
      ASSERT_TRUE(again.ok()) << framer->spec() << ": " << again.status().ToString();
      EXPECT_EQ(again->spec(), framer->spec());
    }
  }
}

TEST(Presets, SayWhatTheyAre) {
  std::set<std::string_view> names;
  for (const Preset& preset : Presets()) {
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name << " stands twice";
    for (const std::string_view text : {preset.title, preset.strategy, preset.about}) {
      EXPECT_FALSE(text.empty()) << preset.name;
      EXPECT_EQ(text.find_first_of("\r\n\t"), std::string_view::npos) << preset.name;
    }
    EXPECT_EQ(preset.reference.empty(), preset.name == "fixed-n") << preset.name;
    EXPECT_TRUE(preset.about.ends_with('.')) << preset.name;
  }
}

// Whatever a preset encodes, it decodes to the same; and nearly all of them encode something.
TEST(Presets, GiveBackWhatTheyTook) {
  std::string long_text(300, 'x');
  const std::vector<std::string> payloads = {"",
                                             "a",
                                             "{}",
                                             "hello",
                                             std::string(16, 'r'),
                                             long_text,
                                             std::string(70000, 'y'),
                                             "GPGLL*50",
                                             std::string("\1\3\0\0\0\1", 6),
                                             std::string("\1\3\2\0\7", 5),
                                             "+OK\r\n",
                                             "i1e",
                                             "\xd0",
                                             "\1",
                                             "\4\1z",
                                             "PROXY UNKNOWN",
                                             std::string("\x47") + std::string(187, 'p')};
  std::vector<std::string_view> silent;
  for (const Preset& preset : Presets()) {
    const std::string spec =
        preset.name == "fixed-n" ? "fixed-n,size=16" : std::string(preset.name);
    const auto framer = DescribedFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << preset.name;
    std::size_t carried = 0;
    for (const std::string& payload : payloads) {
      StreamBuffer out;
      DescribedFramer::State sent{.preamble_done = true};
      if (framer->EncodeTo(AsBytes(payload), out, sent)) {
        EXPECT_TRUE(out.empty()) << preset.name << " refused and wrote";
        continue;
      }
      ++carried;
      const bool told = framer->spec().find("endian=file-magic") != std::string::npos;
      const auto server = told ? framer
                               : DescribedFramer::FromSpec(
                                     framer->spec().substr(0, framer->spec().find(";preamble")));
      FrameDecoder decoder(*server);
      if (told) (void)decoder.Feed(AsBytes(std::string(24, '\0')));
      std::string back = "nothing";
      const auto keep = [&](const FrameView& frame) { back = frame.CopyPayload(); };
      (void)decoder.Push(out.readable(), keep);
      decoder.Finish();  // some frames end only where the input does
      (void)decoder.Drain(keep);
      EXPECT_EQ(back, payload) << preset.name;
    }
    if (carried == 0) silent.push_back(preset.name);
  }
  // Formats whose payloads are none of the above (a TLV, a MessagePack value, ...) or whose byte
  // order is the reader's own: refused with a reason, and named here so that the list cannot grow
  // unseen.
  EXPECT_LE(silent.size(), 3u) << ::testing::PrintToString(silent);
}

TEST(DescribedFramer, TakesOptionsOverAPreset) {
  EXPECT_EQ(Decode("len16be,max=3", std::string_view("\0\3abc\0\4abcd", 11)),
            "abc@0 payload_too_large@5");
}

TEST(DescribedFramer, PassesOverThePreambleOfItsSide) {
  const std::string_view stream("PREFACE\0\2hi", 11);
  EXPECT_EQ(Decode("length:width=2;preamble:client=7", stream, Side::kClient), "hi@7 end@11");
  EXPECT_EQ(Decode("length:width=2;preamble:server=7", stream.substr(7), Side::kClient),
            "hi@0 end@4");
  EXPECT_EQ(Decode("length:width=2;preamble='PREFACE'", stream), "hi@7 end@11");
  EXPECT_EQ(Decode("length:width=2;preamble='PREFIX.'", stream), "bad_magic@0");
  EXPECT_EQ(Decode("length:width=2;preamble:until='CE'", stream), "hi@7 end@11");
  EXPECT_EQ(Decode("length:width=2;preamble=..CE", stream), "hi@7 end@11");
  EXPECT_EQ(Decode("length:width=2;preamble=7", stream.substr(0, 3)), "truncated@0");
}

TEST(DescribedFramer, FramesTheFirstOnesDifferently) {
  const std::string spec = "length:width=1;first:client=length(width=2,counts=frame)*2";
  EXPECT_EQ(Decode(spec, std::string_view("\0\4ab\0\3c\1d", 9), Side::kClient),
            "ab@0 c@4 d@7 end@9");
  EXPECT_EQ(Decode(spec, std::string_view("\1d", 2), Side::kServer), "d@0 end@2");
}

TEST(DescribedFramer, KnowsOneFrameFromTrailingBytes) {
  EXPECT_EQ(Decode("line;once", "hello\n"), "hello@0 end@6");
  EXPECT_EQ(Decode("line;once", "hello\nx"), "hello@0 trailing_bytes@6");
}

TEST(DescribedFramer, JudgesMagicEndAndChecksum) {
  EXPECT_EQ(Decode("length:offset=2,width=1;magic=beef", "\xbe\xef\1a\xbe\xf0\1b"),
            "a@0 bad_magic@4");
  EXPECT_EQ(Decode("length:width=1,trailer=1;end=ce", std::string_view("\1a\xce\0\xcf", 5)),
            "a@0 bad_magic@3");
  EXPECT_EQ(Decode("delim:start=24,end=0d0a;check=xor-hex", "$GPGLL*50\r\n$GPGLL*51\r\n"),
            "GPGLL*50@0 bad_checksum@11");
}

TEST(DescribedFramer, JoinsFragmentsUnderOneLimit) {
  const std::string spec = "length:width=1,mask=0x7f,max=5;join:last=0.7";
  EXPECT_EQ(Decode(spec,
                   "\2ab\x82"
                   "cd\x81z"),
            "abcd@0 z@6 end@8");
  EXPECT_EQ(Decode(spec,
                   "\3abc\x83"
                   "def"),
            "payload_too_large@0");
  EXPECT_EQ(Decode("length:width=1;join:full=3", std::string_view("\3abc\1d\3efg\0", 11)),
            "abcd@0 efg@6 end@11");
}

TEST(DescribedFramer, UndoesEscapes) {
  EXPECT_EQ(Decode("slip",
                   "\xc0"
                   "a\xdb\xdc"
                   "b\xc0"),
            "a\xc0"
            "b@1 end@6");
  EXPECT_EQ(Decode("slip", "a\xdbz\xc0"), "bad_escape@0");
  EXPECT_EQ(Decode("cobs", std::string_view("\3ab\2c\0\1\0", 8)),
            std::string("ab\0c@0 @6 end@8", 15));
  EXPECT_EQ(Decode("dle-stx",
                   "\x10\2a\x10\x10"
                   "b\x10\3"),
            "a\x10"
            "b@0 end@8");
  EXPECT_EQ(Decode("smtp-data", "..a\r\nb\r\n.\r\n"), ".a\r\nb@0 end@11");
}

TEST(DescribedFramer, RefusesWhatItCannotBe) {
  for (const std::string_view spec :
       {"nonsense", "length:width=0", "length;magic=", "length;join:last=9", "switch:at=0",
        "ascii:base=10", "headers:length=", "walk:xml",
        "length;preamble:client=", "length;first:client=nope(width=1)", "table:count=0/9",
        "length:max=0", "kafka,max=0", "length:ext=1", "line:count=token[x]", "length;bogus=1"}) {
    const auto framer = DescribedFramer::FromSpec(spec);
    EXPECT_FALSE(framer.ok()) << spec;
    EXPECT_NE(std::string(framer.status().message()).find("at character"), std::string::npos)
        << spec << ": " << framer.status().message();
  }
}

}  // namespace
}  // namespace unstick::inline v0
