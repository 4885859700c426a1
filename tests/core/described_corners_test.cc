// Described framings where their parts meet: what the laws and the slow decoder found, one by one.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "src/core/signatures.h"
#include "tests/core/described_events.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// The wire bytes of these payloads, "refused" among them where one is.
std::string Encoded(std::string_view spec, const std::vector<std::string>& payloads) {
  const auto framer = DescribedFramer::FromSpec(spec);
  EXPECT_TRUE(framer.ok()) << framer.status().ToString();
  if (!framer.ok()) return "";
  std::string wire;
  DescribedFramer::State sent{.preamble_done = true};
  for (const std::string& payload : payloads) {
    StreamBuffer out;
    const auto refused = framer->EncodeTo(AsBytes(payload), out, sent);
    wire += refused ? "refused" : std::string(AsText(out.readable()));
  }
  return wire;
}

// What is said about a stream's first error, fed whole and a byte at a time.
std::string Told(std::string_view spec, std::string_view stream) {
  const auto framer = AnyFramer::FromSpec(spec);
  EXPECT_TRUE(framer.ok()) << framer.status().ToString();
  std::string told[2];
  for (const bool whole : {true, false}) {
    const std::size_t size = whole ? stream.size() : 1;
    FrameDecoder<AnyFramer> decoder(*framer);
    const auto ignore = [](const FrameView&) {};
    for (std::size_t at = 0; at < stream.size(); at += size) {
      (void)decoder.Push(AsBytes(stream.substr(at, size)), ignore);
    }
    decoder.Finish();
    const DecodeResult last = decoder.Drain(ignore);
    const bool failed = last.kind() == DecodeResult::Kind::kError;
    told[whole ? 0 : 1] = failed ? last.error().ToString() : "no error";
  }
  EXPECT_EQ(told[0], told[1]) << "depends on the cuts";
  return told[0];
}

TEST(DescribedCorners, AMagicThatDoesNotFitIntoItsFrameIsNamed) {
  for (const std::string_view stream : {"\1\xca"sv, "\1\xca\xfe"sv, "\1\xca\xff"sv}) {
    EXPECT_EQ(Told("length:width=1;magic=cafe@1", stream),
              "bad_magic at offset 0: byte 2 of the frame must be fe: the magic is not there (the "
              "frame starts with 01ca)");
  }
  EXPECT_EQ(Decode("length:width=1;magic=cafe@1", "\2\xca\xfe"), "\xca\xfe@0 end@3");
}

TEST(DescribedCorners, TheFirstWrongByteOfAnEndIsNamed) {
  EXPECT_EQ(Told("length:width=1,trailer=2;end=4546", "\1aEE"),
            "bad_magic at offset 0: byte 3 of the frame must be 46: the end mark is not there (the "
            "frame starts with "
            "01614545)");
}

TEST(DescribedCorners, ChecksumsAreTold) {
  EXPECT_EQ(
      Told("hdlc", "\x7e\x31\x32\x33\xff\xff\x7e"),
      "bad_checksum at offset 1: checksum 65535 on the wire, 40116 computed (the frame starts "
      "with 313233ffff7e)");
  EXPECT_EQ(Told("hdlc", "\x7e\x31\x7e"),
            "bad_checksum at offset 1: no checksum on the wire: the frame is too short to hold a "
            "checksum "
            "(the frame starts with "
            "317e)");
  EXPECT_EQ(Told("nmea", "$A*4\r\n"),
            "bad_checksum at offset 0: no checksum on the wire (the frame starts with "
            "24412a340d0a)");
}

TEST(DescribedCorners, ALengthOfNothingCoversItsHeaderFromOneOn) {
  EXPECT_EQ(Told("varint:counts=frame", "\0"sv),
            "length_below_header at offset 0: length 0 does not cover its own header; the least "
            "possible is 1 (the frame starts with 00)");
}

TEST(DescribedCorners, TheLimitIsForTheWholeMessage) {
  const std::string_view spec = "length:width=1,mask=0x7f,max=3;join:last=0.7";
  EXPECT_EQ(
      Told(spec, "\2ab\4cd"),
      "payload_too_large at offset 0: payload of 6 bytes, more than the limit of 3 (the frame "
      "starts with 026162)");
  // Of a message that is whole, the end is known.
  EXPECT_EQ(Decode(spec,
                   "\2ab\x82"
                   "cd\x81"
                   "e",
                   Side::kEither, OnError::kSkip),
            "gap@0+6 e@6 end@8");
  EXPECT_EQ(Decode(spec,
                   "\2ab\2cd\x81"
                   "e",
                   Side::kEither, OnError::kSkip),
            "payload_too_large@0");
}

