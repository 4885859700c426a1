// The walkers: where values end, which bytes are none, and that neither cuts nor depth nor what a
// count promises makes a difference.

#include "src/core/kinds/walkers/walkers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/core/kinds/walkers/open_brackets.h"
#include "src/core/kinds/walkers/open_counts.h"
#include "tests/core/walker_values.h"
#include "tests/support/heap_use.h"
#include "tests/support/seed.h"
#include "tests/support/source_tree.h"
#include "unstick/testing/framer_laws.h"

namespace unstick::inline v0::testing {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace): ""s with zeros

struct Walker {
  explicit Walker(std::string_view name, const detail::PayloadLimits& limits = {})
      : kind(detail::MakeWalker(name, limits)) {}
  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    return kind->Scan(window, resume);
  }
  ScanResult ScanFinal(ByteView rest) const { return kind->ScanFinal(rest); }
  std::size_t max_frame_size() const { return kind->max_frame_size(); }
  std::shared_ptr<const detail::FrameKind> kind;
};

std::string Repeat(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

// Between two values whose join would be another value.
std::string Gap(std::string_view name) { return name == "json" ? " \n" : ""; }

using Texts = std::vector<std::string>;

// Whole values.
const std::map<std::string, Texts>& Values() {
  static const std::map<std::string, Texts> values = {
      {"resp",
       {"+OK\r\n",
        "+\r\n",
        "-ERR unknown command\r\n",
        ":0\r\n",
        ":-12\r\n",
        ":+3\r\n",
        "$5\r\nhello\r\n",
        "$0\r\n\r\n",
        "$2\r\n\r\n\r\n",
        "$-1\r\n",
        "*-1\r\n",
        "*0\r\n",
        "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
        "*3\r\n:1\r\n*2\r\n+a\r\n_\r\n#f\r\n",
        "_\r\n",
        "#t\r\n",
        ",1.25\r\n",
        ",-inf\r\n",
        ",nan\r\n",
        "(3492890328409238509324850943850\r\n",
        "(-1\r\n",
        "!5\r\nSY no\r\n",
        "=7\r\ntxt:abc\r\n",
        "%1\r\n+k\r\n:1\r\n",
        "%0\r\n",
        "~2\r\n:1\r\n:2\r\n",
        ">2\r\n+pub\r\n+x\r\n",
        "|1\r\n+ttl\r\n:60\r\n:7\r\n",
        "*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n",
        "$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n",
        "$?\r\n;0\r\n",
        "*?\r\n:1\r\n*?\r\n.\r\n.\r\n",
        "%?\r\n+a\r\n:1\r\n.\r\n",
        "~?\r\n.\r\n",
        "PING\r\n",
        "PING\n",
        "SET k \"a b\"\r\n",
        "*1\r\n$?\r\n;1\r\n;\r\n;0\r\n"}},
      {"json",
       {"{}", "[]", "[[]]", R"({"a":[1,2,{"b":null}],"c":"]}\"\\"})", "\"\"", "\"x y\"",
        R"("\u00e9\ud83d\n\/")", "true", "false", "null", "[ 1 , -0.5e+3 , 0 ]", "0", "-1.5E2",
        "{ \"a\" : \"b\" }", "[\"\xc3\xa9\x7f\"]", "[true,false,null,\"\"]", "12345"}},
      {"msgpack",
       {"\x00"s,
        "\x7f",
        "\x80",
        "\x81\xa1k\x01",
        "\x90",
        "\x92\x01\x90",
        "\xa0",
        "\xa3\xc1zz",
        "\xc0",
        "\xc2",
        "\xc3",
        "\xc4\x01z",
        "\xc5\x00\x02zz"s,
        "\xc6\x00\x00\x00\x01z"s,
        "\xc7\x02tzz",
        "\xc8\x00\x01tz"s,
        "\xc9\x00\x00\x00\x00t"s,
        "\xca\x3f\x80\x00\x00"s,
        "\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"s,
        "\xcc\xc1",
        "\xcd\x01\x00"s,
        "\xceuuuu",
        "\xcfuuuuuuuu",
        "\xd0\x80",
        "\xd1\x80\x00"s,
        "\xd2uuuu",
        "\xd3uuuuuuuu",
        "\xd4tz",
        "\xd5tzz",
        "\xd6tzzzz",
        "\xd7tzzzzzzzz",
        "\xd8tzzzzzzzzzzzzzzzz",
        "\xd9\x00"s,
        "\xd9\x01z",
        "\xda\x00\x02zz"s,
        "\xdb\x00\x00\x00\x01z"s,
        "\xdc\x00\x02\x01\x02"s,
        "\xdd\x00\x00\x00\x01\xc0"s,
        "\xde\x00\x01\x01\x02"s,
        "\xdf\x00\x00\x00\x00"s,
        "\xe0",
        "\xff",
        "\x93\x81\x01\x92\xc0\xc0\xa2zz\xcc\x05"}},
      {"cbor",  // most are of RFC 8949, appendix A
       {"\x00"s,
        "\x17",
        "\x18\x18",
        "\x19\x03\xe8",
        "\x1a\x00\x0f\x42\x40"s,
        "\x1buuuuuuuu",
        "\x20",
        "\x3buuuuuuuu",
        "\xc2\x41\x01",
        "\xf9\x00\x00"s,
        "\xfa\x47\xc3\x50\x00"s,
        "\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a",
        "\xf4",
        "\xf6",
        "\xf7",
        "\xf0",
        "\xf8\xff",
        "\xc1\x1a\x51\x4b\x67\xb0",
        "\xd8\x18\x45\x64IETF",
        "\x40",
        "\x44\xff\xff\xff\xff",
        "\x60",
        "\x61"
        "a",
        "\x78\x03xyz",
        "\x80",
        "\x83\x01\x02\x03",
        "\x83\x01\x82\x02\x03\x82\x04\x05",
        "\xa0",
        "\xa2\x01\x02\x03\x04",
        "\x82\x61"
        "a\xa1\x61"
        "b\x61"
        "c",
        "\x5f\x42\x01\x02\x43\x03\x04\x05\xff",
        "\x5f\xff",
        "\x7f\x65strea\x64ming\xff",
        "\x9f\xff",
        "\x9f\x01\x82\x02\x03\x9f\x04\x05\xff\xff",
        "\x83\x01\x82\x02\x03\x9f\x04\xff",
        "\x83\x01\x9f\x02\x03\xff\x82\x04\x05",
        "\xbf\x01\x02\x9f\xff\xbf\xff\xff",
        "\x82\x61"
        "a\xbf\x01\x02\xff",
        "\xc0\x9f\xff",
        "\x98\x00"s,
        "\x9b\x00\x00\x00\x00\x00\x00\x00\x01\xf6"s}},
      {"bencode",
       {"i0e", "i42e", "i-7e", "i123456789012345678901234567890e", "0:", "4:spam", "2::e", "le",
        "l4:spami3ee", "de", "d3:bar4:spam3:fooi42ee", "d1:ad1:bleee", "lllleee1:ee",
        "ldedeld0:leeee"}},
      {"ber",
       {"\x02\x01\x05", "\x05\x00"s, "\x30\x03\x02\x01\x05", "\x04\x81\x01x", "\x04\x82\x00\x02xx"s,
        "\x04\x89\x00\x00\x00\x00\x00\x00\x00\x00\x01x"s, "\x5f\x81\x01\x01z",
        "\x1f\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00"s, "\x30\x80\x00\x00"s,
        "\x30\x80\x02\x01\x05\x00\x00"s, "\x30\x80\x30\x80\x00\x00\x04\x02\x00\x00\x00\x00"s,
        "\x24\x80\x04\x01x\x24\x80\x04\x00\x00\x00\x00\x00"s, "\x20\x00"s,
        "\x7f\x2a\x80\x00\x00"s}},
  };
  return values;
}

