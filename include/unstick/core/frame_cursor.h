// Frames out of bytes that are all there.

#ifndef UNSTICK_CORE_FRAME_CURSOR_H_
#define UNSTICK_CORE_FRAME_CURSOR_H_

#include <algorithm>
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
  FrameCursor(F&&, ByteView, ByteSpan, OnError = OnError::kFail) = delete;
  // For a framer that assembles payloads (others ignore it): it does so in `scratch`. One as large
  // as `bytes` has a place for each frame, so that all stay valid; a smaller one holds one frame at
  // a time, until the next Next(), and a frame larger than that is kPayloadTooLarge with
  // Obstacle::kScratch. So is each one without any.
  FrameCursor(const F& framer UNSTICK_LIFETIME_BOUND, ByteView bytes UNSTICK_LIFETIME_BOUND,
              ByteSpan scratch UNSTICK_LIFETIME_BOUND, OnError on_error = OnError::kFail)
      : framer_(framer),
        engine_(on_error),
        rest_(bytes),
        scratch_(scratch),
        place_for_each_(scratch.size() >= bytes.size()) {}

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
    const std::uint64_t offset = engine_.offset() - step.extent.wire_size;
    if constexpr (AssemblesFrames<F>) {
      if (framer_.assembles())
        return Assembled(at.first(step.extent.wire_size), step.extent, offset);
    }
    return DecodeResult::Frame(FrameView(at.data(), step.extent, offset));
  }

  // The bytes that no frame has taken yet.
  ByteView Unread() const { return rest_; }
  std::uint64_t stream_offset() const { return engine_.offset(); }

 private:
  DecodeResult Assembled(ByteView wire, const Extent& found, std::uint64_t offset) {
    if (wire.size() > scratch_.size()) {
      too_large_ = {.code = FrameErrorCode::kPayloadTooLarge,
                    .obstacle = Obstacle::kScratch,
                    .offset = offset,
                    .found = wire.size(),
                    .allowed = scratch_.size()};
      return DecodeResult::Error(too_large_);
    }
    const ByteSpan place = scratch_.first(wire.size());
    std::copy(wire.begin(), wire.end(), place.begin());
    if (place_for_each_) scratch_ = scratch_.subspan(wire.size());
    return DecodeResult::Frame(detail::AssembledView(
        place, framer_.Assemble(place, found, engine_.state_before()), offset));
  }

  const F& framer_;
  detail::ScanEngine<F> engine_;
  ByteView rest_;
  ByteSpan scratch_ = {};
  bool place_for_each_ = false;
  FrameError too_large_ = {};
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_CURSOR_H_
