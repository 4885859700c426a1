// What real conversations do beyond their protocol's one-line description: lines before the frames,
// responses without a body, texts with line feeds inside.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/core/described_events.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(PreambleLines, GoUpToTheLineWithTheMark) {
  const std::string spec = "length:width=1;preamble:before-line=0161|02";
  EXPECT_EQ(Decode(spec,
                   "OK 12\r\nAGREE\n\x01"
                   "a\x02"
                   "bc"),
            "a@13 bc@15 end@18");
  EXPECT_EQ(Decode(spec,
                   "\x02"
                   "bc"),
            "bc@0 end@3");
  EXPECT_EQ(Decode(spec,
                   "\x01z\n\x01"
                   "a"),
            "a@3 end@5");
  EXPECT_EQ(Decode(spec, "no mark\n\x01"), "truncated@0");
  EXPECT_EQ(Decode("length:width=1;preamble:before-line=010a02", "z\n\x01\n\x02xy"),
            "\n@2 xy@4 end@7");
  EXPECT_EQ(Decode(spec, ""), "end@0");
}

TEST(PreambleLines, GoThroughTheLineWithTheMark) {
  const std::string spec = "length:width=1;preamble:server=through-line='SSH-'";
  EXPECT_EQ(Decode(spec,
                   "Hello\r\nSSH-2.0-x\r\n\x01"
                   "a",
                   Side::kServer),
            "a@18 end@20");
  EXPECT_EQ(Decode(spec,
                   "SSH-2.0-x\n\x01"
                   "a",
                   Side::kServer),
            "a@10 end@12");
  EXPECT_EQ(Decode(spec, "SSH-2.0-x", Side::kServer), "truncated@0");
  EXPECT_EQ(Decode("length:width=1;preamble:until=\\r\\n", "hi\r\n\x01z"), "z@4 end@6");
  EXPECT_EQ(Decode(spec,
                   "\x01"
                   "a",
                   Side::kClient),
            "a@0 end@2");
}

TEST(PreambleLines, EndSomewhere) {
  const auto framer = DescribedFramer::FromSpec("length;preamble:before-line=00");
  ASSERT_TRUE(framer.ok());
  FrameDecoder decoder(*framer);
  const std::string lines((std::size_t{64} << 10) + 8, '\n');
  const DecodeResult result = decoder.Push(AsBytes(lines), [](const FrameView&) {});
  ASSERT_EQ(result.kind(), DecodeResult::Kind::kError);
  EXPECT_EQ(result.error().code, FrameErrorCode::kBadMagic);
}

TEST(DBus, BothSidesStartWithLines) {
  const std::string message("l\1\0\1\2\0\0\0\1\0\0\0\0\0\0\0hi", 18);
  EXPECT_EQ(Decode("dbus", "\0AUTH EXTERNAL 30\r\nBEGIN\r\n"sv, Side::kClient), "truncated@0");
  EXPECT_EQ(Decode("dbus", "\0AUTH EXTERNAL 30\r\nBEGIN\r\n"s + message, Side::kClient),
            "hi@26 end@44");
  EXPECT_EQ(
      Decode("dbus", "REJECTED EXTERNAL\r\nOK 12ab\r\nAGREE_UNIX_FD\r\n" + message, Side::kServer),
      "hi@43 end@61");
  EXPECT_EQ(Decode("dbus", message + message), "hi@0 hi@18 end@36");

  // No lines need to stand there, but a frame that starts like one of D-Bus.
  const auto framer = DescribedFramer::FromSpec("dbus,strip=none");
  ASSERT_TRUE(framer.ok());
  StreamBuffer out;
  DescribedFramer::State sent;
  EXPECT_TRUE(framer->EncodeTo(AsBytes("x" + message.substr(1)), out, sent).has_value());
  EXPECT_FALSE(framer->EncodeTo(AsBytes(message), out, sent).has_value());
  EXPECT_EQ(AsText(out.readable()), message);
}