struct Bad {
  std::string bytes;  // that far and no further it must come to be known
  std::size_t at;     // the wrong byte
};

// What is no value, each cut off where it must be known.
const std::map<std::string, std::vector<Bad>>& NoValues() {
  static const std::map<std::string, std::vector<Bad>> none = {
      {"resp",
       {{"\x16", 0},
        {"\0"s, 0},
        {"\x7f", 0},
        {"\rx", 1},
        {"+a\n", 2},
        {"+a\rb", 3},
        {":x", 1},
        {":\r", 1},
        {":-\r", 2},
        {":1x", 2},
        {"(1.", 2},
        {",\r", 1},
        {",x", 1},
        {"#x", 1},
        {"#tx", 2},
        {"#t\rx", 3},
        {"_x", 1},
        {"$x", 1},
        {"$\r", 1},
        {"$01", 2},
        {"$-2", 2},
        {"$-1x", 3},
        {"$1\n", 2},
        {"$1x", 2},
        {"$1\rx", 3},
        {"$1\r\nabc", 5},
        {"$1\r\na\rx", 6},
        {"$+", 1},
        {"$ ", 1},
        {"*-2", 2},
        {"%-", 1},
        {"!-", 1},
        {"=?", 1},
        {">?", 1},
        {"|?", 1},
        {";", 0},
        {".", 0},
        {"*1\r\nP", 4},
        {"*1\r\n.", 4},
        {"*1\r\n;", 4},
        {"$?\r\n+", 4},
        {"$?\r\n.", 4},
        {"%?\r\n+a\r\n.", 8},
        {"*?\r\n*1\r\n.", 8},
        {"*?\r\n\r", 4},
        {"|0\r\n\r", 4}}},
      {"json",
       {{"}", 0},          {"]", 0},          {",", 0},         {":", 0},       {"x", 0},
        {"'", 0},          {"+", 0},          {".", 0},         {"\xef", 0},    {"\0"s, 0},
        {"\x1e", 0},       {"[}", 1},         {"[1}", 2},       {"{]", 1},      {"{\"a\":1]", 6},
        {"[,", 1},         {"[1,]", 3},       {"[1 2", 3},      {"[1:", 2},     {"{1", 1},
        {"{,", 1},         {"{\"a\"}", 4},    {"{\"a\",", 4},   {"{\"a\"1", 4}, {"{\"a\":}", 5},
        {"{\"a\":1,}", 7}, {"{\"a\":1,1", 7}, {"{\"a\":1:", 6}, {"tx", 1},      {"trux", 3},
        {"nul ", 3},       {"fa[", 2},        {"[nulL", 4},     {"01", 1},      {"-x", 1},
        {"- ", 1},         {"-01", 2},        {"1.x", 2},       {"1.]", 2},     {"1e]", 2},
        {"1e+ ", 3},       {"1.2.", 3},       {"1e5e", 3},      {"1-", 1},      {"1+", 1},
        {"0e5.", 3},       {"[1x", 2},        {"[-]", 2},       {"\"\n", 1},    {"\"a\0"s, 2},
        {"\"\\x", 2},      {"\"\\u12g", 5},   {"\"\\u\"", 3},   {"\"\x1f", 1},  {"{\"a\x01", 3}}},
      {"msgpack", {{"\xc1", 0}, {"\x91\xc1", 1}, {"\x92\xa1x\xc1", 3}, {"\x81\x01\xc1", 2}}},
      {"cbor",
       {{"\x1c", 0},
        {"\x1d", 0},
        {"\x1e", 0},
        {"\x1f", 0},
        {"\x3f", 0},
        {"\x5c", 0},
        {"\xdf", 0},
        {"\xfc", 0},
        {"\xff", 0},
        {"\xf8\x00"s, 1},
        {"\xf8\x1f", 1},
        {"\x81\xff", 1},
        {"\x9f\x81\xff", 2},
        {"\xbf\x01\xff", 2},
        {"\x9f\xc1\xff", 2},
        {"\xc1\xff", 1},
        {"\x5f\x60", 1},
        {"\x5f\x01", 1},
        {"\x5f\x5f", 1},
        {"\x7f\x40", 1},
        {"\x7f\x80", 1},
        {"\x7f\xc1", 1},
        {"\x7f\x7f", 1},
        {"\xa1\x01\xff", 2},
        {"\x9f\x9f\xff\x1c", 3},
        {"\x9f\xbf\x9f\xff\xff", 4}}},
      {"bencode",
       {{"e", 0},       {"x", 0},    {"-", 0},   {":", 0},   {"ie", 1},    {"i-e", 2},
        {"i-0", 2},     {"i00", 2},  {"i01", 2}, {"i1x", 2}, {"i1-", 2},   {"i+", 1},
        {"i ", 1},      {"1x", 1},   {"00", 1},  {"01", 1},  {"1e", 1},    {"lx", 1},
        {"l-", 1},      {"di", 1},   {"dl", 1},  {"dd", 1},  {"d1:ae", 4}, {"d1:ai1ei", 7},
        {"d1:alel", 6}, {"ld0:e", 4}}},
      {"ber",
       {{"\0"s, 0},
        {"\x30\xff", 1},
        {"\x04\x80", 1},
        {"\x1f\x80", 1},
        {"\x30\x80\x00\x01"s, 3},
        {"\x30\x80\x04\x80", 3},
        {"\x1f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10},
        {"\x30\x80\x30\x80\x00\x00\x00\x02"s, 7}}},
  };
  return none;
}

class EachWalker : public ::testing::TestWithParam<std::string_view> {
 protected:
  std::string name_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(All, EachWalker, ::testing::ValuesIn(detail::WalkerNames()),
                         [](const auto& one) { return std::string(one.param); });

TEST(Walkers, AreKnownByName) {
  EXPECT_EQ(detail::WalkerNames().size(), 6);
  EXPECT_EQ(Values().size(), 6);
  EXPECT_EQ(NoValues().size(), 6);
  EXPECT_EQ(detail::MakeWalker("xml", {}), nullptr);
  EXPECT_EQ(detail::MakeWalker("", {}), nullptr);
}

TEST_P(EachWalker, FindsTheEndOfEachValueAndNoneBefore) {
  const Walker walker(name_);
  for (const std::string& value : Values().at(name_)) {
    SCOPED_TRACE(Hex(AsBytes(value)));
    const bool number = name_ == "json" && value.find_first_not_of("0123456789.eE+-") == value.npos;
    const std::string stream = value + (number ? " " : "");
    for (std::size_t n = 0; n < stream.size(); ++n) {
      const ScanResult result = walker.Scan(AsBytes(stream).first(n), 0);
      ASSERT_TRUE(std::holds_alternative<NeedMore>(result)) << n << ": " << Describe(result);
    }
    for (const std::string behind : {"", " ", "\n", "\xc1", "\xff", "e", "]"}) {
      const std::string with = stream + behind;
      EXPECT_EQ(walker.Scan(AsBytes(with), 0), ScanResult(Extent{value.size(), 0, value.size()}));
    }
    if (number) {
      EXPECT_EQ(walker.ScanFinal(AsBytes(value)),
                ScanResult(Extent{value.size(), 0, value.size()}));
    } else {
      const ByteView cut = AsBytes(value).first(value.size() - 1);
      EXPECT_TRUE(std::holds_alternative<NeedMore>(walker.ScanFinal(cut)));
    }
  }
}

TEST_P(EachWalker, KnowsAtOnceWhatIsNoValue) {
  const Walker walker(name_);
  for (const auto& [bytes, at] : NoValues().at(name_)) {
    SCOPED_TRACE(Hex(AsBytes(bytes)));
    const ByteView all = AsBytes(bytes);
    const ScanResult before = walker.Scan(all.first(bytes.size() - 1), 0);
    EXPECT_TRUE(std::holds_alternative<NeedMore>(before)) << Describe(before);
    const ScanResult result = walker.Scan(all, 0);
    const auto* error = std::get_if<FrameError>(&result);
    ASSERT_NE(error, nullptr) << Describe(result);
    EXPECT_EQ(error->code, FrameErrorCode::kMalformedValue);
    EXPECT_EQ(error->recovery, Recovery::kNone);
    EXPECT_EQ(error->found, at);
    EXPECT_EQ(error->head_size, std::min<std::size_t>(at + 1, 8));
    EXPECT_TRUE(Equal(ByteView(error->head).first(error->head_size), all.first(error->head_size)));
  }
}

TEST_P(EachWalker, KeepsTheLaws) {
  Texts streams;
  std::string all;
  for (const std::string& value : Values().at(name_)) {
    streams.push_back(value);
    if (value.size() < 8) streams.push_back(value + Gap(name_) + value);
    all += value + Gap(name_);
  }
  streams.push_back(all);
  for (const auto& [bytes, at] : NoValues().at(name_)) {
    streams.push_back(bytes + "xyz");
    streams.push_back(Values().at(name_).front() + bytes);
  }
  LawOptions options{.all_cuts_up_to = 9, .pair_cuts_up_to = 0, .random_cuts = 4};
  for (const std::uint64_t max : {std::uint64_t{1} << 20, std::uint64_t{16}, std::uint64_t{5},
                                  std::uint64_t{3}, std::uint64_t{1}}) {
    options.every_way = max > 16;
    const Walker walker(name_, {.min = max == 16 ? 4u : 0u, .max = max});
    const LawReport report = CheckScannerLaws(walker, streams, options);
    EXPECT_TRUE(report.ok()) << "max=" << max << ": " << report.broken;
    EXPECT_EQ(report.streams, streams.size());
  }
}

// Values made by an independent writer, one behind another, cut everywhere; then with a byte
// changed, a limit in the way.
TEST_P(EachWalker, WalksRandomValues) {
  RandomValues random(TestSeed());
  const Walker walker(name_);
  LawReport report;
  const LawOptions options{
      .all_cuts_up_to = 6, .pair_cuts_up_to = 0, .random_cuts = 2, .every_way = false};
  for (int i = 0; i < 150; ++i) {
    Texts values;
    std::string stream;
    for (std::size_t n = 1 + random.Below(3); n > 0; --n) {
      values.push_back(random.Of(name_, random.Below(7)));
      stream += values.back() + Gap(name_);
    }
    const std::vector<StreamEvent> events = EventsOf(walker, AsBytes(stream));
    ASSERT_EQ(events.size(), values.size() + 1) << Hex(AsBytes(stream), 4096) << "\n"
                                                << events.back().ToString();
    for (std::size_t v = 0; v < values.size(); ++v) ASSERT_EQ(events[v].wire, values[v]);
    ASSERT_EQ(events.back().kind, DecodeResult::Kind::kEnd);
    if (stream.size() > 3000) continue;
    ASSERT_TRUE(CheckStream(walker, AsBytes(stream), options, report)) << report.broken;

    std::string changed = stream;
    changed[random.Below(changed.size())] = static_cast<char>(random.Below(256));
    const Walker narrow(name_, {.max = 1 + random.Below(stream.size())});
    ASSERT_TRUE(CheckStream(walker, AsBytes(changed), options, report)) << report.broken;
    ASSERT_TRUE(CheckStream(narrow, AsBytes(changed), options, report)) << report.broken;
    ASSERT_TRUE(CheckStream(narrow, AsBytes(stream), options, report)) << report.broken;
  }
}

// The limit itself passes, one byte less does not, and is known without the last byte at the
// latest.
TEST_P(EachWalker, HoldsTheLimits) {
  for (const std::string& value : Values().at(name_)) {
    if (value.size() < 2) continue;
    SCOPED_TRACE(Hex(AsBytes(value)));
    const ScanResult whole = Extent{value.size(), 0, value.size()};
    const std::string stream = value + Gap(name_);
    EXPECT_EQ(Walker(name_, {.max = value.size()}).Scan(AsBytes(stream), 0), whole);
    EXPECT_EQ(Walker(name_, {.min = value.size()}).Scan(AsBytes(stream), 0), whole);
    const ScanResult small = Walker(name_, {.min = value.size() + 1}).Scan(AsBytes(stream), 0);
    ASSERT_TRUE(std::holds_alternative<FrameError>(small));
    EXPECT_EQ(std::get<FrameError>(small).code, FrameErrorCode::kPayloadTooSmall);
    const Walker narrow(name_, {.max = value.size() - 1});
    const ScanResult large = narrow.Scan(AsBytes(value), 0);
    const auto* error = std::get_if<FrameError>(&large);
    ASSERT_NE(error, nullptr) << Describe(large);
    EXPECT_EQ(error->code, FrameErrorCode::kPayloadTooLarge);
    EXPECT_EQ(error->allowed, value.size() - 1);
    if (error->recovery == Recovery::kKnownEnd) {
      EXPECT_EQ(error->resume, value.size());
      EXPECT_EQ(error->found, value.size());
    } else {
      EXPECT_EQ(error->found, 0);
      EXPECT_EQ(error->recovery, Recovery::kNone);
    }
  }
}

struct Early {
  std::string_view walker;
  std::string bytes;    // at the last of these it is known
  std::uint64_t found;  // 0: unknown
};

TEST(Walkers, RefuseAsSoonAsALimitIsSureToBeBroken) {
  const std::vector<Early> cases = {
      {"resp", "$1000\r\n", 1009},
      {"resp", "*1\r\n$95\r\n", 106},
      {"resp", "*34\r\n", 0},
      {"resp", "*2\r\n$100\r\n", 0},
      {"resp", "%9223372036854775808\r\n", 0},
      {"resp", "*18446744073709551615\r\n", 0},
      {"resp", "$18446744073709551615\r\n", ~std::uint64_t{0}},
      {"resp", "+" + Repeat("x", 98), 0},
      {"resp", Repeat("x", 100), 0},
      {"json", "\"" + Repeat("x", 99), 0},
      {"json", Repeat("1", 101), 0},
      {"json", Repeat("[", 51), 0},
      {"json", "[" + Repeat(" ", 99), 0},
      {"json", "[[" + Repeat(" ", 94) + "n", 0},
      {"msgpack", "\xdb\x00\x00\x03\xe8"s, 1005},
      {"msgpack", "\x92\x01\xd9\xff", 259},
      {"msgpack", "\xdd\xff\xff\xff\xff", 0},
      {"msgpack", "\xdf\xff\xff\xff\xff", 0},
      {"msgpack", "\xdc\x00\x62"s, 0},
      {"cbor", "\x59\x03\xe8", 1003},
      {"cbor", "\x82\x01\x58\xff", 259},
      {"cbor", "\x9f\x58\xff", 0},
      {"cbor", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 0},
      {"cbor", "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 0},
      {"cbor", "\xbb\x80\x00\x00\x00\x00\x00\x00\x00"s, 0},
      {"cbor", "\x5b\xff\xff\xff\xff\xff\xff\xff\xff", ~std::uint64_t{0}},
      {"cbor", Repeat("\x9f", 51), 0},
      {"bencode", "1000:", 1005},
      {"bencode", "l98:", 0},
      {"bencode", "d94:", 0},
      {"bencode", "i" + Repeat("1", 99), 0},
      {"bencode", Repeat("l", 51), 0},
      {"ber", "\x30\x82\x03\xe8", 1004},
      {"ber", "\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", ~std::uint64_t{0}},
      {"ber", "\x30\x80\x30\x62", 0},
      {"ber", Repeat("\x30\x80", 26), 0},
  };
  for (const Early& early : cases) {
    SCOPED_TRACE(std::string(early.walker) + " " + Hex(AsBytes(early.bytes)));
    const Walker walker(early.walker, {.max = 100});
    const ByteView all = AsBytes(early.bytes);
    const ScanResult before = walker.Scan(all.first(all.size() - 1), 0);
    EXPECT_TRUE(std::holds_alternative<NeedMore>(before)) << Describe(before);
    const ScanResult result = walker.Scan(all, 0);
    const auto* error = std::get_if<FrameError>(&result);
    ASSERT_NE(error, nullptr) << Describe(result);
    EXPECT_EQ(error->code, FrameErrorCode::kPayloadTooLarge);
    EXPECT_EQ(error->found, early.found);
    EXPECT_EQ(error->recovery, early.found != 0 ? Recovery::kKnownEnd : Recovery::kNone);
    EXPECT_EQ(error->resume, early.found);
  }
}

// A count over 64 bits is malformed at the digit or byte that makes it one, as wherever a count is
// read.
TEST(Walkers, CountsThatDoNotFitAreMalformed) {
  struct Overflow {
    const char* walker;
    std::string bytes;  // up to and with the one that is too many
  };
  const Overflow cases[] = {
      {"resp", "$18446744073709551616"},
      {"resp", "*99999999999999999999"},
      {"resp", "%184467440737095516150"},
      {"resp", "*1\r\n$18446744073709551616"},
      {"resp", "=18446744073709551619"},
      {"bencode", "18446744073709551616"},
      {"bencode", "l18446744073709551616"},
      {"bencode", "d99999999999999999999"},
      {"ber", "\x30\x89\x01" + std::string(8, '\0')},
      {"ber", "\x30\x80\x04\x89\x01" + std::string(8, '\0')},
  };
  for (const Overflow& row : cases) {
    SCOPED_TRACE(std::string(row.walker) + " " + Hex(AsBytes(row.bytes)));
    const Walker walker(row.walker, {});
    const ByteView all = AsBytes(row.bytes);
    const ScanResult before = walker.Scan(all.first(all.size() - 1), 0);
    EXPECT_TRUE(std::holds_alternative<NeedMore>(before)) << Describe(before);
    const ScanResult result = walker.Scan(all, 0);
    const auto* error = std::get_if<FrameError>(&result);
    ASSERT_NE(error, nullptr) << Describe(result);
    EXPECT_EQ(error->code, FrameErrorCode::kMalformedLength);
    EXPECT_EQ(error->rule, FrameRule::kOverflow);
    EXPECT_EQ(error->found, row.bytes.size() - 1);
    EXPECT_EQ(error->recovery, Recovery::kNone);
  }
}

// A value whose end is known is passed over exactly when it is too large.
TEST(Walkers, SkipAnOverlongValueOfKnownEnd) {
  const Walker walker("ber", {.max = 10});
  const std::string stream = "\x04\x01x"s + "\x04\x20" + Repeat("y", 32) + "\x04\x01z";
  const std::vector<StreamEvent> events = EventsOf(walker, AsBytes(stream), OnError::kSkip);
  ASSERT_EQ(events.size(), 4);
  EXPECT_EQ(events[0].wire, "\x04\x01x");
  EXPECT_EQ(events[1].kind, DecodeResult::Kind::kGap);
  EXPECT_EQ(events[1].skipped, 34);
  EXPECT_EQ(events[2].wire, "\x04\x01z");
}

// How many more bytes are wanted is said as far ahead as is certain.
TEST(Walkers, LookAheadAsFarAsIsCertain) {
  const auto more = [](std::string_view name, const std::string& bytes) {
    const ScanResult result = Walker(name).Scan(AsBytes(bytes), 0);
    const auto* need = std::get_if<NeedMore>(&result);
    return need != nullptr ? std::pair(need->min_window, need->frame_size)
                           : std::pair<std::size_t, std::size_t>();
  };
  using Sizes = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(more("resp", "$1000\r\n"), Sizes(1009, 1009));
  EXPECT_EQ(more("resp", "*2\r\n$1000\r\nx"), Sizes(1013, 0));
  EXPECT_EQ(more("resp", "*2\r\n:1\r\n$1000\r\nx"), Sizes(1017, 1017));
  EXPECT_EQ(more("msgpack", "\xda\x03\xe8"), Sizes(1003, 1003));
  EXPECT_EQ(more("msgpack", "\x92\xda\x03\xe8"), Sizes(1005, 0));
  EXPECT_EQ(more("cbor", "\x59\x03\xe8"), Sizes(1003, 1003));
  EXPECT_EQ(more("cbor", "\x9f\x59\x03\xe8"), Sizes(1005, 0));
  EXPECT_EQ(more("bencode", "1000:"), Sizes(1005, 1005));
  EXPECT_EQ(more("bencode", "l1000:"), Sizes(1007, 0));
  EXPECT_EQ(more("ber", "\x30\x82\x03\xe8"), Sizes(1004, 1004));
  EXPECT_EQ(more("ber", "\x30\x80\x30\x82\x03\xe8"), Sizes(1007, 0));
}

TEST(Walkers, JsonTextsNeedNoSpaceBetweenThem) {
  const auto texts = [](const std::string& stream) {
    Texts found;
    for (const StreamEvent& event : EventsOf(Walker("json"), AsBytes(stream))) {
      found.push_back(event.kind == DecodeResult::Kind::kFrame ? event.wire
                      : event.kind == DecodeResult::Kind::kEnd ? "end"
                                                               : "error");
    }
    return found;
  };
  EXPECT_EQ(texts("[1]2\"x\"3{}4"), (Texts{"[1]", "2", "\"x\"", "3", "{}", "4", "end"}));
  EXPECT_EQ(texts(" 1 2\n\t"), (Texts{"1", "2", "end"}));
  EXPECT_EQ(texts("truefalse1null"), (Texts{"true", "false", "1", "null", "end"}));
  EXPECT_EQ(texts("1x"), (Texts{"1", "error"}));
  EXPECT_EQ(texts("1 ]"), (Texts{"1", "error"}));
  EXPECT_EQ(texts("-"), (Texts{"error"}));
  EXPECT_EQ(texts("[1"), (Texts{"error"}));
  EXPECT_EQ(texts(" \r\n"), (Texts{"end"}));
  EXPECT_EQ(texts(""), (Texts{"end"}));
}

// Redis and its replicas send bare line ends to say that they are still there.
TEST(Walkers, RespEmptyLinesBelongToNoFrame) {
  const auto events = EventsOf(Walker("resp"), AsBytes("\n\r\n+a\r\n\n"));
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].wire, "+a\r\n");
  EXPECT_EQ(events[0].offset, 3);
  EXPECT_EQ(events[1].kind, DecodeResult::Kind::kEnd);
}

struct Bomb {
  std::string_view walker;
  std::string open, close;
};

TEST(Walkers, WhatIsClosedByMarksNestsOnlySoDeep) {
  for (const Bomb& bomb :
       {Bomb{"json", "[", "]"}, Bomb{"json", "{\"\":", "}"}, Bomb{"bencode", "l", "e"},
        Bomb{"bencode", "d0:", "e"}, Bomb{"cbor", "\x9f", "\xff"}, Bomb{"cbor", "\x81\x9f", "\xff"},
        Bomb{"ber", "\x30\x80", std::string(2, '\0')}}) {
    SCOPED_TRACE(std::string(bomb.walker) + " " + Hex(AsBytes(bomb.open)));
    const Walker walker(bomb.walker);
    const std::string inside = bomb.open.size() != 1 && bomb.walker == "json"      ? "0"
                               : bomb.open.size() != 1 && bomb.walker == "bencode" ? "le"
                                                                                   : "";
    const std::size_t depth = detail::kMaxOpen - (inside == "le" ? 1 : 0);
    const std::string good = Repeat(bomb.open, depth) + inside + Repeat(bomb.close, depth);
    EXPECT_EQ(walker.Scan(AsBytes(good), 0), ScanResult(Extent{good.size(), 0, good.size()}));
    const std::string bad = Repeat(bomb.open, 1'000'000);
    const ScanResult result = walker.Scan(AsBytes(bad), 0);
    const auto* error = std::get_if<FrameError>(&result);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->code, FrameErrorCode::kMalformedValue);
    EXPECT_GE(error->found, bomb.open.size() * detail::kMaxOpen);
    EXPECT_LT(error->found, bomb.open.size() * (detail::kMaxOpen + 1));
  }
}

