// walk:json-seq, JSON text sequences (RFC 7464).

#ifndef UNSTICK_SRC_CORE_KINDS_JSON_SEQ_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_JSON_SEQ_KIND_H_

#include <cstddef>
#include <optional>

#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

//     | 1e | JSON text | 0a | 1e | ...
//
// A line feed inside a text is white space (jq --seq writes such texts), so the frame ends at the
// first one behind the value, or behind the byte that makes it no JSON: whether a text is right is
// for its reader to say, as section 2.1 wants it. A text that was given up ends in front of the
// next 1e. Several 1e in a row are one.
class JsonSeqKind final : public FrameKind {
 public:
  explicit JsonSeqKind(const PayloadLimits& limits) : limits_(limits) {}

  ScanResult Scan(ByteView window, std::uint64_t resume) const override;
  bool seeks() const override { return true; }
  SeekResult Seek(ByteView window, std::uint64_t resume, bool finished) const override;
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override;
  std::size_t max_frame_size() const override { return limits_.most() + 2; }
  FramePicture Picture() const override;

 private:
  ScanResult FindEnd(ByteView window, std::size_t from) const;
  FrameError TooLarge(ByteView window) const;

  PayloadLimits limits_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_JSON_SEQ_KIND_H_
