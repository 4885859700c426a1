// Payload transforms after the boundary is known: byte stuffing and its kin, in place.

#ifndef UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_
#define UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

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

// The index of the first byte that breaks the escaping, if one does.
std::optional<std::size_t> BadEscapeAt(Escape escape, ByteView stuffed);

// The size of what `stuffed`, which BadEscapeAt() found good, stands for; never larger.
std::size_t UnescapedSize(Escape escape, ByteView stuffed);

// Turns it into that, in place, and returns the size.
std::size_t Unescape(Escape escape, ByteSpan stuffed);

// The inverse. At most 2 * size + 2 bytes.
std::string Escaped(Escape escape, ByteView plain);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FILTERS_UNESCAPE_H_
