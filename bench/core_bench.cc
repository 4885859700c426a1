// Decoding, encoding and checksums in memory, each beside the loop that one would write by hand for
// exactly that format. Names are work/who/payload size; ratio_main.cc closes with the ratios.

#include <benchmark/benchmark.h>
#include <isa-l/crc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "bench/hand_written.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

constexpr std::size_t kStreamSize = std::size_t{512} << 10;
constexpr std::size_t kChunk = std::size_t{64} << 10;

// Frames of one payload size, about kStreamSize bytes of them.
template <typename F>
StreamBuffer StreamOf(const F& framer, std::size_t payload_size) {
  StreamBuffer stream;
  StreamState<F> sent{};
  const std::string payload(payload_size, 'x');
  while (stream.size() < kStreamSize) {
    if (AppendFrame(framer, AsBytes(payload), stream, sent)) break;
  }
  return stream;
}

// What a consumer does with a payload at the least: look at its size and its first byte.
struct Sum {
  std::uint64_t total = 0;
  std::int64_t frames = 0;
  void operator()(ByteView payload) {
    total += payload.size() + (payload.empty() ? 0 : std::to_integer<std::uint64_t>(payload[0]));
    ++frames;
  }
  void operator()(const FrameView& frame) { (*this)(frame.payload()); }
};

void Report(benchmark::State& state, const Sum& sum) {
  benchmark::DoNotOptimize(sum.total);
  state.SetItemsProcessed(sum.frames);
}

template <typename Read>
void InChunks(ByteView bytes, Read&& read) {
  for (std::size_t at = 0; at < bytes.size(); at += kChunk) {
    read(bytes.subspan(at, std::min(kChunk, bytes.size() - at)));
  }
}

