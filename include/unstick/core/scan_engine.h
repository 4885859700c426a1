// The one loop around Scan(): what the decoders share. Users meet FrameDecoder and FrameCursor.

#ifndef UNSTICK_CORE_SCAN_ENGINE_H_
#define UNSTICK_CORE_SCAN_ENGINE_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0 {

// What a decoder does about a frame that is wrong. Whatever it is, frames before it come first.
enum class OnError : std::uint8_t {
  kFail,    // report it, and again on every later call: errors do not wear off
  kSkip,    // drop an over-long frame whose end is known or will be, or a bad one that a mark
            // ended, and report the gap
  kResync,  // also search for the next provable boundary, if the framing has one
};

namespace detail {

// Hands a frame to a sink. A sink that returns nothing never says stop.
template <typename Sink>
bool Deliver(Sink& sink, const FrameView& frame) {
  if constexpr (std::is_same_v<std::invoke_result_t<Sink&, const FrameView&>, bool>) {
    return sink(frame);
  } else {
    sink(frame);
    return true;
  }
}

// A frame whose payload was put together inside `wire`.
template <typename Put>
FrameView AssembledView(ByteSpan wire, const Put& put, std::uint64_t offset) {
  if constexpr (requires { put.trailer_size; }) {
    return {wire.data(), put, offset, true, put.trailer_size};
  } else {
    return {wire.data(), put, offset, true};
  }
}

// Walks one stream. The caller owns the bytes; each Step() is told which are there and answers how
// many of them are dealt with.
//
//               Extent, Skip                       dropped all
//                 +-----+        known end         +-----+
//                 v     |     .------------>       v     |
//              kFraming ------                  kDropping   --> gap, back to kFraming
//                 |     |     '------------>    kSeeking  \       (found, or dropped all)
//                 |     |          seek            ^      |
//                 |     '--> kFailed (sticky)      '------'
//                 '--------> kEnded
template <FrameScanner F>
class ScanEngine {
 public:
  using State = StreamState<F>;

  struct Step {
    DecodeResult::Kind kind;
    std::size_t dropped = 0;  // bytes of no frame in front of the answer
    Extent extent{};          // kFrame: starts `dropped` bytes into the window
    std::size_t needed = 0;   // kNeedMore: at least so many more bytes
  };

  explicit ScanEngine(OnError on_error, std::uint64_t offset = 0)
      : on_error_(on_error), offset_(offset) {}

  std::uint64_t offset() const { return offset_; }
  // Where the frame in progress began, or the gap: bytes that are dropped do not move it.
  std::uint64_t began() const {
    return mode_ == Mode::kDropping || mode_ == Mode::kSeeking ? gap_.why.offset : offset_;
  }
  bool framing() const { return mode_ == Mode::kFraming; }
  // Nothing has been told that a new engine at offset() would not know.
  bool at_rest() const {
    if constexpr (std::equality_comparable<State>) {
      return mode_ == Mode::kFraming && state_ == State();
    } else {
      return false;
    }
  }
  bool done() const { return mode_ == Mode::kFailed || mode_ == Mode::kEnded; }
  const FrameError& error() const { return gap_.why; }
  const Gap& gap() const { return gap_; }
  const State& state_before() const { return before_; }  // of the last frame that Next() answered
  std::uint64_t preamble_size() const { return preamble_size_; }
  // How many bytes more than `held` it takes before anything new can be said; 0 if unknown.
  std::size_t Awaits(std::size_t held) const {
    return mode_ == Mode::kFraming && held < min_window_ ? min_window_ - held : 0;
  }

