// Length prefixes: all there, and in chunks.

#include <string>

#include "bench/limits/copy_in.h"
#include "bench/limits/length_limits.h"
#include "bench/support/library_rows.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

struct Arrival {
  const char* name;
  std::size_t chunk;
};

void AddContiguous() {
  const std::string work = "length-contig";
  const LengthFieldFramer framer;
  const auto rows = [&](const char* who, auto run) {
    AddRows(work, who, {16, 64, 256, 1024, kMix}, run);
  };
  rows("limit", ByHand<LengthLoop>(framer));
  rows("limit-guess", ByHand<LengthLoopGuess>(framer));
  rows("limit-prefetch", ByHand<LengthLoopPrefetch>(framer));
  rows("limit-virtual", ByHand<LengthLoopVirtual>(framer));
  rows("limit-batch128", ByHand<LengthLoopBatch>(framer));
  rows("unstick", Pushed(framer));
  rows("unstick-cursor", Walked(framer));
  rows("unstick-any", Pushed(*AnyFramer::FromSpec("length")));
  rows("unstick-described", Pushed(*DescribedFramer::FromSpec("length")));
}

void AddChunks(Arrival arrival, std::initializer_list<PayloadSize> sizes) {
  const std::string work = std::string("length-") + arrival.name;
  const LengthFieldFramer framer;
  const auto rows = [&](const char* who, auto run) { AddRows(work, who, sizes, run); };
  rows("limit", ByHandInChunks<RingCopy, LengthLoop>(framer, arrival.chunk));
  rows("limit-compact", ByHandInChunks<CompactedCopy, LengthLoop>(framer, arrival.chunk));
  rows("unstick", Received(framer, arrival.chunk));
  rows("unstick-push", PushedChunks(framer, arrival.chunk));
  rows("unstick-any", Received(*AnyFramer::FromSpec("length"), arrival.chunk));
}

void AddVarint() {
  const std::string work = "varint-64K";
  const VarintFramer framer;
  // 200: a length of two bytes.
  const auto rows = [&](const char* who, auto run) {
    AddRows(work, who, {16, 64, 200, 1024, 16384, kMix}, run);
  };
  rows("limit", ByHandInChunks<RingCopy, VarintLoop>(framer, 65536));
  rows("limit-compact", ByHandInChunks<CompactedCopy, VarintLoop>(framer, 65536));
  rows("unstick", Received(framer, 65536));
}

void AddNative() {
  const HeaderFramer framer;
  AddRows("native-64K", "unstick", {64, 1024, 16384}, Received(framer, 65536));
}

const bool kAdded = Rows([] {
  AddContiguous();
  AddChunks({"64K", 65536}, {16, 64, 256, 1024, 16384, 1048576, kMix});
  AddChunks({"1460", 1460}, {16, 64, 256, 1024, 16384});
  AddChunks({"7", 7}, {16, 64, 256, 1024});
  AddChunks({"1", 1}, {16, 64, 1024});
  AddVarint();
  AddNative();
});

}  // namespace
}  // namespace unstick::bench
