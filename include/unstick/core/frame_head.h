// The head of a frame whose payload is not held in one piece: how large it will be, before it is
// there.

#ifndef UNSTICK_CORE_FRAME_HEAD_H_
#define UNSTICK_CORE_FRAME_HEAD_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/bytes.h"
#include "unstick/core/crc32c.h"
#include "unstick/core/frame_error.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {

//     | header         | payload        | padding, trailer |
//     0                payload_offset                      wire_size
struct FrameHead {
  std::uint64_t wire_size = 0;
  std::size_t payload_offset = 0;
  std::uint64_t payload_size = 0;
  bool checked = false;  // the last four bytes are the payload's CRC-32C in network byte order
  std::uint64_t behind() const { return wire_size - payload_offset - payload_size; }
  friend bool operator==(const FrameHead&, const FrameHead&) = default;
};

namespace detail {

// How each framing that knows the length first is asked. A framer that is allowed one byte refuses
// every other frame as too large and says how large: so the head is judged by the framer itself.

inline absl::StatusOr<LengthFieldFramer> OneByteFramer(const LengthFieldFramer& framer) {
  LengthFieldFramer::Options options = framer.options();
  if (options.strip) return absl::InvalidArgumentError("strip: a body starts behind its header");
  options.min_payload = 0;
  options.max_payload = 1;
  return LengthFieldFramer::Create(options);
}
inline absl::StatusOr<HeaderFramer> OneByteFramer(const HeaderFramer& framer) {
  if (!(framer.layout() == HeaderLayout::Native())) {
    return absl::InvalidArgumentError("bodies in pieces: of header layouts the native one alone");
  }
  HeaderFramer::Options options = framer.options();
  options.min_payload = 0;
  options.max_payload = 1;
  return HeaderFramer::Create(framer.layout(), options);
}

inline bool HasChecksum(const LengthFieldFramer&, ByteView) { return false; }
inline bool HasChecksum(const HeaderFramer&, ByteView header) {
  return (std::to_integer<unsigned>(header[5]) & 1) != 0;
}

// What stands in front of a payload that is too large for OverheadFor() and behind it.
inline Overhead Around(const LengthFieldFramer& framer, std::uint64_t payload_size) {
  return framer.OverheadFor(static_cast<std::size_t>(payload_size));
}
inline Overhead Around(const HeaderFramer& framer, std::uint64_t) { return framer.OverheadFor(1); }

// Turns the header of a payload of `small` bytes into that of one of `size`. False: the field does
// not carry it.
inline bool SetSize(const LengthFieldFramer& framer, ByteSpan header, std::uint64_t small,
                    std::uint64_t size) {
  const LengthFieldFramer::Options& o = framer.options();
  const std::uint64_t raw = LoadUint(header, o.offset, o.width, o.order);
  if (size - small > MaxUint(o.width) - raw) return false;
  StoreUint(header.subspan(o.offset), raw + (size - small), o.width, o.order);
  return true;
}
inline bool SetSize(const HeaderFramer&, ByteSpan header, std::uint64_t, std::uint64_t size) {
  if (size > MaxUint(4)) return false;
  StoreUint(header.subspan(8), size, 4, std::endian::big);
  StoreUint(header.subspan(12), Crc32c(header.first(12)).value(), 4, std::endian::big);
  return true;
}

}  // namespace detail

// Reads and writes heads of the frames that `F` (LengthFieldFramer, or HeaderFramer with the native
// header) reads and writes whole. Its limit is its own, and may be above what one piece of memory
// holds. Thread-safe: immutable after construction.
template <typename F>
class HeadFramer {
 public:
  // A payload larger than this is beyond any sum here.
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 60;

  // kInvalidArgument for a framing in which a body cannot be told, and for a limit of 0 or above
  // kMost.
  static absl::StatusOr<HeadFramer> Create(const F& framer, std::uint64_t max_payload) {
    if (max_payload == 0 || max_payload > kMost) {
      return absl::InvalidArgumentError("max is 1 to 2^60: a limit always exists");
    }
    absl::StatusOr<F> one_byte = detail::OneByteFramer(framer);
    if (!one_byte.ok()) return one_byte.status();
    return HeadFramer(*std::move(one_byte), framer.options().min_payload, max_payload);
  }

