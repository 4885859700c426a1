// A row of the tables: work/who/size. The driver (bench/driver) sets rows of one work and size
// beside each other, so every program names its rows alike.

#ifndef UNSTICK_BENCH_SUPPORT_ROW_H_
#define UNSTICK_BENCH_SUPPORT_ROW_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "bench/support/consumer.h"
#include "bench/support/streams.h"

namespace unstick::bench {

// One row for each size: run(benchmark::State&, PayloadSize).
template <typename Run>
void AddRows(const std::string& work, const std::string& who,
             std::initializer_list<PayloadSize> sizes, Run run) {
  for (const PayloadSize size : sizes) {
    benchmark::RegisterBenchmark((work + "/" + who + "/" + NameOf(size)).c_str(),
                                 [run, size](benchmark::State& state) { run(state, size); });
  }
}

inline void Report(benchmark::State& state, std::int64_t frames, std::uint64_t bytes) {
  state.SetItemsProcessed(frames);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

// A row that reads `stream` once per iteration: read(bytes, consumer).
template <typename Read>
void ReadAgainAndAgain(benchmark::State& state, ByteView stream, Read&& read) {
  std::int64_t frames = 0;
  for (auto _ : state) {
    Consumer consumer;  // whose address nobody keeps, so that its sums can stay in registers
    read(stream, consumer);
    frames += consumer.frames;
    std::uint64_t total = consumer.total;
    benchmark::DoNotOptimize(total);
  }
  if (frames == 0) state.SkipWithError("no frames came out");
  Report(state, frames, static_cast<std::uint64_t>(state.iterations()) * stream.size());
}

// Runs once before main() and makes rows: `const bool kRows = Rows([] { AddRows(...); });`
template <typename Add>
bool Rows(Add&& add) {
  std::forward<Add>(add)();
  return true;
}

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_SUPPORT_ROW_H_
