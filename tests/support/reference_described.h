// Described framings, decoded slowly: a kind, and what the contract's clauses make of it.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_DESCRIBED_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_DESCRIBED_H_

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/reference_native.h"
#include "tests/support/reference_number.h"
#include "tests/support/reference_parts.h"
#include "tests/support/reference_text.h"

namespace reference {

struct Kind;

struct Switch {
  struct Case {
    std::string when;  // two hex digits, "digit" or "else"
    std::shared_ptr<const Kind> kind;
  };
  int at = 0;
  int mask = 0xff;
  std::vector<Case> cases = {};
};

// A walker has no slow twin here: tests/core/walkers_test.cc has one for each of them.
struct Walk {
  std::string name = "json";
};

struct Kind {
  std::variant<Number, AnyVarint, Ascii, Marked, Started, Counted, Headers, Parts, Chunks, Record,
               Switch, Walk>
      what;
};

// The spec's text, `limits` being ",max=9,min=1" or less.
inline std::string Text(const Kind& kind, const std::string& limits);

struct Printer {
  std::string limits;
  std::string operator()(const Number& n) const { return Print("length", n.Options()); }
  std::string operator()(const AnyVarint& v) const { return Print("varint", v.Options()); }
  std::string operator()(const Ascii& a) const { return Print("ascii", a.Options()); }
  std::string operator()(const Marked& m) const { return m.Text(limits); }
  std::string operator()(const Started& s) const { return Print("delim", s.Options()); }
  std::string operator()(const Counted& c) const { return Print("line", c.Options()); }
  std::string operator()(const Headers& h) const { return Print("headers", h.Options()); }
  std::string operator()(const Parts& p) const {
    return Print(p.list ? "list" : "table", p.Options());
  }
  std::string operator()(const Chunks& c) const { return Print("chunks", c.Options()); }
  std::string operator()(const Record& r) const { return Print("fixed", r.Options()); }
  std::string operator()(const Walk& w) const { return Print("walk", "," + w.name); }
  std::string operator()(const Switch& s) const {
    std::string text = Said("at", s.at, 0);
    if (s.mask != 0xff) text += ",mask=" + HexPairs(std::string(1, static_cast<char>(s.mask)));
    for (const Switch::Case& c : s.cases) text += "," + c.when + ">(" + Text(*c.kind, "") + ")";
    return Print("switch", text);
  }
  std::string Print(const std::string& name, const std::string& options) const {
    return KindText(name, options + limits);
  }
};

inline std::string Text(const Kind& kind, const std::string& limits) {
  return std::visit(Printer{limits}, kind.what);
}

inline Found Judge(const Kind& kind, const Limits& limits, const std::string& rest, bool little,
                   bool ended);

inline Found Judge(const Switch& s, const Limits& limits, const std::string& rest, bool little,
                   bool ended) {
  if (rest.size() <= static_cast<std::size_t>(s.at)) return CutOff();
  const int byte = static_cast<unsigned char>(rest[static_cast<std::size_t>(s.at)]);
  for (const Switch::Case& c : s.cases) {
    bool chosen = c.when == "else";
    if (c.when == "digit") chosen = byte >= '0' && byte <= '9';
    if (c.when.size() == 2) chosen = (byte & s.mask) == static_cast<int>(Digits(c.when, 16));
    if (!chosen) continue;
    const Found found = Judge(*c.kind, limits, rest, little, ended);
    const bool frame = found.code.empty() && !found.filler;
    // The byte that chooses is one of the frame's own.
    return frame && found.wire <= static_cast<std::size_t>(s.at) ? Wrong("bad_magic") : found;
  }
  return Wrong("bad_magic");
}

struct Judging {
  const Limits& limits;
  const std::string& rest;
  bool little, ended;
  Found operator()(const Number& n) const { return Judge(n, limits, rest, little, ended); }
  Found operator()(const Switch& s) const { return Judge(s, limits, rest, little, ended); }
  Found operator()(const Record& r) const { return Judge(r, rest); }
  Found operator()(const Walk&) const { return {}; }
  template <typename K>
  Found operator()(const K& other) const {
    return Judge(other, limits, rest);
  }
};

inline Found Judge(const Kind& kind, const Limits& limits, const std::string& rest, bool little,
                   bool ended) {
  Found found = std::visit(Judging{limits, rest, little, ended}, kind.what);
  const bool tells =
      std::holds_alternative<Number>(kind.what) || std::holds_alternative<Switch>(kind.what);
  if (!tells) found.little = little;
  return found;
}

struct Described {
  Kind kind = {};
  Limits limits = {};
  std::string limits_text = "";
  // Clauses, in the order of the contract.
  std::string preamble = "";  // "sized", "constant", "until", "before-line", "through-line"
  std::string preamble_bytes = "";
  std::size_t preamble_size = 0;           // "sized"; "parts": any bytes behind the constant ones
  std::shared_ptr<const Kind> first = {};  // of the side that is decoded
  int first_count = 0;
  std::string skip = "";
  bool once = false;
  std::string magic = "";
  std::size_t magic_at = 0;
  std::string end = "";
  std::string check = "";  // one that CheckValue() knows
  std::size_t check_from = 0;
  std::string join = "";  // last, char, more, full
  std::size_t join_byte = 0, join_bit = 0;
  char join_char = 'F';
  std::size_t join_full = 0;
  std::string unescape = "";
  bool xored = false;

