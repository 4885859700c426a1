// Replays the captured streams beside this file, whole and in many cuts, and holds the boundaries
// against those that another program found. README.md has the format.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "tests/support/slow_build.h"
#include "tests/support/source_tree.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/framer_laws.h"

namespace unstick::inline v0::testing {
namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Golden {
  std::map<std::string, std::string> values;
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> payloads;  // empty if not known
};

// "21 28x2" is 21, 28, 28.
void AppendSizes(const std::string& text, std::vector<std::size_t>& sizes) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t x = word.find('x');
    const std::size_t times = x == std::string::npos ? 1 : std::stoul(word.substr(x + 1));
    sizes.insert(sizes.end(), times, std::stoul(word.substr(0, x)));
  }
}

Golden Parse(const std::string& text) {
  Golden golden;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) {
      ADD_FAILURE() << "no key in: " << line;
      continue;
    }
    const std::string key = line.substr(0, colon), value = line.substr(colon + 2);
    if (key == "sizes") {
      AppendSizes(value, golden.sizes);
    } else if (key == "payloads") {
      AppendSizes(value, golden.payloads);
    } else {
      golden.values[key] = value;
    }
  }
  return golden;
}

std::vector<fs::path> GoldenFiles() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(GoldenDirectory())) {
    if (entry.path().extension() != ".golden") continue;
    if (Parse(Read(entry.path())).values.count("preset") == 0) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class GoldenStream : public ::testing::TestWithParam<fs::path> {};

TEST_P(GoldenStream, HasTheBoundariesThatOthersFound) {
  const Golden golden = Parse(Read(GetParam()));
  const std::string stream = Read(fs::path(GetParam()).replace_extension(".bin"));
  ASSERT_EQ(stream.size(), std::stoul(golden.values.at("bytes")));
  ASSERT_EQ(golden.sizes.size(), std::stoul(golden.values.at("frames")));
  ASSERT_FALSE(golden.sizes.empty());
  const auto framer = AnyFramer::FromSpec(golden.values.at("spec"));
  ASSERT_TRUE(framer.ok()) << framer.status().ToString();

  const std::size_t rest =
      golden.values.count("rest") != 0 ? std::stoul(golden.values.at("rest")) : 0;
  const std::string framed = stream.substr(0, stream.size() - rest);
  const std::vector<StreamEvent> events = EventsOf(*framer, AsBytes(framed));
  ASSERT_EQ(events.size(), golden.sizes.size() + 1) << events.back().ToString();
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < golden.sizes.size(); ++i) {
    EXPECT_EQ(events[i].offset, offset);
    EXPECT_EQ(events[i].wire.size(), golden.sizes[i]) << "frame " << i;
    if (!golden.payloads.empty()) {
      EXPECT_EQ(events[i].payload.size(), golden.payloads.at(i));
    }
    EXPECT_EQ(events[i].wire, stream.substr(offset, golden.sizes[i]));
    offset += golden.sizes[i];
  }
  EXPECT_EQ(events.back().kind, DecodeResult::Kind::kEnd);
  EXPECT_EQ(events.back().offset, framed.size());

  ChunkLaws laws(*framer, AsBytes(framed), OnError::kFail, events);
  std::mt19937_64 random(TestSeed());
  std::size_t number = 0;
  const auto way = [&number] { return Way::Number(number++ % Way::kCount); };
  // Under the address sanitizer the decoder's memory moves with every piece.
  const bool small_pieces = !kSlowBuild || framed.size() < 6000;
  EXPECT_TRUE(laws.HoldsInPiecesOf(framed.size(), way())) << laws.broken();
  for (const std::size_t size : {1u, 3u, 7u}) {
    EXPECT_TRUE(laws.HoldsInPiecesOf(small_pieces ? size : 500 * size, way())) << laws.broken();
  }
  for (int i = 0; i < (small_pieces ? 50 : 3); ++i) {
    ASSERT_TRUE(laws.HoldsInRandomPieces(random, way())) << laws.broken();
  }
  EXPECT_EQ(laws.runs(), small_pieces ? 54 : 7);
}

// Where the protocol switches behind its frames: what they did not take is there, to the byte.
TEST_P(GoldenStream, LeavesTheRestAlone) {
  const Golden golden = Parse(Read(GetParam()));
  const std::string stream = Read(fs::path(GetParam()).replace_extension(".bin"));
  const auto framer = AnyFramer::FromSpec(golden.values.at("spec"));
  ASSERT_TRUE(framer.ok());
  FrameDecoder<AnyFramer> decoder(*framer);
  std::size_t at = 0, frames = 0;
  while (frames < golden.sizes.size()) {
    ASSERT_LT(at, stream.size() + 1);
    const DecodeResult next = decoder.Next();
    if (next) {
      ++frames;
    } else {
      ASSERT_EQ(next.kind(), DecodeResult::Kind::kNeedMore);
      const std::size_t n = std::min(stream.size() - at, std::size_t{1000});
      ASSERT_GT(n, 0);
      at += decoder.Feed(AsBytes(stream).subspan(at, n));
    }
  }
  const std::uint64_t end = decoder.stream_offset();
  EXPECT_EQ(AsText(decoder.Unread()), stream.substr(end, at - end));
  const std::size_t rest = stream.size() - end;
  EXPECT_EQ(std::to_string(rest),
            golden.values.count("rest") != 0 ? golden.values.at("rest") : "0");
}

std::string Name(const ::testing::TestParamInfo<fs::path>& info) {
  std::string name =
      info.param.parent_path().filename().string() + "_" + info.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenStream, ::testing::ValuesIn(GoldenFiles()), Name);

TEST(GoldenStreams, AreThere) { EXPECT_GE(GoldenFiles().size(), 30); }

}  // namespace
}  // namespace unstick::inline v0::testing
