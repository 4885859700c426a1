// A trailer on the wire and in a spec.

#ifndef UNSTICK_SRC_CORE_KINDS_TRAILER_H_
#define UNSTICK_SRC_CORE_KINDS_TRAILER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"
#include "unstick/core/trailer.h"

namespace unstick::inline v0::detail {

inline constexpr std::size_t kMaxTrailer = 65535;
inline constexpr std::size_t kMaxTrailerConstants = 256;

// What is wrong with a trailer that a spec asks for; null if it can be had.
const char* WhyNotTrailer(const Trailer& trailer);

// The answer if the trailer that starts at window[at] is not all there, or a constant byte of it is
// wrong. Each constant byte is judged as soon as it comes; `judged` bytes of the trailer already
// were, and a NeedMore says in the same place how many have been now.
std::optional<ScanResult> CheckTrailer(const Trailer& trailer, ByteView window, std::size_t at,
                                       std::size_t& judged);

// Fills in trailer.size() bytes: constants, zeros elsewhere.
void WriteTrailer(const Trailer& trailer, ByteSpan to);
std::string TrailerBytes(const Trailer& trailer);

// As a spec has it: "4", "'\r\n'", "'10='/3/'\x01'".
std::string PrintTrailer(const Trailer& trailer);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_TRAILER_H_
