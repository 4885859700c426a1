// Header blocks and chunked bodies: which bytes are refused, for which rule, and where.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/core/described_events.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;

// "code rule found" of the error that ends a stream, the same in whole and byte by byte; or
// "frames N" without one.
std::string Verdict(std::string_view spec, std::string_view stream) {
  const auto framer = DescribedFramer::FromSpec(spec);
  if (!framer.ok()) return framer.status().ToString();
  std::string whole;
  for (const std::size_t piece : {stream.size(), std::size_t{1}, std::size_t{3}}) {
    FrameDecoder decoder(*framer);
    std::string said;
    std::size_t frames = 0;
    const auto sink = [&](const FrameView&) { ++frames; };
    for (std::size_t at = 0; at < stream.size() && said.empty(); at += piece) {
      const DecodeResult result = decoder.Push(AsBytes(stream.substr(at, piece)), sink);
      if (result.kind() != DecodeResult::Kind::kError) continue;
      const FrameError& e = result.error();
      said = std::string(CodeName(e.code)) + " " + std::string(RuleName(e.rule)) + " " +
             std::to_string(e.found);
    }
    if (said.empty()) {
      decoder.Finish();
      const DecodeResult result = decoder.Drain(sink);
      said = result.kind() == DecodeResult::Kind::kEnd ? "frames " + std::to_string(frames)
                                                       : std::string(CodeName(result.error().code));
    }
    if (whole.empty()) whole = said;
    EXPECT_EQ(said, whole) << "in pieces of " << piece;
  }
  return whole;
}

struct Row {
  std::string spec, stream, verdict;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.spec + " on " + row.stream);
    EXPECT_EQ(Verdict(row.spec, row.stream), row.verdict);
  }
}

std::string Post(const std::string& fields, const std::string& body = "") {
  return "POST / HTTP/1.1\r\n" + fields + "\r\n" + body;  // the fields start at 17
}
std::string Reply(const std::string& fields, const std::string& body = "") {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}

TEST(HeaderBlock, ALengthIsDigits) {
  const auto length = [](const std::string& value) {
    return Post("Content-Length:" + value + "\r\n", "hello");
  };
  Check({
      {"http1", length("5"), "frames 1"},
      {"http1", length(" \t5\t "), "frames 1"},
      {"http1", length(" " + std::string(300, '0') + "5"), "frames 1"},
      {"http1", length(" 05"), "frames 1"},
      {"http1", length(""), "bad_header no-digits 32"},
      {"http1", length("  "), "bad_header no-digits 34"},
      {"http1", length(" +5"), "bad_header sign 33"},
      {"http1", length(" -5"), "bad_header sign 33"},
      {"http1", length(" 0x5"), "bad_header not-a-digit 34"},
      {"http1", length(" 5, 5"), "bad_header not-a-digit 34"},
      {"http1", length(" 5 5"), "bad_header not-a-digit 35"},
      {"http1", length(" 1_0"), "bad_header not-a-digit 34"},
      {"http1", length(" 5\v"), "bad_header field-value 34"},
      {"http1", length(" \xd9\xa5"), "bad_header not-a-digit 33"},
      {"http1", length(" 18446744073709551615"), "payload_too_large  18446744073709551615"},
      {"http1", length(" 18446744073709551616"), "malformed_length overflow 52"},
      {"http1", length(" 000099999999999999999999"), "malformed_length overflow 56"},
      {"http1", length(" 111111111111111111111"), "malformed_length overflow 53"},
      {"lsp", "Content-Length: 18446744073709551616\r\n\r\n", "malformed_length overflow 35"},
      {"sip-tcp", "A b SIP/2.0\r\nl: 99999999999999999999\r\n\r\n", "malformed_length overflow 35"},
  });
}

