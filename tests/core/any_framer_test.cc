#include "unstick/core/any_framer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "unstick/core/append_frame.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0 {
namespace {

using ::testing::HasSubstr;

struct Spec {
  const char* text;
  const char* canonical;  // nullptr: as it stands
};

// Defaults left out, keys in the order of the contract's tables.
constexpr Spec kSpecs[] = {
    {"length", nullptr},
    {"length:width=4", "length"},
    {"length:width=2", nullptr},
    {"length:width=0x2", "length:width=2"},
    {"length:endian=big", "length"},
    {"length:endian=little,width=2", "length:width=2,endian=little"},
    {"length:offset=4,width=2", nullptr},
    {"length:counts=after,adjust=0", "length"},
    {"length:counts=payload,header=24,offset=8", "length:offset=8,counts=payload,header=24"},
    {"length:header=4", "length"},
    {"length:width=1,counts=frame,adjust=-2,align=4,trailer=1,strip=none,max=200,min=5", nullptr},
    {"length:adjust=+3", "length:adjust=3"},
    {"length:strip=header", "length"},
    {"length:strip=4", "length"},
    {"length:strip=0", "length:strip=none"},
    {"length:max=8MiB", "length"},
    {"length:max=65536", "length:max=64KiB"},
    {"length:max=1M", "length:max=1000000"},
    {"length:max=10k", "length:max=10000"},
    {"length:max=1GiB,min=0", "length:max=1GiB"},
    {"length:width=2,width=3", "length:width=3"},
    {"length:width=1,max=1GiB", nullptr},  // clamped, not refused
    {"varint", nullptr},
    {"varint:offset=1,max-bytes=4,trailer=2,lenient,max=1KiB,min=1",
     "varint:offset=1,max-bytes=4,trailer=2,lenient,max=1KiB,min=1"},
    {"varint:max-bytes=5", "varint"},
    {"delim:end=0d0a|0a", nullptr},
    {"delim:end=0d0a,end=00", "delim:end=0d0a|00"},
    {"delim:end='||'", "delim:end=7c7c"},
    {"delim:end=\"a,b;c|d\"", "delim:end=612c623b637c64"},
    {"delim:end='\\r\\n\\t\\0\\x7f\\\\\\'\\\"'", "delim:end=0d0a09007f5c2722"},
    {"delim:end=zero", "delim:end=00"},
    {"delim:end=1c0d,start=0b", nullptr},
    {"delim:end=7c,start=3c3c|3e3e,keep,skip-empty,trailer=1,tail=deliver,max=1,min=1", nullptr},
    {"delim:end=7c,tail=error", "delim:end=7c"},
    {"delim:end=7c,tail=drop", nullptr},
    {"delim:end=crlf", "line:eol=crlf"},
    {"delim:end=lf", "line:eol=lf-only"},
    {"line", nullptr},
    {"line:eol=lf", "line"},
    {"line:eol=crlf,keep,tail=deliver,max=1000", nullptr},
    {"line:eol=lf-only", nullptr},
    {"fixed:size=188,sync=47", nullptr},
    {"fixed:sync='ab',size=2", "fixed:size=2,sync=6162"},
    {"unstick", nullptr},
    {"unstick:crc=on", "unstick"},
    {"unstick:crc=off,max=1MiB,min=1", nullptr},
};

TEST(AnyFramer, SpecsPrintThemselvesInCanonicalForm) {
  for (const Spec& spec : kSpecs) {
    const auto framer = AnyFramer::FromSpec(spec.text);
    ASSERT_TRUE(framer.ok()) << spec.text << ": " << framer.status().ToString();
    const std::string canonical = spec.canonical != nullptr ? spec.canonical : spec.text;
    EXPECT_EQ(framer->spec(), canonical);
    const auto again = AnyFramer::FromSpec(framer->spec());
    ASSERT_TRUE(again.ok()) << framer->spec();
    EXPECT_EQ(again->spec(), canonical);
  }
}

// Each refusal names the part at fault, its position, and what was allowed.
TEST(AnyFramer, WrongSpecsAreRefusedWithAReason) {
  struct Case {
    const char* text;
    const char* part;
    std::size_t position;
    const char* hint;
  };
  const Case cases[] = {
      {"", "", 0, "length"},
      {"lenght", "lenght", 0, "length"},
      {"length:wdith=2", "wdith", 7, "width"},
      {"length:width", "width", 7, "number"},
      {"length:width=", "width=", 7, "number"},
      {"length:width=x", "width=x", 7, "number"},
      {"length:width=-1", "width=-1", 7, "number"},
      {"length:width=9", "width=9", 7, "1 to 8"},
      {"length:offset=2,width=0", "width=0", 16, "1 to 8"},
      {"length:offset=99999999999999999999", "offset=99999999999999999999", 7, "number"},
      {"length:endian=middle", "endian=middle", 7, "big"},
      {"length:counts=all", "counts=all", 7, "payload"},
      {"length:max=0", "max=0", 7, "limit"},
      {"length:max=unlimited", "max=unlimited", 7, "size"},
      {"length:max=-1", "max=-1", 7, "size"},
      {"length:max=1TiB", "max=1TiB", 7, "KiB"},
      {"length:max=99999999999999999GiB", "max=99999999999999999GiB", 7, "2^64"},
      {"length:min=9,max=3", "min=9", 7, "max"},
      {"length:strip=most", "strip=most", 7, ""},
      {"length:header=2", "header=2", 7, "offset + width"},
      {"length:,width=2", "", 7, "KEY"},
      {"length:", "", 7, "KEY"},
      {"length:width=2,", "", 15, "KEY"},
      {"length;onec", "onec", 7, "clause"},
      {"varint:max-bytes=11", "max-bytes=11", 7, "1 to 10"},
      {"varint:lenient=yes", "lenient=yes", 7, "no value"},
      {"delim", "delim", 0, "end"},
      {"delim:end=", "end=", 6, ""},
      {"delim:end=0", "end=0", 6, "hex"},
      {"delim:end=xy", "end=xy", 6, "hex"},
      {"delim:end='ab", "end='ab", 6, "quote"},
      {"delim:end='a'b", "end='a'b", 6, "quote"},
      {"delim:end='\\q'", "end='\\q'", 6, "\\xHH"},
      {"delim:end='\\x1'", "end='\\x1'", 6, "\\xHH"},
      {"delim:end=''", "end=''", 6, "byte"},
      {"delim:end=0a,tail=eat", "tail=eat", 13, "deliver"},
      {"delim:end=0a,start=01|0203", "start=01|0203", 13, "same"},
      {"line:eol=cr", "eol=cr", 5, "lf-only"},
      {"fixed", "fixed", 0, "size"},
      {"fixed:size=0", "size=0", 6, "1"},
      {"fixed:size=1,sync='ab'", "sync='ab'", 13, "size"},
      {"fixed:size=10,max=9", "max=9", 14, "size"},
      {"unstick:crc=maybe", "crc=maybe", 8, "off"},
  };
  for (const Case& c : cases) {
    const auto framer = AnyFramer::FromSpec(c.text);
    ASSERT_FALSE(framer.ok()) << c.text;
    EXPECT_EQ(framer.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(framer.status().message());
    EXPECT_THAT(message, HasSubstr(c.text));
    EXPECT_THAT(message, HasSubstr("character " + std::to_string(c.position))) << c.text;
    EXPECT_THAT(message, HasSubstr(std::string("\"") + c.part)) << c.text;
    EXPECT_THAT(message, HasSubstr(c.hint)) << c.text;
  }
}

TEST(AnyFramer, EachKindIsTheFramerItNames) {
  const auto holds = [](const char* spec, auto* type) {
    return AnyFramer::FromSpec(spec)->Visit([&](const auto& framer) {
      return std::is_same_v<std::decay_t<decltype(framer)>, std::remove_pointer_t<decltype(type)>>;
    });
  };
  EXPECT_TRUE(holds("length", static_cast<LengthFieldFramer*>(nullptr)));
  EXPECT_TRUE(holds("varint", static_cast<VarintFramer*>(nullptr)));
  EXPECT_TRUE(holds("delim:end=00", static_cast<DelimiterFramer*>(nullptr)));
  EXPECT_TRUE(holds("line", static_cast<DelimiterFramer*>(nullptr)));
  EXPECT_TRUE(holds("fixed:size=1", static_cast<FixedFramer*>(nullptr)));
  EXPECT_TRUE(holds("unstick", static_cast<HeaderFramer*>(nullptr)));
}

// The example of the contract.
TEST(AnyFramer, DecodesAndEncodesWhatItsFramerDoes) {
  const auto framer = AnyFramer::FromSpec("length:width=4");
  ASSERT_TRUE(framer.ok());
  const std::string stream("\0\0\0\5hello\0\0\0\0\0\0\0\2ok", 19);
  const auto events = testing::EventsOf(*framer, AsBytes(stream));
  ASSERT_EQ(events.size(), 4);
  EXPECT_EQ(events[0].payload, "hello");
  EXPECT_EQ(events[1].offset, 9);
  EXPECT_EQ(events[2].payload, "ok");
  StreamBuffer out;
  AnyFramer::State sent;
  EXPECT_FALSE(AppendFrame(*framer, AsBytes("hello"), out, sent));
  EXPECT_EQ(AsText(out.readable()), stream.substr(0, 9));
}

// A preset, a clause: whatever no plain framer can be.
TEST(AnyFramer, IsADescribedFramerWhereNoPlainOneWillDo) {
  for (const char* spec :
       {"websocket", "length:width=2;magic=01", "walk:json", "length:mask=0xff"}) {
    const auto framer = AnyFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << spec;
    EXPECT_TRUE(framer->Visit([](const auto& chosen) {
      return std::is_same_v<std::decay_t<decltype(chosen)>, DescribedFramer>;
    })) << spec;
  }
}

// A name costs nothing: a preset that a plain framer can be is one.
TEST(AnyFramer, IsAPlainFramerWhereverOneWillDo) {
  const auto kafka = AnyFramer::FromSpec("kafka,max=1MiB");
  ASSERT_TRUE(kafka.ok());
  EXPECT_EQ(kafka->spec(), "length:max=1MiB");
  EXPECT_TRUE(kafka->Visit([](const auto& chosen) {
    return std::is_same_v<std::decay_t<decltype(chosen)>, LengthFieldFramer>;
  }));
}

// PostgreSQL's client sends its first message without a type byte; the server never does.
TEST(AnyFramer, AnEndOfAConnectionWritesItsOwnAndReadsTheOthers) {
  const auto client = AnyFramer::ForEnd("postgresql", Side::kClient);
  const auto server = AnyFramer::ForEnd("postgresql", Side::kServer);
  ASSERT_TRUE(client.ok() && server.ok());
  StreamBuffer out;
  AnyFramer::State sent;
  const std::string startup("\0\3\0\0user\0a\0\0", 12);
  const std::string query = "Q" + std::string(4, '\0') + "select 1";
  ASSERT_FALSE(AppendFrame(*client, AsBytes(startup), out, sent));
  EXPECT_EQ(out.size(), 16);
  EXPECT_EQ(sent.frames, 1);
  const auto events = testing::EventsOf(*server, out.readable());
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].payload, startup);
}

