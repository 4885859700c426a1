// Specs in words and pictures: what is drawn is what is framed.

#include "unstick/core/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "src/core/described_spec.h"
#include "src/core/description.h"
#include "src/core/frame_picture.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0 {
namespace {

std::string Explained(std::string_view spec) {
  const absl::StatusOr<std::string> text = ExplainSpec(spec);
  return text.ok() ? *text : std::string(text.status().message());
}

// The part about each frame.
std::string Frame(std::string_view spec) {
  const std::string text = Explained(spec);
  const std::size_t at = text.find("\nframe:\n");
  return at == std::string::npos ? text : text.substr(at + 8);
}

TEST(ExplainSpec, DrawsALengthField) {
  EXPECT_EQ(Explained("length:width=2,offset=1,trailer=1,max=64KiB"),
            "spec: length:offset=1,width=2,trailer=1,max=64KiB\n"
            "stream:\n"
            "    0\n"
            "    | frame | frame | ... |\n"
            "frame:\n"
            "    0     1           3\n"
            "    | any | N: u16 BE | payload | any |\n"
            "      1     2           N         1\n"
            "  N counts the bytes behind the field.\n"
            "  A payload may have at most 65535 bytes.\n");
}

TEST(ExplainSpec, DrawsWhatIsDoneToTheNumber) {
  EXPECT_EQ(
      Frame("length:offset=5,width=3,align=4,plus=4/1*4,header=8,counts=payload,endian=little"),
      "    0     4       5           8\n"
      "    | any | P: u8 | N: u24 LE | payload                            |\n"
      "      4     1       3           N, padded to a multiple of 4 + 4 P\n"
      "  N counts the bytes behind the header.\n"
      "  P, at byte 4, adds 4 times as many bytes to the payload.\n"
      "  The frame is padded to a multiple of 4 bytes in front of what P adds.\n"
      "  A payload may have at most 8 MiB.\n");
  EXPECT_EQ(Frame("length:width=3,shift=5,mask=0x1fff,counts=frame,adjust=-2,unit=2"),
            "    0           3\n"
            "    | N: u24 BE | payload |\n"
            "      3           2 N - 5\n"
            "  N is the field shifted right by 5 bits, masked with 0x1fff.\n"
            "  N counts the whole frame, header included, and 2 bytes more.\n"
            "  It counts in units of 2 bytes.\n"
            "  A payload may have at most 16377 bytes.\n");
}

TEST(ExplainSpec, DrawsEachFormOfTheNumber) {
  EXPECT_EQ(
      Frame("websocket"),
      "    0     1       2\n"
      "    | any | N: u8 | longer N  | more header | payload |\n"
      "      1     1       0, 2 or 8   0 or 4        N\n"
      "  N is the field, masked with 0x7f.\n"
      "  N counts the bytes behind the field.\n"
      "  N = 126: the length is the u16 BE behind the field.\n"
      "  N = 127: the length is the u64 BE behind the field.\n"
      "  Bit 7 of byte 1 set: the header has 4 bytes more.\n"
      "  The payload is xored with the header's last four bytes, where bit 7 of byte 1 is set.\n"
      "  A payload may have at most 8 MiB.\n");
}

TEST(ExplainSpec, DrawsConstantsWhereTheyStand) {
  EXPECT_EQ(
      Frame("length:offset=3,trailer=5,min=2;magic=0a0b@1;end=ce;check=crc32,at=before-end"),
      "    0     1      3           7\n"
      "    | any | 0a0b | N: u32 BE | payload | any | ce |\n"
      "      1     2      4           N         4     1\n"
      "  N counts the bytes behind the field.\n"
      "  Every frame has 0a0b at byte 1.\n"
      "  Every frame ends with ce.\n"
      "  Before the end mark the last four bytes are the CRC-32 of all before them, in network "
      "order.\n"
      "  A payload may have at least 2 bytes and at most 8 MiB.\n");
}

TEST(ExplainSpec, ShowsBothSidesWhereTheyDiffer) {
  const std::string text =
      Explained("length:width=2;first:client=length(width=4)*2;preamble:server='OK\\r\\n'");
  EXPECT_NE(text.find("stream of the client:\n"
                      "    0\n"
                      "    | other frame | other frame | frame | frame | ... |\n"
                      "  Its first 2 frames are other ones:\n"
                      "      0           4\n"
                      "      | N: u32 BE | payload |\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("stream of the server:\n"
                      "    0          4\n"
                      "    | 'OK\\r\\n' | frame | frame | ... |\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(Explained("length;once").find("the client"), std::string::npos);
}

TEST(ExplainSpec, DrawsEachCaseOfASwitch) {
  EXPECT_EQ(Frame("switch:at=0,mask=0xc0,40>(length:width=2),digit>(ascii:until=' '),else>(line)"),
            "  where byte 0 & c0 is 40:\n"
            "      0           2\n"
            "      | N: u16 BE | payload |\n"
            "        2           N\n"
            "    N counts the bytes behind the field.\n"
            "  where byte 0 is a digit:\n"
            "      0\n"
            "      | N: digits | ' ' | payload |\n"
            "        1 or more   1     N\n"
            "    N counts the bytes behind the header.\n"
            "    N has no leading zeros.\n"
            "  where anything else:\n"
            "      0\n"
            "      | payload           | '\\n' or '\\r\\n' |\n"
            "        up to an end mark   1 to 2\n"
            "    The frame ends with '\\n' or '\\r\\n', whichever starts first.\n"
            "  A payload may have at most 8 MiB.\n");
}

TEST(ExplainSpec, RefusesAWrongSpec) {
  EXPECT_EQ(Explained("length:width=9"),
            "wrong spec \"length:width=9\": at character 7, \"width=9\": width is 1 to 8 bytes");
}

// Every preset, every kind and every clause; lines that fit a terminal.
TEST(ExplainSpec, ExplainsEveryPreset) {
  for (const Preset& preset : Presets()) {
    const std::string name =
        preset.name == "fixed-n" ? "fixed-n,size=16" : std::string(preset.name);
    std::istringstream lines(Explained(name));
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_TRUE(line.starts_with("spec: ")) << name << ": " << line;
    std::size_t pictures = 0;
    while (std::getline(lines, line)) {
      EXPECT_LE(line.size(), 100u) << name << ": " << line;
      pictures += line.find(" | ") != std::string::npos || line.ends_with('|') ? 1 : 0;
    }
    EXPECT_GE(pictures, 2u) << name;
  }
}

// The bytes before the payload, if they never vary.
std::optional<std::size_t> PayloadAt(const detail::FramePicture& picture) {
  std::size_t at = 0;
  for (const detail::PictureField& field : picture.fields) {
    if (field.label == "payload") return at;
    if (field.bytes == 0) return std::nullopt;
    at += field.bytes;
  }
  return std::nullopt;
}

// A frame that the kind makes has its payload where the picture has it.
TEST(ExplainSpec, DrawsThePayloadWhereItIs) {
  std::size_t compared = 0;
  for (const Preset& preset : Presets()) {
    if (preset.name == "fixed-n") continue;
    const auto text = detail::ReadSpecText(preset.name);
    ASSERT_TRUE(text.ok());
    const auto description = detail::ReadDescription(*text, Side::kEither);
    ASSERT_TRUE(description.ok());
    const detail::FrameKind& kind = *(*description)->kind;
    const std::optional<std::size_t> drawn = PayloadAt(kind.Picture());
    StreamBuffer frame;
    if (!drawn || kind.Encode(AsBytes("\x10\x20payload."), frame)) continue;
    const ScanResult found = kind.Scan(frame.readable(), 0);
    const auto* extent = std::get_if<Extent>(&found);
    if (extent == nullptr) continue;  // ends where the next one starts
    EXPECT_EQ(extent->payload_offset, *drawn) << preset.name;
    ++compared;
  }
  EXPECT_GE(compared, 90u);
}

}  // namespace
}  // namespace unstick::inline v0
