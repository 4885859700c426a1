// What a kind of framing must be able to say, so that a description chosen at run time can be put
// together from kinds: one of them by itself, or several behind a switch.

#ifndef UNSTICK_SRC_CORE_KINDS_FRAME_KIND_H_
#define UNSTICK_SRC_CORE_KINDS_FRAME_KIND_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "src/core/frame_picture.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::detail {

// Bounds on a payload. Every kind has them; both are inclusive and count payload bytes.
struct PayloadLimits {
  std::uint64_t min = 0;
  std::uint64_t max = kDefaultMaxPayload;

  std::size_t most() const {
    return static_cast<std::size_t>(max < kMaxContiguousPayload ? max : kMaxContiguousPayload);
  }
};

// A payload of `size` bytes in a frame of `wire_size` bytes (saturated) against the limits.
inline std::optional<FrameError> CheckLimits(const PayloadLimits& limits, std::uint64_t size,
                                             std::uint64_t wire_size) {
  if (size > limits.most()) {
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                      .recovery = Recovery::kKnownEnd,
                      .found = size,
                      .allowed = limits.most(),
                      .resume = wire_size};
  }
  if (size < limits.min) {
    return FrameError{
        .code = FrameErrorCode::kPayloadTooSmall, .found = size, .allowed = limits.min};
  }
  return std::nullopt;
}

// a + b and a * b, or the largest number there is.
inline std::uint64_t SaturatingAdd(std::uint64_t a, std::uint64_t b) {
  return a > ~std::uint64_t{0} - b ? ~std::uint64_t{0} : a + b;
}

inline std::uint64_t SaturatingMultiply(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > ~std::uint64_t{0} / b ? ~std::uint64_t{0} : a * b;
}

// A payload of `found` bytes is not encoded: so many are allowed (0: the length has no number for
// it), or something else stands in its way.
inline FrameError Refused(std::uint64_t found, std::uint64_t allowed) {
  return {.code = FrameErrorCode::kUnencodable, .found = found, .allowed = allowed};
}
inline FrameError Refused(std::uint64_t found, Obstacle obstacle) {
  return {.code = FrameErrorCode::kUnencodable, .obstacle = obstacle, .found = found};
}

// The refusal if a payload of `size` bytes breaks a limit.
inline std::optional<FrameError> RefuseSize(const PayloadLimits& limits, std::size_t size) {
  if (size > limits.most()) return Refused(size, limits.most());
  if (size < limits.min) return Refused(size, limits.min);
  return std::nullopt;
}

// Immutable; the laws of framer.h hold for Scan(). One virtual call a frame: the framings whose
// speed matters most are plain types (LengthFieldFramer and its kin) and never come here.
class FrameKind {
 public:
  virtual ~FrameKind() = default;

  virtual ScanResult Scan(ByteView window, std::uint64_t resume) const = 0;
  // The same for a stream that tells its byte order, which so far is `order`; and what the order is
  // behind a frame.
  virtual ScanResult ScanIn(std::endian /*order*/, ByteView window, std::uint64_t resume) const {
    return Scan(window, resume);
  }
  virtual std::endian OrderAfter(ByteView /*frame*/, std::endian before) const { return before; }
  // What the rest of the input means at its end; NeedMore: it is cut off.
  virtual ScanResult ScanFinal(ByteView rest) const {
    return NeedMore{.min_window = rest.size() + 1};
  }
  virtual ScanResult ScanFinalIn(std::endian /*order*/, ByteView rest) const {
    return ScanFinal(rest);
  }
  // Does a mark end each frame, so that its end is sure whatever stands before it?
  virtual bool ends_at_mark() const { return false; }
  // Passes over a frame that is being dropped (Recovery::kSeek), if this kind ever asks for that.
  virtual bool seeks() const { return false; }
  virtual SeekResult Seek(ByteView window, std::uint64_t /*resume*/, bool /*finished*/) const {
    return {.drop = window.size()};
  }
  // Appends one frame that reads back as exactly `payload`, or refuses and leaves `out` as it was.
  virtual std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const = 0;
  // The same in a stream that has told its byte order.
  virtual std::optional<FrameError> EncodeIn(std::endian /*order*/, ByteView payload,
                                             StreamBuffer& out) const {
    return Encode(payload, out);
  }
  // Writes the size of a payload into the bytes around it, which are another frame's. False: there
  // is no place for it, or nothing to change. Whether the frame reads back is for the caller to
  // see.
  virtual bool Refit(std::endian /*order*/, std::size_t /*payload_size*/, std::string& /*header*/,
                     std::string& /*trailer*/) const {
    return false;
  }
  // Appends a frame with the bytes of another one around its payload, in which the size is written
  // anew. Where the payload stands in chunks, those are written too.
  virtual void EncodeAround(std::endian order, ByteView payload, std::string header,
                            std::string trailer, StreamBuffer& out) const {
    Refit(order, payload.size(), header, trailer);
    for (const ByteView part : {AsBytes(header), payload, AsBytes(trailer)}) out.Append(part);
  }
  virtual std::size_t max_frame_size() const = 0;

  // What of a frame is delivered, whose payload Scan() has found: that, or what `strip` or `keep`
  // says. Limits and joining count the payload, whatever this is.
  virtual Extent Delivered(ByteView /*frame*/, const Extent& payload) const { return payload; }
  virtual bool delivers_payload() const { return true; }  // and nothing else, in every frame

  // Some kinds deliver a payload that does not lie in one piece on the wire. Those put it together
  // inside the frame's own bytes, after Scan() has found the frame good.
  virtual bool assembles() const { return false; }
  virtual Assembled Assemble(ByteSpan wire, const Extent& found) const {
    return {found, wire.size() - found.payload_offset - found.payload_size};
  }
  // True if payloads may be in several pieces on the wire, whatever is delivered of them.
  virtual bool in_pieces() const { return assembles(); }

  // What a frame looks like, for people.
  virtual FramePicture Picture() const = 0;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_FRAME_KIND_H_
