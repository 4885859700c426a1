// The plain framers as kinds, so that clauses and switches can stand on them.

#ifndef UNSTICK_SRC_CORE_KINDS_PLAIN_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_PLAIN_KIND_H_

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "src/core/kinds/frame_kind.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"

namespace unstick::inline v0::detail {

FramePicture PictureOf(const DelimiterFramer& framer);
FramePicture PictureOf(const FixedFramer& framer);
FramePicture PictureOf(const HeaderFramer& framer);

template <Framer F>
class PlainKind final : public FrameKind {
 public:
  explicit PlainKind(F framer) : framer_(std::move(framer)) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    return framer_.Scan(window, resume);
  }
  ScanResult ScanFinal(ByteView rest) const override {
    if constexpr (HasScanFinal<F>) return framer_.ScanFinal(rest);
    return FrameKind::ScanFinal(rest);
  }
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const override {
    if constexpr (HasSeek<F>) return framer_.Seek(window, resume, finished);
    return FrameKind::Seek(window, resume, finished);
  }
  bool seeks() const override { return HasSeek<F>; }
  bool ends_at_mark() const override { return std::is_same_v<F, DelimiterFramer>; }
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    return AppendFrame(framer_, payload, out);
  }
  std::size_t max_frame_size() const override { return framer_.max_frame_size(); }
  FramePicture Picture() const override { return PictureOf(framer_); }
  const F& framer() const { return framer_; }

 private:
  F framer_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_PLAIN_KIND_H_
