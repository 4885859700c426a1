// What must hold for any described framing, for the fuzzer and for the tests.

#ifndef UNSTICK_FUZZ_DESCRIBED_LAWS_H_
#define UNSTICK_FUZZ_DESCRIBED_LAWS_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/described_config.h"
#include "fuzz/fuzz_input.h"
#include "tests/support/agreement.h"
#include "tests/support/reference_described.h"
#include "tests/support/round_trip.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/testing/chunk_laws.h"
#include "unstick/testing/scan_laws.h"

namespace unstick::fuzz {

// Each of these returns what is broken, or nothing.

// The framing that `described` says, if the library takes it: then it prints itself in a form that
// makes the same framing again.
inline std::string MakeDescribed(const reference::Described& described,
                                 std::optional<DescribedFramer>& framer) {
  const std::string spec = described.Text();
  auto made = DescribedFramer::FromSpec(spec, Side::kClient);
  if (!made.ok()) {
    const std::string_view why(made.status().message().data(), made.status().message().size());
    const bool told = why.find("wrong spec \"" + spec + "\": at character ") == 0 &&
                      why.find('\n') == std::string_view::npos;
    return told ? "" : spec + " is refused without saying where: " + std::string(why);
  }
  const auto again = DescribedFramer::FromSpec(made->spec(), Side::kClient);
  if (!again.ok()) return spec + " prints as " + made->spec() + ", which is refused";
  if (again->spec() != made->spec()) {
    return spec + " prints as " + made->spec() + ", and that as " + again->spec();
  }
  framer = *std::move(made);
  return "";
}

// The laws of Scan(), promise D1 for one way to cut and drive, and for single bytes; the reference.
inline std::string CheckDescribed(const reference::Described& described,
                                  const DescribedFramer& framer, const std::string& stream,
                                  const std::vector<std::size_t>& cuts, const testing::Way& way,
                                  OnError mode) {
  if (stream.size() <= 160) {
    testing::ScanLaws laws(framer, AsBytes(stream));
    if (std::string broken = laws.Check(); !broken.empty()) return framer.spec() + ": " + broken;
  }
  const auto expected = testing::EventsOf(framer, AsBytes(stream), mode);
  testing::ChunkLaws laws(framer, AsBytes(stream), mode, expected);
  if (!laws.HoldsAt(cuts, way) || !laws.HoldsInPiecesOf(1, way)) {
    return framer.spec() + ": " + laws.broken();
  }
  if (described.walks()) return "";
  const std::string differs = testing::Disagreement(framer, described, stream, OnError::kFail);
  return differs.empty() ? "" : framer.spec() + ": " + differs;
}

// Promises E1 and E2: refused with nothing written, or it comes back, alone and behind the others.
// Appends the frame to `stream` and the payload to `accepted` if it is taken.
inline std::string Encode(const DescribedFramer& framer, const std::string& payload,
                          DescribedFramer::State& sent, std::string& stream,
                          std::vector<std::string>& accepted) {
  StreamBuffer out;
  out.Append(AsBytes("before"));
  const DescribedFramer::State sent_before = sent;
  const auto refused = framer.EncodeTo(AsBytes(payload), out, sent);
  const std::string written(AsText(out.readable()));
  if (written.substr(0, 6) != "before") return framer.spec() + " wrote over what was there";
  if (refused) {
    if (refused->code != FrameErrorCode::kUnencodable) return framer.spec() + " refuses oddly";
    if (written.size() != 6 || !(sent == sent_before)) return framer.spec() + " refused and wrote";
    return "";
  }
  stream += written.substr(6);
  accepted.push_back(payload);
  return "";
}

inline std::string CameBack(const DescribedFramer& framer, const std::string& stream,
                            const std::vector<std::string>& accepted) {
  const auto events = testing::EventsOf(framer, AsBytes(stream));
  bool came_back =
      events.size() == accepted.size() + 1 && events.back().kind == DecodeResult::Kind::kEnd;
  for (std::size_t i = 0; came_back && i < accepted.size(); ++i) {
    came_back = events[i].payload == accepted[i];
  }
  if (came_back) return "";
  std::string text = framer.spec() + " does not give its own frames back; of";
  for (const std::string& payload : accepted) text += " " + testing::Hex(AsBytes(payload));
  text += " encoded as " + testing::Hex(AsBytes(stream), 400) + " it makes";
  for (const auto& event : events) text += "\n    " + event.ToString();
  return text;
}

// Frames of which two writers make different bytes: chunks, fragments, escapes, a JSON number that
// the next value ends. (A dropped tail alone, before which lines might have stood, is reported as
// those lines.)
inline bool LeavesFreedom(std::string_view spec) {
  const auto has = [&](std::string_view part) { return spec.find(part) != std::string_view::npos; };
  return has("chunk") || has("join") || has("unescape") || has("walk:json") || has("walk(json") ||
         (has("before-line") && has("tail=drop"));
}

// Encoded again with the bytes around their payloads, the frames at the front of a stream are those
// bytes; where the format leaves freedom, they have those payloads. Counts them.
inline std::string ComesBack(const AnyFramer& framer, std::string_view stream,
                             std::uint64_t& frames) {
  const testing::Told told = testing::Tell(framer, stream);
  const std::string_view front = stream.substr(0, told.size);
  const std::string spec = framer.spec();
  if (!LeavesFreedom(spec)) {
    frames += told.frames.size();
    const std::string why = testing::WhyNotBack(framer, told, front);
    return why.empty() ? ""
                       : spec + " does not give back " + testing::Hex(AsBytes(front)) + ": " + why;
  }
  // The first frame shows where lines in front of it end: by a byte that is written anew, perhaps.
  if (spec.find("before-line") != std::string::npos) return "";
  std::string refusal;
  const auto back = testing::TellBack(framer, told, refusal);
  if (!back) return "";  // fewer fragments may be longer than a length can say
  const testing::Told again = testing::Tell(framer, *back);
  const auto same = [](const testing::Told::Frame& a, const testing::Told::Frame& b) {
    return a.payload == b.payload;
  };
  const bool equal = std::equal(told.frames.begin(), told.frames.end(), again.frames.begin(),
                                again.frames.end(), same);
  if (equal && again.error.empty()) return "";
  return spec + " makes other frames of " + testing::Hex(AsBytes(front), 400) + ": " +
         testing::Hex(AsBytes(*back), 400) + " " + again.error;
}

// What a run amounted to: a generator of nothing but refusals would test nothing.
struct Tally {
  std::uint64_t specs = 0;                              // that the library took
  std::uint64_t refused = 0;                            // and those that it did not
  std::uint64_t payloads = 0;                           // that came back
  std::uint64_t frames = 0;                             // found in streams
  std::uint64_t returned = 0;                           // of these, to the byte
  std::map<std::string, std::uint64_t> frames_of = {};  // each kind
};

// What else is asked of a framing that holds its laws on a stream.
using AskedToo = std::function<void(const DescribedFramer&, const std::string&, OnError)>;

// All of it for one input of fuzz/described_spec.cc.
inline std::string BrokenByDescribed(const std::uint8_t* data, std::size_t size, Tally& tally,
                                     const AskedToo& asked_too = nullptr) {
  FuzzInput input(data, size);
  const reference::Described described = TakeDescribed(input);
  std::optional<DescribedFramer> framer;
  if (std::string broken = MakeDescribed(described, framer); !broken.empty()) return broken;
  ++(framer ? tally.specs : tally.refused);
  if (!framer) return "";
  const auto mode = static_cast<OnError>(input.Below(3));
  const testing::Way way = testing::Way::Number(input.Below(testing::Way::kCount));
  std::vector<std::size_t> cuts = TakeCuts(input, 4096);

  constexpr std::size_t kLongest = 1024;
  std::string stream;
  const std::size_t what = input.Below(4);
  if (what < 2) {
    stream = what == 0 ? input.Rest(kLongest) : TakeWords(input, kLongest);
  } else {
    DescribedFramer::State sent;
    if (described.preamble == "sized") stream.assign(described.preamble_size, 'p');
    if (described.preamble == "until") stream = "xHI";
    if (described.preamble == "through-line") stream = "x\nHIx\n";
    sent.preamble_done = !stream.empty();  // it is the caller's to send
    std::vector<std::string> accepted;
    while (!input.empty() && stream.size() < kLongest) {
      std::string payload = input.Text();
      // Long ones: an input need not hold all of their bytes.
      if (payload.size() > 1 && payload[0] == '\xfe')
        payload.resize(payload.size() * 37, payload[1]);
      std::string broken = Encode(*framer, payload, sent, stream, accepted);
      if (!broken.empty()) return broken;
    }
    if (!accepted.empty()) {
      if (std::string broken = CameBack(*framer, stream, accepted); !broken.empty()) return broken;
    }
    tally.payloads += accepted.size();
    if (what == 3 && !stream.empty()) {  // one byte is changed
      char& byte = stream[stream.size() / 2];
      byte = static_cast<char>(byte ^ 1 << size % 8);
    }
  }
  while (!cuts.empty() && cuts.back() >= stream.size()) cuts.pop_back();
  const std::uint64_t frames = testing::EventsOf(*framer, AsBytes(stream)).size() - 1;
  tally.frames += frames;
  tally.frames_of[framer->spec().substr(0, framer->spec().find_first_of(":;"))] += frames;
  if (std::string broken = ComesBack(*framer, stream, tally.returned); !broken.empty())
    return broken;
  std::string broken = CheckDescribed(described, *framer, stream, cuts, way, mode);
  if (broken.empty() && asked_too) asked_too(*framer, stream, mode);
  return broken;
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_DESCRIBED_LAWS_H_
