// A complete frame, borrowed, and the outcomes of asking a decoder for the next one.

#ifndef UNSTICK_CORE_FRAME_VIEW_H_
#define UNSTICK_CORE_FRAME_VIEW_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0 {

// A frame inside memory that a decoder (or the caller, for FrameCursor) owns. Valid until the next
// Prepare(), Feed() or Trim() on its decoder, or the decoder's end; Next() and Drain() do not
// invalidate earlier views. 32 bytes, cheap to copy; sizes fit because a frame in one piece is
// bounded (kMaxContiguousPayload).
class UNSTICK_VIEW FrameView {
 public:
  FrameView() = default;
  FrameView(const std::byte* wire, const Extent& extent, std::uint64_t stream_offset,
            bool assembled = false, std::size_t trailer_size = 0)
      : wire_(wire),
        stream_offset_(stream_offset),
        wire_size_(static_cast<std::uint32_t>(extent.wire_size)),
        payload_offset_(static_cast<std::uint32_t>(extent.payload_offset)),
        payload_size_(static_cast<std::uint32_t>(extent.payload_size)),
        trailer_size_(trailer_size & kMost),
        assembled_(assembled) {}

  ByteView payload() const { return {wire_ + payload_offset_, payload_size_}; }
  ByteView wire() const {
    return {wire_, assembled() ? 0 : wire_size_};
  }  // header + payload + trailer
  // What stands before and after the payload on the wire, also where wire() is empty. Of a payload
  // that was put together from fragments these are the first one's header and the last one's
  // trailer; from chunks, what stands before the first chunk's size, and the last, empty chunk.
  ByteView header() const { return {wire_, payload_offset_}; }
  ByteView trailer() const {
    const std::size_t size =
        assembled() ? trailer_size_ : wire_size_ - payload_offset_ - payload_size_;
    return {wire_ + wire_size_ - size, size};
  }
  std::size_t wire_size() const { return wire_size_; }
  // True if the payload was put together in place: then wire() is empty, though wire_size() is not.
  bool assembled() const { return assembled_ != 0; }
  std::string_view text() const { return AsText(payload()); }
  std::size_t payload_offset() const { return payload_offset_; }   // from wire()[0]
  std::uint64_t stream_offset() const { return stream_offset_; }   // of wire()[0]
  std::string CopyPayload() const { return std::string(text()); }  // how to keep it

 private:
  const std::byte* wire_ = nullptr;
  std::uint64_t stream_offset_ = 0;
  std::uint32_t wire_size_ = 0;
  std::uint32_t payload_offset_ = 0;
  std::uint32_t payload_size_ = 0;
  static constexpr std::size_t kMost = 0x7fffffff;
  std::uint32_t trailer_size_ : 31 = 0;  // of a payload that was put together
  std::uint32_t assembled_ : 1 = 0;
};

// One bad stretch that a recovering decoder passed over: why, and how many bytes it dropped,
// counted from why.offset.
struct Gap {
  FrameError why;
  std::uint64_t skipped = 0;
  friend bool operator==(const Gap&, const Gap&) = default;
};

// A frame, "feed me", the clean end, an error, or (in a recovering decoder only) a gap. True in a
// condition iff it is a frame. Borrows from its decoder like FrameView. After Finish() kNeedMore
// cannot happen; before it kEnd cannot.
class [[nodiscard]] UNSTICK_VIEW DecodeResult {
 public:
  enum class Kind : std::uint8_t { kFrame, kNeedMore, kEnd, kError, kGap };

  static DecodeResult Frame(const FrameView& frame) { return DecodeResult(frame); }
  static DecodeResult NeedMore(std::size_t bytes) {
    DecodeResult result(Kind::kNeedMore);
    result.needed_ = bytes;
    return result;
  }
  static DecodeResult End() { return DecodeResult(Kind::kEnd); }
  static DecodeResult Error(const FrameError& error UNSTICK_LIFETIME_BOUND) {
    DecodeResult result(Kind::kError);
    result.error_ = &error;
    return result;
  }
  static DecodeResult OfGap(const Gap& gap UNSTICK_LIFETIME_BOUND) {
    DecodeResult result(Kind::kGap);
    result.gap_ = &gap;
    return result;
  }

  Kind kind() const { return kind_; }
  explicit operator bool() const { return kind_ == Kind::kFrame; }

  const FrameView& operator*() const UNSTICK_LIFETIME_BOUND {  // REQUIRES: kFrame
    assert(kind_ == Kind::kFrame);
    return frame_;
  }
  const FrameView* operator->() const UNSTICK_LIFETIME_BOUND { return &**this; }
  std::size_t bytes_needed() const {  // at least so many more bytes. REQUIRES: kNeedMore
    assert(kind_ == Kind::kNeedMore);
    return needed_;
  }
  const FrameError& error() const {  // REQUIRES: kError
    assert(kind_ == Kind::kError);
    return *error_;
  }
  const Gap& gap() const {  // REQUIRES: kGap
    assert(kind_ == Kind::kGap);
    return *gap_;
  }

 private:
  explicit DecodeResult(Kind kind) : kind_(kind), needed_(0) {}
  explicit DecodeResult(const FrameView& frame) : kind_(Kind::kFrame), frame_(frame) {}

  Kind kind_;
  union {
    FrameView frame_;
    std::size_t needed_;
    const FrameError* error_;
    const Gap* gap_;
  };
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_VIEW_H_
