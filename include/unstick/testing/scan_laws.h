// The laws of Scan() itself, over one stream. See framer_laws.h for the door to all of them.

#ifndef UNSTICK_TESTING_SCAN_LAWS_H_
#define UNSTICK_TESTING_SCAN_LAWS_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/scan_engine.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0::testing {

inline std::string Describe(const ScanNote& note) {
  return std::to_string(note.note) +
         (note.outer != 0 ? " in " + std::to_string(note.outer) : std::string());
}

inline std::string Describe(const ScanResult& result) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  if (const auto* more = std::get_if<NeedMore>(&result)) {
    return "NeedMore{min_window " + number(more->min_window) + ", resume " +
           Describe(more->note()) + ", frame_size " + number(more->frame_size) + "}";
  }
  if (const auto* extent = std::get_if<Extent>(&result)) {
    return "Extent{wire_size " + number(extent->wire_size) + ", payload " +
           number(extent->payload_size) + " at " + number(extent->payload_offset) + "}";
  }
  if (const auto* skip = std::get_if<Skip>(&result)) return "Skip{" + number(skip->bytes) + "}";
  return "FrameError{" + std::get<FrameError>(result).ToString() + "}";
}

// Walks the frames of one stream. At each boundary the window grows from nothing, byte by byte (in
// larger steps where a frame is large), and every answer is held against the laws.
template <FrameScanner F>
class ScanLaws {
 public:
  ScanLaws(const F& framer, ByteView stream) : framer_(framer), stream_(stream) {}

  // Empty if all laws hold; else which one is broken, and how.
  std::string Check() {
    std::size_t at = 0;
    State state{};
    while (broken_.empty() && at <= stream_.size()) {
      const Answer answer = CheckBoundary(at, state);
      state = answer.next;
      if (const auto* extent = std::get_if<Extent>(&answer.result)) {
        at += extent->wire_size;
      } else if (const auto* skip = std::get_if<Skip>(&answer.result)) {
        at += skip->bytes;
      } else {
        const auto* error = std::get_if<FrameError>(&answer.result);
        const bool ends = error != nullptr && (error->recovery == Recovery::kKnownEnd ||
                                               error->recovery == Recovery::kMarkedEnd);
        if (!ends) break;
        if (error->resume == 0)
          return Break("Progress", "a bad frame of no bytes is to be dropped");
        if (error->resume > stream_.size() - at) break;
        at += static_cast<std::size_t>(error->resume);
      }
    }
    return broken_;
  }

  std::uint64_t windows() const { return windows_; }  // how many were scanned

 private:
  using State = StreamState<F>;
  using Answer = ScanStep<State>;

  Answer Scan(ByteView window, ScanNote note, const State& state) {
    ++windows_;
    if constexpr (detail::TakesScanNote<F>) {
      return framer_.Scan(window, note, state);
    } else if constexpr (StatefulScanner<F>) {
      return framer_.Scan(window, note.note, state);
    } else {
      return {framer_.Scan(window, note.note), {}};
    }
  }
  // Of a scanner that takes one word there is no more; of others the first one does by itself.
  static void Note(std::vector<ScanNote>& notes, const NeedMore& more) {
    Note(notes, ScanNote(more.resume));
    if (detail::TakesScanNote<F> && more.within.outer != 0) Note(notes, more.within);
  }

  // What the scanner says about the frame at `at` once it has seen enough, or all there is.
  Answer CheckBoundary(std::size_t at, const State& state) {
    at_ = at;
    const ByteView rest = stream_.subspan(at);
    Answer decided{NeedMore{}, {}};
    std::size_t decided_size = 0;
    std::size_t promised = 0;    // the largest min_window so far
    std::size_t frame_size = 0;  // as a NeedMore announced it
    std::vector<ScanNote> notes;
    for (std::size_t n = 0; n <= rest.size() && broken_.empty(); n = NextSize(n, rest, promised)) {
      const ByteView window = rest.first(n);
      const Answer answer = Scan(window, 0, state);
      CheckShape(window, answer.result);
      const bool was_decided = !std::holds_alternative<NeedMore>(decided.result);
      if (was_decided && !Same(answer, decided)) {
        Break("Stable", "its first " + std::to_string(decided_size) + " bytes are " +
                            Describe(decided.result) + ", its first " + std::to_string(n) +
                            " are " + Describe(answer.result));
      }
      if (const auto* more = std::get_if<NeedMore>(&answer.result)) {
        promised = std::max(promised, more->min_window);
        if (frame_size != 0 && more->frame_size != frame_size) {
          Break("Honest", "frame_size was " + std::to_string(frame_size) + " and became " +
                              std::to_string(more->frame_size));
        }
        frame_size = more->frame_size;
        Note(notes, *more);
      } else if (!was_decided) {
        decided = answer;
        decided_size = n;
        CheckPromises(n, promised, frame_size, answer.result);
        if constexpr (ScansRuns<F>) CheckRun(window, answer.result);
      }
      for (std::size_t i = 0; i < notes.size() && broken_.empty(); ++i) {
        CheckResume(window, notes[i], state, answer, notes);
      }
      if (was_decided && n > decided_size + 8 && n + 1 < rest.size()) n = rest.size() - 1;
    }
    CheckFinal(rest, state, decided.result);
    if constexpr (ScansRuns<F>) CheckRun(rest, decided.result);
    return decided;
  }

  // Every size for small windows; for large ones steps, but never past where an answer is due.
  static std::size_t NextSize(std::size_t n, ByteView rest, std::size_t promised) {
    const std::size_t step = n < 256 ? 1 : n / 16;
    std::size_t next = n + step;
    for (const std::size_t due : {promised - 1, promised, rest.size()}) {
      if (due > n && due < next && promised > 0) next = due;
    }
    return next > rest.size() && n < rest.size() ? rest.size() : next;
  }

