// Payload transforms after the boundary is known: byte stuffing and its kin, in place.

#ifndef UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_
#define UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::detail {

enum class Escape : std::uint8_t {
  kNone,
  kSlip,  // RFC 1055: DB DC for C0, DB DD for DB
  kCobs,  // Cheshire and Baker 1999: no zero inside
  kHdlc,  // RFC 1662 section 4.2: 7D x for x ^ 20
  kDot,   // RFC 5321 section 4.5.2: a line's leading dot is doubled
  kDle,   // 10 10 for 10
};

// What stuffed bytes stand for.
struct EscapedSize {
  std::size_t size = 0;                    // never more than there are
  std::optional<std::size_t> bad_at = {};  // the first byte that breaks the escaping, if one does
};
// `searched`: whoever found its end has seen no byte that escaping never writes.
EscapedSize MeasureEscaped(Escape escape, ByteView stuffed, bool searched);

// Turns bytes that are well escaped into what they stand for, in place, and returns the size.
std::size_t Unescape(Escape escape, ByteSpan stuffed);

// The inverse: returns the size of what it writes to `to`, where there is room for EscapedRoom().
std::size_t EscapeTo(Escape escape, ByteView plain, std::byte* to);
constexpr std::size_t EscapedRoom(std::size_t plain) { return 2 * plain + 1; }

// True if nothing that EscapeTo() writes holds `byte`.
bool NeverWrites(Escape escape, std::byte byte);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_