TEST(HeaderBlock, OneFieldSaysWhereTheBodyEnds) {
  const std::string cl = "Content-Length: 5\r\n";
  const std::string te = "Transfer-Encoding: chunked\r\n";
  const std::string chunks = "0\r\n\r\n";
  Check({
      {"http1", Post(cl + cl, "hello"), "bad_header duplicate-length 36"},
      {"http1", Post(cl + "content-LENGTH: 6\r\n"), "bad_header duplicate-length 36"},
      {"http1", Post(cl + te, chunks), "bad_header length-and-chunked 36"},
      {"http1", Post(te + cl, chunks), "bad_header length-and-chunked 45"},
      {"http1", Reply(te + cl, chunks), "bad_header length-and-chunked 45"},
      {"http1", Post(te + te, chunks), "bad_header duplicate-field 45"},
      {"http1", Post("Transfer-Encoding: gzip\r\n" + te, chunks), "frames 1"},
      {"http1", Reply("Transfer-Encoding: gzip\r\n" + te, chunks), "frames 1"},
      {"http1",
       Post("Transfer-Encoding: gzip\r\nX: y\r\nTransfer-Encoding: br,chunked\r\n", chunks),
       "frames 1"},
      {"http1", Post("Transfer-Encoding: gzip\r\nTransfer-Encoding: br\r\n", chunks),
       "bad_header transfer-encoding 60"},
      {"http1", Reply("Transfer-Encoding: gzip\r\nTransfer-Encoding: br\r\n", "to the end"),
       "frames 1"},
      {"http1", Post(te + "Transfer-Encoding: gzip\r\n", chunks), "bad_header duplicate-field 45"},
      {"http1", Reply(te + "Transfer-Encoding: gzip\r\n"), "bad_header duplicate-field 45"},
      {"http1", Post("Transfer-Encoding:\r\n" + te, chunks), "bad_header transfer-encoding 35"},
      {"http1", Reply("Transfer-Encoding: \r\n"), "bad_header transfer-encoding 35"},
      {"http1", Post("Transfer-Encoding: gzip\r\n" + cl), "bad_header length-and-chunked 42"},
      {"http1", Post(te, chunks), "frames 1"},
      {"http1", Post("Transfer-Encoding: GZip ,\tCHUNKED \r\n", chunks), "frames 1"},
      {"http1", Post("Transfer-Encoding: chunked, identity\r\n"),
       "bad_header transfer-encoding 35"},
      {"http1", Post("Transfer-Encoding: identity\r\n"), "bad_header transfer-encoding 35"},
      {"http1", Post("Transfer-Encoding:\r\n"), "bad_header transfer-encoding 35"},
      {"http1", Post("Transfer-Encoding: chunked,chunked\r\n"), "bad_header transfer-encoding 35"},
      {"http1", Post("Transfer-Encoding: chunked,\r\n"), "bad_header transfer-encoding 35"},
      {"http1", Post("Transfer-Encoding: ,chunked\r\n"), "bad_header transfer-encoding 35"},
      {"http1", Post("Transfer-Encoding: chunked;a=b\r\n"), "bad_header transfer-encoding 35"},
      {"http1", Reply("Transfer-Encoding: chunked;a=b\r\n"), "bad_header transfer-encoding 35"},
      {"http1", Reply("Transfer-Encoding: xchunked\r\n", "to the end"), "frames 1"},
      {"http1", Post("Transfer-Encoding: \vchunked\r\n"), "bad_header field-value 36"},
      {"http1", "POST / HTTP/1.0\r\n" + te + "\r\n" + chunks, "bad_header transfer-encoding 35"},
      {"http1", "POST / HTTP/0.9\r\n" + te + "\r\n" + chunks, "bad_header transfer-encoding 35"},
      {"http1", "HTTP/1.0 200 OK\r\n" + te + "\r\n" + chunks, "bad_header transfer-encoding 35"},
      {"http1", "POST / HTTP/1.0\r\n" + cl + "\r\nhello", "frames 1"},
      {"sip-tcp", "A b SIP/2.0\r\nl: 5\r\nContent-Length: 5\r\n\r\nhello",
       "bad_header duplicate-length 19"},
      {"sip-tcp", "A b SIP/2.0\r\nL : 5\r\n\r\nhello", "frames 1"},
      {"stomp", "SEND\ncontent-length:1\ncontent-length:1\n\na\0"s,
       "bad_header duplicate-length 22"},
      // A reader that trims names takes these for the length.
      {"stomp", "SEND\ncontent-length :3\n\na\0b\0"s, "bad_header field-name 5"},
      {"stomp", "SEND\n content-length:3\n\na\0b\0"s, "bad_header field-name 5"},
      {"stomp", "SEND\nx:y\n\tContent-Length:3\n\na\0b\0"s, "bad_header field-name 9"},
      {"stomp", "SEND\nx content-length:3\n\na\0"s, "frames 1"},
      {"headers", "a: b\r\n\r\n", "bad_header missing-length 7"},
  });
}

