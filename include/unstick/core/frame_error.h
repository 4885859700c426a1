// What can be wrong with a stream of frames, or with a payload that should become one.

#ifndef UNSTICK_CORE_FRAME_ERROR_H_
#define UNSTICK_CORE_FRAME_ERROR_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/detail/abi.h"  // IWYU pragma: keep
#include "unstick/core/frame_rule.h"

namespace unstick::inline v0 {

enum class FrameErrorCode : std::uint8_t {
  kPayloadTooLarge,    // over the limit; nothing was allocated for it
  kPayloadTooSmall,    // under the limit
  kMalformedLength,    // a length that is no number of the declared form
  kLengthBelowHeader,  // a length that does not cover the header it stands in
  kMalformedValue,     // a self-describing value that breaks its own grammar
  kBadMagic,           // a constant (magic, start, end, sync) that is not there
  kBadVersion,         // a version that this side does not speak
  kBadChecksum,        // header or payload arrived changed
  kBadEscape,          // an escape sequence that the framing does not have
  kBadHeader,          // a header block that breaks its grammar
  kTruncated,          // the input ended inside a frame
  kTrailingBytes,      // bytes after the only frame that was expected
  kUnencodable,        // a payload that this framing cannot carry
};

// The name in the program's output and in messages: "payload_too_large", ...
UNSTICK_EXPORT std::string_view CodeName(FrameErrorCode code);

// What stands in the way of a payload (kUnencodable, kPayloadTooLarge), where it is not its size.
enum class Obstacle : std::uint8_t {
  kSize,        // it is the size: `allowed`, or what the length field has no number for
  kBytes,       // its bytes would read as something else: an end mark, another value, another case
  kPreamble,    // the stream starts with a preamble that is the caller's to send
  kByteOrder,   // the byte order is told by bytes that are the caller's to send
  kOnlyFrame,   // the framing has one frame, and it has been sent
  kNoPreamble,  // these bytes are no preamble that its streams start with
  kNoFiller,    // these bytes are none that its streams have between frames
  kNoEnd,       // the frame before goes on to the end of the input
  kOptions,     // the framer was made with options that are wrong
  kScratch,     // it is put together from its frame, in scratch that the caller has not given
};

// How decoding could go on after an error, if the caller opted into recovery.
enum class Recovery : std::uint8_t {
  kNone,       // it cannot: no later boundary can be trusted
  kKnownEnd,   // `resume` is the size of the bad frame; the next one starts right behind it
  kMarkedEnd,  // the same, and it is sure: a mark ends the frame, whatever is wrong inside
  kSeek,       // the bad frame reaches at least `resume` bytes; its end can be searched for
};

// A typed error: what, where, what was found and what was allowed. 56 bytes, never allocates, and
// depends on the bytes alone, never on how they were cut. Scanners leave `offset` 0; the decoder
// sets it to the stream offset of the first byte of the frame that broke. The meaning of `found`
// and `allowed` follows the code: sizes in bytes for the limits (found 0: unknown, only "more"),
// the raw number for kLengthBelowHeader, buffered and needed bytes for kTruncated (needed 0:
// unknown), the index (from the frame's first byte) and the right value of the first wrong byte for
// kBadMagic, the index of the first wrong byte for kMalformedLength, kMalformedValue, kBadHeader
// and kBadEscape, the checksum that was found and the one that was computed for kBadChecksum.
struct FrameError {
  FrameErrorCode code{};
  Recovery recovery = Recovery::kNone;
  std::uint8_t head_size = 0;
  std::array<std::byte, 8> head{};  // the frame's first bytes, as far as the scanner had to look
  Obstacle obstacle = Obstacle::kSize;
  bool own_start = false;  // the first bytes are those of the framing's own protocol
  FrameRule rule = FrameRule::kNone;
  bool unproven = false;  // no checksum proved the length: OnError::kResync searches all but byte 0
  std::uint64_t offset = 0;
  std::uint64_t found = 0;
  std::uint64_t allowed = 0;
  std::uint64_t resume = 0;

  // The same error with the first bytes of the frame noted down.
  FrameError With(ByteView first_bytes) const {
    FrameError error = *this;
    error.head_size = static_cast<std::uint8_t>(std::min(first_bytes.size(), head.size()));
    std::copy_n(first_bytes.begin(), error.head_size, error.head.begin());
    return error;
  }

  // One sentence for people, with offset, found and allowed; when the frame starts like another
  // protocol than its own ("GET ", a TLS hello, "SSH-"), it says so.
  UNSTICK_EXPORT std::string ToString() const;

  friend bool operator==(const FrameError&, const FrameError&) = default;
};

// The protocol that a stream starting with these bytes most likely speaks ("HTTP", "TLS", "SSH",
// ...), or empty.
UNSTICK_EXPORT std::string_view GuessProtocol(ByteView first_bytes);

// The door to absl::Status. The peer's fault is kResourceExhausted (too large) or kDataLoss, ours
// (kUnencodable) is kInvalidArgument.
UNSTICK_EXPORT absl::Status ToStatus(const FrameError& error);

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_ERROR_H_
