#include "unstick/core/frame_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "unstick/core/any_framer.h"
#include "unstick/core/frame_cursor.h"

namespace unstick::inline v0 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FrameError, EveryCodeHasTheNameThatTheContractGives) {
  const char* const names[] = {"payload_too_large",   "payload_too_small", "malformed_length",
                               "length_below_header", "malformed_value",   "bad_magic",
                               "bad_version",         "bad_checksum",      "bad_escape",
                               "bad_header",          "truncated",         "trailing_bytes",
                               "unencodable"};
  std::size_t code = 0;
  for (const char* name : names) {
    EXPECT_EQ(CodeName(static_cast<FrameErrorCode>(code)), name);
    ++code;
  }
  EXPECT_EQ(static_cast<FrameErrorCode>(code - 1), FrameErrorCode::kUnencodable);
}

TEST(FrameError, SaysWhereWhatWasFoundAndWhatWasAllowed) {
  FrameError error{
      .code = FrameErrorCode::kPayloadTooLarge, .offset = 77, .found = 500, .allowed = 100};
  const std::string text = error.ToString();
  EXPECT_THAT(text, HasSubstr("payload_too_large"));
  EXPECT_THAT(text, HasSubstr("77"));
  EXPECT_THAT(text, HasSubstr("500"));
  EXPECT_THAT(text, HasSubstr("100"));
}

TEST(FrameError, EveryCodeHasAMessageOfItsOwn) {
  std::set<std::string> texts;
  for (int code = 0; code <= static_cast<int>(FrameErrorCode::kUnencodable); ++code) {
    const std::string text =
        FrameError{.code = static_cast<FrameErrorCode>(code), .found = 1, .allowed = 2}.ToString();
    EXPECT_GT(text.size(), 10);
    texts.insert(text);
  }
  EXPECT_EQ(texts.size(), 13);
}

TEST(FrameError, AnEncoderSaysWhatStandsInItsWay) {
  const auto said = [](Obstacle obstacle, std::size_t found, std::size_t allowed) {
    FrameError error{.code = FrameErrorCode::kUnencodable, .found = found, .allowed = allowed};
    error.obstacle = obstacle;
    return error.ToString();
  };
  EXPECT_THAT(said(Obstacle::kSize, 9, 0), HasSubstr("9 bytes: no length says that"));
  EXPECT_THAT(said(Obstacle::kSize, 9, 5), HasSubstr("9 bytes; allowed are at most 5"));
  EXPECT_THAT(said(Obstacle::kSize, 3, 5), HasSubstr("3 bytes; allowed are at least 5"));
  EXPECT_THAT(said(Obstacle::kBytes, 3, 0), HasSubstr("would not be read back"));
  EXPECT_THAT(said(Obstacle::kPreamble, 3, 0), HasSubstr("starts with a preamble"));
  EXPECT_THAT(said(Obstacle::kByteOrder, 3, 0), HasSubstr("tells the byte order"));
  EXPECT_THAT(said(Obstacle::kOnlyFrame, 3, 0), HasSubstr("only one frame"));
  EXPECT_THAT(said(Obstacle::kNoPreamble, 3, 0), HasSubstr("these 3 bytes as a preamble"));
  EXPECT_THAT(said(Obstacle::kNoFiller, 3, 0), HasSubstr("these 3 bytes between frames"));
  EXPECT_THAT(said(Obstacle::kNoEnd, 3, 0), HasSubstr("goes on to the end of the input"));
  EXPECT_THAT(said(Obstacle::kOptions, 3, 0), HasSubstr("carry anything"));
}

TEST(FrameError, EveryRuleHasANameAndATextOfItsOwn) {
  std::set<std::string_view> names;
  std::set<std::string_view> texts;
  const int last = static_cast<int>(FrameRule::kWrongOptions);
  for (int i = 1; i <= last; ++i) {
    const auto rule = static_cast<FrameRule>(i);
    EXPECT_FALSE(RuleName(rule).empty()) << i;
    EXPECT_EQ(RuleName(rule).find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos);
    names.insert(RuleName(rule));
    texts.insert(RuleText(rule));
  }
  EXPECT_EQ(names.size(), last);
  EXPECT_EQ(texts.size(), last);
  EXPECT_EQ(RuleName(FrameRule::kNone), "");
  EXPECT_EQ(RuleName(static_cast<FrameRule>(last + 1)), "");
  EXPECT_EQ(RuleName(FrameRule::kDuplicateLength), "duplicate-length");
  EXPECT_EQ(RuleName(FrameRule::kTooManyFragments), "too-many-fragments");
}

TEST(FrameError, SaysWhichRuleWasBrokenAndWhere) {
  const FrameError error{
      .code = FrameErrorCode::kBadHeader, .rule = FrameRule::kBareCr, .offset = 100, .found = 7};
  EXPECT_THAT(error.ToString(), HasSubstr("at offset 100"));
  EXPECT_THAT(error.ToString(), HasSubstr("a CR has no LF, at byte 7"));
}

TEST(FrameError, NotesDownTheFramesFirstBytes) {
  const FrameError error =
      FrameError{.code = FrameErrorCode::kMalformedLength}.With(AsBytes("0123456789"));
  EXPECT_EQ(error.head_size, 8);
  EXPECT_THAT(error.ToString(), HasSubstr("3031323334353637"));
  EXPECT_EQ(FrameError{}.With(AsBytes("ab")).head_size, 2);
}

