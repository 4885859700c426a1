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

// A framer whose searches are watched. Putting a payload together is none of them.
class Watched {
 public:
  using State = AnyFramer::State;
  explicit Watched(AnyFramer framer) : framer_(std::move(framer)) {}

  ScanStep<State> Scan(ByteView window, std::size_t resume, State state) const {
    const Looking looking(window);
    return framer_.Scan(window, resume, state);
  }
  ScanStep<State> ScanFinal(ByteView rest, State state) const {
    const Looking looking(rest);
    return framer_.ScanFinal(rest, state);
  }
  SeekResult Seek(ByteView window, std::size_t resume, bool finished, State state,
                  SeekMemory& memory) const {
    const Looking looking(window);
    return framer_.Seek(window, resume, finished, state, memory);
  }
  bool SearchesCutOff(const NeedMore& more, State state) const {
    return framer_.SearchesCutOff(more, state);
  }
  std::size_t max_frame_size() const { return framer_.max_frame_size(); }

 private:
  AnyFramer framer_;
};

struct Costs {
  std::uint64_t fed = 0;     // bytes of the stream until its end or its error
  std::uint64_t frames = 0;  // and gaps
  std::uint64_t calls = 0;   // of the decoder
  Work work;
  std::uint64_t heap_over = 0;  // the most that the heap held beside twice what was not delivered
};

// Gives up beyond `most` bytes looked at for each one fed, so that a square does not take its time.
inline Costs CostsOf(const AnyFramer& framer, std::string_view stream, std::size_t piece,
                     OnError on_error, std::uint64_t most) {
  Costs costs;
  const HeapUse heap;
  FrameDecoder<Watched> decoder(Watched(framer), on_error);
  const Work before = WorkSoFar();
  const auto most_beside = [&costs](std::uint64_t held, std::uint64_t undelivered) {
    const std::uint64_t due = 2 * undelivered;
    costs.heap_over = std::max(costs.heap_over, held > due ? held - due : 0);
  };
  bool ended = false;
  while (!ended) {
    const ByteView rest = AsBytes(stream.substr(costs.fed));
    const std::size_t taken = decoder.Feed(rest.first(std::min(piece, rest.size())));
    costs.fed += taken;
    if (rest.empty()) decoder.Finish();
    most_beside(heap.now(), decoder.Unread().size());
    for (;;) {
      const HeapUse meanwhile;  // what a search takes for itself
      const auto kind = decoder.Next().kind();
      ++costs.calls;
      most_beside(meanwhile.at_most(), 0);
      ended = kind == DecodeResult::Kind::kError || kind == DecodeResult::Kind::kEnd;
      if (ended || kind == DecodeResult::Kind::kNeedMore) break;
      ++costs.frames;
    }
    const std::uint64_t looked = WorkSoFar().looked - before.looked;
    if (looked > most * (costs.fed + 4096)) break;
  }
  const Work after = WorkSoFar();
  costs.work = {after.looked - before.looked, after.steps - before.steps};
  return costs;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_LAWS_WORK_LAW_H_
