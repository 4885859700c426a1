// One stream through one framing, in pieces of one size: what was looked at to find its boundaries,
// and what the heap held meanwhile.

#ifndef UNSTICK_TESTS_LAWS_WORK_LAW_H_
#define UNSTICK_TESTS_LAWS_WORK_LAW_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "tests/support/heap_use.h"
#include "tests/support/work_count.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0::testing {

// A framer whose looks are counted: those of searches, and those that put payloads together.
class Watched {
 public:
  using State = AnyFramer::State;
  Watched(const AnyFramer& framer, std::uint64_t& searched, std::uint64_t& assembled)
      : framer_(&framer), searched_(&searched), assembled_(&assembled) {}

  ScanStep<State> Scan(ByteView window, ScanNote note, State state) const {
    const Counted counted(window, searched_);
    return framer_->Scan(window, note, state);
  }
  ScanStep<State> ScanFinal(ByteView rest, State state) const {
    const Counted counted(rest, searched_);
    return framer_->ScanFinal(rest, state);
  }
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished, State state,
                  SeekMemory& memory) const {
    const Counted counted(window, searched_);
    return framer_->Seek(window, resume, finished, state, memory);
  }
  bool SearchesCutOff(const NeedMore& more, State state) const {
    return framer_->SearchesCutOff(more, state);
  }
  bool assembles() const { return framer_->assembles(); }
  Assembled Assemble(ByteSpan wire, const Extent& found, State before) const {
    const Counted counted(wire, assembled_);
    return framer_->Assemble(wire, found, before);
  }
  std::size_t max_frame_size() const { return framer_->max_frame_size(); }

 private:
  class Counted {
   public:
    Counted(ByteView bytes, std::uint64_t* sum)
        : looking_(bytes), sum_(sum), before_(WorkSoFar().looked) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { *sum_ += WorkSoFar().looked - before_; }

   private:
    Looking looking_;
    std::uint64_t* sum_;
    std::uint64_t before_;
  };

  const AnyFramer* framer_;
  std::uint64_t* searched_;
  std::uint64_t* assembled_;
};

struct Costs {
  std::uint64_t fed = 0;        // bytes of the stream until its end or its error
  std::uint64_t frames = 0;     // and gaps
  std::uint64_t calls = 0;      // of the decoder
  std::uint64_t searched = 0;   // bytes looked at, once for each time
  std::uint64_t assembled = 0;  // the same, putting payloads together
  std::uint64_t steps = 0;      // all reads, writes and calls
  std::uint64_t heap = 0;       // the most that was held
  std::uint64_t heap_over = 0;  // the most that was held beside twice what was not delivered
};

// Gives up beyond `most` bytes looked at for each one fed, so that a square does not take its time.
inline Costs CostsOf(const AnyFramer& framer, std::string_view stream, std::size_t piece,
                     OnError on_error, std::uint64_t most) {
  Costs costs;
  const HeapUse heap;
  FrameDecoder<Watched> decoder(Watched(framer, costs.searched, costs.assembled), on_error);
  const std::uint64_t steps = WorkSoFar().steps;
  const auto held = [&costs](std::uint64_t bytes, std::uint64_t undelivered) {
    const std::uint64_t due = 2 * undelivered;
    costs.heap = std::max(costs.heap, bytes);
    costs.heap_over = std::max(costs.heap_over, bytes > due ? bytes - due : 0);
  };
  bool ended = false;
  while (!ended) {
    const ByteView rest = AsBytes(stream.substr(costs.fed));
    const std::size_t taken = decoder.Feed(rest.first(std::min(piece, rest.size())));
    costs.fed += taken;
    if (rest.empty()) decoder.Finish();
    // What a piece left behind is given back before the next one, so it counts for both.
    const std::size_t undelivered = decoder.Unread().size();
    for (;;) {
      const std::size_t before = heap.now();
      const HeapUse meanwhile;
      const auto kind = decoder.Next().kind();
      ++costs.calls;
      if (!rest.empty()) held(before + meanwhile.at_most(), undelivered);
      ended = kind == DecodeResult::Kind::kError || kind == DecodeResult::Kind::kEnd;
      if (ended || kind == DecodeResult::Kind::kNeedMore) break;
      ++costs.frames;
    }
    if (costs.searched + costs.assembled > most * (costs.fed + 4096)) break;
  }
  costs.steps = WorkSoFar().steps - steps;
  return costs;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_LAWS_WORK_LAW_H_