TEST(Walkers, WhatIsCountedNestsWithoutAStack) {
  for (const Bomb& bomb : {Bomb{"msgpack", "\x91", "\xc0"}, Bomb{"cbor", "\x81", "\xf6"},
                           Bomb{"cbor", "\xc1", "\xf6"}, Bomb{"resp", "*1\r\n", "_\r\n"}}) {
    const std::string value = Repeat(bomb.open, 1'000'000) + bomb.close;
    EXPECT_EQ(Walker(bomb.walker).Scan(AsBytes(value), 0),
              ScanResult(Extent{value.size(), 0, value.size()}));
  }
}

// Of a deep value the note holds the innermost brackets only. Each wrong one is found all the same.
TEST(Walkers, AWrongBracketIsFoundAtAnyDepth) {
  const Walker walker("json");
  for (const std::size_t depth :
       std::vector<std::size_t>{1, 2, 16, 17, 18, 26, 27, 28, 29, 44, 45, 46, 60, 512}) {
    for (std::size_t wrong = 0; wrong < depth; wrong += depth > 60 ? 37 : 1) {
      std::string opened, closed;
      for (std::size_t i = 0; i < depth; ++i) {
        const bool object = (i * 7 + depth) % 3 == 0;
        opened += object ? "{\"\":" : "[";
        closed = ((i == wrong) != object ? "}" : "]") + closed;
      }
      const std::string value = opened + "0" + closed;
      const ScanResult result = walker.Scan(AsBytes(value), 0);
      const auto* error = std::get_if<FrameError>(&result);
      ASSERT_NE(error, nullptr) << value;
      EXPECT_EQ(error->code, FrameErrorCode::kMalformedValue);
      EXPECT_EQ(error->found, opened.size() + 1 + (depth - 1 - wrong));
      if (depth > 60) continue;
      LawReport report;
      const LawOptions brief{.pair_cuts_up_to = 0, .random_cuts = 2, .every_way = false};
      ASSERT_TRUE(CheckStream(walker, AsBytes(value), brief, report)) << report.broken;
    }
  }
  const std::string keys = Repeat("d0:", 40) + "le" + Repeat("e", 38) + "i1e";  // no string: no key
  const ScanResult result = Walker("bencode").Scan(AsBytes(keys + "ee"), 0);
  ASSERT_TRUE(std::holds_alternative<FrameError>(result)) << Describe(result);
  EXPECT_EQ(std::get<FrameError>(result).found, keys.size() - 3);
}