// A reader that takes another version, or another status, finds another body.
TEST(HeaderBlock, AVersionIsTwoDigitsAndAStatusThree) {
  const std::string end = "\r\n\r\n";
  Check({
      {"http1", "HTTP/1.1 204" + end, "frames 1"},
      {"http1", "HTTP/1.1 204 " + end, "frames 1"},
      {"http1", "HTTP/1.1 204 No Content" + end, "frames 1"},
      {"http1", "HTTP/1.1  204 No Content" + end, "bad_header start-line 9"},
      {"http1", "HTTP/1.1\t204 No Content" + end, "bad_header start-line 5"},
      {"http1", "HTTP/1.1 +20 OK" + end, "bad_header start-line 9"},
      {"http1", "HTTP/1.1 -20 OK" + end, "bad_header start-line 9"},
      {"http1", "HTTP/1.1 20 OK" + end, "bad_header start-line 11"},
      {"http1", "HTTP/1.1 20" + end, "bad_header start-line 11"},
      {"http1", "HTTP/1.1 2000 OK" + end, "bad_header start-line 12"},
      {"http1", "HTTP/1.1 204\tOK" + end, "bad_header start-line 12"},
      {"http1", "HTTP/1.1 204OK" + end, "bad_header start-line 12"},
      {"http1", "HTTP/1.1 0x4 OK" + end, "bad_header start-line 10"},
      {"http1", "HTTP/1.1 OK" + end, "bad_header start-line 9"},
      {"http1", "HTTP/1.1 " + end, "bad_header start-line 9"},
      {"http1", "HTTP/1.1" + end, "bad_header start-line 8"},
      {"http1", "HTTP/ 204 OK" + end, "bad_header start-line 5"},
      {"http1", "HTTP//1.1 204 OK" + end, "bad_header start-line 5"},
      {"http1", "HTTP/11 204 OK" + end, "bad_header start-line 5"},
      {"http1", "HTTP/1.10 204 OK" + end, "bad_header start-line 5"},
      {"http1", "HTTP/01.0 204 OK" + end, "bad_header start-line 5"},
      {"http1", "GET / HTTP//1.1" + end, "bad_header start-line 11"},
      {"http1", "GET / HTTP/1.10" + end, "bad_header start-line 11"},
      {"http1", "GET / HTTP/1" + end, "bad_header start-line 11"},
      {"http1", "GET / HTTP/+1.1" + end, "bad_header start-line 11"},
      {"http1", "GET / HTTP/1.1 " + end, "frames 1"},
      {"sip-tcp", "SIP/2.0 +20 OK" + end, "bad_header start-line 8"},
      {"sip-tcp", "sip/2.0 200 OK" + end, "frames 1"},
      {"sip-tcp", "BYE sip:a SIP/2" + end, "bad_header start-line 14"},
      {"rtsp-interleaved", "RTSP/1.0 2000 OK" + end, "bad_header start-line 12"},
      {"rtsp-interleaved", "OPTIONS * RTSP/2.0" + end, "frames 1"},
      {"rtsp-interleaved", "OPTIONS * RTSP/1.x" + end, "bad_header start-line 15"},
      {"headers:default=0,eof='HTTP/',bodiless=204", "HTTP/1.1  204 x" + end,
       "bad_header start-line 9"},
      {"headers:default=0,version='V'", "Vx any" + end, "bad_header start-line 3"},
      {"headers:default=0,version='V'", "Vx 200" + end, "frames 1"},
  });
}

