// A framer by reference: what many streams share one of.

#ifndef UNSTICK_ASIO_DETAIL_FRAMER_REF_H_
#define UNSTICK_ASIO_DETAIL_FRAMER_REF_H_

#include <cstddef>

#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0::aio::detail {

template <typename F>
struct StateAlias {};
template <StatefulScanner F>
struct StateAlias<F> {
  using State = typename F::State;
};

// Scans as `F` does, in the size of a pointer. The framer must outlive it.
template <FrameScanner F>
class FramerRef : public StateAlias<F> {
 public:
  explicit FramerRef(const F& framer) : framer_(&framer) {}

  ScanResult Scan(ByteView window, std::size_t resume) const
    requires StatelessScanner<F>
  {
    return framer_->Scan(window, resume);
  }
  template <typename State>
  ScanStep<State> Scan(ByteView window, std::size_t resume, State state) const
    requires StatefulScanner<F>
  {
    return framer_->Scan(window, resume, state);
  }
  ScanResult ScanFinal(ByteView rest) const
    requires HasScanFinal<F>
  {
    return framer_->ScanFinal(rest);
  }
  SeekResult Seek(ByteView window, std::size_t resume, bool finished) const
    requires HasSeek<F>
  {
    return framer_->Seek(window, resume, finished);
  }
  std::size_t max_frame_size() const { return framer_->max_frame_size(); }

 private:
  const F* framer_;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_ASIO_DETAIL_FRAMER_REF_H_
