// Which of the framings with a name explains a captured stream best.

#ifndef UNSTICK_CORE_DETECT_H_
#define UNSTICK_CORE_DETECT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_error.h"

namespace unstick::inline v0 {

// A framing, and how well it explains a stream.
struct Detected {
  std::vector<std::string_view> presets;  // all whose framing this is, limits aside
  std::string spec;                       // the first one's, in canonical form
  Side side = Side::kEither;              // whose bytes these are, if the framing tells
  double bits = 0;  // the evidence: see Detect(). Below kEnoughEvidence it is a guess
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;     // explained: preamble, frames, and what may stand between them
  std::uint64_t preamble = 0;  // of these
  std::size_t smallest = 0, median = 0, largest = 0;  // frames on the wire, bytes
  std::uint64_t boundaries = 0;           // a hash of where they are: equal for framings that agree
  std::optional<FrameError> error = {};   // why it explains no more; kTruncated: the end of the
                                          // stream cut a frame off
  std::vector<std::string> reasons = {};  // what held, a phrase each
};

// One in a million streams of random bytes would have as much by chance, all framings tried.
inline constexpr double kEnoughEvidence = 28;

struct DetectOptions {
  Side side = Side::kEither;  // kEither: try both
  bool cut_off = false;       // `stream` is the beginning of something longer
};

// The framings that explain `stream`, which starts where a connection's bytes in one direction
// start, from the most evidence to the least; without those for which there is none at all.
// Framings that are the same but for limits and names share an entry: nothing in the bytes tells
// them apart.
//
// The evidence is a likelihood ratio in bits. For it are all bits that had to be as they are for
// the frames to end where they do: length fields, constants, checksums, digits, delimiters, and
// what the protocol is known to start with; each counts as much as its byte is unlikely in this
// stream. Against it are the bits that it takes to say how long each frame is, so that a framing
// which allows anything gains nothing. Ending exactly with a frame counts once more.
//
// Pure and deterministic. Takes time for each framing in proportion to the stream, at most
// kMaxDetectedFrames frames of it, and 1 MiB and 5 bytes of memory for each byte. The first call
// takes some milliseconds more, and keeps what the framings are made of.
UNSTICK_EXPORT std::vector<Detected> Detect(ByteView stream, const DetectOptions& options = {});

inline constexpr std::size_t kMaxDetectedFrames = std::size_t{1} << 16;

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_DETECT_H_