  // `window` holds the stream's bytes from offset() on; `finished` says that no more will come.
  // The caller forgets `dropped` bytes, and for a frame extent.wire_size more.
  Step Next(const F& framer, ByteView window, bool finished) {
    Step step{DecodeResult::Kind::kNeedMore};
    if (NextOfRun(framer, window, step)) return step;
    for (;;) {
      const ByteView rest = window.subspan(step.dropped);
      bool answered = true;
      switch (mode_) {
        case Mode::kFraming:
          answered = Frame(framer, rest, finished, step);
          break;
        case Mode::kDropping:
          Drop(static_cast<std::size_t>(std::min<std::uint64_t>(to_drop_, rest.size())), step);
          answered = to_drop_ == 0 ? CloseGap(step) : Starved(to_drop_, finished, step);
          break;
        case Mode::kSeeking:
          answered = Seek(framer, rest, finished, step);
          break;
        case Mode::kFailed:
          step.kind = DecodeResult::Kind::kError;
          break;
        case Mode::kEnded:
          step.kind = DecodeResult::Kind::kEnd;
          break;
      }
      if (answered) return step;
    }
  }

  // Hands every frame at the front of `window` to sink(FrameView) until something else than a
  // frame comes or the sink says stop. Returns how many bytes that covered. The tight loop: no
  // call to it changes what Next() would have said.
  template <typename Sink>
  std::size_t Frames(const F& framer, ByteView window, bool& stopped, Sink& sink) {
    if (window.size() < min_window_) return 0;
    return WithFramer(framer,
                      [&](const auto& chosen) { return FramesOf(chosen, window, stopped, sink); });
  }

 private:
  enum class Mode : std::uint8_t { kFraming, kDropping, kSeeking, kFailed, kEnded };

  template <typename G, typename Sink>
  std::size_t FramesOf(const G& framer, ByteView window, bool& stopped, Sink& sink) {
    std::size_t at = 0;
    while (at < window.size() && !stopped) {
      if constexpr (ScansRuns<G>) {
        if (resume_ == 0) at += RunOf(framer, window.subspan(at), stopped, sink);
        if (at == window.size() || stopped) break;
      }
      const ByteView rest = window.subspan(at);
      ScanStep<State> scan = Scan(framer, rest);
      if (const auto* more = std::get_if<NeedMore>(&scan.result)) {
        Wait(*more, rest);
        break;
      }
      const Extent* extent = std::get_if<Extent>(&scan.result);
      if (extent == nullptr || extent->wire_size - 1 >= rest.size()) break;
      at += extent->wire_size;
      offset_ += extent->wire_size;
      StartAnew();
      state_ = scan.next;
      stopped = !Deliver(sink, FrameView(rest.data(), *extent, offset_ - extent->wire_size));
    }
    return at;
  }

  // The shortest way to a frame that is there; false if that does not lead to one.
  bool NextOfRun(const F& framer, ByteView window, Step& step) {
    if constexpr (ScansRuns<F>) {
      if (mode_ != Mode::kFraming || resume_ != 0 || window.size() < min_window_) return false;
      const std::size_t run = framer.ScanRun(window, [&step](std::size_t, const Extent& extent) {
        step.extent = extent;
        return false;
      });
      if (run == 0) return false;
      step.kind = DecodeResult::Kind::kFrame;
      offset_ += run;
      min_window_ = 0;
      return true;
    } else {
      return false;
    }
  }

  template <ScansRuns G, typename Sink>
  std::size_t RunOf(const G& framer, ByteView window, bool& stopped, Sink& sink) {
    const std::uint64_t base = offset_;
    const std::size_t run = framer.ScanRun(window, [&](std::size_t at, const Extent& extent) {
      const bool go_on = Deliver(sink, FrameView(window.data() + at, extent, base + at));
      if (!go_on) stopped = true;
      return go_on;
    });
    if (run > 0) min_window_ = 0;
    offset_ += run;
    return run;
  }

  // `G` is F, or what an AnyFramer holds.
  template <typename G>
  ScanStep<State> Scan(const G& framer, ByteView window) const {
    if constexpr (TakesScanNote<G>) {
      return framer.Scan(window, ScanNote(resume_, outer_), state_);
    } else if constexpr (StatefulScanner<G>) {
      return framer.Scan(window, resume_, state_);
    } else {
      return {framer.Scan(window, resume_), state_};
    }
  }

  ScanStep<State> ScanFinal(const F& framer, ByteView rest) const {
    if constexpr (HasStatefulScanFinal<F>) {
      return framer.ScanFinal(rest, state_);
    } else {
      return {framer.ScanFinal(rest), state_};
    }
  }

