// Promises E1 and E2: a payload is refused before a byte is written, or it comes back; from us, out
// of any cuts, and from the reference; alone, and among the others that were accepted. Decoded with
// the bytes around their payloads and encoded again, they are the same bytes.
//
// Input: 16 bytes of configuration, a way, 16 bytes of cuts, then payloads, each a size byte and
// its bytes.

#include "tests/support/round_trip.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_config.h"
#include "fuzz/fuzz_input.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/framer_laws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const auto config = fuzz::TakeConfig(input);
  if (!config) return 0;
  const testing::Way way = testing::Way::Number(input.Below(testing::Way::kCount));
  auto cuts = fuzz::TakeCuts(input, 2 * size + 4096);

  StreamBuffer out;
  AnyFramer::State sent;
  std::vector<std::string> accepted;
  testing::LawReport report;
  while (!input.empty() && out.size() < fuzz::kLongestStream) {
    const std::string payload = input.Text();
    if (!testing::CheckPayload(config->framer, AsBytes(payload), report)) {
      fuzz::Fail(config->framer.spec() + ": " + report.broken);
    }
    if (!AppendFrame(config->framer, AsBytes(payload), out, sent)) accepted.push_back(payload);
  }

  const std::string stream(AsText(out.readable()));
  while (!cuts.empty() && cuts.back() >= stream.size()) cuts.pop_back();
  const auto events = testing::EventsOf(config->framer, AsBytes(stream));
  bool came_back =
      events.size() == accepted.size() + 1 && events.back().kind == DecodeResult::Kind::kEnd;
  for (std::size_t i = 0; came_back && i < accepted.size(); ++i) {
    came_back = events[i].payload == accepted[i];
  }
  if (!came_back) fuzz::Fail(config->framer.spec() + " does not give its own frames back");
  if (const std::string why =
          testing::WhyNotBack(config->framer, testing::Tell(config->framer, stream), stream);
      !why.empty()) {
    fuzz::Fail(config->framer.spec() + " with the bytes around its payloads: " + why);
  }
  fuzz::Require(fuzz::Disagreement(*config, stream, OnError::kFail));
  testing::ChunkLaws laws(config->framer, AsBytes(stream), OnError::kFail, events);
  if (!laws.HoldsAt(cuts, way)) fuzz::Fail(config->framer.spec() + ": " + laws.broken());
  fuzz::RequireBounded(config->framer, stream, OnError::kFail);
  return 0;
}