  // Nothing here is decoded slowly.
  bool walks() const {
    if (std::holds_alternative<Walk>(kind.what)) return true;
    if (first != nullptr && std::holds_alternative<Walk>(first->what)) return true;
    const auto* chosen = std::get_if<Switch>(&kind.what);
    if (chosen == nullptr) return false;
    bool walk = false;
    for (const Switch::Case& c : chosen->cases) walk |= std::holds_alternative<Walk>(c.kind->what);
    return walk;
  }

  std::string Text() const {
    std::string text = reference::Text(kind, limits_text);
    if (preamble == "sized") text += ";preamble=" + std::to_string(preamble_size);
    if (preamble == "constant") text += ";preamble='" + preamble_bytes + "'";
    if (preamble == "parts") {
      text += ";preamble='" + preamble_bytes + "'/" + std::to_string(preamble_size);
    }
    if (preamble == "until") text += ";preamble:until=" + HexPairs(preamble_bytes);
    if (preamble.ends_with("-line"))
      text += ";preamble:" + preamble + "=" + HexPairs(preamble_bytes);
    if (first != nullptr) {
      text += ";first:client=(" + reference::Text(*first, "") + ")";
      if (first_count > 1) text += "*" + std::to_string(first_count);
    }
    for (std::size_t i = 0; i < skip.size(); ++i) {
      text += (i == 0 ? ";skip=" : "|") + HexPairs(skip.substr(i, 1));
    }
    if (once) text += ";once";
    if (!magic.empty()) text += ";magic=" + HexPairs(magic);
    if (!magic.empty() && magic_at > 0) text += "@" + std::to_string(magic_at);
    if (!end.empty()) text += ";end=" + HexPairs(end);
    if (!check.empty()) text += ";check=" + check;
    if (check_from > 0) text += ",over=" + std::to_string(check_from) + "..";
    const std::string bit = std::to_string(join_byte) + "." + std::to_string(join_bit);
    if (join == "last") text += ";join:last=" + bit;
    if (join == "more") text += ";join:more=" + bit;
    if (join == "char") text += ";join:last=@" + std::to_string(join_byte) + ":" + join_char;
    if (join == "full") text += ";join:full=" + std::to_string(join_full);
    if (!unescape.empty()) text += ";unescape=" + unescape;
    if (xored) text += ";xor=key";
    return text;
  }
};

// Ross Williams' model, bit by bit. A reflected one is computed as the mirror of what is not.
struct Crc {
  unsigned width = 16;
  std::uint64_t poly = 0, init = 0;
  bool refin = false, refout = false;
  std::uint64_t xorout = 0;
};

inline std::uint64_t Mirror(std::uint64_t value, unsigned width) {
  std::uint64_t mirror = 0;
  for (unsigned bit = 0; bit < width; ++bit) mirror |= (value >> bit & 1) << (width - 1 - bit);
  return mirror;
}

inline std::uint64_t BitwiseCrc(const Crc& crc, const std::string& bytes) {
  std::uint64_t value = crc.init;
  for (const char c : bytes) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const unsigned place = crc.refin ? bit : 7 - bit;
      const bool in = (static_cast<unsigned char>(c) >> place & 1) != 0;
      const bool out = (value >> (crc.width - 1) & 1) != 0;
      value = value << 1 & (~std::uint64_t{0} >> (64 - crc.width));
      if (in != out) value ^= crc.poly;
    }
  }
  if (crc.refout) value = Mirror(value, crc.width);
  return value ^ crc.xorout;
}

