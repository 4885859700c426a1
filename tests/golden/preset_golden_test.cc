// Captured streams through the presets: the boundaries that other programs found, in every cut.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "tests/support/source_tree.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0::testing {
namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::map<std::string, std::string> Parse(const fs::path& path) {
  std::map<std::string, std::string> values;
  std::istringstream lines(Read(path));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) values[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return values;
}

// "21 28x2" is 21, 28, 28.
std::vector<std::size_t> Sizes(const std::string& text) {
  std::vector<std::size_t> sizes;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t x = word.find('x');
    const std::size_t times = x == std::string::npos ? 1 : std::stoul(word.substr(x + 1));
    sizes.insert(sizes.end(), times, std::stoul(word.substr(0, x)));
  }
  return sizes;
}

std::vector<fs::path> PresetFiles() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(GoldenDirectory())) {
    if (entry.path().extension() != ".golden") continue;
    if (Parse(entry.path()).count("preset") != 0) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

struct Event {
  std::uint64_t offset = 0;
  std::size_t size = 0;
  std::string payload;
  friend bool operator==(const Event&, const Event&) = default;
};

struct Decoded {
  std::vector<Event> frames;
  std::uint64_t preamble = 0;
  std::string ending;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

// `cut(left)` says how many bytes come next.
template <typename Cut>
Decoded Decode(const DescribedFramer& framer, const std::string& stream, Cut&& cut) {
  FrameDecoder decoder(framer);
  Decoded decoded;
  const auto sink = [&](const FrameView& frame) {
    decoded.frames.push_back({frame.stream_offset(), frame.wire_size(), frame.CopyPayload()});
  };
  const auto ended = [&](const DecodeResult& result) {
    if (result.kind() == DecodeResult::Kind::kEnd) decoded.ending = "end";
    if (result.kind() == DecodeResult::Kind::kError) decoded.ending = result.error().ToString();
    return !decoded.ending.empty();
  };
  ByteView left = AsBytes(stream);
  while (!left.empty()) {
    const std::size_t n = std::min(left.size(), std::max<std::size_t>(cut(left.size()), 1));
    if (ended(decoder.Push(left.first(n), sink))) break;
    left = left.subspan(n);
  }
  decoder.Finish();
  if (decoded.ending.empty()) {
    EXPECT_TRUE(ended(decoder.Drain(sink)));
  }
  decoded.preamble = decoder.preamble_size();
  return decoded;
}

class PresetStream : public ::testing::TestWithParam<fs::path> {};

TEST_P(PresetStream, HasTheBoundariesThatOthersFoundInEveryCut) {
  const auto golden = Parse(GetParam());
  std::string stream = Read(fs::path(GetParam()).replace_extension(".bin"));
  ASSERT_EQ(stream.size(), std::stoul(golden.at("bytes")));
  if (golden.count("rest") != 0) stream.resize(stream.size() - std::stoul(golden.at("rest")));
  const Side side = golden.at("side") == "client" ? Side::kClient : Side::kServer;
  const auto framer = DescribedFramer::FromSpec(golden.at("preset"), side);
  ASSERT_TRUE(framer.ok()) << framer.status().ToString();

  const Decoded whole = Decode(*framer, stream, [](std::size_t left) { return left; });
  EXPECT_EQ(whole.ending, "end");
  const std::size_t preamble =
      golden.count("preamble") == 0 ? 0 : std::stoul(golden.at("preamble"));
  EXPECT_EQ(whole.preamble, preamble);
  const std::string filler =
      golden.count("filler") == 0
          ? ""
          : std::string(1, static_cast<char>(std::stoul(golden.at("filler"), nullptr, 16)));
  std::size_t at = preamble;
  std::size_t next = 0;
  const std::vector<std::size_t> sizes = Sizes(golden.at("sizes"));
  ASSERT_EQ(sizes.size(), std::stoul(golden.at("frames")));
  for (const std::size_t size : sizes) {
    const std::string wire = stream.substr(at, size);
    const std::size_t filled =
        filler.empty() ? 0 : std::min(wire.find_first_not_of(filler), wire.size());
    at += size;
    if (filled == size) continue;  // nothing but filler: no frame of ours
    ASSERT_LT(next, whole.frames.size());
    EXPECT_EQ(whole.frames[next].offset, at - size + filled) << "frame " << next;
    EXPECT_EQ(whole.frames[next].size, size - filled) << "frame " << next;
    ++next;
  }
  EXPECT_EQ(next, whole.frames.size());
  EXPECT_EQ(at, stream.size());
  if (golden.count("payloads") != 0) {
    std::vector<std::size_t> payloads;
    for (const Event& frame : whole.frames) payloads.push_back(frame.payload.size());
    EXPECT_EQ(payloads, Sizes(golden.at("payloads")));
  }

  // Under the address sanitizer a buffer moves with every piece: large streams in fewer pieces.
  const std::size_t least = 1 + stream.size() / 512;
  for (const std::size_t size : {least, least + 2, least + 6}) {
    EXPECT_EQ(Decode(*framer, stream, [&](std::size_t) { return size; }), whole) << size;
  }
  std::mt19937_64 random(TestSeed());
  for (int i = 0; i < 50; ++i) {
    const std::size_t most = 16 * least << (random() % 8);
    ASSERT_EQ(Decode(*framer, stream, [&](std::size_t) { return 1 + random() % most; }), whole);
  }
}

std::string Name(const ::testing::TestParamInfo<fs::path>& info) {
  std::string name =
      info.param.parent_path().filename().string() + "_" + info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Captured, PresetStream, ::testing::ValuesIn(PresetFiles()), Name);

TEST(PresetStreams, AreThere) { EXPECT_GE(PresetFiles().size(), 170u); }

}  // namespace
}  // namespace unstick::inline v0::testing
