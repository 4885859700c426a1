// What the reference decoders of the described kinds make of the bytes at a frame boundary.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_FOUND_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_FOUND_H_

#include <algorithm>
#include <optional>
#include <string>

#include "tests/support/reference_event.h"

namespace reference {

struct Limits {
  Wide min = 0;
  Wide max = 8 << 20;
};

struct Found {
  std::string code = "";   // empty: a frame, or filler; else what is wrong
  std::size_t wire = 0;    // bytes of the frame or filler
  std::size_t header = 0;  // where the payload starts
  std::string payload = "";
  std::optional<std::size_t> strip = {};  // what is delivered starts here instead of at the header
  std::string behind = "";                // and goes on with this behind the payload
  std::string delivered = "";             // of a message, what it says
  bool filler = false;
  std::size_t needed = 0;  // "truncated": the frame's size, where that is known
  Wide known_end = 0;      // of a bad frame whose end its length says
  bool little = false;     // the byte order for the frames behind this one
};

// What is delivered of a frame, whose wire bytes start `wire`.
inline std::string Delivered(const Found& found, const std::string& wire) {
  if (!found.code.empty() || found.filler) return "";
  const std::size_t from = found.strip.value_or(found.header);
  if (from <= found.header) {
    return wire.substr(from, found.header - from) + found.payload + found.behind;
  }
  return found.payload.substr(std::min(from - found.header, found.payload.size()));
}

inline Found Wrong(const std::string& code) { return {.code = code}; }
inline Found CutOff(std::size_t needed = 0) { return {.code = "truncated", .needed = needed}; }
inline Found Filler(std::size_t size) { return {.wire = size, .filler = true}; }

// "", or the limit that a payload of this size breaks.
inline std::string Beyond(const Limits& limits, Wide payload) {
  if (payload > limits.max || payload > kGiB) return "payload_too_large";
  if (payload < limits.min) return "payload_too_small";
  return "";
}

// A frame of `wire` bytes whose payload is [header, header + payload), or what is wrong with that.
inline Found Sized(const std::string& rest, const Limits& limits, Wide header, Wide payload,
                   Wide wire) {
  const std::string beyond = Beyond(limits, payload);
  if (!beyond.empty()) {
    return {.code = beyond, .known_end = beyond == "payload_too_large" ? wire : 0};
  }
  if (wire > Wide(rest.size())) return CutOff(static_cast<std::size_t>(wire));
  return {
      .wire = static_cast<std::size_t>(wire),
      .header = static_cast<std::size_t>(header),
      .payload = rest.substr(static_cast<std::size_t>(header), static_cast<std::size_t>(payload))};
}

// A trailer in a spec: so many bytes of any value, or these.
inline std::string SaidTrailer(long any, const std::string& constant) {
  if (!constant.empty()) return ",trailer='" + constant + "'";
  return any == 0 ? "" : ",trailer=" + std::to_string(any);
}
inline Wide TrailerSize(long any, const std::string& constant) {
  return constant.empty() ? Wide(any) : Wide(constant.size());
}

// The same, unless a byte of the trailer that starts at `at` is there and wrong.
inline Found EndsWith(const Found& found, const std::string& rest, Wide at,
                      const std::string& constant) {
  if (!found.code.empty() && found.code != "truncated") return found;
  for (std::size_t i = 0; i < constant.size(); ++i) {
    const auto there = static_cast<std::size_t>(at) + i;
    if (there < rest.size() && rest[there] != constant[i]) return Wrong("bad_magic");
  }
  return found;
}

inline Wide Unsigned(const std::string& bytes, std::size_t at, std::size_t width, bool little) {
  Wide value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value = value * 256 + static_cast<unsigned char>(bytes[at + (little ? width - 1 - i : i)]);
  }
  return value;
}

inline bool Bit(const std::string& bytes, std::size_t byte, std::size_t bit) {
  return (static_cast<unsigned char>(bytes[byte]) >> bit) % 2 == 1;
}

inline int Digit(char c, int base) {
  int value = 99;
  if (c >= '0' && c <= '9') value = c - '0';
  if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
  if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
  return value < base ? value : -1;
}

// -1 if `digits` is no number; too large ones come out as something above 2^64.
inline Wide Digits(const std::string& digits, int base) {
  Wide value = digits.empty() ? -1 : 0;
  for (const char c : digits) {
    if (Digit(c, base) < 0) return -1;
    if (value < Wide{1} << 70) value = value * base + Digit(c, base);
  }
  return value;
}

// How specs write bytes: hex pairs.
inline std::string HexPairs(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) / 16];
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) % 16];
  }
  return hex;
}

inline std::string Said(const std::string& key, long value, long normal) {
  return value == normal ? "" : "," + key + "=" + std::to_string(value);
}

// The options ",a=1,b=2" behind a kind's name.
inline std::string KindText(const std::string& kind, const std::string& options) {
  return options.empty() ? kind : kind + ":" + options.substr(1);
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_FOUND_H_
