// Delimiters of 1, 2 and 12 bytes: all there, and in chunks.

#include <algorithm>
#include <string>
#include <string_view>

#include "bench/limits/copy_in.h"
#include "bench/limits/line_limits.h"
#include "bench/support/library_rows.h"
#include "src/core/kernels/kernels.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

bool CanRun(std::string_view kernels) {
  const auto runnable = detail::RunnableKernels();
  return std::any_of(runnable.begin(), runnable.end(),
                     [=](const detail::Kernels* one) { return one->name == kernels; });
}

// The same on a processor that has no better ones than these.
template <typename Run>
auto WithKernels(std::string_view kernels, Run run) {
  return [kernels, run](benchmark::State& state, PayloadSize size) {
    const std::string_view best = detail::ChosenKernels().name;
    detail::ChooseKernels(kernels);
    run(state, size);
    detail::ChooseKernels(best);
  };
}

template <const std::string_view& kMark>
void AddContiguous(const std::string& mark_name, const DelimiterFramer& framer) {
  const auto rows = [&](const char* who, auto run) {
    AddRows(mark_name + "-contig", who, {8, 32, 100, 1000, kMix}, run);
  };
#if defined(__x86_64__)
  if (HasAvx512()) rows("limit-avx512", ByHand<Avx512Lines<kMark>>(framer));
  if (HasAvx2()) rows("limit-avx2", ByHand<Avx2Lines<kMark>>(framer));
#endif
  rows("limit-memchr", ByHand<MemchrLines<kMark>>(framer));
  rows("unstick", Pushed(framer));
  if (CanRun("AVX2")) rows("unstick-avx2", WithKernels("AVX2", Pushed(framer)));
  rows("unstick-cursor", Walked(framer));
}

template <const std::string_view& kMark>
void AddChunks(const std::string& mark_name, const DelimiterFramer& framer) {
  constexpr std::size_t kChunk = 65536;
  const auto rows = [&](const char* who, auto run) {
    AddRows(mark_name + "-64K", who, {8, 32, 100, 1000, kMix}, run);
  };
#if defined(__x86_64__)
  if (HasAvx512()) {
    rows("limit-avx512", ByHandInChunks<RingCopy, Avx512Lines<kMark>>(framer, kChunk));
  }
  if (HasAvx2()) {
    rows("limit-avx2", ByHandInChunks<RingCopy, Avx2Lines<kMark>>(framer, kChunk));
  }
#endif
  rows("limit-memchr", ByHandInChunks<RingCopy, MemchrLines<kMark>>(framer, kChunk));
  rows("unstick", Received(framer, kChunk));
  if (CanRun("AVX2")) rows("unstick-avx2", WithKernels("AVX2", Received(framer, kChunk)));
  rows("unstick-push", PushedChunks(framer, kChunk));
}

// A line of 256 KiB, cut more and more finely: the time must stay linear in its bytes.
template <typename F>
void AddCuts(const char* who, const F& framer) {
  for (const std::size_t chunk :
       {std::size_t{65536}, std::size_t{1460}, std::size_t{7}, std::size_t{1}}) {
    AddRows("long-line-" + (chunk == 65536 ? "64K" : std::to_string(chunk)), who, {65536, 262144},
            Received(framer, chunk));
  }
}

template <const std::string_view& kMark>
void AddMark(const std::string& name) {
  const DelimiterFramer framer({.ends = {std::string(kMark)}});
  AddContiguous<kMark>(name, framer);
  AddChunks<kMark>(name, framer);
}

const bool kAdded = Rows([] {
  AddMark<kLf>("lf");
  AddMark<kCrlf>("crlf");
  AddMark<kBoundary>("boundary");
  // LF, or CR LF: the everyday line.
  AddRows("lf-contig", "unstick-lf-or-crlf", {8, 32, 100, 1000}, Pushed(DelimiterFramer()));
  AddRows("lf-64K", "unstick-lf-or-crlf", {8, 32, 100, 1000}, Received(DelimiterFramer(), 65536));
  AddCuts("unstick", DelimiterFramer({.ends = {"\n"}}));
});

}  // namespace
}  // namespace unstick::bench
