// The law harness over described framings: each kind, clause, filter and walker by a few streams
// that come near its edges, and every preset by the frames that it encodes itself.

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/described_framer.h"
#include "unstick/core/presets.h"
#include "unstick/testing/framer_laws.h"

namespace unstick::inline v0::testing {
namespace {

using namespace std::string_literals;

struct Case {
  std::string_view spec;
  std::vector<std::string> streams;
};

std::vector<Case> Cases() {
  return {
      {"length:width=1,shift=4,mask=0xf,unit=2", {"\x10\0\x20\0\0\0\0"s, "\x30"}},
      {"length:width=1,counts=frame,adjust=-1,align=3,trailer=1,max=4",
       {"\3a\0\1\2"s, "\1", "\x20"}},
      {"length:width=1,ext=126:2/127:3+5,max=300", {"\1a\x7e\0\1b"s, "\x7f\0\0\0hello"s}},
      {"length:width=1,mask=0x7f,ext=bit7:15be,counts=frame", {"\2a\x80\4b"s, "\x80\1"s, "\1"}},
      {"length:offset=1,width=1,ext=@0.1:2", {"\0\1a\2\0\1b"s, "\2\0"s}},
      {"length:offset=1,width=1,if=0.7:+2", {"\0\1a\x80\1kkb"s, "\x80\1k"}},
      {"length:width=1,plus=1/1&0x3*2,header=2", {"\1\1abc\1\0d"s, "\0\xff"s}},
      {"length:offset=1,width=2,endian=@0.0", {"\0\0\1a\1\1\0b"s}},
      {"length:offset=1,width=2,endian=@0:l", {"l\1\0aB\0\1b"s}},
      {"length:width=2,endian=magic@2:0102,header=4", {"\0\2\1\2\2\0\2\1"s, "\0\2\1"s}},
      {"length:width=1,counts=frame,zero=eof,max=3", {"\2a\0bc"s, "\0abcd"s, "\1"}},
      {"length:width=1,strip=none,min=1", {"\1a\0"s}},
      {"varint:offset=1,max-bytes=2", {"x\1ax\x81\0"s, "x\x80\x80"}},
      {"varint:big7,counts=frame", {"\2a\x81\1"s, "\x80\1"}},
      {"varint:quic,after=varint", {"\x40\1\1a\2\0"s}},
      {"varint:msgpack,trailer=1", {"\1a.\xcc\1b."s, "\xcd\0"s, "\x80"}},
      {"ascii:until=':',trailer=','", {"1:a,0:,", "01:a,", "1:ab", "9999999999999999999999:"}},
      {"ascii:base=16,width=2,counts=frame,bare=0/1", {"03a0100", "02", "0g"}},
      {"ascii:after='9=',until=';',trailer=1", {"8;9=1;a.", "9=x;"}},
      {"headers:length=L|l,skip=eol,default=0",
       {"L:1\r\n\r\na\n", "x\n\nl: 2\n\nab", "L:1\nL:1\n\n"}},
      {"headers:length=L,chunked=T", {"T:chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "T: x\r\n\r\n"}},
      {"headers:length=L,else=until(00),trailer=1,max-header=16", {"A\r\nb:\r\n\r\nxy\0"s}},
      {"walk:cbor;join=full=1", {"\1\2\x9f\x81\1\xff"s, "\1\x5f\x41"s, "\1\x1c"s}},
      {"walk:json;magic@2=31;join=full=3", {"[11]1[]"s, "[1][ 1]"s, "[1][\"1\",[2]]"s, "[1][ 2"s}},
      {"line:max=4;magic@1=61;join=last=@0:'.'",
       {"-a\n.a\n"s, "-a\n-a\n.a\n"s, "-a\n.b\n", "-ab\n-abc\n"}},
      {"line:count=token[0];magic='1'", {"1\na2\nab", "1 x\nab\n"}},
      {"headers:chunked=T;magic=54", {"T:chunked\r\n\r\n1\r\na\r\n0\r\n\r\nT:x"}},
      {"delim:end='ab'|'a',start=24|21,keep,tail=deliver", {"$xa!ab$y", "$", "z"}},
      {"delim:start=0001", {"\0\1a\0\0\1"s, "\0\2"s}},
      {"line:eol=crlf,verbs=P|M@1,count=token[-1],trailer=2",
       {"P 1\r\na\r\nx\r\n", "M 2\r\n\r\n\r\n"}},
      {"line:count=tail('{','}'),max=12", {"{1}\nab\n", "{9}\n", "{1}\r\n\r\n\n"}},
      {"fixed:size=3,sync=47", {"GabGcdx", "Ga"}},
      {"table:count=0/1,count-adjust=1,entry=1,unit=2,align=4", {"\0\1\0\0ab\1\0\0\0"s, "\xff"}},
      {"list:header=2,count=1/1,entry=1", {"x\2\1a\0x\0"s, "x\1\2a"}},
      {"chunks:width=1,trailer=0d0a", {"\1a\r\n\2bc\r\n\0\0"s, "\1ax"}},
      {"chunks:ascii=16,until=crlf,trailer=crlf", {"1;x\r\na\r\n0\r\nt: u\r\n\r\n", "g"}},
      {"switch:at=0,mask=0xc0,00>(fixed:size=2),40>(length:offset=1,width=1)",
       {"\1a@\1bA\0"s, "\x80"}},
      {"switch:digit>(ascii:until=' '),else>(delim:end=0a,max=3)", {"1 ax\n2 ", "abcdef\n"}},
      {"unstick:crc=off", {"\xb7USK\1\0", "\xb7X"}},
      {"length:width=1;preamble=3", {"pre\1a\0"s, "pr"}},
      {"length:width=1;preamble='HI'", {"HI\1a", "HO"}},
      {"length:width=1;preamble:until=0a", {"xyz\n\1a"}},
      {"length:width=1;preamble='H'/1/'!'", {"Hx!\1a", "HxI"}},
      {"length:width=1;skip=fe|0a", {"\xfe\n\1a\xfe\2\xfe\n\n"}},
      {"line:eol=crlf-only,verbs=P,count=token[-1],trailer=2",
       {"P 1\r\na\r\nx\r\n", "a\rb\r\n", "a\nb\r\n"}},
      {"line:eol=crlf-only,max=3", {"a\r\nabc\r\n", "abc\n", "abcd\r\n"}},
      {"line;preamble:through-line='B'", {"a\nBx\nc\n"}},
      {"line;preamble:before-line='B'", {"a\nBx\nc\n", "Bx\n"}},
      {"length:width=1;first:client=(line)*2", {"a\nb\n\1c"}},
      {"length:width=1;first:client=chunks(width=1)", {"\1a\0\1b"s}},
      {"line;once", {"a\n", "a\nb"}},
      {"length:width=1;magic=aa@2", {"\2x\xaa\1\xaa", "\2xy"}},
      {"length:width=1,max=3;magic=01@1;check=crc32c", {"\x3b\1\1\1\1"}},
      {"delim:end=0a,trailer=2;magic=61", {"ab\nxyac\n", "ab\nxyb"}},
      {"line:verbs=P|M,count=token[-1],trailer=2;magic=50", {"P 1\na  P", "P 1\na x"}},
      {"headers:length=L,chunked=T;magic=50", {"P\r\nT:chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"}},
      {"delim:end=0a,trailer=2;magic=61;join:last=0.0", {"ab\nxyac\n", "ab\nxyb"}},
      {"length:width=1,trailer=1;end=ce", {"\1a\xce\0\xcf"s}},
      {"length:width=1,trailer=4;check=crc32", {"\0\xd2\2\xef\x8d\0\xd2"s}},
      {"delim:start=24,end=23,trailer=2;check=sum8", {"$a#61$b#61"}},
      {"length:width=1,mask=0x7f,max=4;join:last=0.7", {"\1a\x81\x62\x80\3"s, "\3abc\x82"s}},
      {"length:offset=1,width=1;join:more=0.0", {"\1\1a\0\1b\0\0"s}},
      {"length:offset=1,width=1;join:last=@0:'FA'", {"C\1aF\1bA\0"s}},
      {"length:width=1;join:full=2", {"\2ab\1c\2de\0"s}},
      {"delim:end=c0,skip-empty;unescape=slip", {"\xc0\x61\xdb\xdc\xc0\xdbx\xc0"}},
      {"delim:end=00,max=3;unescape=cobs", {"\3ab\2c\0\1\0\5"s, "\1\1\1\1\1\1\0"s}},
      {"delim:end=7e,skip-empty;unescape=hdlc;check=fcs16", {"~\0\0~"s, "\x7d~"}},
      {"delim:end=0d0a2e0d0a;unescape=dot", {"..a\r\n.\r\n"}},
      {"delim:start=1002,end=1003;unescape=dle", {"\x10\2\x10\x10\x10\3"}},
      {"length:width=1,offset=1,if=0.7:+4;xor=key", {"\x80\2\1\2\3\4ab"}},
      {"walk:resp", {"*1\r\n$1\r\na\r\n:1\r\n", "$-1\r\n+x\n"}},
      {"walk:json", {"{\"a\":1} 2 [", "1 \"\\\"\""}},
      {"walk:json-seq", {"\x1e[1]\n\x1e{}\n", "\x1e[1\x1e"}},
      {"walk:msgpack", {"\x92\1\xa1x\xc0", "\xc1"}},
      {"walk:cbor", {"\x82\1\x41x\x9f\xff", "\x1c"}},
      {"walk:bencode", {"i1e2:abl1:xe", "ie"}},
      {"walk:ber", {"\4\1a\x30\x80\0\0"s, "\x1f\x81"}},
  };
}

const std::vector<std::string>& Payloads() {
  static const std::vector<std::string> payloads = {"",
                                                    "a",
                                                    "ab",
                                                    "abc",
                                                    "1",
                                                    "[]",
                                                    "i1e",
                                                    "+x\r\n",
                                                    "\xc0",
                                                    "P 1\r\na",
                                                    "Bx",
                                                    "a\n",
                                                    "G12",
                                                    "\4\1z",
                                                    "$\n",
                                                    std::string("\0\0", 2),
                                                    std::string("\1a", 2),
                                                    "a*61"};
  return payloads;
}

TEST(DescribedLaws, HoldForEachPart) {
  LawReport total;
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.spec);
    const auto framer = DescribedFramer::FromSpec(c.spec, Side::kClient);
    ASSERT_TRUE(framer.ok()) << framer.status().ToString();
    const LawOptions options{.all_cuts_up_to = 9, .random_cuts = 12, .every_way = false};
    const LawReport report = CheckFramerLaws(*framer, c.streams, Payloads(), options);
    EXPECT_TRUE(report.ok()) << report.broken;
    EXPECT_LE(report.refused, report.payloads);
    std::size_t frames = report.payloads - report.refused;
    for (const std::string& stream : c.streams) {
      frames += EventsOf(*framer, AsBytes(stream)).size() - 1;
    }
    EXPECT_GT(frames, 0) << "no frame was decoded";
    total.windows += report.windows;
    total.chunkings += report.chunkings;
    total.payloads += report.payloads;
    total.refused += report.refused;
  }
  std::printf("%zu specs, %llu windows, %llu chunkings, %llu payloads, %llu refused\n",
              Cases().size(), static_cast<unsigned long long>(total.windows),
              static_cast<unsigned long long>(total.chunkings),
              static_cast<unsigned long long>(total.payloads),
              static_cast<unsigned long long>(total.refused));
}

TEST(DescribedLaws, HoldForEveryPreset) {
  for (const Preset& preset : Presets()) {
    SCOPED_TRACE(preset.name);
    const std::string spec = preset.name == "fixed-n" ? "fixed-n,size=3" : std::string(preset.name);
    for (const Side side : {Side::kClient, Side::kServer}) {
      const auto framer = DescribedFramer::FromSpec(spec, side);
      ASSERT_TRUE(framer.ok()) << framer.status().ToString();
      std::vector<std::string> streams = {"GET / HTTP/1.1\r\n\r\n", "\x16\3\1\0\1x"s};
      StreamBuffer out;
      DescribedFramer::State sent{.preamble_done = true};
      for (const std::string& payload : Payloads()) {
        (void)framer->EncodeTo(AsBytes(payload), out, sent);
      }
      streams.emplace_back(AsText(out.readable()));
      streams.push_back(streams.back().substr(0, streams.back().size() * 2 / 3));
      const LawOptions options{
          .all_cuts_up_to = 4, .pair_cuts_up_to = 8, .random_cuts = 4, .every_way = false};
      const LawReport report = CheckFramerLaws(*framer, streams, {"", "ab"}, options);
      EXPECT_TRUE(report.ok()) << report.broken;
    }
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
