// Wrong specs: the part that is wrong, where it stands, and what is allowed there, in one line.
// Among them those that could never frame anything.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0 {
namespace {

struct WrongSpec {
  std::string_view spec;
  std::size_t position;
  std::string_view part;
  std::string_view why;  // how that starts, or a part of it
};

const WrongSpec kWrong[] = {
    {"", 0, "", "kinds are length varint ascii headers delim line"},
    {"nonsense", 0, "nonsense", "kinds are length varint ascii headers delim line"},
    {"length,width=2", 6, ",", "must be a colon behind a kind"},
    {"line,eol=crlf;once", 4, ",", "must be a colon behind a kind"},
    {"switch:00>(length,width=2)", 17, ",", "must be a colon behind a kind"},
    {"length:", 7, "", "an option is KEY or KEY=VALUE"},
    {"length:width=2,", 15, "", "an option is KEY or KEY=VALUE"},
    {"length;", 7, "", "a clause is missing"},
    {"length:widht=2", 7, "widht", "it takes offset width endian counts adjust header shift mask"},
    {"length:width=9", 7, "width=9", "width is 1 to 8 bytes"},
    {"length:width=", 7, "width=", "must be a number, decimal or 0xHEX"},
    {"length:offset=65536", 7, "offset=65536", "offset is at most 65535"},
    {"length:endian=middle", 7, "endian=middle", "must be big, little, native, @BYTE.BIT"},
    {"length:endian=@1.8", 7, "endian=@1.8",
     "must be big, little, native, @BYTE.BIT, @BYTE:CHAR, magic@BYTE:HEX"},
    {"length:endian=magic@70000:aa", 7, "endian=magic@70000:aa",
     "endian is told by one of the first 65536 bytes, or by at most"},
    {"length:endian=file-magic", 7, "endian=file-magic",
     "endian is told by a preamble of 4 bytes or more"},
    {"length:counts=all", 7, "counts=all", "must be one of after, payload, frame"},
    {"length:adjust=x", 7, "adjust=x", "must be a number with or without a sign"},
    {"length:adjust=-2147483648", 7, "adjust=-2147483648", "adjust is below 2^31"},
    {"length:header=3", 7, "header=3", "header is offset + width to 65543"},
    {"length:header=ext-1", 7, "header=ext-1", "must be a number, ext or ext+N"},
    {"length:shift=64", 7, "shift=64", "shift is at most 63"},
    {"length:mask=0", 7, "mask=0", "mask leaves nothing of the number"},
    {"length:unit=0", 7, "unit=0", "unit is 1 to 65536"},
    {"length:align=0", 7, "align=0", "align is 1 to 65536"},
    {"length:plus=1&x", 7, "plus=1&x", "must be OFF/WIDTH[&MASK][*UNIT], joined by +"},
    {"length:plus=70000/1", 7, "plus=70000/1", "plus has terms OFF/WIDTH of 1 to 8 bytes"},
    {"length:ext=1", 7, "ext=1",
     "must be VALUE:WIDTH[+BIAS]/..., VALUE:@OFF/WIDTH, @BYTE.BIT:WIDTH"},
    {"length:ext=1:9", 7, "ext=1:9", "ext is 1 to 8 bytes wide, 1 to 63 bits inside the field"},
    {"length:ext=bit9:15be", 7, "ext=bit9:15be",
     "must be VALUE:WIDTH[+BIAS]/..., VALUE:@OFF/WIDTH, @BYTE.BIT:WIDTH"},
    {"length:ext=bit7:64be", 7, "ext=bit7:64be",
     "ext is 1 to 8 bytes wide, 1 to 63 bits inside the field"},
    {"length:if=0.0:4", 7, "if=0.0:4", "must be BYTE.BIT:+N"},
    {"length:zero=0", 7, "zero=0", "must be one of eof"},
    {"length:trailer=65536", 7, "trailer=65536", "trailer is at most 65535"},
    {"length:strip=all", 7, "strip=all", "must be a number, header or none"},
    {"length:max=0", 7, "max=0", "max is at least 1: a limit always exists"},
    {"length:max=unlimited", 7, "max=unlimited",
     "must be a size: a number, with KiB, MiB, GiB, k or M after it"},
    {"length:max=1,min=2", 13, "min=2", "min is above max"},
    {"length:width=1,adjust=-300", 0, "length:width=1,adjust=-300",
     "no payload fits: no length could ever be right"},
    {"length:width=1,counts=payload,adjust=+400,max=300", 0,
     "length:width=1,counts=payload,adjust=+400,max=300",
     "no payload fits: no length could ever be right"},
    {"length:width=1,counts=frame,min=255", 0, "length:width=1,counts=frame,min=255",
     "no payload fits: no length could ever be right"},
    {"varint:max-bytes=11", 7, "max-bytes=11", "max-bytes is 1 to 10"},
    {"varint:max-bytes=1,counts=frame,offset=200", 0, "varint:max-bytes=1,counts=frame,offset=200",
     "no payload fits: no length could ever be right"},
    {"varint:after=byte", 7, "after=byte", "must be one of varint"},
    {"ascii", 0, "ascii", "until or width must say where the digits end"},
    {"ascii:base=8,until=':'", 6, "base=8", "base is 10 or 16"},
    {"ascii:width=17", 6, "width=17", "width is 1 to 16 digits"},
    {"ascii:until='1'", 6, "until='1'", "until starts with a digit"},
    {"ascii:width=1,adjust=-20", 0, "ascii:width=1,adjust=-20",
     "no payload fits: no length could ever be right"},
    {"ascii:width=1,counts=frame,until='12345678901'", 27, "until='12345678901'",
     "until starts with a digit"},
    {"ascii:width=1,adjust=+400,max=300", 0, "ascii:width=1,adjust=+400,max=300",
     "no payload fits: no length could ever be right"},
    {"ascii:until=':',bare=1/x", 16, "bare=1/x", "must be numbers with / between them"},
    {"headers:length=", 8, "length=", "length must name fields"},
    {"headers:length=a b", 8, "length=a b", "length must name fields"},
    {"headers:skip=lf", 8, "skip=lf", "must be one of eol, crlf"},
    {"headers:max-header=1", 8, "max-header=1", "max-header is 16 bytes to 1 MiB"},
    {"headers:else=00", 8, "else=00", "must be until(BYTES)"},
    {"delim", 0, "delim", "end is given 1 to 16 times"},
    {"delim:end=", 6, "end=", "must have at least one byte"},
    {"delim:end=0", 6, "end=0", "must be bytes: hex pairs (0d0a), a quoted string ('\\r\\n'),"},
    {"delim:end='|", 6, "end='|", "has no closing quote"},
    {"delim:end='\\q'", 6, "end='\\q'",
     "has a wrong escape; there are \\r \\n \\t \\0 \\xHH \\\\ \\' \\\""},
    {"delim:end=0a|0a", 6, "end=0a|0a", "end marks are all different"},
    {"delim:end=0a,start=24|2525", 13, "start=24|2525",
     "start marks have 1 to 256 bytes, all the same number"},
    {"delim:end=0a,keep=1", 13, "keep=1", "takes no value"},
    {"delim:end=0a,tail=keep", 13, "tail=keep", "must be one of error, deliver, drop"},
    {"line:eol=cr", 5, "eol=cr", "must be one of lf, crlf, lf-only"},
    {"line:count=token[x]", 5, "count=token[x]", "must be token[N], token[-N] or tail('{','}')"},
    {"line:verbs=PUB", 0, "line:verbs=PUB",
     "count must say where the listed verbs have their number"},
    {"line:count=token[0],tail=drop", 20, "tail=drop", "tail is for lines without a count"},
    {"fixed", 0, "fixed", "size is 1 byte to 1 GiB"},
    {"fixed:size=0", 6, "size=0", "size is 1 byte to 1 GiB"},
    {"fixed:size=16,max=4", 14, "max=4", "max is below size"},
    {"fixed:size=2,sync='abc'", 13, "sync='abc'", "sync is longer than size"},
    {"table:count=0/9", 6, "count=0/9", "count is OFFSET/WIDTH with 1 to 8 bytes"},
    {"table:count=0/1,count-adjust=-256", 16, "count-adjust=-256",
     "count-adjust takes away more parts than there can be"},
    {"table:entry=9", 6, "entry=9", "entry is 1 to 8 bytes"},
    {"list:align=4", 5, "align=4", "align is for tables"},
    {"chunks", 0, "chunks", "until must say where the digits end"},
    {"chunks:ascii=8,until=crlf", 7, "ascii=8", "ascii is 10 or 16"},
    {"chunks:width=9", 7, "width=9", "width is 1 to 8 bytes"},
    {"chunks:end=one", 7, "end=one", "must be one of zero"},
    {"walk", 0, "walk", "walk:NAME with resp, json, json-seq, msgpack, cbor, bencode"},
    {"walk:xml", 5, "xml", "no such walker; there are resp, json, json-seq, msgpack, cbor,"},
    {"walk:resp,json", 10, "json", "walk takes one walker, max and min"},
    {"walk:json,max=1,min=2", 16, "min=2", "min is above max"},
    {"switch", 0, "switch", "a switch needs at least one CASE>(spec)"},
    {"switch:at=0", 0, "switch", "a switch needs at least one CASE>(spec)"},
    {"switch:mask=0x0f,f0>(line)", 7, "mask=0x0f", "mask takes away what a case wants"},
    {"switch:0g>(line)", 7, "0g", "must be a byte in hex, digit or else"},
    {"switch:00>(nope)", 11, "nope", "kinds are length varint ascii headers delim line"},
    {"switch:00>(length:width=0)", 18, "width=0", "width is 1 to 8 bytes"},
    {"switch:00>(line;once)", 16, "once", "a nested kind has no clauses"},
    {"switch:00>(delim:start=0a)", 11, "delim:start=0a",
     "end must be given: only a frame like it would end this one"},
    {"unstick:crc=maybe", 8, "crc=maybe", "must be one of on, off"},
    {"unstick:bogus", 8, "bogus", "unstick has no such key; it takes crc max min"},
    {"line;preamble", 5, "preamble",
     "must be a size up to 65536, 'bytes', until=BYTES, ..TEXT, before-line=BYTES|BYTES"},
    {"line;preamble=0", 5, "preamble=0",
     "must be a size up to 65536, 'bytes', until=BYTES, ..TEXT, before-line=BYTES|BYTES"},
    {"line;preamble:until=", 5, "preamble:until=", "must end with 1 to 256 bytes"},
    {"line;preamble='x", 5, "preamble='x", "has no closing quote"},
    {"line;first:client", 5, "first:client", "must be client=KIND(OPTIONS) or server=..."},
    {"line;first:client=nope(width=1)", 18, "nope",
     "kinds are length varint ascii headers delim line"},
    {"line;first:client=length(width=0)", 25, "width=0", "width is 1 to 8 bytes"},
    {"line;first:client=line()*0", 5, "first:client=line()*0", "must say *N with N from 1 on"},
    {"line;first:client=delim(start=0a)", 18, "delim(start=0a)",
     "end must be given: only a frame like it would end this one"},
    {"line;once=1", 5, "once=1", "takes no value"},
    {"line;magic=", 5, "magic=", "must be 1 to 256 bytes, with @OFFSET behind them or not"},
    {"line;magic=0", 5, "magic=0", "must be bytes: hex pairs (0d0a), a quoted string ('\\r\\n'),"},
    {"line;magic=00@70000", 5, "magic=00@70000",
     "must be 1 to 256 bytes, with @OFFSET behind them or not"},
    {"line;end=", 5, "end=", "must have at least one byte"},
    {"line;check=md5", 5, "check=md5",
     "must be one of crc32c, crc32, adler32, sum8, xor-hex, fcs16,"},
    {"line;join:last=9", 5, "join:last=9",
     "must be last=BYTE.BIT, last=@BYTE:CHAR or 'CHARS', more=BYTE.BIT"},
    {"line;join:full=0", 5, "join:full=0",
     "must be last=BYTE.BIT, last=@BYTE:CHAR or 'CHARS', more=BYTE.BIT"},
    {"line;unescape=uu", 5, "unescape=uu", "must be one of slip, cobs, hdlc, dot, dle, map("},
    {"line;xor=key", 5, "xor=key", "goes with the kind length"},
    {"length;xor=mask", 7, "xor=mask", "must be one of key"},
    {"length:width=4;xor=key;unescape=slip", 15, "xor=key", "does not go with unescape"},
    {"chunks:width=1;unescape=slip", 15, "unescape=slip",
     "must have payloads in one piece; those of this kind come in"},
    {"chunks:width=1;join:last=0.0", 15, "join:last=0.0",
     "must have payloads in one piece; those of this kind come in"},
    {"length:endian=magic@0:0102;join:last=0.0", 27, "join:last=0.0",
     "does not go with a byte order that some fragments tell"},
    {"length:zero=eof;join:last=0.0", 16, "join:last=0.0", "does not go with zero=eof"},
    {"line;bogus=1", 5, "bogus=1", "no such clause; there are preamble first once magic check end"},
    {"fixed:size=2;magic=010203", 13, "magic=010203", "stands behind every frame"},
    {"fixed:size=2;end=010203", 13, "end=010203", "is longer than any frame"},
    {"fixed:size=2;check=crc32", 13, "check=crc32", "is longer than any frame"},
    {"fixed:size=2,sync=47;magic=48", 21, "magic=48",
     "is not what any frame of this kind starts with"},
    {"length:width=1,counts=frame;magic=00", 28, "magic=00",
     "is not what any frame of this kind starts with"},
    {"http2,offset=9", 0, "http2,offset=9", "header is offset + width to 65543"},
    {"kafka,max=0", 6, "max=0", "max is at least 1: a limit always exists"},
    {"kafka,bogus=1", 6, "bogus", "length has no such key; it takes offset width endian counts"},
    {"kafka;bogus=1", 6, "bogus=1",
     "no such clause; there are preamble first once magic check end"},
};

TEST(WrongSpecs, AreRefusedWithPartPositionAndWhatWasAllowed) {
  for (const WrongSpec& wrong : kWrong) {
    const auto described = DescribedFramer::FromSpec(wrong.spec, Side::kClient);
    const auto any = AnyFramer::FromSpec(wrong.spec, Side::kClient);
    ASSERT_FALSE(described.ok()) << wrong.spec;
    ASSERT_FALSE(any.ok()) << wrong.spec;
    EXPECT_EQ(described.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string said(described.status().message());
    EXPECT_EQ(said, any.status().message());
    const std::string due = "wrong spec \"" + std::string(wrong.spec) + "\": at character " +
                            std::to_string(wrong.position) + ", \"" + std::string(wrong.part) +
                            "\": ";
    EXPECT_EQ(said.substr(0, due.size()), due);
    EXPECT_NE(said.find(wrong.why, due.size()), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
    EXPECT_EQ(wrong.spec.substr(wrong.position, wrong.part.size()), wrong.part);
  }
}

// What is the last that is allowed, and what is the first that is not.
TEST(WrongSpecs, BeginWhereTheRightOnesEnd) {
  const std::string over = "length:width=1;check=sum8-binary,over=";
  const std::string until = "abcdefghijklmnop";  // 16
  const std::pair<std::string, std::string> rows[] = {
      {"length:width=1;check=crc(width=8,poly=7)", "length:width=1;check=crc(width=0,poly=7)"},
      {"length:width=1;check=crc(width=8,poly=7)", "length:width=1;check=crc(width=65,poly=7)"},
      {over + "0..2", over + "0..y"},
      {over + "0..2", over + "x..2"},
      {over + "0..1073741824", over + "0..1073741825"},
      {over + "0..-2", over + "0..-0"},
      {"line;preamble:before-line='A'", "line;preamble:before-line="},
      {"length:offset=4,width=2;join:last=@3:F", "length:offset=4,width=2;join:last=@x:F"},
      {"ascii:until='" + until + "'", "ascii:until='" + until + "q'"},
      {"chunks:ascii=10,until='" + until + "'", "chunks:ascii=10,until='" + until + "q'"},
      {"switch:mask=1,00>(line)", "switch:mask=0,00>(line)"},
      {"table:count=0/4,entry=4,unit=65536", "table:count=0/4,entry=4,unit=65537"},
      {"length:width=1,min=3,max=3", "length:width=1,min=4,max=3"},
      {"line:min=3,max=3;magic=41", "line:min=4,max=3;magic=41"},
      {"delim:end=0a0d", "delim:end=0a0g"},
      {"delim:end=0a0d", "delim:end=0ag0"},
      {"delim:end=c0;unescape=slip;check=crc32,over=0..",
       "delim:end=c0;unescape=slip;check=crc32,over=0..2"},
  };
  for (const auto& [right, wrong] : rows) {
    const auto taken = DescribedFramer::FromSpec(right);
    EXPECT_TRUE(taken.ok()) << taken.status();
    EXPECT_FALSE(DescribedFramer::FromSpec(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace unstick::inline v0
