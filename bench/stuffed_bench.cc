// COBS and SLIP beside a memcpy of each payload. One byte in 256 must be escaped.

#include <cstring>
#include <memory>
#include <string>

#include "bench/support/library_rows.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

constexpr std::size_t kChunk = 65536;

// Copies a payload next to another, as both decoding and encoding at least must.
void LimitMemcpy(benchmark::State& state, PayloadSize size) {
  const std::string from(StreamSize(size) + size, 'x');
  const auto to = std::make_unique<char[]>(kChunk + size);
  std::int64_t frames = 0;
  for (auto _ : state) {
    for (std::size_t at = 0; at < StreamSize(size); at += size, ++frames) {
      std::memcpy(to.get() + at % kChunk, from.data() + at, size);
    }
    benchmark::ClobberMemory();
  }
  Report(state, frames, static_cast<std::uint64_t>(frames) * size);
}

template <typename F>
auto Stuffed(F framer, char escaped) {
  return [framer, escaped](benchmark::State& state, PayloadSize size) {
    std::string payload(size, 'x');
    for (std::size_t at = 255; at < size; at += 256) payload[at] = escaped;
    StreamBuffer out;
    StreamState<F> sent{};
    std::int64_t frames = 0;
    for (auto _ : state) {
      for (std::size_t at = 0; at < StreamSize(size); at += size, ++frames) {
        if (out.size() >= kChunk) out.Unwrite(out.size());
        if (AppendFrame(framer, AsBytes(payload), out, sent)) state.SkipWithError("refused");
      }
      benchmark::ClobberMemory();
    }
    Report(state, frames, static_cast<std::uint64_t>(frames) * size);
  };
}

void AddFraming(const std::string& name, char escaped) {
  const AnyFramer framer = *AnyFramer::FromSpec(name);
  for (const char* way : {"-decode", "-encode"}) {
    AddRows(name + way, "limit-memcpy", {64, 1024, 16384}, LimitMemcpy);
  }
  AddRows(name + "-decode", "unstick", {64, 1024, 16384}, PushedChunks(framer, kChunk, escaped));
  AddRows(name + "-encode", "unstick", {64, 1024, 16384}, Stuffed(framer, escaped));
}

const bool kAdded = Rows([] {
  AddFraming("cobs", '\0');
  AddFraming("slip", '\xc0');
});

}  // namespace
}  // namespace unstick::bench
