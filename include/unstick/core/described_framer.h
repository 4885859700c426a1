// A framing put together at run time from a description: a kind and its clauses.

#ifndef UNSTICK_CORE_DESCRIBED_FRAMER_H_
#define UNSTICK_CORE_DESCRIBED_FRAMER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {

namespace detail {
struct Description;
}

// Whose bytes a stream carries, for framings whose two directions differ.
enum class Side : std::uint8_t { kEither, kClient, kServer };

constexpr Side OtherSide(Side side) {
  if (side == Side::kEither) return side;
  return side == Side::kClient ? Side::kServer : Side::kClient;
}

// What a caller changes about a framing that a text names.
struct FramingOverrides {
  std::string_view max = {};  // "64KiB": instead of the text's own limit, unless empty
  bool join = true;           // false: fragments are delivered one by one
};

//     stream:  | preamble | first frame(s) | frame | frame | ...
//     frame:   kind: where it ends; then magic, end, check: is it one; then join, unescape, xor:
//              what its payload is. Filters never decide a boundary.
//
// Made by AnyFramer::FromSpec() for whatever the plain framers cannot say. What a stream has told
// so far is its State, on the way in as on the way out. Thread-safe: immutable after construction;
// copies share the description.
class UNSTICK_EXPORT DescribedFramer {
 public:
  // What the last frame that was sent still needs to be one: nothing; a filler behind it, or the
  // input's end (a JSON number); the input's end (a last line without its mark).
  enum class Needs : std::uint8_t { kNothing, kFiller, kEnd };
  struct State {
    std::uint32_t frames = 0;  // saturates
    bool preamble_done = false;
    Needs needs = Needs::kNothing;
    std::endian order = std::endian::big;
    friend bool operator==(const State&, const State&) = default;
  };

  // From a spec text (docs/framer-spec.md), which may also start with the name of a preset:
  // "kafka,max=1MiB". `side` says whose bytes they are; clauses for one side count only for that
  // one. Refuses a wrong spec (kInvalidArgument) with the offending part, its position and what was
  // allowed.
  static absl::StatusOr<DescribedFramer> FromSpec(std::string_view spec, Side side = Side::kEither,
                                                  const FramingOverrides& overrides = {});
  // The same for one end of a connection: encodes what `own` writes, decodes what comes back.
  static absl::StatusOr<DescribedFramer> ForEnd(std::string_view spec, Side own,
                                                const FramingOverrides& overrides = {});

  ScanStep<State> Scan(ByteView window, ScanNote note, State state) const;
  ScanStep<State> ScanFinal(ByteView rest, State state) const;
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished, State state,
                  SeekMemory& memory) const;
  bool SearchesCutOff(const NeedMore& more, State state) const;
  std::size_t max_frame_size() const;
  // True for what streams of this preset (or of the native header) start with, if it is one.
  bool IsOwnStart(ByteView head) const;

  // True if payloads may have to be put together inside the frame's bytes (joined, unescaped,
  // unmasked); Assemble() does that to a frame that Scan() found and says where the payload is
  // then.
  bool assembles() const;
  Assembled Assemble(ByteSpan wire, const Extent& found, State before) const;

  // True if a Skip in this state was the preamble.
  bool AwaitsPreamble(State state) const;

  // Appends one frame, behind a constant preamble if it is the first one of the stream that `sent`
  // stands for; or refuses and leaves `out` and `sent` as they were.
  std::optional<FrameError> EncodeTo(ByteView payload, StreamBuffer& out, State& sent) const;
  // The same with the bytes that stand around the payload, as FrameView has them: what a header
  // says beside the length (a type, flags) is the caller's then. Where they do not fit the payload,
  // length, join marks and checksum are written anew into them; where the frame does not decode to
  // this payload even so, it is refused. A frame that only the end of the input can end is the last
  // one: what comes behind it is refused (Obstacle::kNoEnd).
  std::optional<FrameError> EncodeTo(ByteView payload, const FrameEnds& ends, StreamBuffer& out,
                                     State& sent) const;
  // Appends the bytes before the first frame, which for some framings only the caller knows, or
  // refuses what would not be read back as that (kUnencodable, Obstacle::kNoPreamble).
  std::optional<FrameError> PreambleTo(ByteView preamble, StreamBuffer& out, State& sent) const;
  // Appends bytes that belong to no frame, as they may stand between two of them (a heartbeat,
  // say), or refuses what is not passed over there (Obstacle::kNoFiller).
  std::optional<FrameError> FillerTo(ByteView filler, StreamBuffer& out, State& sent) const;

  // True if OnError::kResync can find a boundary again: there is a magic and a checksum.
  bool can_resync() const;
  // The spec in canonical form: presets spelled out, defaults left out, keys in the documented
  // order.
  const std::string& spec() const;

 private:
  DescribedFramer(std::shared_ptr<const detail::Description> reads,
                  std::shared_ptr<const detail::Description> writes, std::string_view name);
  std::shared_ptr<const detail::Description> reads_;
  std::shared_ptr<const detail::Description> writes_;
  std::string_view name_;  // static; of the preset, if it is one
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_DESCRIBED_FRAMER_H_