// How each check of Described is written: how many bytes, what they say.
inline std::size_t CheckSize(const std::string& check) {
  if (check.empty()) return 0;
  return check == "crc32c" ? 4 : check == "xor8" || check == "lrc" ? 1 : 2;
}
inline bool IsLittle(const std::string& check) {
  return check == "fcs16" || check == "crc16-modbus";
}
inline Wide CheckValue(const std::string& check, const std::string& bytes) {
  if (check == "crc32c") return Wide(BitwiseCrc32c(bytes));
  if (check == "crc16-modbus") {
    return Wide(BitwiseCrc({16, 0x8005, 0xffff, true, true}, bytes));
  }
  if (check == "fcs16") return Wide(BitwiseCrc({16, 0x1021, 0xffff, true, true, 0xffff}, bytes));
  if (check.starts_with("crc(")) {  // crc(width=12,poly=80f,refout=1)
    return Wide(BitwiseCrc({12, 0x80f, 0, false, true}, bytes));
  }
  int sum = 0;
  for (const char c : bytes) {
    const int byte = static_cast<unsigned char>(c);
    sum = check == "xor8" ? sum ^ byte : (sum + byte) % 256;
  }
  return Wide(check == "lrc" ? (256 - sum) % 256 : sum);
}

// RFC 1055, RFC 1662, RFC 5321, 10 10, and Cheshire and Baker. False if the escapes are wrong.
inline bool Unescape(const std::string& how, const std::string& stuffed, std::string& plain) {
  plain.clear();
  if (how == "cobs") {
    if (stuffed.empty()) return false;
    for (std::size_t at = 0; at < stuffed.size();) {
      const auto code = static_cast<std::size_t>(static_cast<unsigned char>(stuffed[at]));
      if (code == 0 || at + code > stuffed.size()) return false;
      for (std::size_t i = 1; i < code; ++i) {
        if (stuffed[at + i] == 0) return false;
        plain += stuffed[at + i];
      }
      at += code;
      if (code < 255 && at < stuffed.size()) plain += '\0';
    }
    return true;
  }
  for (std::size_t at = 0; at < stuffed.size(); ++at) {
    const unsigned char byte = static_cast<unsigned char>(stuffed[at]);
    const bool last = at + 1 == stuffed.size();
    const unsigned char next = last ? 0 : static_cast<unsigned char>(stuffed[at + 1]);
    if (how == "slip" && byte == 0xdb) {
      if (last || (next != 0xdc && next != 0xdd)) return false;
      plain += next == 0xdc ? '\xc0' : '\xdb';
      ++at;
    } else if (how == "hdlc" && byte == 0x7d) {
      if (last) return false;
      plain += static_cast<char>(next ^ 0x20);
      ++at;
    } else if (how.starts_with("map") && (byte == 0x7d || byte == 0x10)) {
      // map(7d02>7e,7d01>7d,100000>10)
      if (byte == 0x7d && (last || (next != 1 && next != 2))) return false;
      if (byte == 0x10 && stuffed.compare(at, 3, std::string("\x10\0\0", 3)) != 0) return false;
      plain += byte == 0x10 ? '\x10' : next == 2 ? '\x7e' : '\x7d';
      at += byte == 0x10 ? 2 : 1;
    } else if (how == "dle" && byte == 0x10) {
      if (next != 0x10) return false;
      plain += '\x10';
      ++at;
    } else if (how == "dot" && byte == '.' && (at == 0 || stuffed[at - 1] == '\n') && !last) {
      continue;  // the doubled one follows, or whatever stands there
    } else {
      plain += static_cast<char>(byte);
    }
  }
  return true;
}

// How many free bytes a kind has behind its payload.
inline std::size_t FreeTrailer(const Kind& kind) {
  // A constant at a trailer's end leaves no free byte there.
  const auto size = [](int trailer, const std::string& constant) {
    return constant.empty() ? static_cast<std::size_t>(trailer) : std::size_t{0};
  };
  if (const auto* n = std::get_if<Number>(&kind.what)) return size(n->trailer, n->constant);
  if (const auto* v = std::get_if<AnyVarint>(&kind.what)) return size(v->trailer, v->constant);
  if (const auto* a = std::get_if<Ascii>(&kind.what)) return size(a->trailer, a->constant);
  if (const auto* m = std::get_if<Marked>(&kind.what)) return m->delim.trailer;
  if (const auto* c = std::get_if<Counted>(&kind.what)) return size(c->trailer, c->constant);
  if (const auto* h = std::get_if<Headers>(&kind.what)) return size(h->trailer, h->constant);
  return 0;
}