TEST(Http1, ResponsesWithoutABody) {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  EXPECT_EQ(Decode("http1", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" + ok),
            "@0 hi@48 end@88");
  EXPECT_EQ(Decode("http1", "HTTP/1.1 100 Continue\r\n\r\n" + ok), "@0 hi@25 end@65");
  EXPECT_EQ(Decode("http1", "HTTP/1.1 204 No Content\r\n\r\n" + ok), "@0 hi@27 end@67");
  EXPECT_EQ(Decode("http1,bodiless=xxx", ok.substr(0, 38) + ok.substr(0, 38)), "@0 @38 end@76");
  EXPECT_EQ(Decode("http1", "GET /204 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"), "hi@0 end@42");
}

TEST(Http1, ResponsesUpToTheEnd) {
  const std::string head = "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n";
  EXPECT_EQ(Decode("http1", head + "to the end"), "to the end@0 end@40");
  EXPECT_EQ(Decode("http1", head), "@0 end@30");
  EXPECT_EQ(Decode("http1,max=4", head + "1234"), "1234@0 end@34");
  EXPECT_EQ(Decode("http1,max=4", head + "12345"), "payload_too_large@0");
  EXPECT_EQ(Decode("http1", head.substr(0, 20)), "truncated@0");
  EXPECT_EQ(Decode("http1", "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"), "@0 @18 end@36");
}

TEST(Http1, AMessageThatSaysNothingHasNoBody) {
  EXPECT_EQ(Decode("headers:chunked=Transfer-Encoding", "GET / HTTP/1.1\r\n\r\n"), "@0 end@18");
  EXPECT_EQ(Decode("headers", "GET / HTTP/1.1\r\n\r\n"), "bad_header@0");
}

TEST(Http1, ABlankLineMayStandBeforeAMessage) {  // RFC 9112 2.2
  EXPECT_EQ(Decode("http1", "\r\nGET / HTTP/1.1\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
            "@2 @22 end@40");
}

TEST(Http1, ChunkedIsTheLastCoding) {
  const std::string body = "2\r\nhi\r\n0\r\n\r\n";
  EXPECT_EQ(Decode("http1", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + body),
            "hi@0 end@65");
  EXPECT_EQ(Decode("http1", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n" + body),
            "bad_header@0");
  EXPECT_EQ(Decode("http1", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"), "bad_header@0");
  EXPECT_EQ(Decode("http1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzz"), "zz@0 end@46");
}

TEST(JsonSeq, LineFeedsInsideATextAreItsOwn) {
  EXPECT_EQ(Decode("json-seq", "\x1e{\n \"a\": [\n1\n]\n}\n\x1e[]\n"),
            "{\n \"a\": [\n1\n]\n}@0 []@17 end@21");
  EXPECT_EQ(Decode("json-seq",
                   "\x1e"
                   "12\n\x1etrue\n\x1e\"a\"\n"),
            "12@0 true@4 \"a\"@10 end@15");
  EXPECT_EQ(Decode("json-seq", "\x1e \t{} \n"), " \t{} @0 end@7");
}

TEST(JsonSeq, DoesNotJudgeTheText) {
  EXPECT_EQ(Decode("json-seq", "\x1ehello\n\x1e\n\x1e[1,]\n"), "hello@0 @7 [1,]@9 end@15");
  EXPECT_EQ(Decode("json-seq", "\x1e{\"a\":\x1e\x1e[]\n"), "{\"a\":@0 []@7 end@11");
  EXPECT_EQ(Decode("json-seq", "{}\n"), "bad_magic@0");
  EXPECT_EQ(Decode("json-seq", "\x1e{}"), "truncated@0");
}

TEST(JsonSeq, HasALimit) {
  EXPECT_EQ(Decode("json-seq,max=4", "\x1e[12]\n"), "[12]@0 end@6");
  for (const std::string_view text :
       {"\x1e[123]\n", "\x1ehello\n", "\x1e     \n", "\x1e[   \n1]\n"}) {
    EXPECT_EQ(Decode("json-seq,max=4", text), "payload_too_large@0") << text;
  }
  EXPECT_EQ(Decode("json-seq,min=1", "\x1e\n"), "payload_too_small@0");
}

TEST(OpcUa, AnAbortedMessageEndsToo) {
  const auto chunk = [](char last, std::string_view body) {
    return std::string("MSG") + last + static_cast<char>(8 + body.size()) + "\0\0\0"s +
           std::string(body);
  };
  EXPECT_EQ(Decode("opc-ua", chunk('C', "ab") + chunk('A', "cd") + chunk('F', "ef")),
            "abcd@0 ef@20 end@30");
}

TEST(Amqp10, ASecondHeaderStandsBehindSasl) {
  EXPECT_EQ(Decode("amqp-1.0",
                   "AMQP\3\1\0\0\0\0\0\6ab"
                   "AMQP\0\1\0\0\0\0\0\5c"sv),
            "ab@8 AMQP\0\1\0\0@14 c@22 end@27"sv);
}

TEST(SmtpData, AnEmptyBlockIsADotAlone) {
  EXPECT_EQ(Decode("smtp-data", ".\r\na\r\n.\r\n\r\n.\r\n..\r\n.\r\n"), "@0 a@3 @9 .@14 end@21");
}

TEST(MemcachedText, MetaCommandsCountToo) {
  EXPECT_EQ(Decode("memcached-text", "ms k 4 T9\r\na\r\nb\r\nmn\r\nms k\r\n"),
            "ms k 4 T9\r\na\r\nb@0 mn@17 malformed_length@21");
  EXPECT_EQ(Decode("memcached-text", "VA 2 t\r\nhi\r\nEN\r\n"), "VA 2 t\r\nhi@0 EN@12 end@16");
}

TEST(GdbRsp, NotificationsArePackets) {
  EXPECT_EQ(Decode("gdb-rsp", "+%Stop:T05#55$OK#9a"), "+@0 Stop:T05@1 OK@13 end@19");
}

}  // namespace
}  // namespace unstick::inline v0
