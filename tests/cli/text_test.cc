// How bytes, times and cuts are written down.

#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "src/cli/chunker.h"
#include "src/cli/echo_reply.h"
#include "src/cli/hex.h"
#include "src/cli/printable.h"

namespace unstick::cli {
namespace {

std::string Printable(std::string_view bytes, Backslash backslash = Backslash::kDoubled) {
  std::string text;
  AppendPrintable(bytes, text, backslash);
  return text;
}

// What a spec's quoted string says about escapes, written anew.
std::string Unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n':
        bytes += '\n';
        break;
      case 'r':
        bytes += '\r';
        break;
      case 't':
        bytes += '\t';
        break;
      case '0':
        bytes += '\0';
        break;
      case 'x':
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        bytes += text[i];
    }
  }
  return bytes;
}

TEST(Printable, EveryPairOfBytesComesBackAndDisturbsNoTerminal) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
      const std::string text = Printable(bytes);
      ASSERT_EQ(Unescaped(text), bytes);
      const bool is_utf8 = first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf;
      for (const char c : text) {
        ASSERT_TRUE((c >= ' ' && c <= '~') || (is_utf8 && c < 0)) << first << " " << second;
      }
    }
  }
}

TEST(Printable, LeavesReadableTextAlone) {
  const std::string text = "caf\xc3\xa9 \xe2\x82\xac \xe6\xb6\x88\xe6\x81\xaf \xf0\x9f\x98\x80";
  EXPECT_EQ(Printable(text), text);
  EXPECT_EQ(Printable("a\\b"), "a\\\\b");
  EXPECT_EQ(Printable("a\\b", Backslash::kPlain), "a\\b");
}

TEST(Printable, EscapesWhatReordersOrHidesText) {
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b");           // a terminal's CSI in C1
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
  EXPECT_EQ(Printable("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");  // line separator
  EXPECT_EQ(Printable("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");  // byte order mark
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate is not UTF-8
  EXPECT_EQ(Printable("\xe2\x82"), "\\xe2\\x82");           // cut short
  EXPECT_EQ(Printable("\xc1\x80\xf4\x90\x80\x80"), "\\xc1\\x80\\xf4\\x90\\x80\\x80");
}

TEST(Hex, ThereAndBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  std::string hex(512, '\0');
  WriteHex(AsBytes(bytes), hex.data());
  EXPECT_EQ(hex.substr(0, 6) + hex.substr(506), "000102fdfeff");
  EXPECT_EQ(ParseHex(hex), bytes);
  EXPECT_EQ(ParseHex("aBCDef"), "\xab\xcd\xef");
  EXPECT_EQ(ParseHex(""), "");
  for (const char* wrong : {"0", "0g", "g0", "0x", " 0", "00 0", "+1"}) {
    EXPECT_EQ(ParseHex(wrong), std::nullopt) << wrong;
  }
}

TEST(EchoReply, TimeIsAsctimes) {
  for (std::time_t when = 0; when < 2'000'000'000; when += 9'999'991) {
    std::tm local{};
    ::localtime_r(&when, &local);
    char expected[64];
    ::asctime_r(&local, expected);
    const std::string_view line(expected);
    EXPECT_EQ(TimePrefix(when), "at " + std::string(line.substr(0, line.size() - 1)) + ": ");
  }
}

std::vector<std::size_t> First(Chunker chunker, int n) {
  std::vector<std::size_t> sizes;
  for (int i = 0; i < n; ++i) sizes.push_back(chunker.Next());
  return sizes;
}

TEST(Chunker, RandomCutsAreTheSeedsOwn) {
  EXPECT_EQ(First(Chunker::Random(7), 1000), First(Chunker::Random(7), 1000));
  EXPECT_NE(First(Chunker::Random(7), 1000), First(Chunker::Random(8), 1000));
  std::size_t ones = 0;
  std::size_t large = 0;
  for (const std::size_t size : First(Chunker::Random(7), 1000)) {
    ASSERT_GE(size, 1U);
    ASSERT_LE(size, 4096U);
    ones += size == 1 ? 1 : 0;
    large += size > 1000 ? 1 : 0;
  }
  EXPECT_GT(ones, 50U);
  EXPECT_GT(large, 50U);
}

TEST(Chunker, FixedCuts) {
  EXPECT_EQ(First(Chunker::Every(3), 2), (std::vector<std::size_t>{3, 3}));
  EXPECT_GT(Chunker::Whole().Next(), std::size_t{1} << 40);
}

}  // namespace
}  // namespace unstick::cli