// How many of the payload's last bytes are the checksum.
inline std::size_t Room(const Described& d) {
  const std::size_t size = CheckSize(d.check);
  return d.check != "fcs16" && FreeTrailer(d.kind) >= size ? 0 : size;
}

// Does the checksum hold? One in the payload is cut off it.
inline bool CheckHolds(const Described& d, const std::string& wire, const std::string& stuffed,
                       Found& found) {
  const std::size_t size = CheckSize(d.check);
  const bool inside = Room(d) > 0;
  const bool of_payload = d.check == "fcs16" || d.check == "sum8";
  std::string all = wire;
  if (inside) all = (of_payload ? "" : wire.substr(0, found.header)) + found.payload;
  if (all.size() < size || (inside && found.payload.size() < size)) return false;
  const std::string stored = all.substr(all.size() - size);
  std::string covered = all.substr(0, all.size() - size);
  if (of_payload && !inside) covered = stuffed;
  if (!of_payload) covered.erase(0, d.check_from);
  if (inside) found.payload.resize(found.payload.size() - size);
  const Wide says =
      d.check == "sum8" ? Digits(stored, 16) : Unsigned(stored, 0, size, IsLittle(d.check));
  return says == CheckValue(d.check, covered);
}

// What a complete frame's filters say; its payload is undone to what it stands for.
inline void Filter(const Described& d, const std::string& wire, Found& found) {
  const auto wrong = [&](const std::string& code) {
    const auto size = Wide(wire.size());
    found = Wrong(code);
    found.known_end = size;
  };
  if (!d.end.empty() &&
      (wire.size() < d.end.size() || wire.substr(wire.size() - d.end.size()) != d.end)) {
    return wrong("bad_magic");
  }
  const std::string stuffed = found.payload;
  if (d.xored && found.header >= 4) {
    const auto* number = std::get_if<Number>(&d.kind.what);
    const bool masked = number == nullptr || number->if_adds == 0 ||
                        Bit(wire, static_cast<std::size_t>(number->if_byte),
                            static_cast<std::size_t>(number->if_bit));
    for (std::size_t i = 0; masked && i < stuffed.size(); ++i) {
      found.payload[i] = static_cast<char>(stuffed[i] ^ wire[found.header - 4 + i % 4]);
    }
  }
  if (!d.unescape.empty() && !Unescape(d.unescape, stuffed, found.payload)) {
    return wrong("bad_escape");
  }
  if (!d.check.empty() && !CheckHolds(d, wire, stuffed, found)) return wrong("bad_checksum");
  if (!d.unescape.empty() || Room(d) > 0) {
    const std::string beyond = Beyond(d.limits, Wide(found.payload.size()));
    if (!beyond.empty()) {
      wrong(beyond);
      if (beyond != "payload_too_large") found.known_end = 0;
    }
  }
}

// One frame, magic and filters included.
inline Found JudgeFrame(const Described& d, const std::string& rest, bool little) {
  Limits limits = d.limits;
  limits.max += Wide(Room(d));
  if (!d.unescape.empty()) limits.max = 2 * limits.max + 4;  // stuffed
  if (d.unescape.starts_with("map")) limits.max = 3 * (limits.max / 2 - 2) + 3;
  if (!d.unescape.empty() || !d.join.empty() || Room(d) > 0) limits.min = 0;
  const std::size_t magic_end = d.magic_at + d.magic.size();
  if (!d.magic.empty()) {
    // Whatever is wrong in front of the magic comes first.
    Found early = CutOff();
    if (d.magic_at > 0) early = Judge(d.kind, limits, rest.substr(0, d.magic_at), little, false);
    if (early.code.empty() && !early.filler) return Wrong("bad_magic");
    if (early.code != "truncated") return early;
    for (std::size_t i = 0; i < d.magic.size(); ++i) {
      if (d.magic_at + i >= rest.size()) {
        early = Judge(d.kind, limits, rest, little, true);
        return early.code.empty() && !early.filler ? Wrong("bad_magic") : CutOff();
      }
      if (rest[d.magic_at + i] != d.magic[i]) return Wrong("bad_magic");
    }
  }
  Found found = Judge(d.kind, limits, rest, little, true);
  if (!found.code.empty() || found.filler) return found;
  if (!d.magic.empty() && found.wire < magic_end) return Wrong("bad_magic");
  Filter(d, rest.substr(0, found.wire), found);
  return found;
}