  using Result = std::variant<NeedMore, FrameHead, FrameError>;

  // The head of the frame at the front of `window`, once all of its header is there.
  Result Scan(ByteView window) const {
    const ScanResult scan = one_byte_.Scan(window, 0);
    if (const auto* more = std::get_if<NeedMore>(&scan)) return *more;
    if (const auto* extent = std::get_if<Extent>(&scan)) {
      return Judged({.wire_size = extent->wire_size,
                     .payload_offset = extent->payload_offset,
                     .payload_size = extent->payload_size,
                     .checked = detail::HasChecksum(one_byte_, window)},
                    window);
    }
    const auto* error = std::get_if<FrameError>(&scan);
    if (error == nullptr) return FrameError{.code = FrameErrorCode::kMalformedLength};
    const bool larger =
        error->code == FrameErrorCode::kPayloadTooLarge && error->recovery == Recovery::kKnownEnd;
    if (!larger) return *error;
    FrameHead head{.wire_size = error->resume,
                   .payload_size = error->found,
                   .checked = detail::HasChecksum(one_byte_, window)};
    if (error->found > max_payload_) {
      FrameError refused = *error;
      refused.allowed = max_payload_;
      return refused;
    }
    head.payload_offset = HeaderSize(head);
    if (window.size() < head.payload_offset) return NeedMore{.min_window = head.payload_offset};
    return Judged(head, window);
  }

  // Appends the header of a frame with that many bytes of payload to `out`. kUnencodable: the
  // limit or the field does not allow it.
  std::optional<FrameError> Begin(std::uint64_t payload_size, StreamBuffer& out,
                                  FrameHead& head) const {
    FrameError refused{
        .code = FrameErrorCode::kUnencodable, .found = payload_size, .allowed = max_payload_};
    if (payload_size > max_payload_ || payload_size < min_payload_) return refused;
    const std::byte one{};
    const std::size_t small = payload_size == 0 ? 0 : 1;
    const Overhead around = one_byte_.OverheadFor(small);
    const ByteSpan header = out.Prepare(around.header + around.trailer + 1).first(around.header);
    std::array<std::byte, 8> few{};
    StreamBuffer many;
    const ByteSpan behind = around.trailer <= few.size()
                                ? ByteSpan(few).first(around.trailer)
                                : many.Prepare(around.trailer).first(around.trailer);
    if (auto error = one_byte_.Wrap({&one, small}, header, behind)) return error;
    if (!detail::SetSize(one_byte_, header, small, payload_size)) return refused;
    const Overhead whole = detail::Around(one_byte_, payload_size);
    head = {.wire_size = whole.header + payload_size + whole.trailer,
            .payload_offset = whole.header,
            .payload_size = payload_size,
            .checked = detail::HasChecksum(one_byte_, header)};
    out.Commit(around.header);
    return std::nullopt;
  }

 private:
  HeadFramer(F one_byte, std::uint64_t min_payload, std::uint64_t max_payload)
      : one_byte_(std::move(one_byte)), min_payload_(min_payload), max_payload_(max_payload) {}

  std::size_t HeaderSize(const FrameHead& head) const {
    if constexpr (std::is_same_v<F, HeaderFramer>) {  // with its sections, whatever they are
      const std::uint64_t trailer = head.checked ? 4 : 0;
      return static_cast<std::size_t>(head.wire_size - head.payload_size - trailer);
    } else {
      return one_byte_.OverheadFor(1).header;
    }
  }

  Result Judged(const FrameHead& head, ByteView window) const {
    if (head.payload_size > max_payload_ || head.payload_size < min_payload_) {
      const bool large = head.payload_size > max_payload_;
      return FrameError{
          .code = large ? FrameErrorCode::kPayloadTooLarge : FrameErrorCode::kPayloadTooSmall,
          .found = head.payload_size,
          .allowed = large ? max_payload_ : min_payload_}
          .With(window.first(head.payload_offset));
    }
    return head;
  }

  F one_byte_;
  std::uint64_t min_payload_;
  std::uint64_t max_payload_;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_HEAD_H_