  void Drop(std::size_t n, Step& step) {
    step.dropped += n;
    offset_ += n;
    to_drop_ -= n;
  }

  // Each of the following answers true when `step` is complete, false to go round the loop again.

  bool Frame(const F& framer, ByteView rest, bool finished, Step& step) {
    if (rest.empty() && finished) {
      mode_ = Mode::kEnded;
      return false;
    }
    if (rest.size() < min_window_ && !finished) return NotYet(rest, step);  // by the law Honest
    ScanStep<State> scan = Scan(framer, rest);
    if (const auto* more = std::get_if<NeedMore>(&scan.result)) {
      if (finished) return FrameAtEnd(framer, rest, *more, step);
      Wait(*more, rest);
      return NotYet(rest, step);
    }
    return Settle(framer, rest, scan, step);
  }

  void StartAnew() {
    resume_ = outer_ = 0;
    min_window_ = 0;
  }

  void Wait(const NeedMore& more, ByteView rest) {
    resume_ = more.note().note;
    outer_ = more.note().outer;
    min_window_ = std::max(more.min_window, rest.size() + 1);
  }

  bool NotYet(ByteView rest, Step& step) {
    step.needed = min_window_ - rest.size();
    return true;
  }

  // No more bytes will come, and the scanner wants some.
  bool FrameAtEnd(const F& framer, ByteView rest, const NeedMore& more, Step& step) {
    std::size_t frame_size = more.frame_size;
    bool searches = false;
    if constexpr (HasProvingSeek<F>) {
      searches = on_error_ == OnError::kResync && framer.SearchesCutOff(more, state_);
    }
    if constexpr (HasScanFinal<F> || HasStatefulScanFinal<F>) {
      ScanStep<State> last = ScanFinal(framer, rest);
      const auto* cut_off = std::get_if<NeedMore>(&last.result);
      if (cut_off == nullptr) return Settle(framer, rest, last, step);
      frame_size = std::max(frame_size, cut_off->frame_size);
    }
    const FrameError truncated{
        .code = FrameErrorCode::kTruncated, .found = rest.size(), .allowed = frame_size};
    const std::uint64_t start = offset_;
    if (searches && FoundInside(framer, rest, step)) {
      gap_.why = Noted(framer, truncated.With(rest));
      gap_.why.offset = start;
      return CloseGap(step);
    }
    Fail(Noted(framer, truncated.With(rest)));
    return false;
  }

  // Passes over a frame that is cut off if another one starts in what there is of it.
  bool FoundInside(const F& framer, ByteView rest, Step& step) {
    if constexpr (HasProvingSeek<F>) {
      SeekMemory memory;
      const SeekResult seek = framer.Seek(rest.subspan(1), 0, true, state_, memory);
      if (!seek.found) return false;
      to_drop_ = seek.drop + 1;
      Drop(seek.drop + 1, step);
      return true;
    }
    (void)framer;
    (void)rest;
    (void)step;
    return false;
  }

  // The scanner has decided.
  bool Settle(const F& framer, ByteView rest, const ScanStep<State>& scan, Step& step) {
    std::size_t covered = 0;
    (void)framer;  // only some have a preamble
    if (const auto* extent = std::get_if<Extent>(&scan.result)) {
      covered = extent->wire_size;
      step.kind = DecodeResult::Kind::kFrame;
      step.extent = *extent;
    } else if (const auto* skip = std::get_if<Skip>(&scan.result)) {
      covered = skip->bytes;
      step.dropped += covered;
      if constexpr (HasPreamble<F>) {
        if (framer.AwaitsPreamble(state_)) {
          preamble_size_ = static_cast<std::uint32_t>(covered);  // a preamble is at most a frame
        }
      }
    } else {
      Broken(Noted(framer, *std::get_if<FrameError>(&scan.result)));
      return false;
    }
    if (covered - 1 >= rest.size()) {  // a scanner that breaks Progress must not hang its caller
      Fail({.code = FrameErrorCode::kMalformedLength, .found = covered, .allowed = rest.size()});
      return false;
    }
    offset_ += covered;
    StartAnew();
    before_ = state_;
    state_ = scan.next;
    return step.kind == DecodeResult::Kind::kFrame;
  }