// Who ends lines at LF alone would take what follows for data: a request in a request.
TEST(DescribedCorners, AChunksExtensionHasNoEndOfLineInIt) {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(Decode("http1", head + "2;x=y\r\n4c\r\n0\r\n\r\n", Side::kClient), "4c@0 end@63");
  EXPECT_EQ(Decode("http1", head + "2;\nxx\r\n4c\r\n0\r\n\r\n", Side::kClient),
            "malformed_length@0");
  EXPECT_EQ(Decode("http1", head + "2;\rxx\r\n4c\r\n0\r\n\r\n", Side::kClient),
            "malformed_length@0");
}

TEST(DescribedCorners, AStartMarkMayHaveAZeroInFront) {
  EXPECT_EQ(Decode("annexb", "\0\0\0\1ab\0\0\1c\0\0\0\1d"sv), "ab@0 c@6 d@10 end@15");
  EXPECT_EQ(Encoded("delim:start=00000001|000001", {"a"}), "\0\0\0\1a"sv);
  EXPECT_EQ(Encoded("annexb", {"a\0"s}), "refused") << "its end would be the next one's start";
  EXPECT_EQ(
      Told("annexb", "\0\0\2"sv),
      "bad_magic at offset 0: byte 2 of the frame must be 01: the start mark is not there (the "
      "frame starts with 000002)");
}

// A hint at another protocol would mislead where it is the right one.
TEST(DescribedCorners, AFramingsOwnStartIsNoHintAtAnother) {
  EXPECT_EQ(Told("http1", "GET / HTTP/1.1\r\nHost").find("looks like"), std::string::npos);
  EXPECT_EQ(Told("lsp", "Content-Length: 9\r\n").find("looks like"), std::string::npos);
  EXPECT_EQ(Told("sip-tcp,max=1", "OPTIONS sips:a SIP/2.0\r\nl: 9\r\n\r\n").find("looks like"),
            std::string::npos);
  EXPECT_EQ(Told("rtsp-interleaved", "OPTIONS * RTSP/1.0\r\n").find("looks like"),
            std::string::npos);
  EXPECT_NE(Told("length", "\xd4\xc3\xb2\xa1").find("looks like a capture file (pcap)"),
            std::string::npos);
  EXPECT_NE(Told("length:max=9", "OggS\0").find("the start of a file: Ogg"), std::string::npos);
  const std::string native = "\xb7USK\1\0\0\0\0\0\0\2"s;
  EXPECT_EQ(Told("unstick", native).find("looks like"), std::string::npos);
  EXPECT_NE(Told("length:max=9", native).find("looks like unstick"), std::string::npos);
  EXPECT_NE(Told("line", "GET / HTTP/1.1").find("looks like HTTP"), std::string::npos);
}

// The same for every start that is known, of plain framings and of described ones.
TEST(DescribedCorners, NoPresetsOwnStartIsAHint) {
  for (const detail::Signature& signature : detail::Signatures()) {
    if (signature.preset.empty()) continue;
    std::string start;
    bool quoted = false;
    for (std::size_t i = 0; i < signature.pattern.size(); ++i) {
      const char c = signature.pattern[i];
      if (c == '\'') {
        quoted = !quoted;
      } else if (quoted) {
        start += c;
      } else if (c != ' ') {
        const std::string_view pair = signature.pattern.substr(i++, 2);
        start += pair == "??" ? 'U' : static_cast<char>(std::stoi(std::string(pair), nullptr, 16));
      }
    }
    for (const char* options : {"", ",max=1", ",max=40"}) {
      if (signature.preset == "unstick" && *options != '\0') continue;  // a kind, not a preset
      const std::string spec = std::string(signature.preset) + options;
      if (!AnyFramer::FromSpec(spec).ok()) continue;  // less than the least
      for (const std::string& rest : {std::string(), std::string(30, '\0'), std::string(30, 'x')}) {
        EXPECT_EQ(Told(spec, start + rest).find("looks like"), std::string::npos)
            << spec << ": " << Told(spec, start + rest);
      }
    }
  }
}