inline bool Continues(const Described& d, const std::string& wire, std::size_t payload) {
  if (d.join == "full") return payload == d.join_full;
  if (d.join == "char") return wire.size() <= d.join_byte || wire[d.join_byte] != d.join_char;
  const bool set = wire.size() > d.join_byte && Bit(wire, d.join_byte, d.join_bit);
  return d.join == "more" ? set : !set;
}

// Is a fragment that is cut off known to be a message's last one?
inline bool OnlyOrLast(const Described& d, const std::string& rest, const Found& part) {
  return part.needed > 0 && d.join != "full" && rest.size() > d.join_byte && !Continues(d, rest, 0);
}

// One message.
inline Found JudgeMessage(const Described& d, const std::string& rest, bool little) {
  Found message = JudgeFrame(d, rest, little);
  message.delivered = Delivered(message, rest);
  if (d.join.empty() || message.filler || !message.code.empty()) {
    if (!d.join.empty() && !OnlyOrLast(d, rest, message)) message.needed = 0;
    return message;
  }
  std::size_t fragment = 0;
  for (Found part = message; Continues(d, rest.substr(fragment, part.wire), part.payload.size());) {
    fragment = message.wire;
    const std::string behind = rest.substr(fragment);
    if (behind.empty()) return CutOff();
    part = JudgeFrame(d, behind, little);
    if (part.code == "truncated") {
      return CutOff(OnlyOrLast(d, behind, part) ? fragment + part.needed : 0);
    }
    if (!part.code.empty()) return Wrong(part.code);
    message.wire += part.wire;
    message.payload += part.payload;
    message.delivered += Delivered(part, behind);
    if (Wide(message.payload.size()) > d.limits.max) return Wrong("payload_too_large");
  }
  if (Wide(message.payload.size()) > d.limits.max) return Wrong("payload_too_large");
  if (Wide(message.payload.size()) < d.limits.min) return Wrong("payload_too_small");
  return message;
}

inline Found JudgePreamble(const Described& d, const std::string& rest) {
  if (d.preamble == "sized") {
    return rest.size() < d.preamble_size ? CutOff(d.preamble_size) : Filler(d.preamble_size);
  }
  if (d.preamble == "until") {
    const std::size_t hit = rest.find(d.preamble_bytes);
    return hit == std::string::npos ? CutOff() : Filler(hit + d.preamble_bytes.size());
  }
  if (d.preamble.ends_with("-line")) {
    const std::size_t before = ("\n" + rest).find("\n" + d.preamble_bytes);
    if (before == std::string::npos) return CutOff();
    if (d.preamble == "before-line") return Filler(before);
    const std::size_t end = rest.find('\n', before);
    return end == std::string::npos ? CutOff() : Filler(end + 1);
  }
  for (std::size_t i = 0; i < d.preamble_bytes.size(); ++i) {
    if (i >= rest.size()) {
      return d.preamble == "parts" ? CutOff(d.preamble_bytes.size() + d.preamble_size) : CutOff();
    }
    if (rest[i] != d.preamble_bytes[i]) return Wrong("bad_magic");
  }
  if (d.preamble == "parts") {
    const std::size_t size = d.preamble_bytes.size() + d.preamble_size;
    return rest.size() < size ? CutOff(size) : Filler(size);
  }
  return Filler(d.preamble_bytes.size());
}

// Strict decoding only: in recovery the frames and gaps are the same ones, and are compared for
// being so by the laws.
inline Events Decode(const Described& d, const std::string& bytes, Mode) {
  Events events;
  std::size_t at = 0;
  bool before_first = !d.preamble.empty();
  bool little = false;
  int frames = 0;
  while (at < bytes.size()) {
    const std::string rest = bytes.substr(at);
    Found found;
    if (before_first) {
      found = JudgePreamble(d, rest);
    } else if (d.once && frames > 0) {
      found = Wrong("trailing_bytes");
    } else if (d.skip.find(rest[0]) != std::string::npos) {
      found = Filler(1);
    } else if (frames < d.first_count) {
      found = Judge(*d.first, d.limits, rest, little, true);
      found.delivered = Delivered(found, rest);
    } else {
      found = JudgeMessage(d, rest, little);
    }
    if (found.code == "truncated") {
      events.push_back(Truncated(at, rest.size(), found.needed));
      return events;
    }
    if (!found.code.empty()) {
      events.push_back(Error(at, found.code));
      return events;
    }
    if (!found.filler) {
      events.push_back(Frame(at, found.wire, found.delivered));
      little = found.little;
      ++frames;
    }
    before_first = false;
    at += found.wire;
  }
  events.push_back(End(at));
  return events;
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_DESCRIBED_H_