// Promise D7. What a walker has seen is overwritten behind its back; it must not notice.
TEST(Walkers, DoNotLookBack) {
  RandomValues random(TestSeed());
  const std::vector<std::pair<std::string_view, std::string>> large = {
      {"resp", "*20000\r\n" + Repeat("*1\r\n$3\r\nabc\r\n", 20000)},
      {"resp", "+" + Repeat("x", 100000) + "\r\n"},
      {"resp", Repeat("x", 100000) + "\r\n"},
      {"resp", "*?\r\n*?\r\n" + Repeat("%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n", 5000) + ".\r\n.\r\n"},
      {"json", "[" + Repeat("[{\"a\":[0.5,\"\\u0041\"]}, true ],", 5000) + "0]"},
      {"json", "\"" + Repeat("x\\n", 50000) + "\""},
      {"json", Repeat("1", 100000) + "." + Repeat("2", 1000) + "e" + Repeat("3", 1000) + " "},
      {"json", Repeat("[", 27) + Repeat("0,", 50000) + "0" + Repeat("]", 27)},
      {"msgpack", "\xdd\x00\x00\x4e\x20"s + Repeat("\x92\xa3zzz\x05", 20000)},
      {"cbor", "\x9a\x00\x00\x4e\x20"s + Repeat("\xa1\x63zzz\x9f\x01\xff", 20000)},
      {"cbor", Repeat("\x9f", 9) + Repeat("\x82\x01\x61z", 20000) + Repeat("\xff", 9)},
      {"cbor", "\x7f" + Repeat("\x63zzz", 20000) + "\xff"},
      {"bencode", "l" + Repeat("d3:keyl2:xxi17eee", 10000) + "e"},
      {"bencode", "i" + Repeat("7", 100000) + "e"},
      {"ber", "\x30\x80" + Repeat("\x30\x80\x04\x03zzz\x00\x00"s, 10000) + "\0\0"s},
  };
  for (const auto& [name, value] : large) {
    const Walker walker(name, {.max = 1 << 20});
    std::string seen = value;
    std::uint64_t resume = 0, size = 0, asked = 0;
    for (std::size_t n = 1; n <= value.size() && size == 0;) {
      ++asked;
      const ScanResult result = walker.Scan(AsBytes(seen).first(n), resume);
      if (const auto* more = std::get_if<NeedMore>(&result)) {
        resume = more->resume;
        for (std::size_t i = n > 80 ? n - 80 : 0; i + 40 < n; ++i) seen[i] = '\xc1';
        n = std::min(std::max(more->min_window, n + random.Below(4)), value.size());
        continue;
      }
      ASSERT_TRUE(std::holds_alternative<Extent>(result)) << name << " " << Describe(result);
      size = std::get<Extent>(result).wire_size;
    }
    EXPECT_GE(size + 1, value.size()) << name;
    EXPECT_GT(asked, 1000) << name;
  }
}