TEST(DescribedCorners, OfOptionsThatExcludeEachOtherTheLastCounts) {
  const auto spec = [](std::string_view text) { return DescribedFramer::FromSpec(text)->spec(); };
  EXPECT_EQ(spec("varint:quic,big7"), "varint:big7");
  EXPECT_EQ(spec("varint:big7,quic"), "varint:quic");
  EXPECT_EQ(spec("chunks:ascii=16,width=2,until=0a"), "chunks:width=2,until=0a");
  EXPECT_EQ(spec("chunks:width=2,ascii=16,until=0a"), "chunks:ascii=16,until=0a");
  EXPECT_EQ(Decode("chunks:ascii=16,width=1,until=0a", "\1a\0"sv), "a@0 end@3");
  EXPECT_EQ(Decode("chunks:width=1,ascii=16,until=0a", "1\na0\n\n"), "a@0 end@6");
}

TEST(DescribedCorners, MagicIsInsideItsFrame) {
  EXPECT_EQ(Decode("length:width=1;magic=aa@5", "\1a"), "bad_magic@0");
  EXPECT_EQ(Decode("length:width=1,counts=frame;magic=aa@1", "\1\xaa"), "bad_magic@0");
  EXPECT_EQ(Decode("length:width=1;magic=aa@1", "\1\xaa"), "\xaa@0 end@2");
}

TEST(DescribedCorners, LengthsAreReadFromTheirOwnFrame) {
  EXPECT_EQ(Decode("length:width=1,endian=@3.0", "\1a\1b"), "length_below_header@0");
  EXPECT_EQ(Decode("length:width=1,plus=2/1", "\0\0\0"sv), "length_below_header@0");
  EXPECT_EQ(Decode("switch:at=2,62>(length:width=1)", "\1ab"), "bad_magic@0");
}

TEST(DescribedCorners, LimitsComeBeforeStrip) {
  EXPECT_EQ(Decode("length:width=1,strip=5,min=3", "\1a"), "payload_too_small@0");
  EXPECT_EQ(Decode("length:width=1,strip=5", "\1a"), "malformed_length@0");
}

TEST(DescribedCorners, FirstFramesMayBeOfAnyKind) {
  EXPECT_EQ(Decode("length:width=1;first:client=chunks(width=1)", "\1a\2bc\0\1d"sv, Side::kClient),
            "abc@0 d@6 end@8");
  EXPECT_EQ(Decode("length:width=1;first:client=delim(end=0a,tail=deliver)", "abc", Side::kClient),
            "abc@0 end@3");
  EXPECT_EQ(Decode("line;first:client=(fixed:size=2)*2;once", "ab", Side::kClient), "ab@0 end@2");
}

TEST(DescribedCorners, APcapFileTellsTheByteOrderOfItsWriter) {
  const std::string rest(20, '\0');
  const std::string record = "\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0x"s;
  const std::string big = "\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1x"s;
  EXPECT_EQ(Decode("pcap-stream", "\xd4\xc3\xb2\xa1" + rest + record), "x@24 end@41");
  EXPECT_EQ(Decode("pcap-stream", "\x4d\x3c\xb2\xa1" + rest + record), "x@24 end@41");
  EXPECT_EQ(Decode("pcap-stream", "\xa1\xb2\xc3\xd4" + rest + big), "x@24 end@41");
}

TEST(DescribedCorners, ALineAfterALiteralHasItsOwnLineEnd) {
  EXPECT_EQ(Decode("line:eol=crlf,count=tail('{','}')", "a {1}\r\n\r\nX\r\n"),
            "a {1}\r\n\r\nX@0 end@12");
  EXPECT_EQ(Decode("imap-literal", "a {1}\r\n\r\nX\r\n"), "bad_magic@0");
}

TEST(DescribedCorners, WordsAfterAMaskedFrame) {
  // No flag says whether there is a key: the last four header bytes are one.
  EXPECT_EQ(Encoded("length:width=4;xor=key", {"abc"}), "\0\0\0\3abc"sv);
  EXPECT_EQ(Encoded("length:width=4;xor=key", {"abcd"}), "\0\0\0\4abc`"sv);
  EXPECT_EQ(Decode("length:width=4;xor=key", "\0\0\0\4abc`"sv), "abcd@0 end@8");
}

