// The contract's `length` with all its keys, `varint` in all forms, and `ascii`, decoded slowly.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_NUMBER_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_NUMBER_H_

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/reference_found.h"

namespace reference {

struct Number {
  struct Ext {
    std::string how = "value";  // "flag", "field": VALUE:WIDTH+BIAS, @BYTE.BIT:WIDTH, bitN:Mbe
    int value = 0;
    int byte = 0, bit = 0;
    int width = 1;  // "field": bits
    int bias = 0;
    int at = -1;
  };
  struct Plus {
    int offset = 0, width = 1;
    int mask = -1;  // -1: all bits
    int unit = 1;
  };
  int offset = 0, width = 4;
  std::string endian = "big";  // little, bit, char, magic
  int told_at = 0, told_bit = 0;
  std::string told = "";  // the character, or the magic
  std::string counts = "after";
  int adjust = 0;
  int header = -1;  // -1: up to the field's end and `behind` more
  int behind = 0;
  int shift = 0;
  long mask = -1;  // -1: all bits
  int unit = 1;
  int align = 1;
  std::vector<Plus> plus = {};
  std::vector<Ext> ext = {};
  int if_byte = 0, if_bit = 0, if_adds = 0;
  bool zero_is_rest = false;
  int trailer = 0;
  std::string constant = "";  // the trailer, where it is checked
  int strip = -1;             // -1: header

