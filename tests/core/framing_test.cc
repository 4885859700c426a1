// Every part of a description as a value: the text it becomes, and that FromSpec() takes that.

#include "unstick/core/framing.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0 {
namespace {

using namespace framing;  // NOLINT(google-build-using-namespace)

struct Case {
  Framing framing;
  std::string text;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {{}, "length"},
      {{.kind = Length{.offset = 2, .width = 3, .order = std::endian::little}},
       "length:offset=2,width=3,endian=little"},
      {{.kind = Length{.order = Bit{6, 0}}}, "length:endian=@6.0"},
      {{.kind = Length{.order = OrderByCharacter{0, 'l'}}}, "length:endian=@0:l"},
      {{.kind = Length{.offset = 4, .order = OrderByMagic{8, "\x1a\x2b\x3c\x4d"}}},
       "length:offset=4,endian=magic@8:1a2b3c4d"},
      {{.kind = Length{.offset = 8, .order = OrderByFileMagic{}}, .preamble = std::size_t{24}},
       "length:offset=8,endian=file-magic;preamble=24"},
      {{.kind = Length{.counts = Counts::kFrame, .adjust = -4, .header = std::size_t{12}}},
       "length:counts=frame,adjust=-4,header=12"},
      {{.kind = Length{.width = 2, .shift = 4, .mask = 0xfff, .unit = 4, .align = 8}},
       "length:width=2,shift=4,unit=4,align=8"},
      {{.kind = Length{.width = 1,
                       .header = HeaderWithExtension{2},
                       .mask = 0x7f,
                       .ext = {{.when = std::uint64_t{126}, .width = 2},
                               {.when = std::uint64_t{127}, .width = 8, .bias = 7}},
                       .longer = LongerHeader{{1, 7}, 4}}},
       "length:width=1,header=ext+2,mask=0x7f,ext=126:2/127:8+7,if=1.7:+4"},
      {{.kind = Length{.width = 1,
                       .header = HeaderWithExtension{},
                       .ext = {{.when = Bit{0, 1}, .width = 8}}}},
       "length:width=1,ext=@0.1:8"},
      {{.kind = Length{.width = 1, .mask = 0x7f, .ext = {{.when = OwnBit{7}, .width = 15}}}},
       "length:width=1,mask=0x7f,ext=bit7:15be"},
      {{.kind = Length{.width = 1, .ext = {{.when = std::uint64_t{255}, .width = 4, .at = 8}}}},
       "length:width=1,ext=255:@8/4"},
      {{.kind = Length{.offset = 4,
                       .width = 2,
                       .counts = Counts::kPayload,
                       .header = std::size_t{8},
                       .plus = {{.offset = 6, .width = 1, .mask = 0xf, .unit = 2}, {.offset = 7}},
                       .trailer = 1,
                       .strip = 0}},
       "length:offset=4,width=2,counts=payload,header=8,plus=6/1&0xf*2+7/1,trailer=1,strip=none"},
      {{.kind = Length{.zero_is_rest = true}}, "length:zero=eof"},
      {{.kind = Length{}, .max_payload = 1000, .min_payload = 2}, "length:max=1000,min=2"},
      {{.kind = Varint{.offset = 1, .max_bytes = 4, .lenient = true}},
       "varint:offset=1,max-bytes=4,lenient"},
      {{.kind = Varint{.form = Varint::Form::kQuic, .after_varint = true}},
       "varint:quic,after=varint"},
      {{.kind = Varint{.form = Varint::Form::kBig7,
                       .counts = Counts::kPayload,
                       .header = 6,
                       .trailer = 2}},
       "varint:big7,counts=payload,header=6,trailer=2"},
      {{.kind = Varint{.form = Varint::Form::kMsgpack}, .server_preamble = std::size_t{128}},
       "varint:msgpack;preamble:server=128"},
      {{.kind = Ascii{.until = ":", .trailer = std::string(",")}}, "ascii:until=3a,trailer=','"},
      {{.kind = Ascii{.base = 16, .width = 4, .counts = Counts::kFrame, .bare = {0, 1, 2}}},
       "ascii:base=16,width=4,counts=frame,bare=0/1/2"},
      {{.kind = Ascii{.until = "\1",
                      .trailer = std::size_t{7},
                      .after = "\1"
                               "9="}},
       "ascii:until=01,trailer=7,after=01393d"},
      {{.kind = Headers{}}, "headers"},
      {{.kind = Headers{.length = {"content-length"},
                        .else_until = std::string(1, '\0'),
                        .skip = Headers::Skip::kEol,
                        .trailer = 1}},
       "headers:length=content-length,else=until(00),skip=eol,trailer=1"},
      {{.kind = Headers{.length = {"L", "Content-Length"},
                        .if_missing = 0,
                        .chunked = "Transfer-Encoding",
                        .bodiless = {"1xx", "204"},
                        .eof = "HTTP/",
                        .max_header = 1000}},
       "headers:length=L|Content-Length,default=0,chunked=Transfer-Encoding,bodiless=1xx|204,"
       "eof=485454502f,max-header=1000"},
      {{.kind = Delimiter{.ends = {"\r\n", "\n"}, .keep = true, .tail = Tail::kDeliver}},
       "delim:end=0d0a|0a,keep,tail=deliver"},
      {{.kind = Delimiter{.ends = {"\xc0"}, .skip_empty = true}, .unescape = Unescape::kSlip},
       "delim:end=c0,skip-empty;unescape=slip"},
      {{.kind = Delimiter{.ends = {"\x1c\r"}, .starts = {"\x0b"}, .trailer = 2}},
       "delim:end=1c0d,start=0b,trailer=2"},
      {{.kind = Line{.eol = Line::Eol::kCrlf,
                     .verbs = {{"set"}, {"ms", 2}},
                     .count_token = 4,
                     .trailer = 2}},
       "line:eol=crlf,verbs=set|ms@2,count=token[4],trailer=2"},
      {{.kind = Line{.count_open = "{", .count_close = "}"}}, "line:count=tail(7b,7d)"},
      {{.kind = Fixed{.size = 188, .sync = "G"}}, "fixed:size=188,sync=47"},
      {{.kind = Parts{.count_adjust = 1, .unit = 8, .align = 8, .order = std::endian::little}},
       "table:count-adjust=1,unit=8,align=8,endian=little"},
      {{.kind = Parts{.alternately = true, .header = 8, .count_offset = 4}},
       "list:header=8,count=4/4"},
      {{.kind = Chunks{.width = 2},
        .client_preamble = std::size_t{20},
        .server_preamble = std::size_t{4}},
       "chunks:width=2;preamble:client=20,server=4"},
      {{.kind = Chunks{.base = 16, .until = "\r\n", .trailer = "\r\n"}},
       "chunks:ascii=16,until=0d0a,trailer=0d0a"},
      {{.kind = Walk{"json"}}, "walk:json"},
      {{.kind = Native{.checksum = false}}, "unstick:crc=off"},
      {{.kind = Switch{.mask = 0xc0,
                       .cases = {{std::uint8_t{0}, Length{.width = 2}},
                                 {std::uint8_t{0x40}, Fixed{.size = 3}},
                                 {Else{}, Walk{"ber"}}}}},
       "switch:mask=0xc0,00>(length:width=2),40>(fixed:size=3),else>(walk:ber)"},
      {{.kind = Switch{.at = 1, .cases = {{Digit{}, Ascii{.until = " "}}}}},
       "switch:at=1,digit>(ascii:until=20)"},
      {{.kind = Length{.offset = 1, .adjust = -4},
        .first_of_client = First{Length{.counts = Counts::kFrame}, 2},
        .first_of_server = First{Fixed{.size = 1}}},
       "length:offset=1,adjust=-4;first:client=length(counts=frame)*2;first:server=fixed(size=1)"},
      {{.kind = Length{}, .preamble = std::string("HI")}, "length;preamble='HI'"},
      {{.kind = Length{}, .client_preamble = UpTo{"\n"}}, "length;preamble:client=until=0a"},
      {{.kind = Length{}, .preamble = BeforeLine{{"l\1", "B"}}},
       "length;preamble:before-line=6c01|42"},
      {{.kind = Length{}, .preamble = ThroughLine{{"SSH-"}}},
       "length;preamble:through-line=5353482d"},
      {{.kind = Length{.offset = 14, .width = 2}, .once = true, .magic = "QU", .magic_at = 3},
       "length:offset=14,width=2;once;magic=5155@3"},
      {{.kind = Length{.trailer = 1}, .end = "\xce"}, "length:trailer=1;end=ce"},
      {{.kind = Length{.trailer = 4}, .check = Check::kCrc32c}, "length:trailer=4;check=crc32c"},
      {{.kind = Length{.mask = 0x7fffffff}, .join = LastBit{{0, 7}}},
       "length:mask=0x7fffffff;join:last=0.7"},
      {{.kind = Length{.offset = 4}, .join = LastCharacter{3, "FA"}},
       "length:offset=4;join:last=@3:'FA'"},
      {{.kind = Length{.offset = 4}, .join = MoreBit{{0, 0}}}, "length:offset=4;join:more=0.0"},
      {{.kind = Length{.width = 3}, .join = FullSize{0xffffff}},
       "length:width=3;join:full=16777215"},
      {{.kind =
            Length{.width = 1, .header = HeaderWithExtension{}, .longer = LongerHeader{{0, 7}, 4}},
        .xor_key = true},
       "length:width=1,if=0.7:+4;xor=key"},
  };
  return cases;
}