TEST(DescribedCorners, AnOverlongFrameIsSkippedWithTheSearchOfTheCaseThatSearches) {
  const auto framer = DescribedFramer::FromSpec(
      "switch:at=0,3c>(delim:end=0a,max=4),digit>(ascii:until=' ',max=4)");
  ASSERT_TRUE(framer.ok()) << framer.status().ToString();
  FrameDecoder decoder(*framer, OnError::kSkip);
  std::string events;
  const auto sink = [&](const FrameView& frame) { events += frame.CopyPayload() + " "; };
  const DecodeResult gap = decoder.Push(AsBytes("<ab\n<abcdefgh\n2 hi"), sink);
  ASSERT_EQ(gap.kind(), DecodeResult::Kind::kGap);
  EXPECT_EQ(gap.gap().skipped, 10);
  EXPECT_EQ(decoder.Drain(sink).kind(), DecodeResult::Kind::kNeedMore);
  EXPECT_EQ(events, "<ab hi ");
}

TEST(DescribedCorners, WhatWouldNotBeCountedIsNotSkipped) {
  for (const std::string_view spec :
       {"length:width=1,max=1;once", "length:width=1;first:client=length(width=1,max=1)"}) {
    FrameDecoder decoder(*DescribedFramer::FromSpec(spec, Side::kClient), OnError::kSkip);
    const DecodeResult result = decoder.Push(AsBytes("\2ab\1c"), [](const FrameView&) {});
    EXPECT_EQ(result.kind(), DecodeResult::Kind::kError) << spec;
  }
}

// A bad fragment is dropped only if it is known to be a whole message.
TEST(DescribedCorners, OfMessagesOnlyWholeOnesAreSkipped) {
  const auto framer = DescribedFramer::FromSpec("length:width=1,mask=0x7f,max=2;join:last=0.7");
  ASSERT_TRUE(framer.ok());
  for (const bool whole : {true, false}) {
    FrameDecoder decoder(*framer, OnError::kSkip);
    const DecodeResult result =
        decoder.Push(AsBytes(whole ? "\x83xyz\x81w" : "\3xyz\x81w"), [](const FrameView&) {});
    EXPECT_EQ(result.kind(), whole ? DecodeResult::Kind::kGap : DecodeResult::Kind::kError);
  }
}

TEST(DescribedCorners, ALengthInsideTheFieldIsWritten) {
  const std::string_view spec = "length:width=1,mask=0x7f,ext=bit7:15be,max=40000";
  EXPECT_EQ(Encoded(spec, {std::string(127, 'x')}), "\x7f" + std::string(127, 'x'));
  EXPECT_EQ(Encoded(spec, {std::string(128, 'x')}), "\x80\x80" + std::string(128, 'x'));
  EXPECT_EQ(Encoded(spec, {std::string(32767, 'x')}), "\xff\xff" + std::string(32767, 'x'));
  EXPECT_EQ(Encoded(spec, {std::string(32768, 'x')}), "refused");
}

TEST(DescribedCorners, AFullPayloadIsContinued) {
  EXPECT_EQ(Encoded("length:width=1;join:full=3", {"ab", "abc", "abcdefg"}),
            "\2ab\3abc\0\3abc\3def\1g"sv);
}

TEST(DescribedCorners, ATableHasAsManyPartsAsItTakes) {
  EXPECT_EQ(Encoded("table:count=0/1,entry=1", {"", "a", std::string(256, 'x')}),
            "\0\1\1a\2\xff\1"s + std::string(256, 'x'));
  EXPECT_EQ(Encoded("table:count=0/1,count-adjust=1,entry=1,align=4", {"", "ab"}),
            "\0\0\0\0\0\2\0\0ab"sv);
}

TEST(DescribedCorners, NumbersAreKeptApart) {
  EXPECT_EQ(Encoded("json-concat", {"12", "34", "[]"}), "12\n34\n[]");
  EXPECT_EQ(Decode("json-concat", "12\n34\n[]"), "12@0 34@3 []@6 end@8");
}

// What would end with the input alone cannot have another frame behind it.
TEST(DescribedCorners, NoFrameReachesToTheEnd) {
  EXPECT_EQ(Encoded("length:width=1,zero=eof;check=xor8", {""}), "\1\1");
  EXPECT_EQ(Encoded("length:width=1,zero=eof", {"", "a"}), "refused\1a");
  EXPECT_EQ(Encoded("annexb", {"a", "b"}), "\0\0\1a\0\0\1b"sv);
}

TEST(DescribedCorners, AVarintHasItsFormsLimit) {
  EXPECT_EQ(Decode("varint:quic,max-bytes=1", "\1a\x40"), "a@0 malformed_length@2");
  EXPECT_EQ(Decode("varint:max-bytes=1,quic", "\1a\x40"), "a@0 malformed_length@2");
  EXPECT_EQ(Decode("varint:quic", "\x40\1a"), "a@0 end@3");
}

