// Checksums that framings in use carry at the end of a frame.

#ifndef UNSTICK_SRC_CORE_FILTERS_FRAME_CHECK_H_
#define UNSTICK_SRC_CORE_FILTERS_FRAME_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::detail {

enum class FrameCheck : std::uint8_t {
  kNone,
  kCrc32c,   // the last four bytes, network order, over all bytes before them
  kCrc32,    // the same with CRC-32 (ISO 3309)
  kAdler32,  // the same with RFC 1950's sum
  kSum8,     // two hex digits at the end: the payload's bytes added up, modulo 256
  kXorHex,   // the payload ends with '*' and two hex digits: the bytes before it, xored (NMEA 0183)
  kFcs16,    // the payload's last two bytes, least significant first (RFC 1662 appendix C.2)
  kCrc16Ccitt,  // the last two bytes, network order: CRC-CCITT from ffff over all bytes before them
};

// Whether `frame`, whose payload (unescaped) is `payload`, carries the checksum it should. `found`
// and `computed` are for the error.
bool CheckHolds(FrameCheck check, ByteView frame, ByteView payload, std::uint64_t& found,
                std::uint64_t& computed);

// The same for kFcs16 before the payload is unescaped (HDLC, if `escaped`).
bool Fcs16Holds(ByteView stuffed, bool escaped, std::uint64_t& found, std::uint64_t& computed);

// How many bytes it takes.
std::size_t CheckSize(FrameCheck check);

// How many of the payload's last bytes are the checksum and no payload.
std::size_t CheckInPayload(FrameCheck check);

// Writes the checksum into its place in a frame that is complete but for it.
void WriteCheck(FrameCheck check, ByteSpan frame, ByteView payload);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FILTERS_FRAME_CHECK_H_