// Deep values, a byte at a time: quadratic work would take minutes.
TEST(Walkers, StayLinearInTheDeep) {
  const std::vector<std::pair<std::string_view, std::string>> deep = {
      {"json", Repeat("[", 200) + Repeat("[],", 300000) + "0" + Repeat("]", 200)},
      {"json",
       Repeat("[", 500) + Repeat("]", 40) + ",0" + Repeat(",[]", 300000) + Repeat("]", 460)},
      {"bencode", Repeat("l", 200) + Repeat("le", 400000) + Repeat("e", 200)},
      {"ber", Repeat("\x30\x80", 200) + Repeat("\x05\x00"s, 400000) + Repeat("\0\0"s, 200)},
      {"cbor", Repeat("\x81", 200) + "\x9f" + Repeat("\x82\x01\x02", 300000) + "\xff"},
  };
  for (const auto& [name, value] : deep) {
    const Walker walker(name);
    std::uint64_t resume = 0;
    for (std::size_t n = 1; n < value.size(); ++n) {
      const ScanResult result = walker.Scan(AsBytes(value).first(n), resume);
      const auto* more = std::get_if<NeedMore>(&result);
      ASSERT_NE(more, nullptr) << name << " " << n << " " << Describe(result);
      resume = more->resume;
    }
    EXPECT_EQ(walker.Scan(AsBytes(value), resume),
              ScanResult(Extent{value.size(), 0, value.size()}))
        << name;
  }
}