  std::string Options() const {
    std::string text = Said("offset", offset, 0) + Said("width", width, 4);
    if (endian == "little") text += ",endian=little";
    if (endian == "bit") {
      text += ",endian=@" + std::to_string(told_at) + "." + std::to_string(told_bit);
    }
    if (endian == "char") text += ",endian=@" + std::to_string(told_at) + ":" + told;
    if (endian == "magic") {
      text += ",endian=magic@" + std::to_string(told_at) + ":" + HexPairs(told);
    }
    if (counts != "after") text += ",counts=" + counts;
    text += Said("adjust", adjust, 0) + Said("header", header, -1);
    if (header < 0 && behind > 0) text += ",header=ext+" + std::to_string(behind);
    text += Said("shift", shift, 0) + Said("mask", mask, -1) + Said("unit", unit, 1) +
            Said("align", align, 1);
    std::string before = ",plus=";
    for (const Plus& p : plus) {
      text += before + std::to_string(p.offset) + "/" + std::to_string(p.width);
      if (p.mask >= 0) text += "&" + std::to_string(p.mask);
      if (p.unit != 1) text += "*" + std::to_string(p.unit);
      before = "+";
    }
    before = ",ext=";
    for (const Ext& e : ext) {
      text += before;
      if (e.how == "value") text += std::to_string(e.value) + ":";
      if (e.how == "flag") text += "@" + std::to_string(e.byte) + "." + std::to_string(e.bit) + ":";
      if (e.how == "field") text += "bit" + std::to_string(e.bit) + ":";
      if (e.at >= 0) text += "@" + std::to_string(e.at) + "/";
      text += std::to_string(e.width);
      if (e.how == "field") text += "be";
      if (e.bias > 0) text += "+" + std::to_string(e.bias);
      before = "/";
    }
    if (if_adds > 0) {
      text += ",if=" + std::to_string(if_byte) + "." + std::to_string(if_bit) + ":+" +
              std::to_string(if_adds);
    }
    if (zero_is_rest) text += ",zero=eof";
    return text + SaidTrailer(trailer, constant) + Said("strip", strip, -1);
  }
};

// `little` is what the stream has told so far; `ended`: no more bytes will come.
inline Found Judge(const Number& n, const Limits& limits, const std::string& rest, bool little,
                   bool ended) {
  std::size_t looked = 0;
  const auto missing = [&](int upto) {
    looked = std::max(looked, static_cast<std::size_t>(upto));
    return rest.size() < looked;
  };
  const auto byte_at = [](int at) { return static_cast<std::size_t>(at); };
  bool told_little = little;
  if (n.endian == "big") told_little = false;
  if (n.endian == "little") told_little = true;
  if (n.endian == "bit") {
    if (missing(n.told_at + 1)) return CutOff();
    told_little = Bit(rest, byte_at(n.told_at), byte_at(n.told_bit));
  }
  if (n.endian == "char") {
    if (missing(n.told_at + 1)) return CutOff();
    told_little = rest[byte_at(n.told_at)] == n.told[0];
  }
  if (n.endian == "magic") {
    if (missing(n.told_at + static_cast<int>(n.told.size()))) return CutOff();
    const std::string there = rest.substr(byte_at(n.told_at), n.told.size());
    if (there == std::string(n.told.rbegin(), n.told.rend())) told_little = true;
    if (there == n.told) told_little = false;
  }

  // Raw, shift, mask.
  int width = n.width;
  for (const Number::Ext& e : n.ext) {
    if (e.how != "flag") continue;
    if (missing(e.byte + 1)) return CutOff();
    if (Bit(rest, byte_at(e.byte), byte_at(e.bit))) width = e.width;
  }
  int field_end = n.offset + width;
  if (missing(field_end)) return CutOff();
  Wide number = Unsigned(rest, byte_at(n.offset), byte_at(width), told_little) >> n.shift;
  if (n.mask >= 0) number = number & n.mask;
  const Wide raw = number;
  // Ext: the first that applies.
  for (const Number::Ext& e : n.ext) {
    if (e.how == "value" && raw == e.value) {
      const int at = e.at >= 0 ? e.at : field_end;
      if (missing(at + e.width)) return CutOff();
      number = Unsigned(rest, byte_at(at), byte_at(e.width), told_little) + e.bias;
      field_end = std::max(field_end, at + e.width);
      break;
    }
    if (e.how == "field" && Bit(rest, byte_at(n.offset), byte_at(e.bit))) {
      const int bytes = (e.width + 1 + 7) / 8;
      if (missing(n.offset + bytes)) return CutOff();
      number = Unsigned(rest, byte_at(n.offset), byte_at(bytes), false) % (Wide{1} << e.width);
      field_end = n.offset + bytes;
      break;
    }
  }
  number *= n.unit;

  // Counts and adjust.
  int longer = 0;
  if (n.if_adds > 0) {
    if (missing(n.if_byte + 1)) return CutOff();
    if (Bit(rest, byte_at(n.if_byte), byte_at(n.if_bit))) longer = n.if_adds;
  }
  const int header = (n.header >= 0 ? n.header : field_end + n.behind) + longer;
  const auto strip = static_cast<std::size_t>(n.strip >= 0 ? n.strip : header);
  if (n.zero_is_rest && raw == 0) {
    if (!ended || rest.size() < byte_at(header)) {
      return Wide(rest.size()) > header + limits.max ? Wrong("payload_too_large") : CutOff();
    }
    if (Wide(rest.size()) > header + limits.max) return Wrong("payload_too_large");
    if (strip > rest.size()) return Wrong("malformed_length");
    if (Wide(rest.size()) < header + limits.min) return Wrong("payload_too_small");
    return {.wire = rest.size(),
            .header = byte_at(header),
            .payload = rest.substr(byte_at(header)),
            .strip = strip};
  }
  Wide end = number + n.adjust;
  if (n.counts == "after") end += field_end + longer;
  if (n.counts == "payload") end += header;
  if (end < header) return Wrong("length_below_header");
  // Align, plus, trailer, limits.
  Wide added = 0;
  for (const Number::Plus& p : n.plus) {
    if (missing(p.offset + p.width)) return CutOff();
    Wide more = Unsigned(rest, byte_at(p.offset), byte_at(p.width), told_little);
    if (p.mask >= 0) more = more & p.mask;
    added += more * p.unit;
  }
  const Wide wire = RoundUp(end, n.align) + added + TrailerSize(n.trailer, n.constant);
  const Wide payload = end - header + added;
  if (wire < Wide(looked)) return Wrong("length_below_header");  // of bytes that it is read from
  const std::string beyond = Beyond(limits, payload);
  if (beyond.empty() && Wide(strip) > header + payload) return Wrong("malformed_length");
  const Wide trailer_at = wire - TrailerSize(0, n.constant);
  Found found = EndsWith(Sized(rest, limits, header, payload, wire), rest, trailer_at, n.constant);
  if (!found.code.empty()) return found;
  found.strip = strip;
  found.little = n.endian == "magic" ? told_little : little;
  return found;
}

struct AnyVarint {
  std::string form = "";  // big7, quic, msgpack
  int offset = 0;
  int max_bytes = 0;  // 0: 5, or what the form has
  std::string counts = "after";
  int header = 0;
  int trailer = 0;
  std::string constant = "";  // the trailer, where it is checked
  bool after = false;
  bool lenient = false;