TEST(DescribedCorners, PrintNumbersAndSizesInOneWay) {
  const auto spec = [](std::string_view text) { return DescribedFramer::FromSpec(text)->spec(); };
  EXPECT_EQ(spec("length:max=8192KiB,width=0x4,offset=0x10,mask=0x7f"),
            "length:offset=16,mask=0x7f");
  EXPECT_EQ(spec("varint:min=2048,max-bytes=0x05,quic,max=1048576"),
            "varint:quic,max-bytes=5,max=1MiB,min=2KiB");
  EXPECT_EQ(spec("length:width=0x2,adjust=+4,unit=02"), "length:width=2,adjust=4,unit=2");
  EXPECT_EQ(spec("length:width=2,width=4,adjust=-0,unit=2;once"), "length:unit=2;once");
  EXPECT_EQ(spec("ascii:trailer=',',until=':',base=0xa"), "ascii:until=3a,trailer=','");
}

TEST(DescribedCorners, SumsAreOfTheDeliveredPayload) {
  EXPECT_EQ(Decode("hdlc,max=2", Encoded("hdlc", {"ab"})), "ab@0 end@5");
  EXPECT_EQ(Decode("hdlc,max=2", Encoded("hdlc", {"abc"})), "payload_too_large@0");
}

// A body of many small chunks, in many small pieces: each byte is looked at once. Were the body
// read again from its start each time, this would take hours.
TEST(DescribedCorners, ManyChunksTakeLinearTime) {
  std::string stream = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 10'000; ++i) stream += "1\r\nx\r\n";
  stream += "0\r\n\r\n";
  FrameDecoder decoder(*DescribedFramer::FromSpec("http1"));
  std::size_t size = 0;
  for (std::size_t at = 0; at < stream.size(); at += 6) {
    ASSERT_GT(decoder.Feed(AsBytes(std::string_view(stream).substr(at, 6))), 0);
    (void)decoder.Drain([&](const FrameView& frame) { size += frame.payload().size(); });
  }
  EXPECT_EQ(size, 10'000);
}

// The byte of a fragment that is too short for it says nothing: more follows.
TEST(Joined, AFragmentWithoutTheByteGoesOn) {
  EXPECT_EQ(Decode("length:width=2;join:last=@2:F", "\0\0\0\1F"s), "F@0 end@5");
}

TEST(Joined, TheLastOneIsMarkedWithACharacter) {
  const auto framer = DescribedFramer::FromSpec("length:offset=4,width=2;join:last=@3:'FG'");
  ASSERT_TRUE(framer.ok()) << framer.status();
  StreamBuffer out;
  DescribedFramer::State sent;
  ASSERT_FALSE(framer->EncodeTo(AsBytes("ab"), out, sent));
  EXPECT_EQ(AsText(out.readable()), "\0\0\0F\0\2ab"s);
}

TEST(Described, OnlyMagicAndACheckFindTheNextFrame) {
  EXPECT_FALSE(DescribedFramer::FromSpec("length:width=1;check=sum8")->can_resync());
  EXPECT_FALSE(DescribedFramer::FromSpec("length:offset=1,width=1;magic=41")->can_resync());
  EXPECT_TRUE(
      DescribedFramer::FromSpec("length:offset=1,width=1;magic=41;check=sum8")->can_resync());
}

// Of keys that are given twice, or exclude each other, the later one alone counts.
TEST(Described, TheLaterKeyCounts) {
  EXPECT_TRUE(DescribedFramer::FromSpec("chunks:ascii=7,width=2").ok());
  EXPECT_EQ(Decode("length:width=1,strip=none,strip=header", "\1a"), "a@0 end@2");
  EXPECT_EQ(Decode("length:width=1,strip=header,strip=none", "\1a"), "\1a@0 end@2");
}

TEST(Described, SeveralEndMarksBehindEscapedPayload) {
  EXPECT_EQ(Decode("delim:end=c0|0a;unescape=slip", "a\nb\xdb\xdc\xc0"), "a@0 b\xc0@2 end@6");
}

// Of a message only the whole is passed over: one whose only fragment is the bad one, and is known
// to be that from the bytes that say how long it is.
TEST(Joined, ABadFragmentIsSkippedOnlyIfItIsTheWholeMessage) {
  const auto skipped = [](std::string_view spec, std::string_view stream) {
    return Decode(spec, stream, Side::kEither, OnError::kSkip);
  };
  const char* flags_first = "length:offset=1,width=1,max=4;join:more=0.0";
  EXPECT_EQ(skipped(flags_first, "\0\7abcdefg\0\3xyz"s), "gap@0+9 xyz@9 end@14");
  EXPECT_EQ(skipped(flags_first, "\1\7abcdefg\0\3xyz"s), "payload_too_large@0");
  const char* flags_last = "length:width=1,header=3,max=4;join:more=2.0";
  EXPECT_EQ(skipped(flags_last, "\7.\0abcdefg\3.\0xyz"s), "payload_too_large@0");
}

TEST(Described, TheLargestFrameIsNoLargerThanItsBound) {
  struct Row {
    std::string spec, payload;
    std::size_t slack;  // bytes that the bound may be above this frame
  };
  const Row rows[] = {
      {"json-seq:max=10", "[12345678]", 0},
      {"line:max=10", "0123456789", 4},
      {"line:max=10,trailer=3", "0123456789", 4},
      {"varint:max=10,trailer=3", "0123456789", 32},
      {"varint:max=10,offset=3,header=3", "0123456789", 32},
      {"table:count=0/4,count-adjust=1048576,entry=1,align=8,max=1", "", 16},
  };
  for (const Row& row : rows) {
    const auto framer = DescribedFramer::FromSpec(row.spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    StreamBuffer out;
    DescribedFramer::State sent;
    ASSERT_FALSE(framer->EncodeTo(AsBytes(row.payload), out, sent)) << row.spec;
    EXPECT_GE(framer->max_frame_size(), out.size()) << row.spec;
    EXPECT_LE(framer->max_frame_size(), out.size() + row.slack) << row.spec;
  }
}

// Where one form of the length says something else than the payload's size, the next one is tried.
TEST(Described, EachSizeTakesTheFormOfLengthThatCanSayIt) {
  const auto framer = DescribedFramer::FromSpec("websocket", Side::kServer);
  ASSERT_TRUE(framer.ok()) << framer.status();
  for (const std::size_t size : {125U, 126U, 127U, 128U, 65535U, 65536U}) {
    const std::string payload(size, 'x');
    StreamBuffer out;
    DescribedFramer::State sent{.preamble_done = true};
    ASSERT_FALSE(framer->EncodeTo(AsBytes(payload), out, sent)) << size;
    const ScanResult back = framer->Scan(out.readable(), 0, {.preamble_done = true}).result;
    ASSERT_TRUE(std::holds_alternative<Extent>(back)) << size;
    EXPECT_EQ(std::get<Extent>(back).wire_size, out.size()) << size;
    EXPECT_EQ(out.size(), size + (size < 126 ? 2 : size < 65536 ? 4 : 10)) << size;
  }
}

TEST(Described, ALimitIsToldFromAnOverflow) {
  const auto rule = [](std::string_view stream) { return Decode("ascii:until=':'", stream); };
  EXPECT_EQ(rule("18446744073709551615:"), "payload_too_large@0");
  EXPECT_EQ(rule("18446744073709551616:"), "malformed_length@0");
}

// The protocol's own first words get no hint that they are another protocol's; others' do.
TEST(Described, KnowsItsOwnStart) {
  const auto redis = DescribedFramer::FromSpec("resp");
  ASSERT_TRUE(redis.ok()) << redis.status();
  EXPECT_FALSE(redis->IsOwnStart(AsBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
  const auto http = DescribedFramer::FromSpec("http1");
  ASSERT_TRUE(http.ok()) << http.status();
  EXPECT_TRUE(http->IsOwnStart(AsBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
}

// An end mark that the map does not escape may be in the payload: that is refused, not written.
TEST(Described, AnEndMarkThatIsNotEscapedIsRefused) {
  const auto framer = DescribedFramer::FromSpec("delim:end=0a;unescape=map(7d01>7d)");
  ASSERT_TRUE(framer.ok()) << framer.status();
  StreamBuffer out;
  DescribedFramer::State sent;
  EXPECT_FALSE(framer->EncodeTo(AsBytes("a}b"), out, sent));
  EXPECT_TRUE(framer->EncodeTo(AsBytes("a\nb"), out, sent));
  const auto two = DescribedFramer::FromSpec("delim:end=c0|0a;unescape=slip");
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_FALSE(two->EncodeTo(AsBytes("a\xc0"), out, sent));
  EXPECT_TRUE(two->EncodeTo(AsBytes("a\nb"), out, sent));
}

}  // namespace
}  // namespace unstick::inline v0
