// What streams of well-known protocols start with: for naming the protocol that turned up instead
// of the one expected, and for telling apart framings that look alike.

#ifndef UNSTICK_SRC_CORE_SIGNATURES_H_
#define UNSTICK_SRC_CORE_SIGNATURES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "unstick/core/bytes.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0::detail {

// What has such a start: a connection, a file, or a file of packets in which connections are.
enum class Found : std::uint8_t { kConnection, kFile, kCapture };

struct Signature {
  std::string_view pattern;   // bytes from the stream's first one on: hex pairs, ?? for any, 'text'
  std::string_view protocol;  // for people
  std::string_view preset = {};  // of this framing, if it has a name
  Side side = Side::kEither;     // who starts like that
  bool always = false;           // every stream of the preset's side does
  std::uint8_t least = 4;        // fixed bytes that must be there to name the protocol
  Found found = Found::kConnection;
};

std::span<const Signature> Signatures();

// How `bytes` compare with a pattern.
struct SignatureMatch {
  bool differs = false;   // a fixed byte is another one
  bool whole = false;     // all of the pattern was there
  std::size_t fixed = 0;  // fixed bytes that were there and right
};
SignatureMatch MatchSignature(std::string_view pattern, ByteView bytes);
// The first one that names the protocol of a stream that starts with these bytes, or null.
const Signature* FindSignature(ByteView first_bytes);
// Is it the start of a stream of the framing that has this name? Then no hint says that it looks
// like that protocol.
bool IsOwnStart(std::string_view preset, ByteView first_bytes);
// True if there is enough of the signature in a stream's first bytes to name the protocol.
bool Names(const Signature& signature, ByteView first_bytes);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_SIGNATURES_H_