  std::string Options() const {
    std::string text = form.empty() ? "" : "," + form;
    text += Said("offset", offset, 0) + Said("max-bytes", max_bytes, 0);
    if (counts != "after") text += ",counts=" + counts;
    text += Said("header", header, 0) + SaidTrailer(trailer, constant);
    if (after) text += ",after=varint";
    if (lenient) text += ",lenient";
    return text;
  }
};

// The number at `at`, which moves behind it; "truncated" or "malformed_length" if there is none.
inline std::string ReadVarint(const AnyVarint& v, const std::string& rest, std::size_t& at,
                              Wide& number) {
  if (at >= rest.size()) return "truncated";
  const int first = static_cast<unsigned char>(rest[at]);
  const std::size_t most = v.max_bytes > 0 ? static_cast<std::size_t>(v.max_bytes)
                                           : (v.form == "quic" || v.form == "msgpack" ? 9 : 5);
  if (v.form == "quic" || v.form == "msgpack") {
    std::size_t start = at;
    std::size_t width = 0;
    if (v.form == "quic") width = std::size_t{1} << (first / 64);
    if (v.form == "msgpack" && first < 0x80) width = 1;
    if (v.form == "msgpack" && first >= 0xcc && first <= 0xcf) {
      width = std::size_t{1} << (first - 0xcc);
      ++start;
    }
    if (width == 0 || start - at + width > most) return "malformed_length";
    if (start + width > rest.size()) return "truncated";
    number = Unsigned(rest, start, width, false);
    if (v.form == "quic") number = number % (Wide{1} << (8 * width - 2));
    at = start + width;
    return "";
  }
  Wide weight = 1;
  number = 0;
  for (std::size_t digit = 0; at + digit < rest.size(); ++digit) {
    const int value = static_cast<unsigned char>(rest[at + digit]);
    if (v.form == "big7") {
      number = number * 128 + value % 128;
    } else {
      number += weight * (value % 128);
      weight *= 128;
    }
    if (number >= Wide{1} << 64) return "malformed_length";
    if (!v.lenient && v.form == "big7" && digit == 0 && value == 0x80) return "malformed_length";
    if (!v.lenient && v.form.empty() && digit > 0 && value == 0) return "malformed_length";
    if (value < 128) {
      at += digit + 1;
      return "";
    }
    if (digit + 1 == most) return "malformed_length";
  }
  return "truncated";
}

inline Found Judge(const AnyVarint& v, const Limits& limits, const std::string& rest) {
  auto at = static_cast<std::size_t>(v.offset);
  Wide number = 0;
  std::string code;
  if (v.after) code = ReadVarint(v, rest, at, number);
  if (code.empty()) code = ReadVarint(v, rest, at, number);
  if (!code.empty()) return Wrong(code);
  const Wide header = Wide(at) + v.header;
  Wide end = number;
  if (v.counts == "after") end += at;
  if (v.counts == "payload") end += header;
  if (end < header) return Wrong("length_below_header");
  return EndsWith(
      Sized(rest, limits, header, end - header, end + TrailerSize(v.trailer, v.constant)), rest,
      end, v.constant);
}

struct Ascii {
  int base = 10;
  int width = 0;
  std::string until = "";
  std::string counts = "after";
  int adjust = 0;
  int trailer = 0;
  std::string constant = "";  // the trailer, where it is checked
  std::string after = "";
  std::vector<int> bare = {};

  std::string Options() const {
    std::string text = Said("base", base, 10) + Said("width", width, 0);
    if (!until.empty()) text += ",until=" + HexPairs(until);
    if (counts != "after") text += ",counts=" + counts;
    text += Said("adjust", adjust, 0) + SaidTrailer(trailer, constant);
    if (!after.empty()) text += ",after=" + HexPairs(after);
    std::string before = ",bare=";
    for (const int value : bare) {
      text += before + std::to_string(value);
      before = "/";
    }
    return text;
  }
};

inline Found Judge(const Ascii& a, const Limits& limits, const std::string& rest) {
  std::size_t at = 0;
  if (!a.after.empty()) {
    const std::size_t hit = rest.substr(0, 4096).find(a.after);
    if (hit == std::string::npos) return rest.size() < 4096 ? CutOff() : Wrong("malformed_length");
    at = hit + a.after.size();
  }
  std::string digits;
  const std::size_t most = a.width > 0 ? static_cast<std::size_t>(a.width) : 1000;
  const bool strict = a.width == 0 && a.after.empty();
  while (at < rest.size() && digits.size() < most && Digit(rest[at], a.base) >= 0) {
    digits += rest[at++];
    if (strict && digits.size() > 1 && digits[0] == '0') return Wrong("malformed_length");
    if (digits.size() > 64 || Digits(digits, a.base) >= Wide{1} << 64) {
      return Wrong("malformed_length");
    }
  }
  if (at == rest.size() && digits.size() < most) return CutOff();
  if (a.width > 0 ? digits.size() < most : digits.empty()) return Wrong("malformed_length");
  for (const char c : a.until) {
    if (at == rest.size()) return CutOff();
    if (rest[at++] != c) return Wrong("malformed_length");
  }
  const Wide number = Digits(digits, a.base);
  for (const int value : a.bare) {
    if (number == value) return {.wire = at, .header = at};
  }
  const Wide header = at;
  const Wide end = number + a.adjust + (a.counts == "frame" ? 0 : header);
  if (end < header) return Wrong("length_below_header");
  const Wide trailer = TrailerSize(a.trailer, a.constant);
  return EndsWith(Sized(rest, limits, header, end - header, end + trailer), rest, end, a.constant);
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_NUMBER_H_
