// The library says about any bytes what a slow decoder says that was written from the contract
// alone and shares no code with it: frames, gaps, errors, offsets and sizes, in every mode.
//
// Input: 16 bytes of configuration, a mode, then the stream.

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_config.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const auto config = fuzz::TakeConfig(input);
  if (!config) return 0;
  const OnError mode = fuzz::TakeMode(input);
  const std::string stream = input.Rest(fuzz::kLongestStream);
  fuzz::Require(fuzz::Disagreement(*config, stream, mode));
  fuzz::RequireBounded(config->framer, stream, mode);
  return 0;
}