TEST(HeaderBlock, LineEndsAreJudgedWhereTheyStand) {
  Check({
      {"lsp", "Content-Length: 5\r\r\n", "bad_header bare-cr 17"},
      {"lsp", "Content-Length: 5\rx", "bad_header bare-cr 17"},
      {"lsp", "Content-Length\r: 5", "bad_header bare-cr 14"},
      {"lsp", "Content-Length: 5\n", "bad_header bare-lf 17"},
      {"lsp", "Content-Length: 5\r\n\n", "bad_header bare-lf 19"},
      {"lsp", "Content-Length: 5\r\n\rx", "bad_header bare-cr 19"},
      {"lsp", "\r\n", "bad_header empty-block 0"},
      {"lsp", "\n", "bad_header bare-lf 0"},
      {"lsp", "\rx", "bad_header bare-cr 0"},
      {"http1", "GET / HTTP/1.1\n", "bad_header bare-lf 14"},
      {"http1", "GET / HTTP/1.1\r\r\n", "bad_header bare-cr 14"},
      {"http1", "GET / HTTP/1.1\r\n\n", "bad_header bare-lf 16"},
      {"http1", Post("a: b\rc: d\r\n"), "bad_header bare-cr 21"},
      {"http1", "\r\r\nGET / HTTP/1.1\r\n\r\n", "bad_header bare-cr 0"},
      {"stomp", "SEND\r\na:b\r\r\n", "bad_header bare-cr 9"},
      {"stomp", "SEND\ra:b\n\n\0"s, "bad_header bare-cr 4"},
      {"stomp", "SEND\r\na:b\n\r\nx\0"s, "frames 1"},
      {"headers:eol=lf,default=0", "a:b\n\n", "frames 1"},
      {"headers:eol=lf,default=0", "a:b\r\n\n", "frames 1"},
      {"headers:eol=lf,default=0", "a:b\n\r\n", "frames 1"},
      {"headers:eol=lf,default=0", "\n", "bad_header empty-block 0"},
      {"rtsp-interleaved", "OPTIONS * RTSP/1.0\nCSeq: 1\n\nRTSP/1.0 200 OK\r\n\r\n", "frames 2"},
      {"rtsp-interleaved", "OPTIONS * RTSP/1.0\r\n\r\n\r\n\n$\0\0\1xRTSP/1.0 200 OK\n\n"s,
       "frames 3"},
  });
}