  void CheckShape(ByteView window, const ScanResult& result) {
    const std::string of = Describe(result) + " for a window of " + std::to_string(window.size());
    const std::size_t bound = framer_.max_frame_size();
    if (const auto* more = std::get_if<NeedMore>(&result)) {
      if (more->min_window <= window.size()) Break("Progress", of);
      if (more->min_window > bound || more->frame_size > bound) Break("Bounded", of);
    } else if (const auto* extent = std::get_if<Extent>(&result)) {
      if (extent->wire_size == 0 || extent->wire_size > window.size()) Break("Progress", of);
      if (extent->wire_size > bound) Break("Bounded", of);
      if (extent->payload_offset > extent->wire_size ||
          extent->payload_size > extent->wire_size - extent->payload_offset) {
        Break("Bounded", "the payload is not inside the frame: " + of);
      }
    } else if (const auto* skip = std::get_if<Skip>(&result)) {
      if (skip->bytes == 0 || skip->bytes > window.size()) Break("Progress", of);
    }
  }

  // A run starts with what Scan() says, and goes on with what it would say next.
  void CheckRun(ByteView window, const ScanResult& first) {
    std::size_t expected_at = 0;
    ScanResult expected = first;
    std::size_t stop_after = ~std::size_t{0};
    const auto check = [&](std::size_t at, const Extent& extent) {
      if (at != expected_at || !(expected == ScanResult(extent))) {
        Break("Run", "a run says " + Describe(extent) + " at " + std::to_string(at) +
                         ", Scan() at " + std::to_string(expected_at) + " " + Describe(expected));
        return false;
      }
      expected_at += extent.wire_size;
      expected = framer_.Scan(window.subspan(expected_at), 0);
      return --stop_after != 0;
    };
    const std::size_t all = framer_.ScanRun(window, check);
    if (all != expected_at)
      Break("Run", "it covers " + std::to_string(all) + " bytes, its frames " +
                       std::to_string(expected_at));
    if (all == 0) return;
    expected_at = 0;
    expected = first;
    stop_after = 1;
    const std::size_t one = framer_.ScanRun(window, check);
    if (one != expected_at) Break("Run", "it went on when its sink said stop");
  }

  // The first decision, at a window of `n`, against what the NeedMores before it said.
  void CheckPromises(std::size_t n, std::size_t promised, std::size_t frame_size,
                     const ScanResult& result) {
    if (n < promised) {
      Break("Honest", "no window under " + std::to_string(promised) +
                          " was to say more, yet one of " + std::to_string(n) + " says " +
                          Describe(result));
    }
    const auto* extent = std::get_if<Extent>(&result);
    if (extent != nullptr && frame_size != 0 && extent->wire_size != frame_size) {
      Break("Honest", "frame_size was " + std::to_string(frame_size) + ", but the frame is " +
                          Describe(result));
    }
  }

  void CheckResume(ByteView window, const ScanNote& note, const State& state, const Answer& fresh,
                   std::vector<ScanNote>& notes) {
    const Answer resumed = Scan(window, note, state);
    if (!Same(resumed, fresh)) {
      Break("Resume", "with the note " + Describe(note) + " its first " +
                          std::to_string(window.size()) + " bytes are " + Describe(resumed.result) +
                          ", without " + Describe(fresh.result));
    }
    if (const auto* more = std::get_if<NeedMore>(&resumed.result)) Note(notes, *more);
  }

  void CheckFinal(ByteView rest, const State& state, const ScanResult& undecided) {
    if (rest.empty() || !std::holds_alternative<NeedMore>(undecided) || !broken_.empty()) return;
    ScanResult last = NeedMore{};
    if constexpr (HasScanFinal<F>) last = framer_.ScanFinal(rest);
    if constexpr (HasStatefulScanFinal<F>) last = framer_.ScanFinal(rest, state).result;
    if (!std::holds_alternative<NeedMore>(last)) CheckShape(rest, last);
    (void)state;
  }

  // Notes about one frame; a long frame's are thinned out, the newest always kept.
  static void Note(std::vector<ScanNote>& notes, const ScanNote& note) {
    if (std::find(notes.begin(), notes.end(), note) != notes.end()) return;
    if (notes.size() >= 16)
      notes.erase(notes.begin() + static_cast<std::ptrdiff_t>((note.note ^ note.outer) % 15));
    notes.push_back(note);
  }

  // A note is the scanner's own business, so two NeedMores may differ in it.
  static bool Same(const Answer& a, const Answer& b) {
    const auto* x = std::get_if<NeedMore>(&a.result);
    const auto* y = std::get_if<NeedMore>(&b.result);
    if (x != nullptr && y != nullptr) {
      return x->min_window == y->min_window && x->frame_size == y->frame_size;
    }
    if (!(a.result == b.result)) return false;
    if constexpr (std::equality_comparable<State>) {
      return a.next == b.next;
    } else if constexpr (std::has_unique_object_representations_v<State>) {
      return std::memcmp(&a.next, &b.next, sizeof(State)) == 0;
    }
    return true;
  }

  std::string Break(const char* law, const std::string& how) {
    if (broken_.empty()) {
      broken_ = std::string(law) + " is broken for " + Hex(stream_.subspan(at_)) + " (offset " +
                std::to_string(at_) + " of the stream): " + how;
    }
    return broken_;
  }

  const F& framer_;
  ByteView stream_;
  std::size_t at_ = 0;  // the boundary in hand
  std::uint64_t windows_ = 0;
  std::string broken_;
};

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTING_SCAN_LAWS_H_
