// A preset or any other spec with whatever follows it is refused with a reason, or makes a framing
// that holds its limits, on streams that are long enough to reach them: no frame is larger than the
// framing says, no payload over `max`, cuts change nothing, and work and memory follow the bytes.
//
// Input: a base, a side, a limit, a mode, a way, 16 bytes of cuts, what follows the base up to a
// zero byte, then stretches of a stream (spec_input.h).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/spec_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/stream_events.h"

namespace unstick::fuzz {
namespace {

constexpr std::size_t kMostStream = std::size_t{256} << 10;

struct Limit {
  const char* text;
  std::uint64_t bytes;
};
constexpr Limit kLimits[] = {{"", 0},          {"1", 1},          {"2", 2},
                             {"100", 100},     {"1000", 1000},    {"4KiB", 4096},
                             {"64KiB", 65536}, {"100k", 100'000}, {"1MiB", 1 << 20}};

void RequireLimits(const AnyFramer& framer, const testing::StreamEvent& event, const Limit& limit) {
  if (event.kind != DecodeResult::Kind::kFrame) return;
  const std::string spec = framer.spec();
  // What is delivered is not the payload alone.
  const bool more = spec.find("strip=") != spec.npos || spec.find("keep") != spec.npos ||
                    spec.find("headers") != spec.npos || spec.find("walk:") != spec.npos;
  if (event.wire_size > framer.max_frame_size()) {
    Fail(spec + " gives a frame of " + std::to_string(event.wire_size) + " bytes, over its " +
         std::to_string(framer.max_frame_size()));
  }
  if (!more && limit.bytes != 0 && event.payload.size() > limit.bytes) {
    Fail(spec + " gives a payload of " + std::to_string(event.payload.size()) +
         " bytes under max=" + limit.text);
  }
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const std::string& base = fuzz::TakeSpecBase(input);
  const Side side = fuzz::TakeSide(input);
  const fuzz::Limit& limit = input.OneOf(fuzz::kLimits);
  const auto mode = static_cast<OnError>(input.Below(3));
  const testing::Way way = testing::Way::Number(input.Below(testing::Way::kCount));
  const auto short_cuts = fuzz::TakeCuts(input, 4096);
  std::string spec = base;
  for (std::size_t c = input.Byte(); c != 0; c = input.Byte()) spec += static_cast<char>(c);

  const auto framer = [&] {
    const fuzz::Bounded bounded(50'000 * (spec.size() + 10), 4'000 * spec.size() + (256 << 10));
    return AnyFramer::FromSpec(spec, side, {.max = limit.text});
  }();
  if (!framer.ok()) {
    const std::string_view why(framer.status().message().data(), framer.status().message().size());
    if (why.find('\n') != why.npos && spec.find('\n') == spec.npos) {
      fuzz::Fail("a reason of several lines: " + std::string(why));
    }
    return 0;
  }
  const std::string stream = fuzz::TakeStretches(input, *framer, fuzz::kMostStream);
  const auto events = testing::EventsOf(*framer, AsBytes(stream), mode);
  for (const auto& event : events) fuzz::RequireLimits(*framer, event, limit);
  testing::ChunkLaws laws(*framer, AsBytes(stream), mode, events);
  if (!laws.HoldsAt(fuzz::Stretched(short_cuts, stream.size()), way)) {
    fuzz::Fail(framer->spec() + ": " + laws.broken());
  }
  fuzz::RequireBounded(*framer, stream, mode, 1 + stream.size() / 1024);
  return 0;
}
