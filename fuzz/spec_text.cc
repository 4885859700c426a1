// A spec is refused with a message that quotes it, or makes a framer that prints itself in
// canonical form; what is printed makes the same framer again. Any framer that a spec can make
// keeps the laws.
//
// Input: the spec, up to a zero byte, then a stream for the framers to agree on.

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/fuzz_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/scan_laws.h"
#include "unstick/testing/stream_events.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = bytes.substr(0, bytes.find('\0'));
  const std::string stream = text.size() < size ? bytes.substr(text.size() + 1, 100) : "";

  const auto framer = AnyFramer::FromSpec(text);
  if (!framer.ok()) {
    if (framer.status().code() != absl::StatusCode::kInvalidArgument ||
        framer.status().message().empty()) {
      fuzz::Fail("refused without a reason: " + text);
    }
    return 0;
  }
  const std::string canonical = framer->spec();
  const auto again = AnyFramer::FromSpec(canonical);
  if (!again.ok()) {
    fuzz::Fail("'" + text + "' prints as '" + canonical +
               "', which is refused: " + again.status().ToString());
  }
  if (again->spec() != canonical) {
    fuzz::Fail("'" + canonical + "' prints itself as '" + again->spec() + "'");
  }
  if (again->max_frame_size() != framer->max_frame_size() ||
      again->OverheadFor(3) != framer->OverheadFor(3)) {
    fuzz::Fail("'" + text + "' and its canonical form '" + canonical + "' differ");
  }
  const auto events = testing::EventsOf(*framer, AsBytes(stream), OnError::kSkip);
  if (events != testing::EventsOf(*again, AsBytes(stream), OnError::kSkip)) {
    fuzz::Fail("'" + text + "' and its canonical form '" + canonical + "' decode differently");
  }
  testing::ScanLaws scan_laws(*framer, AsBytes(stream));
  if (std::string broken = scan_laws.Check(); !broken.empty()) fuzz::Fail(text + ": " + broken);
  testing::ChunkLaws chunk_laws(*framer, AsBytes(stream), OnError::kSkip, events);
  if (!chunk_laws.HoldsInPiecesOf(1, {})) fuzz::Fail(text + ": " + chunk_laws.broken());
  return 0;
}
