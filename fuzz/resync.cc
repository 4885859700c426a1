// Recovery on the native header: frames and gaps tile the stream, in order, with nothing between
// them; what comes after a bad stretch is what the reference finds there; cuts do not matter.
//
// Input: a limit, a way, 16 bytes of cuts, then pieces of a stream (native_pieces.h).

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_config.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/native_pieces.h"
#include "unstick/core/header_framer.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/stream_events.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const std::uint64_t max = input.OneOf(fuzz::kLimits);
  const auto framer = HeaderFramer::Create(HeaderLayout::Native(), {.max_payload = max});
  if (!framer.ok()) fuzz::Fail(framer.status().ToString());
  const testing::Way way = testing::Way::Number(input.Below(testing::Way::kCount));
  auto cuts = fuzz::TakeCuts(input, 4 * fuzz::kLongestStream);
  const std::string stream = fuzz::TakePieces(input, fuzz::kLongestStream);
  while (!cuts.empty() && cuts.back() >= stream.size()) cuts.pop_back();

  const auto events = testing::EventsOf(*framer, AsBytes(stream), OnError::kResync);
  std::uint64_t at = 0;
  for (const testing::StreamEvent& event : events) {
    if (event.offset != at) fuzz::Fail("bytes are lost or told twice: " + event.ToString());
    if (event.kind == DecodeResult::Kind::kGap && event.skipped == 0) fuzz::Fail("an empty gap");
    if (event.kind == DecodeResult::Kind::kError &&
        event.error.code != FrameErrorCode::kTruncated) {
      fuzz::Fail("an error that recovery should have been able to pass: " + event.ToString());
    }
    at += event.wire.size() + event.skipped;
  }
  if (events.back().kind == DecodeResult::Kind::kEnd && at != stream.size()) {
    fuzz::Fail("the end is told before the end");
  }
  fuzz::Require(
      testing::Disagreement(*framer, reference::Native{.max = max}, stream, OnError::kResync));
  testing::ChunkLaws laws(*framer, AsBytes(stream), OnError::kResync, events);
  if (!laws.HoldsAt(cuts, way) || !laws.HoldsInPiecesOf(1, way)) fuzz::Fail(laws.broken());
  fuzz::RequireBounded(*framer, stream, OnError::kResync);
  return 0;
}
