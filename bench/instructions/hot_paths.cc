// hot_paths NAME COUNT: takes one hot path COUNT times and prints how many frames, or bytes, that
// were. Run under callgrind with two counts, the difference is what a frame costs, to the
// instruction and without the start of the program. check.py does that.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "bench/support/consumer.h"
#include "bench/support/streams.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

constexpr std::size_t kChunk = 65536;

template <typename F>
std::uint64_t Decode(const F& framer, PayloadSize size, std::size_t passes) {
  StreamBuffer stream;
  StreamState<F> sent{};
  const std::string payload(size, 'x');
  while (stream.size() < kChunk - 2 * size) {
    if (AppendFrame(framer, AsBytes(payload), stream, sent)) return 0;
  }
  FrameDecoder decoder(framer);
  Consumer consumer;
  for (; passes > 0; --passes) {
    if (decoder.Push(stream.readable(), consumer).kind() != DecodeResult::Kind::kNeedMore) return 0;
  }
  return consumer.total == 0 ? 0 : static_cast<std::uint64_t>(consumer.frames);
}

std::uint64_t Encode(PayloadSize size, std::size_t passes) {
  const std::string payload(size, 'x');
  const LengthFieldFramer framer;
  StreamBuffer out;
  std::uint64_t frames = 0;
  for (; passes > 0; --passes) {
    for (; out.size() < kChunk; ++frames) {
      if (AppendFrame(framer, AsBytes(payload), out)) return 0;
    }
    out.Unwrite(out.size());
  }
  return frames;
}

// One frame of `size` bytes that arrives in chunks, received as from a socket.
template <typename F>
std::uint64_t OneFrame(const F& framer, std::size_t chunk, std::size_t size) {
  StreamBuffer stream;
  StreamState<F> sent{};
  if (AppendFrame(framer, AsBytes(std::string(size, 'x')), stream, sent)) return 0;
  FrameDecoder decoder(framer);
  Consumer consumer;
  InChunks(stream.readable(), chunk, [&](ByteView piece) {
    while (!piece.empty()) {
      const ByteSpan room = decoder.Prepare();
      const std::size_t n = std::min(room.size(), piece.size());
      std::memcpy(room.data(), piece.data(), n);
      decoder.Commit(n);
      if (decoder.Drain(consumer)) consumer.frames = -1;
      piece = piece.subspan(n);
    }
  });
  return consumer.frames == 1 ? size : 0;
}

}  // namespace

// Callgrind collects in here alone; a symbol of its own is how check.py names it.
extern "C" [[gnu::noinline]] std::uint64_t RunHotPath(const char* chosen, std::size_t count) {
  const std::string_view name = chosen;
  const DelimiterFramer lines({.ends = {"\n"}});
  if (name == "decode-16") return Decode(LengthFieldFramer(), 16, count);
  if (name == "decode-64") return Decode(LengthFieldFramer(), 64, count);
  if (name == "varint-64") return Decode(VarintFramer(), 64, count);
  if (name == "lines-100") return Decode(lines, 100, count);
  if (name == "encode-64") return Encode(64, count);
  if (name == "linear-length-1") return OneFrame(LengthFieldFramer(), 1, count);
  if (name == "linear-length-7") return OneFrame(LengthFieldFramer(), 7, count);
  if (name == "linear-length-64K") return OneFrame(LengthFieldFramer(), kChunk, count);
  if (name == "linear-line-1") return OneFrame(lines, 1, count);
  if (name == "linear-line-7") return OneFrame(lines, 7, count);
  if (name == "linear-line-64K") return OneFrame(lines, kChunk, count);
  return 0;
}

namespace {

int Main(int argc, char** argv) {
  std::size_t count = 0;
  if (argc == 3) std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), count);
  const std::uint64_t done = count == 0 ? 0 : RunHotPath(argv[1], count);
  if (done == 0) {
    std::fprintf(stderr, "hot_paths: nothing came out. Usage: hot_paths NAME COUNT\n");
    return 2;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(done));
  return 0;
}

}  // namespace
}  // namespace unstick::bench

int main(int argc, char** argv) { return unstick::bench::Main(argc, argv); }
