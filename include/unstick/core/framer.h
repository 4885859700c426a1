// The one idea: a framer answers in offsets, not pointers, about a window of bytes that starts at
// a frame boundary. Buffers, sockets, datagrams, files and batches are loops around that answer.
//
//     window:  | header | payload              | trailer | next frame ...
//              |<------------- Extent::wire_size ------->|
//              ^ boundary

#ifndef UNSTICK_CORE_FRAMER_H_
#define UNSTICK_CORE_FRAMER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/seek_memory.h"

namespace unstick::inline v0 {

class StreamBuffer;

// A scanner's note to itself about the frame in progress; only the scanner knows what it means.
// Frames that lie within a frame need a second word: `outer`, which says where.
struct ScanNote {
  constexpr ScanNote(std::uint64_t first = 0, std::uint64_t second = 0)  // NOLINT: a word is a note
      : note(first), outer(second) {}
  std::uint64_t note;
  std::uint64_t outer;
  friend bool operator==(const ScanNote&, const ScanNote&) = default;
};

// "Not yet": no window shorter than `min_window` can say more. `resume` is the scanner's note about
// this frame, handed back with the next, longer window. `frame_size` is the whole frame's size once
// that is known, 0 before. Where one word is not enough for the note, `resume` is 0, from which the
// scanner starts over, and `within` is the note, for decoders that keep two words.
struct NeedMore {
  std::size_t min_window = 0;
  std::uint64_t resume = 0;
  std::size_t frame_size = 0;
  ScanNote within = {};

