// The native header: what its writer is told comes back from its reader, byte for byte as the
// reference lays it out; and whatever is done to the bytes, library and reference say the same.
//
// Input: a limit, a way, 16 bytes of cuts, flags, metadata and a payload, then pieces of a stream
// (native_pieces.h).

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_config.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/native_pieces.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/chunk_laws.h"

namespace {

using namespace unstick;

void WriteAndRead(const HeaderFramer& framer, std::size_t flags, const std::string& meta,
                  const std::string& payload) {
  HeaderValues values;
  values.integers[0] = flags;
  values.sections[0] = AsBytes(meta);
  StreamBuffer out;
  const bool refused = AppendFrame(framer.With(values), AsBytes(payload), out).has_value();
  if (refused != (flags > 1 || payload.size() > framer.options().max_payload)) {
    fuzz::Fail("the writer refuses what it should not, or does not what it should");
  }
  if (refused) return;
  const std::string due = fuzz::NativeFrame(framer.options().checksum ? 1 : 0, meta, payload);
  if (AsText(out.readable()) != due) fuzz::Fail("the frame is not laid out as documented");
  FrameCursor cursor(framer, out.readable());
  const DecodeResult frame = cursor.Next();
  if (!frame || frame->text() != payload) fuzz::Fail("the payload does not come back");
  const HeaderValues read = framer.HeaderOf(*frame);
  if (AsText(read.sections[0]) != meta || read.integers[0] != (framer.options().checksum ? 1 : 0)) {
    fuzz::Fail("metadata or flags do not come back");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::FuzzInput input(data, size);
  const std::uint64_t max = input.OneOf(fuzz::kLimits);
  const auto framer =
      HeaderFramer::Create(HeaderLayout::Native(), {.checksum = input.Flag(), .max_payload = max});
  if (!framer.ok()) fuzz::Fail(framer.status().ToString());
  const testing::Way way = testing::Way::Number(input.Below(testing::Way::kCount));
  auto cuts = fuzz::TakeCuts(input, 4 * fuzz::kLongestStream);
  const std::size_t flags = input.Below(4);
  const std::string meta = input.Text();
  WriteAndRead(*framer, flags, meta, input.Text());

  const std::string stream = fuzz::TakePieces(input, fuzz::kLongestStream);
  while (!cuts.empty() && cuts.back() >= stream.size()) cuts.pop_back();
  for (const OnError mode : {OnError::kFail, OnError::kSkip}) {
    fuzz::Require(testing::Disagreement(*framer, reference::Native{.max = max}, stream, mode));
    const auto expected = testing::EventsOf(*framer, AsBytes(stream), mode);
    testing::ChunkLaws laws(*framer, AsBytes(stream), mode, expected);
    if (!laws.HoldsAt(cuts, way)) fuzz::Fail(laws.broken());
    fuzz::RequireBounded(*framer, stream, mode);
  }
  return 0;
}