TEST(HeaderBlock, NamesAndValues) {
  Check({
      {"http1", Post("Content-Length : 0\r\n"), "bad_header field-name 31"},
      {"http1", Post("Content-Length\t: 0\r\n"), "bad_header field-name 31"},
      {"http1", Post("no colon\r\n"), "bad_header field-name 19"},
      {"http1", Post("nocolon\r\n"), "bad_header no-colon 24"},
      {"http1", Post(": x\r\n"), "bad_header field-name 17"},
      {"http1", Post("a(b: x\r\n"), "bad_header field-name 18"},
      {"http1", Post("a\x80: x\r\n"), "bad_header field-name 18"},
      {"http1", Post("a\0b: x\r\n"s), "bad_header field-name 18"},
      {"http1", Post("a: x\0\r\n"s), "bad_header field-value 21"},
      {"http1", Post("a: \x01\r\n"), "bad_header field-value 20"},
      {"http1", Post("a: \x7f\r\n"), "bad_header field-value 20"},
      {"http1", Post("a: \t\xe4 b\r\n"), "frames 1"},
      {"http1", Post("a:\r\nb: \r\n"), "frames 1"},
      {"http1", Post(" a: b\r\n"), "bad_header folded 17"},
      {"http1", Post(" \r\n"), "bad_header folded 17"},
      {"http1", " GET / HTTP/1.1\r\n\r\n", "bad_header start-line 0"},
      {"http1", "GET / HTTP/1.1\0\r\n\r\n"s, "bad_header start-line 14"},
      {"http1", "hello\r\n\r\n", "bad_header start-line 0"},
      {"http1", "HTTP/1.1\r\n\r\n", "bad_header start-line 8"},
      {"http1", "get / http/1.1\r\n\r\n", "bad_header start-line 0"},
      {"sip-tcp", "BYE sip:a sip/2.0\r\n\r\n", "frames 1"},
      {"sip-tcp", "BYE sip:a SIP/2.0  \r\n\r\n", "frames 1"},
      {"sip-tcp", "BYE sip:a HTTP/1.1\r\n\r\n", "bad_header start-line 0"},
      {"sip-tcp", "BYE sip:a SIP/2.0\r\nTo : \"NUL:\\\0 BEL:\\\x07\"\r\n\r\n"s, "frames 1"},
      {"sip-tcp", "BYE sip:a SIP/2.0\r\nTo: \0\r\n\r\n"s, "bad_header field-value 23"},
      {"sip-tcp", "BYE sip:a SIP/2.0\r\nContent-Length \t : 2\r\n\r\nhi", "frames 1"},
      {"sip-tcp", "BYE sip:a SIP/2.0\r\nTo x: y\r\n\r\n", "bad_header field-name 22"},
      {"lsp", "[info] started\r\nContent-Length: 0\r\n\r\n", "bad_header field-name 0"},
      {"lsp", "started\r\nContent-Length: 0\r\n\r\n", "bad_header no-colon 7"},
      {"lsp", "Content-Length : 0\r\n\r\n", "bad_header field-name 14"},
      {"stomp", "SEND\nmy key:v\n\xe2\x82\xac:\xe2\x82\xac\n k\t: v:w\\c\n\nhello\0"s, "frames 1"},
      {"stomp", "SEND\nk\0:v\n\nhello\0"s, "bad_header field-name 6"},
      {"stomp", "SEND\nk:v\0SEND\n\nhello\0"s, "bad_header field-value 8"},
      {"stomp", "SEND\n:v\n\nhello\0"s, "bad_header field-name 5"},
      {"stomp", "SEND\nk\n\nhello\0"s, "bad_header no-colon 6"},
      {"stomp", "SEND\ncontent-length:5\n\nhe\0lo\0\n\r\n"s, "frames 1"},
  });
}

