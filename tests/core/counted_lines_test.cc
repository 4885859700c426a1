// Lines with bodies: what is a count, what is none, and what may be skipped.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/core/described_events.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0 {
namespace {

struct Row {
  const char* spec;
  const char* line;
  const char* events;  // or the rule of a malformed_length, and where
};

std::string Judged(const Row& row) {
  const auto framer = DescribedFramer::FromSpec(row.spec);
  EXPECT_TRUE(framer.ok()) << framer.status();
  const ScanResult result = framer->Scan(AsBytes(row.line), 0, {}).result;
  const auto* error = std::get_if<FrameError>(&result);
  const std::string events = Decode(*framer, row.line);
  if (error == nullptr) return events;
  EXPECT_EQ(events, "malformed_length@0");
  return std::string(RuleName(error->rule)) + " " + std::to_string(error->found);
}

constexpr const char* kVerbs = "line:eol=crlf,verbs=P|M@1,count=token[-1]";
constexpr const char* kToken = "line:count=token[1]";
constexpr const char* kImap = "imap-literal";

TEST(CountedLines, ACountIsANumberOrAnError) {
  const Row rows[] = {
      {kVerbs, "P 2\r\nab", "P 2\r\nab@0 end@7"},
      {kVerbs, "P x  02 \r\nab", "P x  02 \r\nab@0 end@12"},
      {kVerbs, "M 1 x\r\na", "M 1 x\r\na@0 end@8"},
      {kVerbs, "P\r\n", "not-a-digit 0"},
      {kVerbs, "M\r\n", "missing-count 1"},
      {kVerbs, "P a 2b\r\n", "not-a-digit 5"},
      {kVerbs, "P a -2\r\n", "sign 4"},
      {kVerbs, "P a +2\r\n", "sign 4"},
      {kVerbs, "P 18446744073709551616\r\n", "overflow 21"},
      {kVerbs, "P 99999999999999999999999999\r\n", "overflow 21"},
      {kVerbs, "Q 2\r\n", "Q 2@0 end@5"},
      {kVerbs, "p 2\r\n", "p 2@0 end@5"},
      {kVerbs, "PP 2\r\n", "PP 2@0 end@6"},
      {kVerbs, "\r\n", "@0 end@2"},
      {kVerbs, " \t \r\n", " \t @0 end@5"},
      {"line:eol=crlf,verbs=PUT,nocase,count=token[-1]", "pUt 1\r\na", "pUt 1\r\na@0 end@8"},
      {"line:eol=crlf,verbs=PUT,nocase,count=token[-1]", "pUtt 1\r\n", "pUtt 1@0 end@8"},
      {kImap, "a {+}\r\n", "no-digits 3"},
      {kToken, "any 2\nab", "any 2\nab@0 end@8"},
      {kToken, "any\n", "any@0 end@4"},
      {kToken, "any more\n", "any more@0 end@9"},
      {kToken, "any - 1\n", "any - 1@0 end@8"},
      {kToken, "any 2x\n", "not-a-digit 5"},
      {kToken, "any -2\n", "sign 4"},
      {kToken, "any 18446744073709551616\n", "overflow 23"},
      {"line:count=token[-2]", "2 x\nab", "2 x\nab@0 end@6"},
      {"line:count=token[-2]", "x\n", "x@0 end@2"},
      {kImap, "a {2}\r\nxy b {1+}\r\nz\r\n", "a {2}\r\nxy b {1+}\r\nz@0 end@21"},
      {kImap, "a {0}\r\n\r\n", "a {0}\r\n@0 end@9"},
      {kImap, "a {18446744073709551616}\r\n", "overflow 22"},
      {kImap, "a {18446744073709551616+}\r\n", "overflow 22"},
      {kImap, "a {-1}\r\n", "sign 3"},
      {kImap, "a {+1}\r\n", "sign 3"},
      {kImap, "a { 1}\r\n", "not-a-digit 3"},
      {kImap, "a {1x}\r\n", "not-a-digit 4"},
      {kImap, "a {1++}\r\n", "not-a-digit 4"},
      {kImap, "a {}\r\n", "no-digits 3"},
      {kImap, "* OK {text}\r\n", "* OK {text}@0 end@13"},
      {kImap, "* OK }\r\n", "* OK }@0 end@8"},
      {kImap, "a {1} \r\n", "a {1} @0 end@8"},
  };
  for (const Row& row : rows) EXPECT_EQ(Judged(row), row.events) << row.spec << " " << row.line;
}

// The line that is too long may be one with a count, of which the body must not be read as lines.
// Where lines end with CR LF and nothing else, a lone one of the two is an error: a reader that
// takes it for an end finds other lines, and other counts.
TEST(CountedLines, NeitherCrNorLfStandsAlone) {
  struct Lone {
    std::string spec, stream, rule;
    std::uint64_t found;
  };
  const Lone rows[] = {
      {"nats", "PING\nPUB foo 3\r\nabc\r\n", "bare-lf", 4},
      {"nats", "PING\rPUB foo 3\r\nabc\r\n", "bare-cr", 5},
      {"nats", "PUB foo 3\nabc\r\n", "bare-lf", 9},
      {"nats", "PUB foo 3\r\r\nabc\r\n", "bare-cr", 10},
      {"nats", "\nPING\r\n", "bare-lf", 0},
      {"nats", "\rPING\r\n", "bare-cr", 1},
      {"memcached-text", "get a\nset b 0 0 1\r\nx\r\n", "bare-lf", 5},
      {"beanstalkd", "reserve\nput 0 0 0 1\r\nx\r\n", "bare-lf", 7},
      {"beep", "SEQ 0 1 2\nMSG 0 1 . 52 1\r\nxEND\r\n", "bare-lf", 9},
      {"imap-literal", "a NOOP\nb LOGIN {1}\r\nx\r\n", "bare-lf", 6},
      {"imap-literal", "a {1}\r\nx\nb\r\n", "bare-lf", 8},
      {"imap-literal", "a {3}\nabc\r\n", "bare-lf", 5},
      {"line:eol=crlf-only", "a\rb\r\n", "bare-cr", 2},
      {"line:eol=crlf-only,max=3", "abc\n", "bare-lf", 3},
      {"line:eol=crlf-only,max=3", "abc\rd", "bare-cr", 4},
  };
  for (const Lone& row : rows) {
    SCOPED_TRACE(row.spec + " on " + row.stream);
    EXPECT_EQ(Decode(row.spec, row.stream), "bad_magic@0");
    const auto framer = DescribedFramer::FromSpec(row.spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    const ScanResult result = framer->Scan(AsBytes(row.stream), 0, {}).result;
    const auto* error = std::get_if<FrameError>(&result);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(RuleName(error->rule), row.rule);
    EXPECT_EQ(error->found, row.found);
  }
  EXPECT_EQ(Decode("line:eol=crlf-only", "a\r\n\r\nb\r\n"), "a@0 @3 b@5 end@8");
  EXPECT_EQ(Decode("line:eol=crlf-only,max=3", "abcd\n"), "payload_too_large@0");
  EXPECT_EQ(Decode("line:eol=crlf-only,max=3", "abc\r\n"), "abc@0 end@5");
  EXPECT_EQ(Decode("line:eol=crlf-only", "a\r"), "truncated@0");
  // What is counted may hold any byte.
  EXPECT_EQ(Decode("nats", "PUB a 3\r\n\n\r\n\r\nPING\r\n"), "PUB a 3\r\n\n\r\n@0 PING@14 end@20");
  EXPECT_EQ(Decode("line:eol=crlf", "a\nb\rc\r\n"), "a\nb\rc@0 end@7");
  EXPECT_FALSE(DescribedFramer::FromSpec("line:eol=crlf-only,tail=deliver").ok());
}

TEST(CountedLines, ALongLineIsSkippedOnlyWithoutACount) {
  const std::string spec = "line:verbs=P,count=token[-1],max=8";
  const auto skipped = [&](std::string_view stream) {
    return Decode(spec, stream, Side::kEither, OnError::kSkip);
  };
  EXPECT_EQ(skipped("Q 345678901\nP 1\na"), "gap@0+12 P 1\na@12 end@17");
  EXPECT_EQ(skipped("P 345678901\nP 1\na"), "payload_too_large@0");
  EXPECT_EQ(skipped("Q345678901234\nP 1\na"), "payload_too_large@0");  // may start a verb
  EXPECT_EQ(skipped("P 9\n123456789P 1\na"), "gap@0+13 P 1\na@13 end@18");
}

TEST(DigitLengths, EachByteIsJudgedAsItComes) {
  struct Length {
    const char* spec;
    std::string_view bytes;
    const char* judged;
  };
  const Length rows[] = {
      {"netstring", "+1:a,", "sign 0"},
      {"netstring", " 1:a,", "not-a-digit 0"},
      {"netstring", ":a,", "no-digits 0"},
      {"netstring", "1 :a,", "not-a-digit 1"},
      {"netstring", "01", "leading-zero 0"},
      {"netstring", "18446744073709551616", "overflow 19"},
      {"ascii:until='::'", "1:x", "no-end 2"},
      {"git-pkt-line", "00 5", "not-a-digit 2"},
      {"git-pkt-line", "-005", "sign 0"},
      {"ascii:width=2,until=';'", "01x", "no-end 2"},
      {"ascii:after='9=',until=';'", "9=;", "no-digits 2"},
  };
  for (const Length& row : rows) {
    const auto framer = DescribedFramer::FromSpec(row.spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    const ScanResult result = framer->Scan(AsBytes(row.bytes), 0, {}).result;
    const auto* error = std::get_if<FrameError>(&result);
    ASSERT_NE(error, nullptr) << row.spec << row.bytes;
    EXPECT_EQ(std::string(RuleName(error->rule)) + " " + std::to_string(error->found), row.judged)
        << row.spec << row.bytes;
    EXPECT_EQ(Decode(*framer, row.bytes), "malformed_length@0");
  }
  EXPECT_EQ(Decode("git-pkt-line", "000AhelloX0000"), "helloX@0 @10 end@14");
  EXPECT_EQ(Decode("git-pkt-line", "0003"), "length_below_header@0");
}

// FIX: BeginString first, BodyLength second, whose zeros may lead.
TEST(DigitLengths, StandInTheSecondFieldOfAFixMessage) {
  const std::string rest =
      "35=0\001"
      "10=161\001";
  EXPECT_EQ(Decode("fix",
                   "8=FIXT.1.1\001"
                   "9=0005\001" +
                       rest),
            "35=0\001@0 end@30");
  EXPECT_EQ(Decode("fix",
                   "8=FIX.4.2\001"
                   "35=0\001"
                   "9=5\001" +
                       rest),
            "bad_magic@0");
  EXPECT_EQ(Decode("fix",
                   "\n8=FIX.4.2\001"
                   "9=5\001" +
                       rest),
            "bad_magic@0");
  EXPECT_EQ(Decode("fix",
                   "8=FIX.4.2\001"
                   "9=+5\001" +
                       rest),
            "malformed_length@0");
}

}  // namespace
}  // namespace unstick::inline v0
