#include "unstick/core/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/reference_native.h"

namespace unstick::inline v0 {
namespace {

// RFC 3720, appendix B.4, and the check value that catalogues of CRCs give.
TEST(Crc32c, PublishedValues) {
  EXPECT_EQ(Crc32c(AsBytes("123456789")).value(), 0xe3069283);
  EXPECT_EQ(Crc32c(AsBytes(std::string(32, '\0'))).value(), 0x8a9136aa);
  EXPECT_EQ(Crc32c(AsBytes(std::string(32, '\xff'))).value(), 0x62a8ab43);
  std::string up, down;
  for (char c = 0; c < 32; ++c) up += c;
  for (char c = 31; c >= 0; --c) down += c;
  EXPECT_EQ(Crc32c(AsBytes(up)).value(), 0x46dd794e);
  EXPECT_EQ(Crc32c(AsBytes(down)).value(), 0x113fdb5c);
  EXPECT_EQ(Crc32c(ByteView()).value(), 0);
  EXPECT_EQ(Crc32c().value(), 0);
}

// Every length, so that every path for short and long inputs and their tails is taken.
TEST(Crc32c, AgreesWithBitByBit) {
  std::mt19937_64 random(7);
  std::string bytes;
  for (int i = 0; i < 700; ++i) {
    EXPECT_EQ(Crc32c(AsBytes(bytes)).value(), reference::BitwiseCrc32c(bytes)) << bytes.size();
    bytes += static_cast<char>(random());
  }
}

TEST(Crc32c, ExtendingIsTheSameAsTheWhole) {
  std::mt19937_64 random(8);
  std::string bytes(300, 'x');
  for (char& c : bytes) c = static_cast<char>(random());
  const Crc32c whole(AsBytes(bytes));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const ByteView view = AsBytes(bytes);
    EXPECT_EQ(Crc32c(view.first(cut)).Extended(view.subspan(cut)), whole);
  }
}

TEST(Crc32c, DoesNotDependOnAlignment) {
  const std::string bytes(200, 'y');
  for (std::size_t at = 0; at < 16; ++at) {
    const std::string shifted = std::string(at, 'z') + bytes;
    EXPECT_EQ(Crc32c(AsBytes(shifted).subspan(at)), Crc32c(AsBytes(bytes)));
  }
}

}  // namespace
}  // namespace unstick::inline v0
