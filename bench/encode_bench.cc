// Payloads into frames at the end of one buffer, and checksums.

#include <isa-l/crc.h>

#include <memory>
#include <string>

#include "bench/limits/encode_limits.h"
#include "bench/support/row.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

std::size_t BufferSize(PayloadSize size) { return std::max(StreamSize(size), 2 * size); }

void LimitEncode(benchmark::State& state, PayloadSize size) {
  const std::string payload(size, 'x');
  const auto room = std::make_unique<std::byte[]>(BufferSize(size) + size + 4);
  const std::size_t most = BufferSize(size);
  std::int64_t frames = 0;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    std::size_t at = 0;
    for (; at < most; ++frames) {
      at += HandWrittenEncode(AsBytes(payload), room.get() + at);
    }
    benchmark::ClobberMemory();
    bytes += at;
  }
  Report(state, frames, bytes);
}

template <typename F>
auto Appended(F framer, char escaped = 'x') {
  return [framer, escaped](benchmark::State& state, PayloadSize size) {
    std::string payload(size, 'x');
    for (std::size_t at = 255; at < size; at += 256) payload[at] = escaped;
    StreamBuffer out;
    StreamState<F> sent{};
    const std::size_t most = BufferSize(size);
    std::int64_t frames = 0;
    std::uint64_t bytes = 0;
    for (auto _ : state) {
      for (; out.size() < most; ++frames) {
        if (AppendFrame(framer, AsBytes(payload), out, sent)) state.SkipWithError("refused");
      }
      benchmark::ClobberMemory();
      bytes += out.size();
      out.Unwrite(out.size());
    }
    Report(state, frames, bytes);
  };
}

template <typename Sum>
auto Summed(Sum sum) {
  return [sum](benchmark::State& state, PayloadSize size) {
    const std::string data(size, 'x');
    for (auto _ : state) {
      benchmark::DoNotOptimize(sum(AsBytes(data)));
      benchmark::ClobberMemory();
    }
    Report(state, state.iterations(), static_cast<std::uint64_t>(state.iterations()) * size);
  };
}

std::uint32_t IsalCrc(ByteView bytes) {
  auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~0u);
}

void AddEncode() {
  const auto rows = [](const char* who, auto run) {
    AddRows("length-encode", who, {16, 64, 256, 1024, 16384, 1048576}, run);
  };
  rows("limit", LimitEncode);
  rows("unstick", Appended(LengthFieldFramer()));
  rows("unstick-any", Appended(*AnyFramer::FromSpec("length")));
}

void AddCrc() {
  const auto rows = [](const char* who, auto run) {
    AddRows("crc32c", who, {16, 64, 128, 192, 256, 1024, 4096, 65536}, run);
  };
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) rows("limit-crc32q", Summed(PlainCrc32q));
#endif
  rows("limit-isal", Summed(IsalCrc));
  rows("unstick", Summed([](ByteView bytes) { return Crc32c(bytes).value(); }));
}

const bool kAdded = Rows([] {
  AddEncode();
  AddCrc();
});

}  // namespace
}  // namespace unstick::bench
