// Promise D1: for any framing and any bytes, every way to cut them and to drive a decoder gives the
// events that the whole gives. The laws of Scan(), which are why, are checked for short streams.
//
// Input: 16 bytes of configuration, a mode, a way, 16 bytes of cuts, then the stream.

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_config.h"
#include "fuzz/fuzz_input.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/scan_laws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const auto config = fuzz::TakeConfig(input);
  if (!config) return 0;
  const OnError mode = fuzz::TakeMode(input);
  const testing::Way way = testing::Way::Number(input.Below(testing::Way::kCount));
  const std::string spec = config->framer.spec();
  auto cuts = fuzz::TakeCuts(input, size);
  const std::string stream = input.Rest(1 << 16);
  while (!cuts.empty() && cuts.back() >= stream.size()) cuts.pop_back();

  if (stream.size() <= 160) {
    testing::ScanLaws laws(config->framer, AsBytes(stream));
    if (std::string broken = laws.Check(); !broken.empty()) fuzz::Fail(spec + ": " + broken);
  }
  const auto expected = testing::EventsOf(config->framer, AsBytes(stream), mode);
  testing::ChunkLaws laws(config->framer, AsBytes(stream), mode, expected);
  if (!laws.HoldsAt(cuts, way) || !laws.HoldsInPiecesOf(1, way)) {
    fuzz::Fail(spec + ": " + laws.broken());
  }
  fuzz::RequireBounded(config->framer, stream, mode);
  return 0;
}
