// The contract's `table`, `list`, `chunks` and `fixed`, decoded slowly.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_PARTS_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_PARTS_H_

#include <string>

#include "tests/support/reference_fields.h"
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

// The size that stands at `at`, which then is where its chunk starts: a code, or "".
inline std::string ReadSize(const Chunks& c, const std::string& rest, std::size_t& at, Wide& size) {
  const std::size_t line = at;
  const bool crlf = c.until == "\r\n";
  const bool lines = (c.until.size() == 1 || crlf) && c.trailer.size() >= c.until.size() &&
                     c.trailer.substr(c.trailer.size() - c.until.size()) == c.until;
  const auto fills_block = [&](std::size_t i) {
    return (i + 1) % 4096 == 0 && line + 4096 <= i + 1;
  };
  std::size_t digits = 0;
  size = 0;
  for (; at < rest.size() && Digit(rest[at], c.ascii) >= 0; ++at) {
    if (lines && size == 0 && rest[at] == '0' && fills_block(at)) return "malformed_length";
    size = size * c.ascii + Digit(rest[at], c.ascii);
    ++digits;
    if (size >= Wide{1} << 64 || (!lines && digits > 64)) return "malformed_length";
  }
  if (at == rest.size()) return "truncated";
  if (digits == 0) return "malformed_length";
  const std::string behind = rest.substr(at, c.until.size());
  if (behind == c.until) {
    at += c.until.size();
    return "";
  }
  if (c.until.substr(0, behind.size()) == behind) return "truncated";
  std::size_t blanks = 0;
  while (lines && at + blanks < rest.size() &&
         (rest[at + blanks] == ' ' || rest[at + blanks] == '\t')) {
    if (++blanks > 16) return "malformed_length";
  }
  at += blanks;
  if (at == rest.size()) return "truncated";
  if (!lines || rest[at] != ';') return "malformed_length";
  bool quoted = false;
  for (; at < rest.size(); ++at) {
    const char byte = rest[at];
    const std::string here = rest.substr(at, c.until.size());
    if (here == c.until) {
      at += c.until.size();
      return quoted && c.until.back() == '\n' ? "malformed_length" : "";
    }
    if (here.size() < c.until.size() && c.until[0] == byte) return "truncated";
    const bool control = (byte >= 0 && byte < 32 && byte != '\t') || byte == 127;
    if (control && c.until.back() == '\n') return "malformed_length";
    if (fills_block(at)) return "malformed_length";
    const bool escaped = quoted && rest[at - 1] == '\\' && [&] {
      std::size_t slashes = 0;
      for (std::size_t i = at; rest[i - 1] == '\\'; --i) ++slashes;
      return slashes % 2 == 1;
    }();
    if (byte == '"' && !escaped) quoted = !quoted;
  }
  return "truncated";
}

inline Found JudgeChunks(const Chunks& c, const Limits& limits, const std::string& rest,
                         std::size_t start, std::size_t most_trailers,
                         const std::vector<std::string>& refused) {
  const auto width = static_cast<std::size_t>(c.width);
  std::string payload;
  for (std::size_t at = start;;) {
    Wide size = 0;
    if (width > 0) {
      if (rest.size() < at + width) return CutOff();
      size = Unsigned(rest, at, width, c.little);
      at += width;
    } else {
      const std::string code = ReadSize(c, rest, at, size);
      if (!code.empty()) return Wrong(code);
    }
    if (size == 0 && width == 0) {
      if (c.until == "\r\n" || c.until == "\n") {
        const FieldLines rules{.length = refused, .start_line = "-", .lf = c.until == "\n"};
        const Told said = ReadBlock(rules, rest, at, most_trailers);
        if (!said.code.empty()) return Wrong(said.code);
        at = said.end;
      } else {
        for (const char due : c.until) {
          if (at == rest.size()) return CutOff();
          if (rest[at++] != due) return Wrong("bad_magic");
        }
      }
    }
    if (size == 0) {
      const std::string beyond = Beyond(limits, Wide(payload.size()));
      if (!beyond.empty()) {
        Found found = Wrong(beyond);
        return found;
      }
      return {.wire = at, .header = start, .payload = payload};
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

inline Found Judge(const Chunks& c, const Limits& limits, const std::string& rest) {
  return JudgeChunks(c, limits, rest, 0, 64 << 10, {"Content-Length", "Transfer-Encoding"});
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
