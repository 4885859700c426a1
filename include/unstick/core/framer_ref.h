// A framer by reference: what many streams share one of.

#ifndef UNSTICK_CORE_FRAMER_REF_H_
#define UNSTICK_CORE_FRAMER_REF_H_

#include <cstddef>
#include <utility>

#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0 {

namespace detail {

template <typename F>
struct StateAlias {};
template <StatefulScanner F>
struct StateAlias<F> {
  using State = typename F::State;
};

}  // namespace detail

// Scans as `F` does, in the size of a pointer: for many decoders of one framing. The framer must
// outlive it.
template <FrameScanner F>
class FramerRef : public detail::StateAlias<F> {
 public:
  explicit FramerRef(const F& framer) : framer_(&framer) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const
    requires StatelessScanner<F>
  {
    return framer_->Scan(window, resume);
  }
  template <typename State>
  ScanStep<State> Scan(ByteView window, std::uint64_t resume, State state) const
    requires StatefulScanner<F>
  {
    return framer_->Scan(window, resume, state);
  }
  template <typename State>
  ScanStep<State> Scan(ByteView window, ScanNote note, State state) const
    requires detail::TakesScanNote<F>
  {
    return framer_->Scan(window, note, state);
  }
  template <typename Sink>
  std::size_t ScanRun(ByteView window, Sink&& sink) const
    requires ScansRuns<F>
  {
    return framer_->ScanRun(window, std::forward<Sink>(sink));
  }
  ScanResult ScanFinal(ByteView rest) const
    requires HasScanFinal<F>
  {
    return framer_->ScanFinal(rest);
  }
  template <typename State>
  ScanStep<State> ScanFinal(ByteView rest, State state) const
    requires HasStatefulScanFinal<F>
  {
    return framer_->ScanFinal(rest, state);
  }
  bool assembles() const
    requires AssemblesFrames<F>
  {
    return framer_->assembles();
  }
  template <typename State>
  auto Assemble(ByteSpan wire, const Extent& found, State before) const
    requires AssemblesFrames<F>
  {
    return framer_->Assemble(wire, found, before);
  }
  template <typename State>
  bool AwaitsPreamble(State state) const
    requires HasPreamble<F>
  {
    return framer_->AwaitsPreamble(state);
  }
  template <typename Visitor>
  decltype(auto) Visit(Visitor&& visitor) const
    requires requires(const F& framer) { framer.Visit(visitor); }
  {
    return framer_->Visit(visitor);
  }
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const
    requires HasSeek<F>
  {
    return framer_->Seek(window, resume, finished);
  }
  template <typename State>
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished, State state,
                  SeekMemory& memory) const
    requires HasProvingSeek<F>
  {
    return framer_->Seek(window, resume, finished, state, memory);
  }
  template <typename State>
  bool SearchesCutOff(const NeedMore& more, State state) const
    requires HasProvingSeek<F>
  {
    return framer_->SearchesCutOff(more, state);
  }
  bool IsOwnStart(ByteView head) const
    requires HasOwnStart<F>
  {
    return framer_->IsOwnStart(head);
  }
  std::size_t max_frame_size() const { return framer_->max_frame_size(); }

 private:
  const F* framer_;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAMER_REF_H_
