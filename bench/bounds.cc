// What a stream costs that comes byte by byte, for every preset and side: time, and the most that
// the heap held. Run it by ./run bounds; docs/reliability.md has its figures. No goal is judged
// here: tests/laws/work_law_test.cc counts the work, without a clock.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/heap_use.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/presets.h"
#include "unstick/core/stream_buffer.h"

namespace {

using unstick::AnyFramer;
using unstick::AsBytes;
using unstick::AsText;
using unstick::DecodeResult;
using unstick::Side;

constexpr std::size_t kStream = std::size_t{64} << 10;

// Frames of the largest size that the framing encodes, 64 KiB or a frame of them.
std::string Encoded(const AnyFramer& framer) {
  for (const std::size_t size : {60000, 3000, 1000, 200, 60, 20, 8, 5, 3, 1}) {
    for (const std::string_view fill : {"a", "1", "\x01", "ab\n", "\x30\x02xy"}) {
      std::string payload;
      while (payload.size() < size) payload += fill;
      payload.resize(size);
      unstick::StreamBuffer out;
      AnyFramer::State sent{};
      while (out.size() < kStream && !framer.EncodeTo(AsBytes(payload), out, sent)) {
      }
      if (out.size() >= kStream) return std::string(AsText(out.readable()));
    }
  }
  return {};
}

// A conversation of real programs, for framings whose payloads are values.
std::string Recorded(std::string_view preset, Side side) {
  namespace fs = std::filesystem;
  const fs::path directory = fs::path(UNSTICK_GOLDEN_DIR) / preset;
  if (!fs::exists(directory)) return {};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".bin") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& path : files) {
    const bool client = path.string().find("c2s") != std::string::npos;
    if (client != (side == Side::kClient)) continue;
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  return {};
}

struct Cost {
  std::size_t fed = 0;
  std::size_t frames = 0;
  std::size_t heap = 0;
  double nanoseconds = 0;
};

Cost ByteByByte(const AnyFramer& framer, std::string_view stream, bool watch_heap) {
  Cost cost;
  const unstick::testing::HeapUse heap;
  unstick::FrameDecoder<AnyFramer> decoder(framer);
  const auto start = std::chrono::steady_clock::now();
  for (; cost.fed < stream.size(); ++cost.fed) {
    if (decoder.Feed(AsBytes(stream.substr(cost.fed, 1))) == 0) break;
    while (decoder.Next().kind() == DecodeResult::Kind::kFrame) ++cost.frames;
    if (watch_heap) cost.heap = heap.at_most();
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  cost.nanoseconds = took.count();
  return cost;
}

void Row(std::string_view name, const char* side, const AnyFramer& framer,
         std::string_view stream) {
  const Cost once = ByteByByte(framer, stream, true);
  const Cost again = ByteByByte(framer, stream, false);
  std::printf("%-22.*s %-7s %8zu %7zu %9zu %9.1f%s\n", static_cast<int>(name.size()), name.data(),
              side, again.fed, again.frames, once.heap,
              again.nanoseconds / static_cast<double>(std::max<std::size_t>(again.fed, 1)),
              again.fed < stream.size() ? "  ends early" : "");
}

}  // namespace

int main() {
  std::printf("%-22s %-7s %8s %7s %9s %9s\n", "preset", "side", "bytes", "frames", "heap",
              "ns/byte");
  for (const unstick::Preset& preset : unstick::Presets()) {
    const std::string spec(preset.name == "fixed-n" ? "fixed-n,size=5" : preset.name);
    const auto client = AnyFramer::FromSpec(spec, Side::kClient);
    const auto server = AnyFramer::FromSpec(spec, Side::kServer);
    if (!client.ok() || !server.ok()) continue;
    const bool alike = client->spec() == server->spec() &&
                       client->spec().find("client=") == std::string::npos &&
                       client->spec().find("server=") == std::string::npos;
    for (const Side side : {Side::kClient, Side::kServer}) {
      if (alike && side == Side::kServer) continue;
      const AnyFramer& framer = side == Side::kClient ? *client : *server;
      std::string stream = Encoded(framer);
      if (stream.empty()) stream = Recorded(preset.name, side);
      Row(preset.name,
          alike                   ? "both"
          : side == Side::kClient ? "client"
                                  : "server",
          framer, stream);
    }
  }
  const auto stomp = AnyFramer::FromSpec("stomp");
  if (!stomp.ok()) return 1;
  std::string stream = "SEND\n";
  while (stream.size() < 60'000) stream += "a:b\n";
  stream += "\n" + std::string(80'000, 'x') + std::string(1, '\0');
  const Cost cost = ByteByByte(*stomp, stream, false);
  std::printf("stomp, a header of %d bytes, a body of 80000: %zu frame, %.1f ms\n", 60'000,
              cost.frames, cost.nanoseconds / 1e6);
  return 0;
}