TEST(Framing, SaysWhatATextSays) {
  for (const Case& c : Cases()) {
    EXPECT_EQ(c.framing.spec(), c.text);
    const auto framer = AnyFramer::FromSpec(c.framing.spec());
    EXPECT_TRUE(framer.ok()) << framer.status();
  }
}

// Words for every check and escaping, none of them another's.
TEST(Framing, KnowsEveryCheckAndEscaping) {
  for (int i = 1; i <= static_cast<int>(Check::kLrc); ++i) {
    const Framing framing{.kind = Length{.trailer = 4}, .check = static_cast<Check>(i)};
    EXPECT_TRUE(AnyFramer::FromSpec(framing.spec()).ok()) << framing.spec();
  }
  for (int i = 1; i <= static_cast<int>(Unescape::kDle); ++i) {
    const Framing framing{.kind = Delimiter{.ends = {"\x7e"}},
                          .unescape = static_cast<Unescape>(i)};
    EXPECT_TRUE(AnyFramer::FromSpec(framing.spec()).ok()) << framing.spec();
  }
}

TEST(Framing, ACheckSaysWhatItIsOver) {
  Checksum check = Check::kCrc32c;
  check.to = -8;
  const Framing upto{.kind = Length{.trailer = 8}, .check = check};
  EXPECT_EQ(upto.spec(), "length:trailer=8;check=crc32c,over=..-8");
  check.to.reset();
  check.from = 2;
  const Framing from{.kind = Length{.trailer = 4}, .check = check};
  EXPECT_EQ(from.spec(), "length:trailer=4;check=crc32c,over=2..");
}

TEST(Framing, IsJudgedWhereTextsAre) {
  const Framing nine{.kind = Length{.width = 9}};
  EXPECT_EQ(std::string(AnyFramer::FromSpec(nine.spec()).status().message()),
            "wrong spec \"length:width=9\": at character 7, \"width=9\": width is 1 to 8 bytes");
}

// The example of the header.
TEST(Framing, FramesAsItSays) {
  const Framing framing{.kind = Length{.offset = 2, .width = 2, .mask = 0x3fff},
                        .magic = "\xca\xfe"};
  const auto framer = AnyFramer::FromSpec(framing.spec());
  ASSERT_TRUE(framer.ok()) << framer.status();
  StreamBuffer out;
  AnyFramer::State sent;
  ASSERT_FALSE(AppendFrame(*framer, AsBytes("hi"), out, sent));
  EXPECT_EQ(AsText(out.readable()), std::string("\xca\xfe\0\2hi", 6));
  EXPECT_EQ(testing::EventsOf(*framer, out.readable())[0].payload, "hi");
}

}  // namespace
}  // namespace unstick::inline v0