// Open-ended parts deeper within each other than a note can hold (levels that are alike count as
// one) are walked again from where one could; for ever that may not go on.
TEST(Walkers, ComeUpForAir) {
  struct Deep {
    std::string_view walker;
    std::string open, item, close;
    std::size_t most;  // of the item
  };
  for (const Deep& deep :
       {Deep{"cbor", "\x82\x9f\x83\x9f", "\x01", "\xff\x01\x01\xff\x01", 120},
        Deep{"resp", "*2\r\n*?\r\n*3\r\n*?\r\n", ":1\r\n", ".\r\n_\r\n_\r\n.\r\n_\r\n", 120}}) {
    const Walker walker(deep.walker);
    const auto made = [&](std::size_t items) {
      return Repeat(deep.open, 15) + Repeat(deep.item, items) + Repeat(deep.close, 15);
    };
    for (const std::size_t items : {std::size_t{0}, std::size_t{100}, deep.most}) {
      const std::string value = made(items);
      EXPECT_EQ(walker.Scan(AsBytes(value), 0), ScanResult(Extent{value.size(), 0, value.size()}));
    }
    LawReport report;
    const LawOptions brief{.random_cuts = 2, .every_way = false};
    EXPECT_TRUE(CheckStream(walker, AsBytes(made(100) + made(0)), brief, report)) << report.broken;
    const ScanResult result = walker.Scan(AsBytes(made(deep.most + 1000)), 0);
    ASSERT_TRUE(std::holds_alternative<FrameError>(result)) << Describe(result);
    EXPECT_EQ(std::get<FrameError>(result).code, FrameErrorCode::kMalformedValue);
    std::uint64_t resume = 0, n = 1;
    const std::string over = made(deep.most + 1000);
    for (; n <= over.size(); ++n) {  // a byte at a time says the same
      const ScanResult now = walker.Scan(AsBytes(over).first(n), resume);
      const auto* more = std::get_if<NeedMore>(&now);
      if (more == nullptr) {
        EXPECT_EQ(now, result);
        break;
      }
      resume = more->resume;
    }
    EXPECT_EQ(n, std::get<FrameError>(result).found + 1);
  }
  const std::string aired = "\x9f" +
                            Repeat(Repeat("\x82\x9f\x83\x9f", 15) + Repeat("\x01", 100) +
                                       Repeat("\xff\x01\x01\xff\x01", 15),
                                   100) +
                            "\xff";
  EXPECT_EQ(Walker("cbor").Scan(AsBytes(aired), 0),
            ScanResult(Extent{aired.size(), 0, aired.size()}));
  // Down there a line may not go on for ever either; a sized string may, nobody looks into it.
  const Walker resp("resp");
  const std::string down = Repeat("*2\r\n*?\r\n*3\r\n*?\r\n", 15);
  const std::string up = Repeat(".\r\n_\r\n_\r\n.\r\n_\r\n", 15);
  const std::string line = down + "+" + Repeat("x", 20000) + "\r\n" + up;
  EXPECT_TRUE(std::holds_alternative<FrameError>(resp.Scan(AsBytes(line), 0)));
  const std::string sized = down + "$20000\r\n" + Repeat("x", 20000) + "\r\n" + up;
  EXPECT_EQ(resp.Scan(AsBytes(sized), 0), ScanResult(Extent{sized.size(), 0, sized.size()}));
  for (const std::string& stream : {line, sized}) {
    const std::string broken = ScanLaws(resp, AsBytes(stream)).Check();
    EXPECT_EQ(broken, "");
  }
}

