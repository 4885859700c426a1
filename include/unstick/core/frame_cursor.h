// Frames out of bytes that are all there.

#ifndef UNSTICK_CORE_FRAME_CURSOR_H_
#define UNSTICK_CORE_FRAME_CURSOR_H_

#include <cstdint>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/scan_engine.h"

namespace unstick::inline v0 {

// FrameDecoder over bytes that are all there (a datagram, a mapped file): copies nothing, owns
// nothing, is never kNeedMore. `framer` and `bytes` must outlive it and the frames it gave.
template <FrameScanner F>
class FrameCursor {
 public:
  FrameCursor(const F& framer UNSTICK_LIFETIME_BOUND, ByteView bytes UNSTICK_LIFETIME_BOUND,
              OnError on_error = OnError::kFail)
      : framer_(framer), engine_(on_error), rest_(bytes) {}
  FrameCursor(F&&, ByteView, OnError = OnError::kFail) = delete;

  DecodeResult Next() UNSTICK_LIFETIME_BOUND {
    const auto step = engine_.Next(framer_, rest_, true);
    const ByteView at = rest_.subspan(step.dropped);
    rest_ = at;
    switch (step.kind) {
      case DecodeResult::Kind::kError:
        return DecodeResult::Error(engine_.error());
      case DecodeResult::Kind::kGap:
        return DecodeResult::OfGap(engine_.gap());
      case DecodeResult::Kind::kFrame:
        break;
      case DecodeResult::Kind::kEnd:
      case DecodeResult::Kind::kNeedMore:
        return DecodeResult::End();
    }
    rest_ = at.subspan(step.extent.wire_size);
    return DecodeResult::Frame(
        FrameView(at.data(), step.extent, engine_.offset() - step.extent.wire_size));
  }

  // The bytes that no frame has taken yet.
  ByteView Unread() const { return rest_; }
  std::uint64_t stream_offset() const { return engine_.offset(); }

 private:
  const F& framer_;
  detail::ScanEngine<F> engine_;
  ByteView rest_;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_CURSOR_H_
