// Byte stuffing against the loops of tests/support/reference_described.h.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "src/core/filters/unescape.h"
#include "tests/support/reference_described.h"
#include "tests/support/seed.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::detail {
namespace {

struct Way {
  const char* name;  // in a spec
  Escape escape;
  std::string_view special;    // bytes that it escapes, or that its escapes are made of
  std::string_view forbidden;  // what it never writes
};

constexpr std::array kWays = {
    Way{"slip", Escape::kSlip, "\xc0\xdb\xdc\xdd", "\xc0"},
    Way{"cobs", Escape::kCobs, std::string_view("\0\xff\x01", 3), std::string_view("\0", 1)},
    Way{"hdlc", Escape::kHdlc, "\x7e\x7d\x5d\x5e", "\x7e"},
    Way{"dle", Escape::kDle, "\x10\x11", ""},
};

std::string Escaped(Escape escape, const std::string& plain) {
  std::string stuffed(EscapedRoom(plain.size()) + 1, '?');  // one more, to see that it stays
  const std::size_t size =
      EscapeTo(escape, AsBytes(plain), reinterpret_cast<std::byte*>(stuffed.data()));
  EXPECT_LE(size, EscapedRoom(plain.size()));
  EXPECT_EQ(stuffed.back(), '?');
  stuffed.resize(size);
  return stuffed;
}

std::string Unescaped(Escape escape, std::string stuffed) {
  const ByteSpan bytes(reinterpret_cast<std::byte*>(stuffed.data()), stuffed.size());
  stuffed.resize(Unescape(escape, bytes));
  return stuffed;
}

void ExpectRoundTrip(const Way& way, const std::string& plain) {
  const std::string stuffed = Escaped(way.escape, plain);
  EXPECT_EQ(stuffed.find_first_of(way.forbidden), std::string::npos);
  std::string back;
  ASSERT_TRUE(reference::Unescape(way.name, stuffed, back));
  ASSERT_EQ(back, plain);
  const EscapedSize measured = MeasureEscaped(way.escape, AsBytes(stuffed), false);
  ASSERT_FALSE(measured.bad_at);
  ASSERT_EQ(measured.size, plain.size());
  ASSERT_EQ(Unescaped(way.escape, stuffed), plain);
}

// Where a run is as long as a COBS block, or a piece that is marked at once, and one off.
TEST(EscapesTest, RunsOfEveryLengthThatMatters) {
  for (const Way& way : kWays) {
    for (const int size : {0,   1,   2,   63,  64,   65,   252,  253,  254,  255,  256,
                           507, 508, 509, 762, 4094, 4095, 4096, 4097, 8191, 8192, 12288}) {
      const auto run = static_cast<std::size_t>(size);
      for (const char special : way.special) {
        const std::string plain(run, 'x');
        SCOPED_TRACE(std::string(way.name) + ", " + std::to_string(run));
        ExpectRoundTrip(way, plain);
        ExpectRoundTrip(way, plain + special);
        ExpectRoundTrip(way, plain + special + plain);
        ExpectRoundTrip(way, special + plain + special + special + plain + special);
      }
    }
  }
}

TEST(EscapesTest, RandomBytesOfAnyDensityOfEscapes) {
  std::mt19937_64 random(testing::TestSeed());
  for (const Way& way : kWays) {
    for (int round = 0; round < 400; ++round) {
      std::string plain(random() % 9000, 'x');
      const std::size_t one_in = 1 + random() % 600;
      for (char& byte : plain) {
        if (random() % one_in == 0) byte = way.special[random() % way.special.size()];
      }
      ExpectRoundTrip(way, plain);
    }
  }
}

// Whatever bytes come: good ones are what the slow loop says, bad ones are bad there too.
TEST(EscapesTest, AnyBytesMeanWhatTheSlowLoopSays) {
  std::mt19937_64 random(testing::TestSeed());
  int good = 0;
  for (const Way& way : kWays) {
    for (int round = 0; round < 20000; ++round) {
      std::string stuffed(random() % 12, 'x');
      if (round % 100 == 0) stuffed.resize(4090 + random() % 12, 'x');
      for (char& byte : stuffed) {
        const auto kind = random() % 8;
        if (kind < 2 && stuffed.size() < 20) byte = way.special[random() % way.special.size()];
        if (kind == 2) byte = static_cast<char>(random() % 6);
      }
      std::string plain;
      const EscapedSize measured = MeasureEscaped(way.escape, AsBytes(stuffed), false);
      ASSERT_EQ(!measured.bad_at, reference::Unescape(way.name, stuffed, plain)) << way.name;
      if (measured.bad_at) continue;
      ++good;
      ASSERT_EQ(measured.size, plain.size());
      ASSERT_EQ(Unescaped(way.escape, stuffed), plain) << way.name;
    }
  }
  EXPECT_GT(good, 1000);
}

}  // namespace
}  // namespace unstick::inline v0::detail