std::size_t PayloadSize(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

// Everything there.

void ContiguousHand(benchmark::State& state) {
  const StreamBuffer stream = StreamOf(LengthFieldFramer(), PayloadSize(state));
  Sum sum;
  for (auto _ : state) HandWrittenFrames(stream.readable(), sum);
  Report(state, sum);
}
BENCHMARK(ContiguousHand)->Name("contiguous/hand")->Arg(16)->Arg(64)->Arg(1024);

void ContiguousPush(benchmark::State& state) {
  const StreamBuffer stream = StreamOf(LengthFieldFramer(), PayloadSize(state));
  Sum sum;
  for (auto _ : state) {
    FrameDecoder decoder{LengthFieldFramer()};
    benchmark::DoNotOptimize(decoder.Push(stream.readable(), sum).kind());
  }
  Report(state, sum);
}
BENCHMARK(ContiguousPush)->Name("contiguous/push")->Arg(16)->Arg(64)->Arg(1024);

void ContiguousCursor(benchmark::State& state) {
  const StreamBuffer stream = StreamOf(LengthFieldFramer(), PayloadSize(state));
  const LengthFieldFramer framer;
  Sum sum;
  for (auto _ : state) {
    FrameCursor cursor(framer, stream.readable());
    while (DecodeResult frame = cursor.Next()) sum(*frame);
  }
  Report(state, sum);
}
BENCHMARK(ContiguousCursor)->Name("contiguous/cursor")->Arg(16)->Arg(64)->Arg(1024);

// Arriving in chunks of 64 KiB, copied in as recv() does.

void ChunksHand(benchmark::State& state) {
  const StreamBuffer stream = StreamOf(LengthFieldFramer(), PayloadSize(state));
  HandWrittenReader reader(2 * kChunk + PayloadSize(state));
  Sum sum;
  for (auto _ : state) {
    InChunks(stream.readable(), [&](ByteView chunk) { reader.Read(chunk, sum); });
  }
  Report(state, sum);
}
BENCHMARK(ChunksHand)->Name("chunks64K/hand")->Arg(16)->Arg(64)->Arg(1024)->Arg(16384);

template <typename F>
void Received(benchmark::State& state, const F& framer) {
  const StreamBuffer stream = StreamOf(framer, PayloadSize(state));
  FrameDecoder decoder(framer);
  Sum sum;
  for (auto _ : state) {
    InChunks(stream.readable(), [&](ByteView chunk) {
      while (!chunk.empty()) {
        const ByteSpan room = decoder.Prepare();
        const std::size_t n = std::min(room.size(), chunk.size());
        std::copy_n(chunk.begin(), n, room.begin());
        decoder.Commit(n);
        benchmark::DoNotOptimize(decoder.Drain(sum).kind());
        chunk = chunk.subspan(n);
      }
    });
  }
  Report(state, sum);
}

void ChunksReceived(benchmark::State& state) { Received(state, LengthFieldFramer()); }
BENCHMARK(ChunksReceived)->Name("chunks64K/unstick")->Arg(16)->Arg(64)->Arg(1024)->Arg(16384);

void ChunksAny(benchmark::State& state) { Received(state, *AnyFramer::FromSpec("length")); }
BENCHMARK(ChunksAny)->Name("chunks64K/any")->Arg(16)->Arg(64)->Arg(1024)->Arg(16384);

// What it costs to be put together at run time, for a framing that has a plain type too.
void ChunksDescribed(benchmark::State& state) {
  Received(state, *DescribedFramer::FromSpec("length"));
}
BENCHMARK(ChunksDescribed)->Name("chunks64K/described")->Arg(16)->Arg(64)->Arg(1024)->Arg(16384);

void ChunksVarint(benchmark::State& state) { Received(state, VarintFramer()); }
BENCHMARK(ChunksVarint)->Name("chunks64K/varint")->Arg(16)->Arg(64)->Arg(1024)->Arg(16384);

void ChunksNative(benchmark::State& state) { Received(state, HeaderFramer()); }
BENCHMARK(ChunksNative)->Name("chunks64K/native")->Arg(16)->Arg(64)->Arg(1024)->Arg(16384);

// Lines.

void LinesHand(benchmark::State& state) {
  const StreamBuffer stream = StreamOf(DelimiterFramer(), PayloadSize(state));
  Sum sum;
  for (auto _ : state) HandWrittenLines(stream.readable(), sum);
  Report(state, sum);
}
BENCHMARK(LinesHand)->Name("lines/hand")->Arg(32)->Arg(100)->Arg(1000);

template <typename F>
void Lines(benchmark::State& state, const F& framer) {
  const StreamBuffer stream = StreamOf(framer, PayloadSize(state));
  Sum sum;
  for (auto _ : state) {
    FrameDecoder decoder(framer);
    benchmark::DoNotOptimize(decoder.Push(stream.readable(), sum).kind());
  }
  Report(state, sum);
}

void LinesLfOnly(benchmark::State& state) { Lines(state, DelimiterFramer({.ends = {"\n"}})); }
BENCHMARK(LinesLfOnly)->Name("lines/lf-only")->Arg(32)->Arg(100)->Arg(1000);

void LinesLf(benchmark::State& state) { Lines(state, DelimiterFramer()); }
BENCHMARK(LinesLf)->Name("lines/lf")->Arg(32)->Arg(100)->Arg(1000);

void LinesCrlf(benchmark::State& state) { Lines(state, DelimiterFramer({.ends = {"\r\n"}})); }
BENCHMARK(LinesCrlf)->Name("lines/crlf")->Arg(32)->Arg(100)->Arg(1000);

// Encoding into one buffer.

void EncodeHand(benchmark::State& state) {
  const std::string payload(PayloadSize(state), 'x');
  const auto room = std::make_unique_for_overwrite<std::byte[]>(kStreamSize + payload.size() + 4);
  std::int64_t frames = 0;
  for (auto _ : state) {
    for (std::size_t at = 0; at < kStreamSize; ++frames) {
      at += HandWrittenEncode(AsBytes(payload), room.get() + at);
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(frames);
}
BENCHMARK(EncodeHand)->Name("encode/hand")->Arg(16)->Arg(64)->Arg(1024);

void EncodeAppend(benchmark::State& state) {
  const std::string payload(PayloadSize(state), 'x');
  const LengthFieldFramer framer;
  StreamBuffer out;
  std::int64_t frames = 0;
  for (auto _ : state) {
    for (; out.size() < kStreamSize; ++frames) {
      if (AppendFrame(framer, AsBytes(payload), out)) state.SkipWithError("refused");
    }
    benchmark::ClobberMemory();
    out.Unwrite(out.size());
  }
  state.SetItemsProcessed(frames);
}
BENCHMARK(EncodeAppend)->Name("encode/unstick")->Arg(16)->Arg(64)->Arg(1024);

// CRC-32C: ISA-L by itself is the limit here; the library has a path of its own for short input.

void CrcIsal(benchmark::State& state) {
  std::string data(PayloadSize(state), 'x');
  auto* bytes = reinterpret_cast<unsigned char*>(data.data());
  for (auto _ : state) {
    benchmark::DoNotOptimize(~crc32_iscsi(bytes, static_cast<int>(data.size()), ~0u));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(CrcIsal)->Name("Crc32c/hand")->Arg(16)->Arg(64)->Arg(128)->Arg(192)->Arg(256)->Arg(4096);

void CrcUnstick(benchmark::State& state) {
  const std::string data(PayloadSize(state), 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(Crc32c(AsBytes(data)).value());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(CrcUnstick)
    ->Name("Crc32c/unstick")
    ->Arg(16)
    ->Arg(64)
    ->Arg(128)
    ->Arg(192)
    ->Arg(256)
    ->Arg(4096);

}  // namespace
}  // namespace unstick::bench