  ScanNote note() const { return within.outer != 0 ? within : ScanNote(resume); }
  friend bool operator==(const NeedMore&, const NeedMore&) = default;
};

// "Here": the frame is the window's first `wire_size` bytes, its payload lies inside.
struct Extent {
  std::size_t wire_size = 0;
  std::size_t payload_offset = 0;
  std::size_t payload_size = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};

// "Nobody's": the window's first `bytes` bytes belong to no frame (filler between frames).
struct Skip {
  std::size_t bytes = 0;
  friend bool operator==(const Skip&, const Skip&) = default;
};

using ScanResult = std::variant<NeedMore, Extent, Skip, FrameError>;

// Finds the first frame in `window`, which starts at a frame boundary. Scan() is pure: one scanner
// serves any number of streams and threads. The laws, which unstick/testing/framer_laws.h checks:
//
//   Stable    an Extent, Skip or FrameError for a window is the answer for every longer window.
//   Progress  an Extent or Skip covers at least one byte; a NeedMore has min_window > size().
//   Honest    every window shorter than min_window says NeedMore too.
//   Bounded   min_window and wire_size never exceed max_frame_size().
//   Resume    Scan(w, r) == Scan(w, 0) for every r that a Scan() of this frame has returned.
//
// Stable and Progress make every decoder independent of how the bytes were cut. So judge fields in
// wire order, and judge a limit on what the payload is, never on how much of it has arrived.
template <typename F>
concept StatelessScanner =
    std::move_constructible<F> && requires(const F& framer, ByteView window, std::uint64_t resume) {
      { framer.Scan(window, resume) } -> std::same_as<ScanResult>;
      { framer.max_frame_size() } -> std::same_as<std::size_t>;
    };

// For streams that tell something once and mean it later (a preamble, a first frame of another
// shape, a byte order): the scanner names a small `State`, the decoder keeps one per stream, and
// an Extent or Skip comes with the next one. The laws hold over (window, state).
template <typename State>
struct ScanStep {
  ScanResult result;
  State next;
};

template <typename F>
concept StatefulScanner =
    std::move_constructible<F> && std::is_trivially_copyable_v<typename F::State> &&
    std::default_initializable<typename F::State> && sizeof(typename F::State) <= 16 &&
    requires(const F& framer, ByteView window, std::uint64_t resume, typename F::State state) {
      { framer.Scan(window, resume, state) } -> std::same_as<ScanStep<typename F::State>>;
      { framer.max_frame_size() } -> std::same_as<std::size_t>;
    };

namespace detail {

template <typename F>
concept TakesScanNote =
    StatefulScanner<F> && requires(const F& framer, ByteView window, typename F::State state) {
      { framer.Scan(window, ScanNote(1, 2), state) };
    };

}  // namespace detail

template <typename F>
concept FrameScanner = StatelessScanner<F> || StatefulScanner<F>;

namespace detail {

struct NoState {
  friend bool operator==(const NoState&, const NoState&) = default;
};

template <typename F>
struct StateOf {
  using Type = NoState;
};
template <StatefulScanner F>
struct StateOf<F> {
  using Type = typename F::State;
};

}  // namespace detail

// What one stream of frames has told so far; nothing for a StatelessScanner. A new one stands for a
// stream's beginning.
template <typename F>
using StreamState = typename detail::StateOf<F>::Type;

// Optional: what bytes mean that no delimiter or length closed when the input ended. The answer is
// final: an Extent or Skip over all of `rest`, an error, or NeedMore for "cut off" (kTruncated).
// With a state it takes and gives one, as Scan() does.
template <typename F>
concept HasScanFinal = requires(const F& framer, ByteView rest) {
  { framer.ScanFinal(rest) } -> std::same_as<ScanResult>;
};
template <typename F>
concept HasStatefulScanFinal =
    StatefulScanner<F> && requires(const F& framer, ByteView rest, typename F::State state) {
      { framer.ScanFinal(rest, state) } -> std::same_as<ScanStep<typename F::State>>;
    };

// Where a payload is that was put together, and how many bytes at the frame's end stand behind it
// on the wire; 0 too if it came in chunks.
struct Assembled : Extent {
  std::size_t trailer_size = 0;
};

// Optional, for payloads that do not lie in one piece on the wire (fragments, chunks, escapes):
// once Scan() has found a frame, Assemble() puts its payload together inside the frame's own bytes
// and says where it is then. The bytes between the payload's first and the frame's trailer are gone
// after that. `before` is the state the
// frame was found in; assembles() is false if this framer happens to need none of it.
template <typename F>
concept AssemblesFrames = StatefulScanner<F> && requires(const F& framer, ByteSpan wire,
                                                         Extent found, typename F::State before) {
  { framer.assembles() } -> std::same_as<bool>;
  { framer.Assemble(wire, found, before) } -> std::convertible_to<Extent>;
};

// Optional: some bytes in front of the first frame are a preamble. AwaitsPreamble() says whether a
// Skip in this state is that.
template <typename F>
concept HasPreamble = StatefulScanner<F> && requires(const F& framer, typename F::State state) {
  { framer.AwaitsPreamble(state) } -> std::same_as<bool>;
};

// Optional: the first bytes of a frame that broke are those of this framing's own protocol, so that
// no other one is to be guessed from them.
template <typename F>
concept HasOwnStart = requires(const F& framer, ByteView head) {
  { framer.IsOwnStart(head) } -> std::same_as<bool>;
};

// Optional: the way on after an error with Recovery::kSeek. `window` lies inside bytes that are
// being dropped. Its first `drop` bytes belong to them; when `found`, a frame starts right behind.
// `resume` is a note for the next call, whose window starts `drop` bytes later. `finished` says
// that no more bytes will come, so that a boundary which only might be one is none.
struct SeekResult {
  std::size_t drop = 0;
  bool found = false;
  std::uint64_t resume = 0;
};

template <typename F>
concept HasSeek = requires(const F& framer, ByteView window, std::uint64_t resume, bool finished) {
  { framer.Seek(window, resume, finished) } -> std::same_as<SeekResult>;
};

// The same for a search that proves a boundary by checksums, or whose stream has a state: `memory`
// is new for each gap. SearchesCutOff() says whether frames may be found inside one that the end of
// the input cuts off: nothing proved its length.
template <typename F>
concept HasProvingSeek =
    requires(const F& framer, ByteView window, std::uint64_t resume, bool finished,
             StreamState<F> state, SeekMemory& memory, const NeedMore& more) {
      { framer.Seek(window, resume, finished, state, memory) } -> std::same_as<SeekResult>;
      { framer.SearchesCutOff(more, state) } -> std::same_as<bool>;
    };

// Optional, for speed alone: many frames a call. Gives the frames at the front of `window` to
// `sink(at, extent)`, `at` being a frame's place in the window, until the sink says false, and
// returns how many bytes they cover. It may stop before any frame, and must before whatever is no
// frame that lies in the window. One more law:
//
//   Run       its frames are those that Scan() would find one after another.
template <typename F>
concept ScansRuns = StatelessScanner<F> && requires(const F& framer, ByteView window,
                                                    bool (*sink)(std::size_t, const Extent&)) {
  { framer.ScanRun(window, sink) } -> std::same_as<std::size_t>;
};

// Bytes that go round a payload on the wire.
struct Overhead {
  std::size_t header = 0;
  std::size_t trailer = 0;
  friend bool operator==(const Overhead&, const Overhead&) = default;
};

// The encoding half. OverheadFor() depends on the payload's size alone, so a payload can be written
// straight into its place. Wrap() fills in `header` and `trailer`, which have the sizes that
// OverheadFor() gave, or refuses the payload before it has written a byte.
template <typename F>
concept FrameWrapper = requires(const F& framer, ByteView payload, std::size_t payload_size,
                                ByteSpan header, ByteSpan trailer) {
  { framer.OverheadFor(payload_size) } -> std::same_as<Overhead>;
  { framer.Wrap(payload, header, trailer) } -> std::same_as<std::optional<FrameError>>;
};

// Optional, for speed alone: the few bytes that come before a payload where nothing else goes round
// it. `size` 0: something else does, or it is refused; ask OverheadFor() and Wrap() then.
struct Prefix {
  std::uint64_t bytes = 0;  // the first one lowest
  std::size_t size = 0;     // 0..8
};

template <typename F>
concept WritesPrefix = FrameWrapper<F> && requires(const F& framer, std::size_t payload_size) {
  { framer.PrefixFor(payload_size) } -> std::same_as<Prefix>;
};

namespace detail {

// What a framer says to a payload that was made with wrong options.
inline FrameError NotUsable(std::size_t payload_size) {
  return {.code = FrameErrorCode::kUnencodable,
          .obstacle = Obstacle::kOptions,
          .rule = FrameRule::kWrongOptions,
          .found = payload_size};
}

}  // namespace detail

// The same for framings in which a frame does not follow from its payload's size (escapes, a first
// frame of another shape, a preamble in front of it). EncodeTo() appends the next frame of the
// stream that `sent` stands for, with whatever must come before it, and advances `sent`; or refuses
// and leaves both as they were.
template <typename F>
concept StreamEncoder = StatefulScanner<F> && requires(const F& framer, ByteView payload,
                                                       StreamBuffer& out, typename F::State& sent) {
  { framer.EncodeTo(payload, out, sent) } -> std::same_as<std::optional<FrameError>>;
};

// The bytes around a payload on the wire, as FrameView::header() and trailer() have them, for
// encoders that put them there again.
struct FrameEnds {
  ByteView header;
  ByteView trailer;
};

template <typename F>
concept FrameEncoder = FrameWrapper<F> || StreamEncoder<F>;

// Decodes and encodes. Inverse: scanning what was encoded yields exactly that payload.
template <typename F>
concept Framer = FrameScanner<F> && FrameEncoder<F>;

namespace detail {

// Calls `use` with the framer itself, which inside an AnyFramer is the one that it holds: the
// choice is made once per call, however many frames that handles.
template <typename F, typename Use>
decltype(auto) WithFramer(const F& framer, Use&& use) {
  if constexpr (requires { framer.Visit(use); }) {
    return framer.Visit(use);
  } else {
    return use(framer);
  }
}

}  // namespace detail

// A limit always exists. A payload is at most this large unless the framer's options say otherwise;
// a frame held in one piece never exceeds the second number, whatever they say.
inline constexpr std::uint64_t kDefaultMaxPayload = std::uint64_t{8} << 20;
inline constexpr std::uint64_t kMaxContiguousPayload = std::uint64_t{1} << 30;

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAMER_H_