// Whatever a count promises and however deep it goes.
TEST(Walkers, AllocateNothing) {
  Texts streams = {Repeat("[", 2000),        Repeat("\x91", 100000),
                   Repeat("\x9f", 2000),     Repeat("d0:", 2000),
                   Repeat("*1\r\n", 100000), Repeat("\x30\x80", 2000),
                   "\xdd\xff\xff\xff\xff",   "\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
                   "*99999999\r\n"};
  for (const std::string_view name : detail::WalkerNames()) {
    for (const std::string& value : Values().at(std::string(name))) streams.push_back(value);
  }
  for (const std::string_view name : detail::WalkerNames()) {
    const Walker walker(name, {.max = kMaxContiguousPayload});
    const HeapUse heap;
    std::size_t answers = 0;
    for (const std::string& stream : streams) {
      answers += walker.Scan(AsBytes(stream), 0).index() <= 3 ? 1 : 0;
    }
    EXPECT_EQ(heap.allocations(), 0) << name;
    EXPECT_EQ(answers, streams.size());
  }
  const HeapUse heap;
  void* one = ::operator new(10);  // a new expression might be optimised away
  EXPECT_EQ(heap.allocations(), 1);
  ::operator delete(one);
}

TEST(Walkers, OpenBracketsFitIntoANote) {
  RandomValues random(TestSeed());
  detail::RecentBrackets recent;
  detail::AllBrackets all;
  bool deep = false, shallow_again = false;
  for (int i = 0; i < 100000; ++i) {
    const bool up = random.Below(1000) < 505;
    if (up && all.depth() < detail::kMaxOpen) {
      const auto bracket = random.Below(2) == 0 ? detail::Bracket::kList : detail::Bracket::kMap;
      recent.Open(bracket);
      all.Open(bracket);
    } else if (!up && all.depth() > 0) {
      recent.Close();
      all.Close();
    }
    ASSERT_LT(recent.packed(), std::uint64_t{1} << detail::RecentBrackets::kBits);
    recent = detail::RecentBrackets(recent.packed());
    ASSERT_EQ(recent.depth(), all.depth());
    deep = deep || recent.forgotten();
    shallow_again = shallow_again || (deep && all.depth() == 0);
    if (all.depth() == 0) continue;
    if (recent.innermost() == detail::Bracket::kForgotten) {
      ASSERT_TRUE(recent.forgotten());
    } else {
      ASSERT_EQ(recent.innermost(), all.innermost());
    }
  }
  EXPECT_TRUE(deep);
}