TEST(HeaderBlock, FoldedLinesWhereTheProtocolHasThem) {
  const std::string sip = "BYE sip:a SIP/2.0\r\n";
  Check({
      {"http1", Post("a: b\r\n c\r\n"), "bad_header folded 23"},
      {"http1", Post("Content-Length:\r\n 5\r\n", "hello"), "bad_header no-digits 32"},
      {"http1", Reply("a: b\r\n\tc\r\nContent-Length: 5\r\n", "hello"), "frames 1"},
      {"http1", Reply("Content-Length:\r\n 5\r\n \t\r\n"), "bad_header folded 40"},
      {"http1", Reply("Content-Length:\r\n  5\r\n", "hello"), "frames 1"},
      {"http1", Reply("Content-Length: 1\r\n 5\r\n"), "bad_header not-a-digit 37"},
      {"http1", Reply("Content-Length:\r\na: b\r\n"), "bad_header no-digits 32"},
      {"http1", Reply(" a: b\r\n"), "bad_header folded 17"},
      {"http1", Reply("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), "frames 1"},
      {"http1", Reply("Transfer-Encoding: gzip,\r\n\t chunked\r\n", "0\r\n\r\n"), "frames 1"},
      {"sip-tcp", sip + "To : a\r\n  b\r\n\tc\r\nl:\r\n 2\r\n\r\nhi", "frames 1"},
      {"sip-tcp", sip + " a: b\r\n\r\n", "bad_header folded 19"},
      {"lsp", "a: b\r\n Content-Length: 5\r\n\r\n", "bad_header folded 6"},
      {"stomp", "SEND\na:b\n c\n\n\0"s, "bad_header no-colon 11"},
      {"rtsp-interleaved", "RTSP/1.0 200 OK\nTransport: a;\n b\nContent-Length: 1\n\nx",
       "frames 1"},
  });
  EXPECT_EQ(Decode("sip-tcp", sip + "a: b\r\n c\r\nContent-Length:\r\n 2\r\n\r\nhi"),
            "hi@0 end@54");
}

TEST(HeaderBlock, OnlyResponsesAreWithoutABody) {
  const auto lines = [](const std::string& start) {
    return start + "\r\nContent-Length: 2\r\n\r\nhi";
  };
  EXPECT_EQ(Decode("http1", lines("POST 204 HTTP/1.1")), "hi@0 end@42");
  EXPECT_EQ(Decode("http1", lines("POST 304 HTTP/1.1")), "hi@0 end@42");
  EXPECT_EQ(Decode("http1", lines("X 100 HTTP/1.1")), "hi@0 end@39");
  EXPECT_EQ(Decode("http1,bodiless=xxx", lines("X 123 HTTP/1.1")), "hi@0 end@39");
  EXPECT_EQ(Decode("http1", "HTTP/1.1 204 x\r\nContent-Length: 9\r\n\r\n"), "@0 end@37");
  EXPECT_EQ(Decode("headers:bodiless=204", lines("POST 204 X/1")), "hi@0 end@37");
  EXPECT_EQ(Decode("headers:bodiless=204", "X/1 204\r\nContent-Length: 2\r\n\r\n"), "@0 end@30");
}

TEST(HeaderBlock, TheBlockHasALimit) {
  const std::string spec = "headers:max-header=32,default=0";
  Check({
      {spec, "a:" + std::string(26, 'b') + "\r\n\r\n", "frames 1"},
      {spec, "a:" + std::string(27, 'b') + "\r\n\r\n", "bad_header block-too-long 31"},
      {spec, std::string(40, 'b'), "bad_header block-too-long 31"},
  });
}

std::string Chunked(const std::string& chunks) {
  return Post("Transfer-Encoding: chunked\r\n", chunks);  // they start at 47
}

TEST(Chunks, SizesAreDigitsAndExtensions) {
  Check({
      {"http1", Chunked("2\r\nhi\r\n0\r\n\r\n"), "frames 1"},
      {"http1", Chunked("000000000000000000002\r\nhi\r\n0000000000000000000000\r\n\r\n"),
       "frames 1"},
      {"http1", Chunked("2;a=\"b;c\\\"d\" ; e\r\nhi\r\n0;x\r\n\r\n"), "frames 1"},
      {"http1", Chunked("2 \t;a\r\nhi\r\n0\r\n\r\n"), "frames 1"},
      {"http1", Chunked("2 \r\nhi"), "malformed_length not-a-digit 48"},
      {"http1", Chunked("2 3\r\nhi"), "malformed_length not-a-digit 48"},
      {"http1", Chunked("2" + std::string(17, ' ') + ";"), "malformed_length not-a-digit 48"},
      {"http1", Chunked("+2\r\nhi"), "malformed_length sign 47"},
      {"http1", Chunked("-2\r\nhi"), "malformed_length sign 47"},
      {"http1", Chunked("0x2\r\nhi"), "malformed_length not-a-digit 48"},
      {"http1", Chunked(" 2\r\nhi"), "malformed_length no-digits 47"},
      {"http1", Chunked("\r\nhi"), "malformed_length no-digits 47"},
      {"http1", Chunked(";a\r\nhi"), "malformed_length no-digits 47"},
      {"http1", Chunked("2\nhi"), "malformed_length bare-lf 48"},
      {"http1", Chunked("2\rhi"), "malformed_length bare-cr 48"},
      {"http1", Chunked("2;a\rb\r\nhi"), "malformed_length bare-cr 50"},
      {"http1", Chunked("2;a\nb\r\nhi"), "malformed_length bare-lf 50"},
      {"http1", Chunked("2;a=\"\n\"\r\nhi"), "malformed_length bare-lf 52"},
      {"http1", Chunked("2;a=\"\r\n\"\r\nhi"), "malformed_length bad-string 51"},
      {"http1", Chunked("2;a\0\r\nhi"s), "malformed_length field-value 50"},
      {"http1", Chunked("ffffffffffffffff\r\n"), "payload_too_large  0"},
      {"http1", Chunked("10000000000000000\r\n"), "malformed_length overflow 63"},
      {"http1", Chunked("2\r\nhi0\r\n\r\n"), "bad_magic trailer 52"},
      {"http1", Chunked("2\r\nhi\n0\r\n\r\n"), "bad_magic trailer 52"},
      {"http1", Chunked("2\r\nhello\r\n0\r\n\r\n"), "bad_magic trailer 52"},
      {"chunks:ascii=10,until=':'", "002:hi0::", "frames 1"},
      {"chunks:ascii=10,until=':'",
       std::string(64, '0') + "2:hi0::", "malformed_length overflow 64"},
      {"chunks:ascii=10,until=':'", "2;a:hi0::", "malformed_length not-a-digit 1"},
      {"chunks:ascii=10,until=':'", "2:hi0:x:", "bad_magic end 6"},
      {"chunks:ascii=10,until=lf,trailer=lf", "2;a\nhi\n0\nt: u\n\n", "frames 1"},
      {"chunks:ascii=10,until=lf,trailer=lf", "00000000000000000000000000000002\nhi\n0\n\n",
       "frames 1"},
  });
}

TEST(Chunks, TrailerFieldsAreHeldToTheRulesOfHeaderFields) {
  const auto trailers = [](const std::string& lines) {
    return Chunked("5\r\nhello\r\n0\r\n" + lines + "\r\n");  // they start at 60
  };
  const std::string next = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
  Check({
      {"http1", trailers(""), "frames 1"},
      {"http1", trailers("a: b\r\nc:d\r\n") + next, "frames 2"},
      {"http1", trailers("a: b\n"), "bad_header bare-lf 64"},
      {"http1", trailers("a: b\r"), "bad_header bare-cr 64"},
      {"http1", trailers("a: b\rc: d\r\n"), "bad_header bare-cr 64"},
      {"http1", trailers("\n"), "bad_header bare-lf 60"},
      {"http1", trailers("\rx"), "bad_header bare-cr 60"},
      {"http1", trailers("a: b\r\n c\r\n"), "bad_header folded 66"},
      {"http1", trailers(" a: b\r\n"), "bad_header folded 60"},
      {"http1", trailers(next), "bad_header field-name 63"},
      {"http1", trailers("nocolon\r\n"), "bad_header no-colon 67"},
      {"http1", trailers("a : b\r\n"), "bad_header field-name 61"},
      {"http1", trailers(": b\r\n"), "bad_header field-name 60"},
      {"http1", trailers("a: b\0\r\n"s), "bad_header field-value 64"},
      {"http1", trailers("content-length: 5\r\n"), "bad_header trailer-field 60"},
      {"http1", trailers("a: b\r\nTransfer-Encoding: chunked\r\n"), "bad_header trailer-field 66"},
      {"http-chunk", "0\r\nContent-Length: 5\r\n\r\n", "bad_header trailer-field 3"},
      {"http-chunk", "0\r\na: b\r\n\r\n", "frames 1"},
      {"http-chunk", "0\r\na: b\n\r\n", "bad_header bare-lf 7"},
      {"headers:length=L,chunked=T", "T: chunked\r\n\r\n0\r\nL: 1\r\n\r\n",
       "bad_header trailer-field 17"},
      {"http1", Reply("Transfer-Encoding: chunked\r\n", "0\r\na: b\r\n c\r\n\r\n"),
       "bad_header folded 56"},
  });
}

TEST(Chunks, LinesAndTrailersHaveLimits) {
  const std::string long_field = "a:" + std::string((64 << 10) - 6, 'b') + "\r\n";
  const std::string at_4k = "2;" + std::string(4092, 'x') + "\r\nhi\r\n0\r\n\r\n";
  Check({
      {"http-chunk", "0\r\n" + long_field + "\r\n", "frames 1"},
      {"http-chunk", "0\r\na" + long_field + "\r\n", "bad_header trailers-too-long 65538"},
      {"http-chunk", "0\r\n" + std::string(70000, 'a'), "bad_header trailers-too-long 65538"},
      {"http1,max-header=128", Chunked("0\r\na:" + std::string(140, 'b') + "\r\n\r\n"),
       "bad_header trailers-too-long 177"},
      {"http-chunk", at_4k, "frames 1"},
      {"http-chunk", "1\r\nx\r\n" + at_4k, "frames 1"},
      {"http-chunk", "1\r\nx\r\n2;" + std::string(9000, 'x'),
       "malformed_length chunk-line-too-long 8191"},
      {"http-chunk", std::string(4095, '0') + "2\r\nhi\r\n0\r\n\r\n", "frames 1"},
      {"http-chunk", std::string(4096, '0'), "malformed_length chunk-line-too-long 4095"},
  });
}

TEST(Chunks, ThatAreTinyHaveALimitTogether) {
  std::string wire;
  for (int i = 0; i < 20; ++i) wire += "1;" + std::string(4000, 'x') + "\r\na\r\n";
  EXPECT_EQ(Verdict("http-chunk,max=100", wire + "0\r\n\r\n"),
            "payload_too_large frame-too-large 0");
}

TEST(Stomp, AFrameOverTheLimitEndsAtTheNextNul) {
  const std::string next = "SEND\n\nb\0"s;
  const auto skip = [](const std::string& spec, const std::string& stream) {
    return Decode(spec, stream, Side::kEither, OnError::kSkip);
  };
  EXPECT_EQ(skip("stomp,max=4", "SEND\n\naaaaa\0"s + next), "gap@0+12 b@12 end@20");
  EXPECT_EQ(skip("stomp,max=4", "SEND\n\n" + std::string(50, 'a') + "\0"s + next),
            "gap@0+57 b@57 end@65");
  EXPECT_EQ(skip("stomp,max=4", "SEND\n\naaaa\0"s + next), "aaaa@0 b@11 end@19");
  EXPECT_EQ(skip("stomp,max=4", "SEND\ncontent-length:6\n\naa\0aaa\0"s + next),
            "gap@0+30 b@30 end@38");
  EXPECT_EQ(
      skip("headers:else=until(0d0a2e0d0a),max=3", "a:b\r\n\r\nabcd\r\n.\r\nc:\r\n\r\n\r\n.\r\n"),
      "gap@0+16 @16 end@27");
  EXPECT_EQ(skip("headers:else=until(00),trailer=3,max=3", "a:b\r\n\r\nabcde\0xyc:\r\n\r\n\0xy"s),
            "gap@0+15 @15 end@24");
}

}  // namespace
}  // namespace unstick::inline v0
