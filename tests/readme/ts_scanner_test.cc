// The example of a framing of one's own keeps the laws; so does the check notice when it would not.

#include "examples/ts_scanner.h"

#include <gtest/gtest.h>

#include <string>

#include "unstick/testing/framer_laws.h"

namespace unstick {
namespace {

std::string Packet(char flags, char adaptation_size) {
  std::string packet(188, '.');
  packet[0] = '\x47';
  packet[3] = flags;
  packet[4] = adaptation_size;
  return packet;
}

const std::string kPlain = Packet('\x10', '\0');
const std::string kAdapted = Packet('\x30', '\x07');
const std::string kNoPayload = Packet('\x20', '\xb7');
const std::string kTooLong = Packet('\x30', '\xb8');

TEST(TsScanner, KeepsTheLaws) {
  const testing::LawReport report = testing::CheckScannerLaws(
      TsScanner(), {kPlain + kAdapted + kNoPayload, kPlain + kTooLong + kPlain, kAdapted + "junk",
                    kPlain + kPlain.substr(0, 100), ""});
  EXPECT_TRUE(report.ok()) << report.broken;
}

TEST(TsScanner, GivesThePayloadBehindTheAdaptationField) {
  const TsScanner scanner;
  const std::string stream = kPlain + kAdapted + kNoPayload + kTooLong;
  FrameCursor cursor(scanner, AsBytes(stream));
  for (const std::size_t size : {184u, 176u, 0u}) {
    const DecodeResult packet = cursor.Next();
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->payload().size(), size);
  }
  const DecodeResult broken = cursor.Next();
  ASSERT_EQ(broken.kind(), DecodeResult::Kind::kError);
  EXPECT_EQ(broken.error().code, FrameErrorCode::kMalformedLength);
}

}  // namespace
}  // namespace unstick