TEST(Walkers, OpenCountsFitIntoANote) {
  using Part = detail::OpenCounts::Part;
  RandomValues random(TestSeed());
  std::size_t packed_levels = 0, too_much = 0;
  for (int i = 0; i < 2000; ++i) {
    detail::OpenCounts open;
    for (std::size_t steps = random.Below(24); steps > 0 && !open.in_string(); --steps) {
      switch (random.Below(4)) {
        case 0:
          open.Expect(random.Below(std::size_t{1} << random.Below(31)));
          break;
        case 1:
          if (!open.done()) open.Take();
          break;
        case 2:
          if (open.may_close()) open.Close();
          break;
        default:
          ASSERT_TRUE(open.Open(std::array{Part::kList, Part::kMapAtKey, Part::kText,
                                           Part::kBytes}[random.Below(4)]));
      }
    }
    for (const unsigned bits : {30u, 33u, 64u}) {
      const auto packed = open.Pack(bits);
      if (!packed) {
        ++too_much;
        continue;
      }
      packed_levels += open.nested() ? 1 : 0;
      if (bits < 64) {
        ASSERT_LT(*packed, std::uint64_t{1} << bits);
      }
      const detail::OpenCounts again(*packed, bits);
      ASSERT_EQ(again.least(), open.least());
      ASSERT_EQ(again.nested(), open.nested());
      ASSERT_EQ(again.may_close(), open.may_close());
      if (open.nested()) {
        ASSERT_EQ(again.part(), open.part());
      }
      ASSERT_EQ(again.Pack(64), open.Pack(64));
    }
  }
  EXPECT_GT(packed_levels, 500);
  EXPECT_GT(too_much, 500);
}

TEST_P(EachWalker, EncodesWhatDecodesBack) {
  const Walker walker(name_);
  RandomValues random(TestSeed());
  Texts values = Values().at(name_);
  for (int i = 0; i < 50; ++i) values.push_back(random.Of(name_, 3));
  StreamBuffer out;
  for (const std::string& value : values) {
    ASSERT_FALSE(walker.kind->Encode(AsBytes(value), out)) << Hex(AsBytes(value));
  }
  const std::vector<StreamEvent> events = EventsOf(walker, out.readable());
  ASSERT_EQ(events.size(), values.size() + 1) << events.back().ToString();
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(events[i].payload, values[i]);
}

TEST_P(EachWalker, RefusesToEncodeWhatIsNotOneValue) {
  const Walker walker(name_), narrow(name_, {.max = 1}), wide(name_, {.min = 1000});
  StreamBuffer out;
  out.Append(AsBytes("before"));
  const auto refused = [&](const Walker& by, const std::string& payload) {
    const auto error = by.kind->Encode(AsBytes(payload), out);
    return error && error->code == FrameErrorCode::kUnencodable &&
           AsText(out.readable()) == "before";
  };
  EXPECT_TRUE(refused(walker, ""));
  for (const std::string& value : Values().at(name_)) {
    SCOPED_TRACE(Hex(AsBytes(value)));
    const bool digits = name_ == "json" && value.back() <= '9' && value.back() >= '0';
    if (!digits) {
      EXPECT_TRUE(refused(walker, value.substr(0, value.size() - 1)));
    }
    EXPECT_TRUE(refused(walker, value + Gap(name_) + value));
    EXPECT_TRUE(refused(walker, value + " "));
    EXPECT_TRUE(refused(walker, "\r\n" + value));
    EXPECT_TRUE(refused(wide, value));
    if (value.size() > 1) {
      EXPECT_TRUE(refused(narrow, value));
    }
  }
  for (const auto& [bytes, at] : NoValues().at(name_)) {
    EXPECT_TRUE(refused(walker, bytes)) << Hex(AsBytes(bytes));
  }
}

std::string ReadGolden(const std::string& path) {
  std::ifstream file(GoldenDirectory() / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Captured from Redis 7.0 and OpenLDAP 2.5; where the frames end was told by npm's redis-parser and
// @redis/client, and by Wireshark.
TEST(Walkers, FindTheBoundariesThatOthersFound) {
  struct Stream {
    std::string_view walker;
    std::string file;
    std::string sizes;
  };
  const std::vector<Stream> streams = {
      {"resp", "redis/resp2.c2s.bin",
       "27 17 14 38 20 26 21 56 38 53 24 35 25 53 55 15 21 20 14 16 52 442 22 38 33 41 20 32 22"},
      {"resp", "redis/resp2.s2c.bin",
       "67 60 7 5 18 5 4 4 38 4 36 4 18 4 36 5 9 9 26 59 35 6 408 171 221 4 6 5 10"},
      {"resp", "redis/resp3.c2s.bin",
       "22 27 17 14 38 20 26 21 56 38 53 24 35 25 53 55 15 21 20 14 16 52 442 22 38 33 41 20 32 "
       "22"},
      {"resp", "redis/resp3.s2c.bin",
       "145 67 60 7 5 18 3 4 5 73 4 36 4 18 4 38 5 9 9 26 59 35 6 408 170 221 4 6 5 10"},
      {"ber", "ldap/ldapadd.c2s.bin", "28 77 89 861 1622 2384 3144 3907 4667 5427 7"},
      {"ber", "ldap/ldapadd.s2c.bin", "14 14 14 14 14 14 14 14 14 14"},
      {"ber", "ldap/ldapsearch.c2s.bin", "14 43 7"},
      {"ber", "ldap/ldapsearch.s2c.bin", "14 77 89 861 1622 2384 3144 3907 4667 5427 14"},
  };
  std::mt19937_64 random(TestSeed());
  for (const auto& [name, file, sizes] : streams) {
    const std::string bytes = ReadGolden(file);
    ASSERT_FALSE(bytes.empty()) << file;
    const Walker walker(name);
    const std::vector<StreamEvent> events = EventsOf(walker, AsBytes(bytes));
    std::istringstream expected(sizes);
    std::size_t i = 0;
    for (std::size_t size = 0; expected >> size; ++i) {
      ASSERT_LT(i + 1, events.size()) << file << " " << events.back().ToString();
      EXPECT_EQ(events[i].wire.size(), size) << file << " frame " << i;
    }
    EXPECT_EQ(events.size(), i + 1) << file;
    EXPECT_EQ(events.back().kind, DecodeResult::Kind::kEnd);
    ChunkLaws laws(walker, AsBytes(bytes), OnError::kFail, events);
    for (std::size_t n = 0; n < 50; ++n) {
      ASSERT_TRUE(laws.HoldsInRandomPieces(random, Way::Number(n % Way::kCount))) << laws.broken();
    }
    ASSERT_TRUE(laws.HoldsInPiecesOf(1, Way::Number(0))) << laws.broken();
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
