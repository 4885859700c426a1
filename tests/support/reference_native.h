// The native structured header of the design, decoded slowly, with a CRC-32C computed bit by bit.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_NATIVE_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_NATIVE_H_

#include <string>

#include "tests/support/reference_event.h"

namespace reference {

struct Native {
  Wide min = 0;
  Wide max = 8 << 20;
};

// Castagnoli's polynomial, reflected: 0x82f63b78.
inline std::uint32_t BitwiseCrc32c(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc % 2 == 1 ? crc / 2 ^ 0x82f63b78 : crc / 2;
  }
  return crc ^ 0xffffffff;
}

inline Wide BigEndian(const std::string& bytes, std::size_t at, std::size_t width) {
  Wide value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value = value * 256 + static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

struct NativeVerdict {
  std::string code;    // empty: a frame
  Wide known_end = 0;  // of a bad frame that can be dropped exactly; 0: it cannot
  std::size_t wire_size = 0;
  std::size_t payload_at = 0;
  std::size_t payload_size = 0;
};

inline NativeVerdict Judge(const Native& spec, const std::string& rest) {
  const std::string magic = "\xb7USK";
  for (std::size_t i = 0; i < 4 && i < rest.size(); ++i) {
    if (rest[i] != magic[i]) return {"bad_magic"};
  }
  if (rest.size() > 4 && rest[4] != 1) return {"bad_version"};
  if (rest.size() < 16) return {"truncated"};
  const auto meta = static_cast<std::size_t>(BigEndian(rest, 6, 2));
  if (rest.size() < 16 + meta) return {"truncated"};
  const std::string covered = rest.substr(0, 12) + rest.substr(16, meta);
  if (BigEndian(rest, 12, 4) != BitwiseCrc32c(covered)) return {"bad_checksum"};
  const int flags = static_cast<unsigned char>(rest[5]);
  if (flags > 1) return {"bad_header"};
  const Wide payload = BigEndian(rest, 8, 4);
  const Wide wire_size = 16 + Wide(meta) + payload + (flags == 1 ? 4 : 0);
  if (payload > spec.max || payload > kGiB) return {"payload_too_large", wire_size};
  if (payload < spec.min) return {"payload_too_small", wire_size};
  const auto size = static_cast<std::size_t>(payload);
  if (wire_size > Wide(rest.size())) {
    return {"truncated", 0, static_cast<std::size_t>(wire_size)};
  }
  if (flags == 1 &&
      BigEndian(rest, 16 + meta + size, 4) != BitwiseCrc32c(rest.substr(16 + meta, size))) {
    return {"bad_checksum", wire_size};
  }
  return {"", 0, static_cast<std::size_t>(wire_size), 16 + meta, size};
}

// A provable start of a frame: magic, version and header CRC all hold.
inline bool Provable(const std::string& rest) {
  if (rest.size() < 16 || rest.substr(0, 5) != "\xb7USK\x01") return false;
  const auto meta = static_cast<std::size_t>(BigEndian(rest, 6, 2));
  if (rest.size() < 16 + meta) return false;
  return BigEndian(rest, 12, 4) == BitwiseCrc32c(rest.substr(0, 12) + rest.substr(16, meta));
}

inline Events Decode(const Native& spec, const std::string& bytes, Mode mode) {
  Events events;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string rest = bytes.substr(at);
    const NativeVerdict verdict = Judge(spec, rest);
    if (verdict.code.empty()) {
      events.push_back(
          Frame(at, verdict.wire_size, rest.substr(verdict.payload_at, verdict.payload_size)));
      at += verdict.wire_size;
      continue;
    }
    std::size_t inside = 1;  // of a frame that is cut off: where another one starts
    while (inside < rest.size() && !Provable(rest.substr(inside))) ++inside;
    const bool search = mode == Mode::kResync && verdict.code == "truncated" &&
                        verdict.wire_size == 0 && inside < rest.size();
    if (search) {
      events.push_back(Gap(at, inside, verdict.code));
      at += inside;
      continue;
    }
    if (verdict.code == "truncated") {
      events.push_back(Truncated(at, rest.size(), verdict.wire_size));
      return events;
    }
    const bool recover =
        mode == Mode::kResync || (mode == Mode::kSkip && verdict.code == "payload_too_large");
    if (!recover) {
      events.push_back(Error(at, verdict.code));
      return events;
    }
    std::size_t drop = 1;
    if (verdict.known_end > 0) {
      drop = verdict.known_end > Wide(rest.size()) ? rest.size()
                                                   : static_cast<std::size_t>(verdict.known_end);
    } else {
      while (drop < rest.size() && !Provable(rest.substr(drop))) ++drop;
    }
    events.push_back(Gap(at, drop, verdict.code));
    at += drop;
  }
  events.push_back(End(at));
  return events;
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_NATIVE_H_