  static FrameError Noted(const F& framer, FrameError error) {
    (void)framer;  // only some know how their streams start
    if constexpr (HasOwnStart<F>) {
      error.own_start = framer.IsOwnStart(ByteView(error.head).first(error.head_size));
    }
    return error;
  }

  void Broken(const FrameError& error) {
    constexpr bool kSeeks = HasSeek<F> || HasProvingSeek<F>;
    const bool resync = on_error_ == OnError::kResync;
    const bool seek = error.recovery == Recovery::kSeek;
    // The end of a bad frame is believed where a mark showed it; that of one that is too large is
    // where its length says, unless a search may show that to be wrong.
    const bool skips =
        on_error_ == OnError::kSkip &&
        ((error.code == FrameErrorCode::kPayloadTooLarge && !(seek && error.unproven)) ||
         error.recovery == Recovery::kMarkedEnd);
    if ((!resync && !skips) || error.recovery == Recovery::kNone) return Fail(error);
    if (seek && !kSeeks) return Fail(error);
    gap_.why = error;
    gap_.why.offset = offset_;
    const bool search = seek || (resync && error.unproven && kSeeks);
    to_drop_ = search && !seek ? 1 : error.resume;
    StartAnew();
    mode_ = search ? Mode::kSeeking : Mode::kDropping;
  }

  bool Seek(const F& framer, ByteView rest, bool finished, Step& step) {
    const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(to_drop_, rest.size()));
    Drop(known, step);
    if (to_drop_ > 0) return Starved(to_drop_, finished, step);
    if constexpr (HasSeek<F> || HasProvingSeek<F>) {
      const ByteView ahead = rest.subspan(known);
      const SeekResult seek = SeekIn(framer, ahead, finished);
      to_drop_ = seek.found || !finished ? seek.drop : ahead.size();
      resume_ = seek.resume;
      Drop(static_cast<std::size_t>(to_drop_), step);
      if (seek.found) return CloseGap(step);
    }
    return Starved(1, finished, step);
  }

  SeekResult SeekIn(const F& framer, ByteView ahead, bool finished) {
    if constexpr (HasProvingSeek<F>) {
      if (memory_ == nullptr) memory_ = std::make_unique<SeekMemory>();
      return framer.Seek(ahead, resume_, finished, state_, *memory_);
    } else {
      return framer.Seek(ahead, resume_, finished);
    }
  }

  bool Starved(std::uint64_t needed, bool finished, Step& step) {
    if (finished) return CloseGap(step);
    step.needed = static_cast<std::size_t>(std::min<std::uint64_t>(needed, 1 << 30));
    return true;
  }

  bool CloseGap(Step& step) {
    gap_.skipped = offset_ - gap_.why.offset;
    to_drop_ = 0;
    StartAnew();
    if constexpr (HasProvingSeek<F>) memory_.reset();
    mode_ = Mode::kFraming;
    step.kind = DecodeResult::Kind::kGap;
    return true;
  }

  void Fail(const FrameError& error) {
    gap_.why = error;
    gap_.why.offset = offset_;
    mode_ = Mode::kFailed;
  }

  OnError on_error_;
  Mode mode_ = Mode::kFraming;
  [[no_unique_address]] State state_{};
  [[no_unique_address]] State before_{};
  std::uint32_t preamble_size_ = 0;
  std::uint64_t offset_ = 0;    // of the next byte that is not dealt with
  std::uint64_t resume_ = 0;    // the scanner's note about the frame in progress
  std::uint64_t outer_ = 0;     // its second word
  std::size_t min_window_ = 0;  // no shorter window can say more about that frame
  std::uint64_t to_drop_ = 0;   // bytes still to pass over
  // Of a search, while there is one.
  [[no_unique_address]] std::conditional_t<HasProvingSeek<F>, std::unique_ptr<SeekMemory>, NoState>
      memory_{};
  Gap gap_{};  // the open or last gap; its `why` is also the sticky error
};

}  // namespace detail
}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_SCAN_ENGINE_H_
