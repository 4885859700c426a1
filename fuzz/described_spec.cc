// Any framing that a spec can describe: it is refused with a reason, or prints itself in canonical
// form; what it encodes comes back; whatever the bytes and however they are cut, it keeps the laws
// and says what a slow decoder says.
//
// Input: 64 bytes of description, a mode, a way, 16 bytes of cuts, then one byte that says what
// follows: payloads (a size byte and its bytes each), or a stream, as it is or spelled in words.

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/bounds.h"
#include "fuzz/described_laws.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  unstick::fuzz::Tally tally;
  unstick::fuzz::Require(unstick::fuzz::BrokenByDescribed(
      data, size, tally,
      [](const unstick::DescribedFramer& framer, const std::string& stream, unstick::OnError mode) {
        unstick::fuzz::RequireBounded(framer, stream, mode);
      }));
  return 0;
}