TEST(FrameError, BlameIsTyped) {
  const auto code = [](FrameErrorCode c) { return ToStatus({.code = c}).code(); };
  EXPECT_EQ(code(FrameErrorCode::kPayloadTooLarge), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(FrameErrorCode::kUnencodable), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(FrameErrorCode::kTruncated), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(FrameErrorCode::kBadChecksum), absl::StatusCode::kDataLoss);
}

// What a length field reads when the wrong program knocks. Row 31 of the bug classes.
TEST(FrameError, AnotherProtocolOnThePortIsNamed) {
  struct Case {
    std::string first;
    const char* protocol;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\n", "HTTP"}, {"POST /x", "HTTP"},
      {"HTTP/1.1 200", "HTTP"},       {"OPTIONS *", "HTTP"},
      {"PRI * HTTP/2.0", "HTTP/2"},   {"\x16\x03\x01\x02\x00", "TLS"},
      {"SSH-2.0-OpenSSH", "SSH"},     {std::string("AMQP\0\0\x09\x01", 8), "AMQP"},
      {"PROXY TCP4", "PROXY"},        {"\r\n\r\n\0\r\nQUIT\n", "PROXY v2"},
      {"EHLO there", "SMTP"},         {"*1\r\n$4\r\nPING", "Redis"},
      {"\xb7USK\1", "unstick"}};
  const auto framer = AnyFramer::FromSpec("length:max=1MiB");
  ASSERT_TRUE(framer.ok());
  for (const Case& c : cases) {
    EXPECT_EQ(GuessProtocol(AsBytes(c.first)), c.protocol);
    FrameCursor cursor(*framer, AsBytes(c.first));
    const DecodeResult result = cursor.Next();
    ASSERT_EQ(result.kind(), DecodeResult::Kind::kError) << c.first;
    EXPECT_THAT(result.error().ToString(), HasSubstr(c.protocol));
  }
  // From the eight bytes that an error keeps.
  const Case more[] = {{std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8), "PostgreSQL"},
                       {std::string("\0\0\0\x54\0\3\0\0", 8), "PostgreSQL"},
                       {std::string("\x10\x0c\0\4MQTT", 8), "MQTT"},
                       {std::string("\0\0\0\x44\xfeSMB", 8), "SMB"},
                       {std::string("\0\1\0\0\x21\x12\xa4\x42", 8), "STUN"},
                       {"\x13"
                        "BitTorr",
                        "BitTorrent"},
                       {"JDWP-Han", "JDWP"},
                       {"+PONG\r\n", "Redis"},
                       {"INFO {\"s", "NATS"},
                       {"Content-", "LSP"},
                       {std::string("GIOP\1\2\0\0", 8), "GIOP"},
                       {"8=FIX.4.", "FIX"},
                       {"<stream:", "XMPP"}};
  for (const Case& c : more) EXPECT_EQ(GuessProtocol(AsBytes(c.first)), c.protocol) << c.protocol;
  EXPECT_EQ(GuessProtocol(AsBytes("GE")), "");
  EXPECT_EQ(GuessProtocol(AsBytes(std::string("\0\0\0\5hello", 9))), "");
  EXPECT_THAT((FrameError{.code = FrameErrorCode::kMalformedLength}.ToString()),
              Not(HasSubstr("looks like")));
}

// Not only lengths stumble: a walker's value, and an end that comes too early.
TEST(FrameError, AnotherProtocolIsNamedWhateverBroke) {
  const auto message = [](std::string_view spec, std::string_view stream) {
    const auto framer = AnyFramer::FromSpec(spec);
    EXPECT_TRUE(framer.ok());
    FrameCursor cursor(*framer, AsBytes(stream));
    const DecodeResult result = cursor.Next();
    return result.kind() == DecodeResult::Kind::kError ? result.error().ToString() : "none";
  };
  EXPECT_THAT(message("length", std::string_view("\0\0\0\x08\x04\xd2\x16\x2f", 8)),
              HasSubstr("truncated at offset 0: input ended inside a frame, after 8 of its 12 "
                        "bytes; this looks like PostgreSQL"));
  EXPECT_THAT(message("length:width=2", "GET / HTTP/1.1\r\n\r\n"), HasSubstr("looks like HTTP"));
  EXPECT_THAT(message("length", std::string_view("\0\0\0\5hel", 7)), Not(HasSubstr("looks like")));
  const FrameError value{.code = FrameErrorCode::kMalformedValue};
  EXPECT_THAT(value.With(AsBytes("SSH-2.0-")).ToString(), HasSubstr("looks like SSH"));
  const FrameError version{.code = FrameErrorCode::kBadVersion};
  EXPECT_THAT(version.With(AsBytes("GET / HT")).ToString(), HasSubstr("looks like HTTP"));
  const FrameError checksum{.code = FrameErrorCode::kBadChecksum};
  EXPECT_THAT(checksum.With(AsBytes("GET / HT")).ToString(), Not(HasSubstr("looks like")));
}

TEST(FrameError, IsSmall) { EXPECT_LE(sizeof(FrameError), 56); }

TEST(FrameRule, AnUnknownOneHasNoName) {
  for (unsigned rule = static_cast<unsigned>(FrameRule::kWrongOptions) + 1; rule < 256; ++rule) {
    EXPECT_EQ(RuleName(static_cast<FrameRule>(rule)), RuleName(FrameRule::kNone)) << rule;
  }
}

}  // namespace
}  // namespace unstick::inline v0
