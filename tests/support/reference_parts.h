// The contract's `table`, `list`, `chunks` and `fixed`, decoded slowly.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_PARTS_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_PARTS_H_

#include <string>

#include "tests/support/reference_found.h"
#include "tests/support/reference_length.h"

namespace reference {

struct Parts {
  bool list = false;
  int count_offset = 0, count_width = 4;
  int count_adjust = 0;
  int entry = 4;
  int unit = 1;
  int align = 1;
  int header = 0;  // 0: up to the count's end
  bool little = false;

  std::string Options() const {
    std::string text;
    if (header != 0) text += Said("header", header, 0);
    text += ",count=" + std::to_string(count_offset) + "/" + std::to_string(count_width);
    text += Said("count-adjust", count_adjust, 0) + Said("entry", entry, 4) +
            Said("unit", unit, 1) + Said("align", align, 1);
    return text + (little ? ",endian=little" : "");
  }
};

inline Found Judge(const Parts& p, const Limits& limits, const std::string& rest) {
  const std::size_t header =
      static_cast<std::size_t>(p.header != 0 ? p.header : p.count_offset + p.count_width);
  const auto entry = static_cast<std::size_t>(p.entry);
  if (rest.size() < header) return CutOff();
  const Wide count = p.count_adjust + Unsigned(rest, static_cast<std::size_t>(p.count_offset),
                                               static_cast<std::size_t>(p.count_width), p.little);
  if (count < 0 || count > 1 << 20) return Wrong("malformed_length");
  if (p.list) {
    Wide at = header;
    for (Wide i = 0; i < count; ++i) {
      if (at + p.entry > Wide(rest.size())) return CutOff();
      at += p.entry + p.unit * Unsigned(rest, static_cast<std::size_t>(at), entry, p.little);
      if (at - Wide(header) > limits.max) return Wrong("payload_too_large");
      if (at > Wide(rest.size())) return CutOff();
    }
    return Sized(rest, limits, header, at - Wide(header), at);
  }
  const Wide start = RoundUp(Wide(header) + count * p.entry, p.align);
  if (start > Wide(rest.size())) return CutOff();
  Wide payload = 0;
  for (std::size_t at = header; at < header + static_cast<std::size_t>(count) * entry;
       at += entry) {
    payload += p.unit * Unsigned(rest, at, entry, p.little);
  }
  return Sized(rest, limits, start, payload, start + payload);
}

struct Chunks {
  int width = 0;  // 0: digits
  int ascii = 16;
  std::string until = "";
  std::string trailer = "";
  bool little = false;

  std::string Options() const {
    std::string text = width > 0 ? ",width=" + std::to_string(width)
                                 : ",ascii=" + std::to_string(ascii) + ",until=" + HexPairs(until);
    if (!trailer.empty()) text += ",trailer=" + HexPairs(trailer);
    return text + (little ? ",endian=little" : "");
  }
};

inline Found Judge(const Chunks& c, const Limits& limits, const std::string& rest) {
  constexpr std::size_t kLongestLine = 4096;
  const auto width = static_cast<std::size_t>(c.width);
  std::string payload;
  for (std::size_t at = 0;;) {
    Wide size = 0;
    if (width > 0) {
      if (rest.size() < at + width) return CutOff();
      size = Unsigned(rest, at, width, c.little);
      at += width;
    } else {
      const std::size_t begin = at;
      std::string digits;
      while (at < rest.size() && digits.size() < 20 && Digit(rest[at], c.ascii) >= 0) {
        digits += rest[at++];
      }
      if (at == rest.size() && digits.size() < 20) return CutOff();
      if (digits.empty()) return Wrong("malformed_length");
      const std::string behind = rest.substr(at, c.until.size());
      if (behind == c.until) {
        at += c.until.size();
      } else if (c.until.substr(0, behind.size()) == behind) {
        return CutOff();
      } else {
        if (behind[0] != ';') return Wrong("malformed_length");
        const std::size_t end = rest.substr(0, begin + kLongestLine).find(c.until, at);
        if (end == std::string::npos) {
          return rest.size() < begin + kLongestLine ? CutOff() : Wrong("malformed_length");
        }
        at = end + c.until.size();
      }
      size = Digits(digits, c.ascii);
    }
    if (size == 0 && width == 0) {
      const std::string trailers = rest.substr(at, kLongestLine);
      std::size_t line = 0;  // lines up to an empty one
      for (bool empty = false; !empty;) {
        const std::size_t eol = trailers.find(c.until, line);
        if (eol == std::string::npos) {
          return trailers.size() < kLongestLine ? CutOff() : Wrong("malformed_length");
        }
        empty = eol == line;
        line = eol + c.until.size();
      }
      at += line;
    }
    if (size == 0) {
      const std::string beyond = Beyond(limits, Wide(payload.size()));
      if (!beyond.empty()) return Wrong(beyond);
      return {.wire = at, .payload = payload};
    }
    if (Wide(payload.size()) + size > limits.max) return Wrong("payload_too_large");
    const Wide end = Wide(at) + size;
    for (std::size_t i = 0; i < c.trailer.size(); ++i) {
      const Wide there = end + Wide(i);
      if (there < Wide(rest.size()) && rest[static_cast<std::size_t>(there)] != c.trailer[i]) {
        return Wrong("bad_magic");
      }
    }
    if (end + Wide(c.trailer.size()) > Wide(rest.size())) return CutOff();
    payload += rest.substr(at, static_cast<std::size_t>(size));
    at = static_cast<std::size_t>(end) + c.trailer.size();
  }
}

struct Record {
  Fixed fixed = {};
  std::string Options() const {
    std::string text = ",size=" + std::to_string(fixed.size);
    return fixed.sync.empty() ? text : text + ",sync=" + HexPairs(fixed.sync);
  }
};

inline Found Judge(const Record& r, const std::string& rest) {
  const std::string& sync = r.fixed.sync;
  for (std::size_t i = 0; i < sync.size() && i < rest.size(); ++i) {
    if (rest[i] != sync[i]) return Wrong("bad_magic");
  }
  if (rest.size() < r.fixed.size) return CutOff(r.fixed.size);
  return {.wire = r.fixed.size, .payload = rest.substr(0, r.fixed.size)};
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_PARTS_H_
