// Detect() on any bytes: it says the same each time, in order of the evidence, and what it says of
// a framing is so: the spec is canonical, and decodes as many frames of those sizes, as far into
// the stream, as it says. The error that is in the way of more names no protocol that is its own.
//
// Input: flags (whose bytes, cut off), a framing, then stretches of a stream (spec_input.h).

#include "unstick/core/detect.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/spec_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/presets.h"

namespace unstick::fuzz {
namespace {

constexpr std::size_t kMostStream = 256;

std::string Told(const std::vector<Detected>& found) {
  std::string text;
  for (const Detected& entry : found) {
    text += entry.spec + " " + std::to_string(entry.bits) + " " + std::to_string(entry.boundaries);
    for (const std::string_view preset : entry.presets) text += " " + std::string(preset);
    for (const std::string& reason : entry.reasons) text += "; " + reason;
    if (entry.error) text += "; " + entry.error->ToString();
    text += "\n";
  }
  return text;
}

void RequireLine(const std::string& text) {
  const bool line = !text.empty() && std::all_of(text.begin(), text.end(),
                                                 [](char c) { return c >= ' ' && c < '\x7f'; });
  if (!line) Fail("no line of text: " + text);
}

// What the suggested spec makes of the bytes that it was suggested for.
void RequireDecodes(const Detected& entry, ByteView stream, bool cut_off) {
  const auto framer = AnyFramer::FromSpec(entry.spec, entry.side, {.join = false});
  if (!framer.ok() || framer->spec() != AnyFramer::FromSpec(framer->spec())->spec()) {
    Fail("it suggests " + entry.spec + ", which is no spec in canonical form");
  }
  FrameDecoder decoder(*framer);
  ByteView rest = stream;
  std::uint64_t frames = 0;
  std::size_t smallest = ~std::size_t{0}, largest = 0;
  std::uint64_t end = 0;
  for (;;) {
    rest = rest.subspan(decoder.Feed(rest));
    if (rest.empty() && !cut_off) decoder.Finish();
    const DecodeResult next = decoder.Next();
    end = decoder.stream_offset();
    if (next.kind() == DecodeResult::Kind::kNeedMore && !rest.empty()) continue;
    if (!next) break;
    ++frames;
    smallest = std::min(smallest, next->wire_size());
    largest = std::max(largest, next->wire_size());
  }
  std::string wrong;
  if (frames != entry.frames) wrong = std::to_string(frames) + " frames";
  if (wrong.empty() && frames > 0 && smallest != entry.smallest) wrong = "other sizes";
  if (wrong.empty() && frames > 0 && largest != entry.largest) wrong = "other sizes";
  if (wrong.empty() && end != entry.bytes) wrong = std::to_string(end) + " bytes";
  if (wrong.empty()) return;
  Fail(entry.spec + " decodes " + wrong + ", not " + std::to_string(entry.frames) + " frames of " +
       std::to_string(entry.smallest) + " to " + std::to_string(entry.largest) + " bytes in " +
       std::to_string(entry.bytes));
}

void RequireSound(const Detected& entry, ByteView stream) {
  if (!(entry.bits > 0)) Fail("an entry without evidence");
  if (entry.presets.empty() || entry.reasons.empty()) Fail("an entry without names or reasons");
  for (const std::string_view preset : entry.presets) {
    if (preset != "unstick" && FindPreset(preset) == nullptr) Fail("there is no such preset");
  }
  for (const std::string& reason : entry.reasons) RequireLine(reason);
  if (entry.bytes > stream.size() || entry.preamble > entry.bytes) Fail("more than there is");
  if (!entry.error) return;
  const std::string why = entry.error->ToString();
  RequireLine(why);
  const ByteView head = ByteView(entry.error->head).first(entry.error->head_size);
  if (GuessProtocol(head).empty() && why.find("looks like") != why.npos) {
    Fail("a protocol is named that nothing tells: " + why);
  }
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const std::size_t flags = input.Byte();
  static constexpr Side kSides[] = {Side::kEither, Side::kClient, Side::kServer};
  const DetectOptions options{.side = kSides[flags % 3], .cut_off = flags / 3 % 2 == 1};
  const auto framer = AnyFramer::FromSpec(fuzz::TakeSpecBase(input), fuzz::TakeSide(input));
  const std::string stream = fuzz::TakeStretches(
      input, framer.ok() ? *framer : AnyFramer(VarintFramer()), fuzz::kMostStream);

  static const bool warm = [] {  // what the first calls keep is nobody's
    for (const Side side : kSides) (void)Detect(AsBytes("x"), {.side = side});
    return true;
  }();
  static_cast<void>(warm);
  const std::vector<Detected> found = [&] {
    const fuzz::Bounded bounded(20'000'000 + 200'000 * stream.size(),
                                (2 << 20) + 64 * stream.size());
    return Detect(AsBytes(stream), options);
  }();
  const std::string again = std::string("x") + stream;  // elsewhere in memory
  if (fuzz::Told(found) != fuzz::Told(Detect(AsBytes(again).subspan(1), options))) {
    fuzz::Fail("it says something else the second time");
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0 && found[i - 1].bits < found[i].bits) fuzz::Fail("not in order");
    fuzz::RequireSound(found[i], AsBytes(stream));
    fuzz::RequireDecodes(found[i], AsBytes(stream), options.cut_off);
  }
  return 0;
}
