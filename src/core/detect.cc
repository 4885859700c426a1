#include "unstick/core/detect.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>

#include "src/core/canonical_spec.h"
#include "src/core/described_scan.h"
#include "src/core/described_spec.h"
#include "src/core/description.h"
#include "src/core/detect_evidence.h"
#include "src/core/frame_picture.h"
#include "src/core/kinds/number_kind.h"
#include "src/core/kinds/plain_kind.h"
#include "src/core/kinds/switch_kind.h"
#include "src/core/kinds/trailer.h"
#include "src/core/signatures.h"
#include "src/core/spec_text.h"
#include "src/core/spec_values.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0 {
namespace {

using detail::Description;
using detail::PayloadLimits;
using detail::Preamble;
using State = DescribedFramer::State;

constexpr std::size_t kSampledFrames = 64;
constexpr std::size_t kTrialBytes = std::size_t{64} << 20;  // for each framing
constexpr std::size_t kBehind = 8;  // bytes behind a frame that its end may depend on
constexpr double kBreakCosts =
    12;  // bits to say where a framing stops to hold or a frame is cut off

constexpr double kTextIsLines = 12;  // text is lines unless something else explains it better
constexpr double kAnyByte = 8;       // to say which byte is the delimiter
constexpr double kBitsForACharacter = 0.02;
constexpr std::uint64_t kMaxPreambleSize = std::uint64_t{64} << 10;
constexpr std::size_t kWalkerInWords = 40;

// --- candidates: framings that are the same but for names and limits ---

struct Member {
  const Preset* preset;
  std::string spec;  // in canonical form
  Side side;
  std::uint64_t least;  // the smallest payload
  std::uint64_t most;   // the largest
};

struct Candidate {
  std::string key;
  std::vector<Member> members;
  std::shared_ptr<const Description> description;  // with the largest limit
};

std::string PreambleKey(const Preamble& p) {
  const std::string size = p.parts.empty() ? std::to_string(p.size) : detail::PrintTrailer(p.parts);
  return std::to_string(static_cast<int>(p.is)) + "/" + size + "/" + p.bytes;
}

// The canonical spec without its limits and its word on a cut end, and with what it says about one
// side only.
std::string KeyOf(const Description& d) {
  std::string key;
  for (const std::string_view part : detail::Split(d.spec, ";")) {
    if (key.empty()) {
      for (const std::string_view option : detail::Split(part, ":,")) {
        const std::string_view name = option.substr(0, option.find('='));
        if (name != "max" && name != "min" && name != "tail") key += std::string(option) + ",";
      }
      key += PreambleKey(d.preamble);
      continue;
    }
    if (part.starts_with("preamble")) continue;
    if (part.starts_with("first") && d.first == nullptr) continue;
    key += ";" + std::string(part);
  }
  return key;
}

void AddMember(const Preset& preset, Side side, const std::shared_ptr<const Description>& d,
               std::vector<Candidate>& candidates) {
  const std::string key = KeyOf(*d);
  const auto framer = DescribedFramer::FromSpec(preset.name);
  const Member member{.preset = &preset,
                      .spec = framer.ok() ? framer->spec() : std::string(),
                      .side = side,
                      .least = d->limits.min,
                      .most = d->limits.most()};
  const auto same = std::find_if(candidates.begin(), candidates.end(),
                                 [&](const Candidate& c) { return c.key == key; });
  if (same == candidates.end()) {
    candidates.push_back({.key = key, .members = {member}, .description = d});
    return;
  }
  const PayloadLimits all{
      .min = std::min(member.least, same->description->limits.min),
      .max = std::max<std::uint64_t>(member.most, same->description->limits.most())};
  if (all.min == member.least && all.max == member.most) {
    same->description = d;
  } else if (all.min != same->description->limits.min ||
             all.max != same->description->limits.most()) {
    const std::string spec = std::string(preset.name) + ",max=" + std::to_string(all.max) +
                             ",min=" + std::to_string(all.min);
    const auto text = detail::ReadSpecText(spec);
    const auto both = detail::ReadDescription(*text, side == Side::kServer ? side : Side::kClient);
    if (both.ok()) same->description = *both;
  }
  same->members.push_back(member);
}

std::vector<Candidate> MakeCandidates(Side wanted) {
  static constexpr Preset kNative{.name = "unstick",
                                  .title = "unstick's own header",
                                  .strategy = "structured header",
                                  .reference = "",
                                  .spec = "unstick",
                                  .about = ""};
  std::vector<const Preset*> presets;
  for (const Preset& preset : Presets()) presets.push_back(&preset);
  presets.push_back(&kNative);
  std::vector<Candidate> candidates;
  for (const Preset* preset : presets) {
    const auto text = detail::ReadSpecText(preset->name);
    if (!text.ok()) continue;
    const auto client = detail::ReadDescription(*text, Side::kClient);
    const auto server = detail::ReadDescription(*text, Side::kServer);
    if (!client.ok() || !server.ok()) continue;  // lacks an option
    if (KeyOf(**client) == KeyOf(**server)) {
      AddMember(*preset, Side::kEither, *client, candidates);
      continue;
    }
    if (wanted != Side::kServer) AddMember(*preset, Side::kClient, *client, candidates);
    if (wanted != Side::kClient) AddMember(*preset, Side::kServer, *server, candidates);
  }
  return candidates;
}

// Made once: to read some three hundred specs costs more than to try them on a short stream.
const std::vector<Candidate>& Candidates(Side wanted) {
  const auto keep = [wanted] { return new std::vector<Candidate>(MakeCandidates(wanted)); };
  if (wanted == Side::kClient) {
    static const std::vector<Candidate>* const client = keep();
    return *client;
  }
  if (wanted == Side::kServer) {
    static const std::vector<Candidate>* const server = keep();
    return *server;
  }
  static const std::vector<Candidate>* const either = keep();
  return *either;
}

// --- how far a framing goes ---

struct FoundFrame {
  std::size_t offset;
  std::size_t size;
  std::endian order;
};

struct Walk {
  std::vector<FoundFrame> frames;
  std::size_t preamble = 0;
  std::size_t bytes = 0;
  std::size_t smallest_payload = ~std::size_t{0};
  std::size_t largest_payload = 0;
  bool whole = false;  // the stream ends with a frame
  std::optional<FrameError> error;
};

FrameError CutOff(ByteView rest, std::size_t offset) {
  FrameError error{.code = FrameErrorCode::kTruncated, .found = rest.size()};
  error.offset = offset;
  return error.With(rest);
}

Walk WalkThrough(const Description& d, ByteView stream, bool cut_off) {
  Walk walk;
  State state;
  while (walk.bytes < stream.size() && walk.frames.size() < kMaxDetectedFrames) {
    const ByteView rest = stream.subspan(walk.bytes);
    ScanStep<State> step = detail::ScanStream(d, rest, 0, state);
    if (std::holds_alternative<NeedMore>(step.result)) {
      if (!cut_off) step = detail::ScanStreamEnd(d, rest, state);
      if (const auto* more = std::get_if<NeedMore>(&step.result)) {
        walk.error = CutOff(rest, walk.bytes);
        walk.error->allowed = more->frame_size;
        return walk;
      }
    }
    if (const auto* error = std::get_if<FrameError>(&step.result)) {
      walk.error = *error;
      walk.error->offset = walk.bytes;
      return walk;
    }
    if (const auto* skip = std::get_if<Skip>(&step.result)) {
      if (detail::AwaitsPreamble(d, state)) walk.preamble = skip->bytes;
      walk.bytes += skip->bytes;
    } else if (const auto* extent = std::get_if<Extent>(&step.result)) {
      walk.frames.push_back({walk.bytes, extent->wire_size, state.order});
      walk.smallest_payload = std::min(walk.smallest_payload, extent->payload_size);
      walk.largest_payload = std::max(walk.largest_payload, extent->payload_size);
      walk.bytes += extent->wire_size;
    }
    state = step.next;
  }
  walk.whole = walk.bytes == stream.size() && !cut_off;
  return walk;
}

// --- evidence ---

double CheckBits(const detail::FrameCheck& check) { return 8 * static_cast<double>(check.size()); }

// Where the numbers stand that add to a frame's length, and what tells the byte order: whatever
// they are, the length itself can make the same frame of it.
std::vector<std::size_t> AddingPlaces(const detail::FrameKind& kind, ByteView frame) {
  std::vector<std::size_t> places;
  if (const auto* choice = dynamic_cast<const detail::SwitchKind*>(&kind)) {
    const detail::FrameKind* chosen = choice->Chosen(frame);
    return chosen == nullptr ? places : AddingPlaces(*chosen, frame);
  }
  const auto* number = dynamic_cast<const detail::NumberKind*>(&kind);
  if (number == nullptr) return places;
  const detail::NumberOptions& o = number->options();
  using How = detail::ToldOrder::How;
  if (o.told.how == How::kBit || o.told.how == How::kCharacter) places.push_back(o.told.at);
  for (const detail::AddedLength& plus : o.plus) {
    for (std::size_t at = plus.offset; at < plus.offset + plus.width; ++at) {
      if (at < o.offset || at >= o.offset + o.width) places.push_back(at);
    }
  }
  return places;
}

// The bits that a frame's boundary depends on.
double BitsOf(const Description& d, ByteView stream, const Walk& walk, std::size_t i,
              const detail::ByteModel& model, std::size_t most) {
  const FoundFrame& frame = walk.frames[i];
  const State before{
      .frames = static_cast<std::uint32_t>(i), .preamble_done = true, .order = frame.order};
  const std::size_t behind = std::min(kBehind, stream.size() - frame.offset - frame.size);
  const auto holds = [&](ByteView tried) {
    const ScanResult result = detail::ScanStream(d, tried, 0, before).result;
    const auto* extent = std::get_if<Extent>(&result);
    return extent != nullptr && extent->wire_size == frame.size;
  };
  const ByteView window = stream.subspan(frame.offset, frame.size + behind);
  if (!holds(window)) return 0;  // only the end of the input ends it
  detail::FrameTrial trial(window, frame.offset, model, holds);
  trial.Free(AddingPlaces(*d.kind, window));
  return trial.Bits(frame.size, most);
}

// The sum of that over all frames. Where only some are looked at, what they have less than others
// may have by chance.
double BitsOfAll(const Description& d, ByteView stream, const Walk& walk,
                 const detail::ByteModel& model) {
  const std::size_t n = walk.frames.size();
  const std::size_t samples = std::min(n, kSampledFrames);
  const std::size_t most = kTrialBytes / samples;
  detail::Average average;
  for (std::size_t i = 0; i < samples; ++i) {
    // One out of each stretch of n / samples frames.
    const std::size_t from = i * n / samples;
    const std::size_t stretch = (i + 1) * n / samples - from;
    average.Add(BitsOf(d, stream, walk, from + (i * 7919) % stretch, model, most));
  }
  const auto all = static_cast<double>(n);
  return all * average.AtLeast(all);
}

// What it takes to say where the frames end, in the shorter of two ways: each size like those
// before, or ends that come as they like, so and so often.
double CostsOfSizes(const Description& d, const Walk& walk) {
  const std::uint64_t most = std::min<std::uint64_t>(d.limits.most(), d.kind->Picture().carries);
  detail::SizeCosts sizes(most);
  double told = 0;
  for (const FoundFrame& frame : walk.frames) told += sizes.Next(frame.size);
  const auto n = static_cast<double>(walk.frames.size());
  const auto bytes = static_cast<double>(walk.bytes - walk.preamble);
  const double often = n / (bytes + 1);
  const double anywhere =
      -n * std::log2(often) - (bytes - n) * std::log2(1 - often) + std::log2(bytes + 1) / 2;
  return std::min(told, anywhere);
}

double PreambleBits(const Description& d, const Walk& walk, const detail::ByteModel& model) {
  double bits = 0;
  const std::size_t known = d.preamble.bytes.size();
  for (std::size_t i = walk.preamble - std::min(known, walk.preamble); i < walk.preamble; ++i) {
    bits += model.BitsAt(i);
  }
  if (d.preamble.is == Preamble::Is::kUntil)
    bits -= detail::SizeCosts(kMaxPreambleSize).Next(walk.preamble);
  return bits;
}

struct Evidence {
  double held = 0;   // bits that had to be as they are for the frames to end where they do
  double said = 0;   // bits that it takes to say where that is
  double other = 0;  // of the preamble and the checksums
  double bits() const { return held - said + other; }
};

// Lines in which neither CR nor LF stands alone are lines for all that the stream shows: that there
// is none of them tells nothing about where the lines end.
void ForgetLoneEnds(Description& d) {
  constexpr std::string_view kStrict = "eol=crlf-only";
  const std::size_t at = d.spec.find(kStrict);
  if (at == std::string::npos) return;
  std::string lax = d.spec;
  lax.replace(at, kStrict.size(), "eol=crlf");
  const auto text = detail::ReadSpecText(lax);
  if (!text.ok()) return;
  const auto read = detail::ReadDescription(*text, Side::kEither);
  if (read.ok()) d.kind = (*read)->kind;
}

Evidence EvidenceOf(const Description& described, ByteView stream, const Walk& walk,
                    const detail::ByteModel& model) {
  Description d = described;
  d.check = {};  // counted for what it is: every byte depends on it
  ForgetLoneEnds(d);
  const auto n = static_cast<double>(walk.frames.size());
  return {.held = BitsOfAll(d, stream, walk, model),
          .said = CostsOfSizes(d, walk),
          .other = PreambleBits(d, walk, model) + CheckBits(described.check) * n};
}

// Ending exactly with a frame: one in so many places is such an end.
double BitsOfTheEnd(const Walk& walk) {
  if (!walk.whole) return 0;
  return std::log2(static_cast<double>(walk.bytes) / static_cast<double>(walk.frames.size()));
}

// A framing that stops to hold, or to fit, counts for the part that it explains.
double ForTheShare(double bits, const Walk& walk, ByteView stream) {
  if (!walk.error || walk.error->code == FrameErrorCode::kTrailingBytes) return bits;
  const auto explained = static_cast<double>(walk.bytes);
  return bits * explained / static_cast<double>(stream.size()) - kBreakCosts;
}

// What the stream starts with, against what the protocol is known to start with.
struct Start {
  bool wrong = false;
  double bits = 0;
  std::string_view pattern = {};
};

Start StartOf(const Member& member, ByteView stream, const detail::ByteModel& model) {
  Start start;
  for (const detail::Signature& signature : detail::Signatures()) {
    if (signature.preset != member.preset->name) continue;
    const bool other_side = signature.side != Side::kEither && member.side != Side::kEither &&
                            signature.side != member.side;
    if (other_side) continue;
    const auto match = detail::MatchSignature(signature.pattern, stream);
    if (match.whole && !match.differs) {
      for (std::size_t i = 0; i < match.fixed; ++i) start.bits += model.BitsAt(i);
      start.pattern = signature.pattern;
      start.wrong = false;
      return start;
    }
    const bool binds = signature.side == Side::kEither || signature.side == member.side;
    if (signature.always && binds) start.wrong = true;
  }
  return start;
}

// --- reasons ---

std::string Held(const std::string& what, std::size_t frames) {
  return what + " in " +
         (frames == 1 ? "the frame" : "each of " + std::to_string(frames) + " frames");
}

std::string PerFrame(double bits, std::size_t frames) {
  return std::to_string(std::lround(bits / static_cast<double>(frames)));
}

std::vector<std::string> Reasons(const Description& d, const Walk& walk, const Start& start,
                                 const Evidence& evidence) {
  std::vector<std::string> reasons;
  const std::size_t n = walk.frames.size();
  reasons.push_back(PerFrame(evidence.held, n) +
                    " bits a frame are as they must be for it to end there; " +
                    PerFrame(evidence.said, n) + " would say where that is");
  if (!start.pattern.empty()) reasons.push_back("starts with " + std::string(start.pattern));
  if (d.preamble.is == Preamble::Is::kConstant || d.preamble.is == Preamble::Is::kUntil) {
    reasons.push_back("the preamble has " + detail::Shown(d.preamble.bytes));
  }
  if (!d.magic.empty()) reasons.push_back(Held(detail::Shown(d.magic), n));
  if (!d.end.empty()) reasons.push_back(Held(detail::Shown(d.end) + " at the end", n));
  if (d.check) reasons.push_back(Held("the checksum holds", n));
  if (walk.whole) {
    reasons.emplace_back(n == 1 ? "the frame ends where the stream does"
                                : "the last frame ends where the stream does");
  }
  return reasons;
}

Detected Report(const Candidate& candidate, const std::vector<const Member*>& members,
                const Walk& walk, const Start& start, const Evidence& evidence) {
  Detected found;
  for (const Member* member : members) {
    if (found.presets.empty() || found.presets.back() != member->preset->name) {
      found.presets.push_back(member->preset->name);
    }
  }
  found.side = members.front()->side;
  found.spec = members.front()->spec;
  found.frames = walk.frames.size();
  found.bytes = walk.bytes;
  found.preamble = walk.preamble;
  found.error = walk.error;
  found.boundaries = walk.preamble;
  for (const FoundFrame& frame : walk.frames) {
    found.boundaries = (found.boundaries ^ frame.offset) * 0x100000001b3 + frame.size;
  }
  std::vector<std::size_t> sizes;
  sizes.reserve(walk.frames.size());
  for (const FoundFrame& frame : walk.frames) sizes.push_back(frame.size);
  std::sort(sizes.begin(), sizes.end());
  if (!sizes.empty()) {
    found.smallest = sizes.front();
    found.median = sizes[sizes.size() / 2];
    found.largest = sizes.back();
  }
  found.reasons = Reasons(*candidate.description, walk, start, evidence);
  return found;
}

bool IsText(ByteView stream) {
  return std::all_of(stream.begin(), stream.end(), [](std::byte b) {
    const auto c = std::to_integer<unsigned>(b);
    return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
  });
}

// The end marks, if these are all that a framing goes by.
std::vector<std::string> EndMarks(const Description& d) {
  const auto* delimited = dynamic_cast<const detail::PlainKind<DelimiterFramer>*>(d.kind.get());
  if (delimited == nullptr || d.escape != detail::Escape::kNone || d.once) return {};
  const DelimiterFramer::Options& o = delimited->framer().options();
  return o.starts.empty() ? o.ends : std::vector<std::string>();
}

// Text is lines, even if nothing proves it. Of other delimiters there might be any: every stream
// ends with some byte, and is cut into pieces by it.
double BitsOfDelimiter(const Description& d, double bits, const Walk& walk, ByteView stream) {
  const std::vector<std::string> ends = EndMarks(d);
  if (ends.empty()) return bits;
  const bool lines = std::all_of(ends.begin(), ends.end(), [](const std::string& end) {
    return end == "\n" || end == "\r\n";
  });
  if (lines && walk.whole && IsText(stream)) return std::max(bits, 0.0) + kTextIsLines;
  return bits - kAnyByte;
}

// Of two that say the same, the one that says it in fewer words. A walker says much in one.
double Complexity(std::string_view spec) {
  return kBitsForACharacter *
         static_cast<double>(spec.size() + (spec.starts_with("walk:") ? kWalkerInWords : 0));
}

// One candidate's entries: one for the members that nothing tells apart, and one for each whose
// protocol is known to start as the stream does.
void Judge(const Candidate& candidate, ByteView stream, const DetectOptions& options,
           const detail::ByteModel& model, std::vector<Detected>& found) {
  Description d = *candidate.description;
  d.join = {};  // fragments are frames, ...
  Walk walk = WalkThrough(d, stream, options.cut_off);
  if (walk.frames.empty()) return;
  if (candidate.description->join.how != detail::JoinRule::How::kNone) {
    const Walk joined = WalkThrough(*candidate.description, stream, options.cut_off);
    if (joined.frames.empty()) return;  // ... which should make messages
    walk.whole = joined.whole;
    walk.error = joined.error;
  }
  std::vector<std::pair<const Member*, Start>> known;
  std::vector<const Member*> others;
  for (const Member& member : candidate.members) {
    if (walk.largest_payload > member.most || walk.smallest_payload < member.least) continue;
    const Start start = StartOf(member, stream, model);
    if (start.wrong) continue;
    if (start.pattern.empty()) {
      others.push_back(&member);
    } else {
      known.emplace_back(&member, start);
    }
  }
  if (known.empty() && others.empty()) return;
  const Evidence evidence = EvidenceOf(d, stream, walk, model);
  const double bits = BitsOfDelimiter(d, evidence.bits(), walk, stream) + BitsOfTheEnd(walk);
  const auto add = [&](const std::vector<const Member*>& members, const Start& start) {
    if (members.empty()) return;
    Detected entry = Report(candidate, members, walk, start, evidence);
    // What magic and preamble have told is not told again.
    const bool told = !d.magic.empty() || d.preamble.is == Preamble::Is::kConstant;
    const double by_start = told ? 0 : start.bits;
    entry.bits = ForTheShare(bits + by_start, walk, stream) - Complexity(entry.spec);
    found.push_back(std::move(entry));
  };
  for (const auto& [member, start] : known) add({member}, start);
  add(others, {});
}

}  // namespace

std::vector<Detected> Detect(ByteView stream, const DetectOptions& options) {
  std::vector<Detected> found;
  if (stream.empty()) return found;
  const detail::ByteModel model(stream);
  for (const Candidate& candidate : Candidates(options.side)) {
    Judge(candidate, stream, options, model, found);
  }
  std::erase_if(found, [](const Detected& entry) { return entry.bits <= 0; });
  std::sort(found.begin(), found.end(), [](const Detected& a, const Detected& b) {
    return a.bits != b.bits ? a.bits > b.bits : a.presets < b.presets;
  });
  return found;
}

}  // namespace unstick::inline v0