TEST(AnyFramer, HandsOnWhatItsFramerDoesAtTheEnd) {
  const auto lines = AnyFramer::FromSpec("line:tail=deliver");
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(testing::EventsOf(*lines, AsBytes("a\nb"))[1].payload, "b");
  const auto limited = AnyFramer::FromSpec("line:max=2");
  ASSERT_TRUE(limited.ok());
  const auto events = testing::EventsOf(*limited, AsBytes("abcd\nok\n"), OnError::kSkip);
  ASSERT_EQ(events.size(), 3);
  EXPECT_EQ(events[0].skipped, 5);
}

TEST(AnyFramer, OnlyAProvableFramingCanResync) {
  EXPECT_TRUE(AnyFramer::FromSpec("unstick")->can_resync());
  for (const char* spec : {"length", "varint", "line", "delim:end=00", "fixed:size=2"}) {
    EXPECT_FALSE(AnyFramer::FromSpec(spec)->can_resync()) << spec;
  }
}

TEST(AnyFramer, ALayoutOfOnesOwnHasNoTextForm) {
  const auto layout = HeaderLayout::Create({HeaderField::Length(1)});
  ASSERT_TRUE(layout.ok());
  EXPECT_EQ(AnyFramer(*HeaderFramer::Create(*layout, {})).spec(), "");
}

}  // namespace
}  // namespace unstick::inline v0
