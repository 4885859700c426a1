// A described framing chosen by the fuzzer (or at random, by a test): any kind, any clauses that go
// with it, as a reference decoder knows it and as text for the library.

#ifndef UNSTICK_FUZZ_DESCRIBED_CONFIG_H_
#define UNSTICK_FUZZ_DESCRIBED_CONFIG_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "tests/support/reference_described.h"

namespace unstick::fuzz {

inline constexpr std::size_t kDescribedBytes = 64;  // what TakeDescribed() takes

// True once in `times`, and false for input that is all zeros: the plainest spec.
inline bool Seldom(FuzzInput& input, std::size_t times) { return input.Below(times) == 1; }
inline int Int(FuzzInput& input, std::size_t bound) { return static_cast<int>(input.Below(bound)); }

inline const std::string& TakeMark(FuzzInput& input) {
  static const std::string marks[] = {"\n", "\r\n", ";", "ab", "aab", "||", std::string(1, '\0')};
  return input.OneOf(marks);
}
inline const std::string& TakeCounts(FuzzInput& input) {
  static const std::string counts[] = {"after", "payload", "frame"};
  return input.OneOf(counts);
}

inline reference::Number::Ext TakeExt(FuzzInput& input) {
  static const std::string hows[] = {"value", "flag", "field"};
  reference::Number::Ext ext{.how = input.OneOf(hows)};
  ext.value = Int(input, 8);
  ext.byte = Int(input, 3);
  ext.bit = Int(input, 8);
  ext.width = ext.how == "field" ? 7 + Int(input, 20) : 1 + Int(input, 4);
  if (ext.how == "value") ext.bias = Int(input, 4) * 5;
  if (ext.how == "value" && Seldom(input, 4)) ext.at = Int(input, 8);
  return ext;
}

inline reference::Number TakeNumber(FuzzInput& input) {
  reference::Number n;
  n.offset = Int(input, 4);
  constexpr int kWidths[] = {1, 2, 4, 3, 8, 1, 2, 5, 6, 7};
  n.width = input.OneOf(kWidths);
  static const std::string orders[] = {"big", "little", "big", "bit", "char", "magic"};
  n.endian = input.OneOf(orders);
  n.told_at = Int(input, 4);
  n.told_bit = Int(input, 8);
  if (n.endian == "char") n.told = "l";
  if (n.endian == "magic") n.told = "\1\2";
  n.counts = TakeCounts(input);
  if (Seldom(input, 4)) n.adjust = Int(input, 8) - 4;
  if (Seldom(input, 3)) n.header = n.offset + n.width + Int(input, 5);
  if (n.header < 0 && Seldom(input, 4)) n.behind = Int(input, 3);
  if (Seldom(input, 5)) n.shift = Int(input, 6);
  if (Seldom(input, 4)) n.mask = 0xff >> input.Below(6);
  if (Seldom(input, 5)) n.unit = 1 + Int(input, 5);
  if (Seldom(input, 4)) n.align = 1 + Int(input, 6);
  for (std::size_t i = 0; i < 2 && Seldom(input, 5); ++i) {
    reference::Number::Plus plus{.offset = Int(input, 6), .width = 1 + Int(input, 2)};
    if (Seldom(input, 2)) plus.mask = 0xf;
    plus.unit = 1 + Int(input, 3);
    n.plus.push_back(plus);
  }
  for (std::size_t i = 0; i < 2 && Seldom(input, 4); ++i) n.ext.push_back(TakeExt(input));
  if (Seldom(input, 6)) {
    n.if_byte = Int(input, 4);
    n.if_bit = Int(input, 8);
    n.if_adds = 1 + Int(input, 5);
  }
  n.zero_is_rest = Seldom(input, 10);
  if (Seldom(input, 4)) n.trailer = Int(input, 5);
  if (Seldom(input, 8)) n.constant = "ab";
  if (Seldom(input, 5)) n.strip = Int(input, 6);
  return n;
}

inline reference::AnyVarint TakeVarint(FuzzInput& input) {
  static const std::string forms[] = {"", "big7", "quic", "msgpack"};
  reference::AnyVarint v{.form = input.OneOf(forms)};
  if (Seldom(input, 3)) v.offset = Int(input, 3);
  if (Seldom(input, 3)) v.max_bytes = 1 + Int(input, 10);
  v.counts = TakeCounts(input);
  if (Seldom(input, 3)) v.header = Int(input, 4);
  if (Seldom(input, 3)) v.trailer = Int(input, 3);
  if (Seldom(input, 6)) v.constant = "b";
  v.after = Seldom(input, 3);
  v.lenient = Seldom(input, 3);
  return v;
}

inline reference::Ascii TakeAscii(FuzzInput& input) {
  reference::Ascii a;
  if (Seldom(input, 2)) a.base = 16;
  static const std::string untils[] = {":", " ", "\r\n", "::"};
  a.until = input.OneOf(untils);
  if (Seldom(input, 2)) a.width = 1 + Int(input, 8);
  if (a.width > 0 && Seldom(input, 2)) a.until.clear();
  a.counts = TakeCounts(input);
  if (Seldom(input, 4)) a.adjust = Int(input, 8) - 4;
  if (Seldom(input, 3)) a.trailer = Int(input, 3);
  if (a.trailer == 0 && Seldom(input, 2)) a.constant = Seldom(input, 2) ? ",\\r" : ",";
  if (a.constant.size() > 1) a.constant = ",,";
  if (Seldom(input, 5)) a.after = TakeMark(input);
  if (Seldom(input, 4)) a.bare = {0, 1 + Int(input, 3)};
  return a;
}

inline reference::Marked TakeMarked(FuzzInput& input) {
  reference::Marked m;
  static const std::string eols[] = {"", "lf", "crlf", "lf-only"};
  m.line = input.OneOf(eols);
  if (m.line == "crlf") m.delim.ends = {"\r\n"};
  if (m.line == "lf-only") m.delim.ends = {"\n"};
  const std::string& mark = TakeMark(input);
  const std::string& other = TakeMark(input);
  if (m.line.empty()) {
    m.delim.ends = {mark};
    if (other != mark && Seldom(input, 2)) m.delim.ends.push_back(other);
    if (Seldom(input, 3)) m.delim.starts = {"$"};
    if (Seldom(input, 6)) m.delim.starts = {"$", "!"};
    m.delim.skip_empty = Seldom(input, 3);
    if (Seldom(input, 4)) m.delim.trailer = input.Below(3);
  }
  m.delim.keep = Seldom(input, 4);
  static const std::string tails[] = {"error", "deliver", "drop"};
  m.delim.tail = input.OneOf(tails);
  return m;
}

inline reference::Counted TakeCounted(FuzzInput& input) {
  reference::Counted c;
  static const std::string eols[] = {"lf", "crlf", "lf-only"};
  c.eol = input.OneOf(eols);
  c.keep = Seldom(input, 4);
  if (Seldom(input, 3)) {
    c.open = "{";
    c.close = "}";
    return c;
  }
  c.token = Int(input, 5) - 2;
  if (Seldom(input, 2)) c.verbs = {{.name = "P"}, {.name = "M", .token = Int(input, 3)}};
  if (Seldom(input, 2)) c.trailer = Int(input, 4);
  if (Seldom(input, 4)) c.constant = "  ";
  return c;
}

inline reference::Headers TakeHeaders(FuzzInput& input) {
  reference::Headers h;
  h.length = {"L"};
  if (Seldom(input, 3)) h.length.emplace_back("Len");
  if (Seldom(input, 3)) h.if_missing = Int(input, 4);
  if (Seldom(input, 3)) h.chunked = "T";
  if (Seldom(input, 4)) h.until = TakeMark(input);
  if (Seldom(input, 4)) h.bodiless = {"1x", "2"};
  if (Seldom(input, 4)) h.eof = "P";
  static const std::string skips[] = {"", "", "eol", "crlf"};
  h.skip = input.OneOf(skips);
  h.lf = Seldom(input, 4);
  if (Seldom(input, 3)) h.trailer = Int(input, 3);
  if (Seldom(input, 6)) h.constant = "a";
  if (Seldom(input, 6)) h.max_header = 16 + Int(input, 16);
  static const std::string names[] = {"", "padded", "octets"};
  static const std::string values[] = {"", "quoted", "octets"};
  static const std::string folds[] = {"", "responses", "always"};
  if (Seldom(input, 3)) h.names = input.OneOf(names);
  if (Seldom(input, 3)) h.values = input.OneOf(values);
  if (Seldom(input, 2)) h.fold = input.OneOf(folds);
  if (Seldom(input, 4)) h.version = "P";
  h.nocase = Seldom(input, 4);
  if (Seldom(input, 5)) h.start_line = "none";
  return h;
}

inline reference::Parts TakeParts(FuzzInput& input) {
  reference::Parts p{.list = input.Flag()};
  if (Seldom(input, 3)) p.count_offset = Int(input, 3);
  p.count_width = 1 + Int(input, 4);
  if (Seldom(input, 4)) p.count_adjust = Int(input, 4) - 1;
  p.entry = 1 + Int(input, 4);
  if (Seldom(input, 3)) p.unit = 1 + Int(input, 4);
  if (!p.list && Seldom(input, 3)) p.align = 1 + Int(input, 6);
  if (Seldom(input, 3)) p.header = p.count_offset + p.count_width + Int(input, 3);
  p.little = Seldom(input, 3);
  return p;
}

inline reference::Chunks TakeChunks(FuzzInput& input) {
  reference::Chunks c;
  if (input.Flag()) {
    c.width = 1 + Int(input, 8);
    c.little = Seldom(input, 3);
  } else {
    c.ascii = Seldom(input, 3) ? 10 : 16;
    c.until = Seldom(input, 3) ? ":" : "\r\n";
  }
  if (Seldom(input, 2)) c.trailer = "\r\n";
  return c;
}

inline reference::Record TakeRecord(FuzzInput& input) {
  reference::Record r;
  r.fixed.size = 1 + input.Below(12);
  r.fixed.sync = std::string("abc").substr(0, input.Below(4));
  if (r.fixed.sync.size() > r.fixed.size) r.fixed.sync.clear();
  return r;
}

inline reference::Walk TakeWalk(FuzzInput& input) {
  static const std::string names[] = {"json",    "resp", "msgpack", "cbor",
                                      "bencode", "ber",  "json-seq"};
  return {input.OneOf(names)};
}

inline reference::Kind TakeKind(FuzzInput& input, bool may_switch);

inline reference::Switch TakeSwitch(FuzzInput& input) {
  reference::Switch s;
  if (Seldom(input, 3)) s.at = Int(input, 3);
  constexpr int kMasks[] = {0xff, 0xc0, 0x0f, 0x01};
  s.mask = input.OneOf(kMasks);
  const std::size_t cases = 1 + input.Below(3);
  for (std::size_t i = 0; i < cases; ++i) {
    const int value = Int(input, 256) & s.mask;
    std::string when = reference::HexPairs(std::string(1, static_cast<char>(value)));
    if (Seldom(input, 5)) when = "digit";
    if (Seldom(input, 5)) when = "else";
    s.cases.push_back({when, std::make_shared<const reference::Kind>(TakeKind(input, false))});
  }
  return s;
}

inline reference::Kind TakeKind(FuzzInput& input, bool may_switch) {
  switch (input.Below(may_switch ? 14 : 13)) {
    case 0:
    case 1:
      return {TakeNumber(input)};
    case 2:
      return {TakeVarint(input)};
    case 3:
      return {TakeAscii(input)};
    case 4:
    case 5:
      return {TakeMarked(input)};
    case 6:
      return {TakeCounted(input)};
    case 7:
      return {TakeHeaders(input)};
    case 8:
      return {TakeParts(input)};
    case 9:
      return {TakeChunks(input)};
    case 10:
      return {TakeRecord(input)};
    case 11:
      return {reference::Started{TakeMark(input)}};
    case 12:
      return {TakeWalk(input)};
    default:
      return {TakeSwitch(input)};
  }
}

inline void TakeJoin(FuzzInput& input, reference::Described& d) {
  static const std::string joins[] = {"last", "more", "char", "full"};
  d.join = input.OneOf(joins);
  d.join_byte = input.Below(3);
  d.join_bit = input.Below(8);
  d.join_full = 1 + input.Below(4);
}

// Clauses that go with the kind.
inline void TakeClauses(FuzzInput& input, reference::Described& d) {
  static const std::string preambles[] = {
      "", "", "", "sized", "constant", "until", "before-line", "through-line"};
  d.preamble = input.OneOf(preambles);
  d.preamble_size = 1 + input.Below(5);
  if (!d.preamble.empty() && d.preamble != "sized") d.preamble_bytes = "HI";
  if (Seldom(input, 8)) {
    d.first = std::make_shared<const reference::Kind>(TakeKind(input, false));
    d.first_count = 1 + Int(input, 2);
  }
  d.once = Seldom(input, 10);
  const auto* number = std::get_if<reference::Number>(&d.kind.what);
  const bool varint = std::holds_alternative<reference::AnyVarint>(d.kind.what);
  const bool fixed = std::holds_alternative<reference::Record>(d.kind.what);
  const bool chunks = std::holds_alternative<reference::Chunks>(d.kind.what);
  const auto* headers = std::get_if<reference::Headers>(&d.kind.what);
  const bool chosen = std::holds_alternative<reference::Switch>(d.kind.what);
  const bool marked = std::holds_alternative<reference::Marked>(d.kind.what);
  const bool in_pieces = chunks || chosen || (headers != nullptr && !headers->chunked.empty());
  if (Seldom(input, 6)) {
    d.magic = std::string("\1\2\3").substr(0, 1 + input.Below(3));
    if (number != nullptr || varint || fixed) d.magic_at = input.Below(4);
  }
  if (Seldom(input, 8)) d.end = input.Flag() ? "\xce" : "\r\n";
  if (in_pieces) return;
  if ((number != nullptr || varint) && Seldom(input, 5)) {
    if (number == nullptr || number->endian != "magic") TakeJoin(input, d);
  }
  static const std::string checks[] = {"",
                                       "",
                                       "",
                                       "",
                                       "",
                                       "crc32c",
                                       "fcs16",
                                       "sum8",
                                       "crc16-modbus",
                                       "crc(width=12,poly=80f,refout=1)",
                                       "xor8",
                                       "lrc"};
  d.check = input.OneOf(checks);
  const bool sums = !d.check.empty() && d.check != "fcs16" && d.check != "sum8";
  if (sums && Seldom(input, 3)) d.check_from = 1 + input.Below(4);
  static const std::string escapes[] = {"slip", "cobs", "hdlc",
                                        "dot",  "dle",  "map(7d02>7e,7d01>7d,100000>10)"};
  if (Seldom(input, marked ? 3 : 9)) d.unescape = input.OneOf(escapes);
  if (number != nullptr && d.unescape.empty() && Room(d) == 0) {
    d.xored = Seldom(input, 8);
  }
}

inline void TakeLimits(FuzzInput& input, reference::Described& d) {
  constexpr int kMost[] = {0, 0, 0, 1, 2, 5, 30, 300};
  if (const int max = input.OneOf(kMost); max > 0) {
    d.limits.max = max;
    d.limits_text += ",max=" + std::to_string(max);
  }
  if (Seldom(input, 5)) {
    const int min = 1 + Int(input, 3);
    d.limits.min = min;
    d.limits_text += ",min=" + std::to_string(min);
  }
}

// What the library refuses is for the caller to see.
inline reference::Described TakeDescribed(FuzzInput& input) {
  std::string bytes;
  while (bytes.size() < kDescribedBytes) bytes += static_cast<char>(input.Byte());
  FuzzInput choices(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  reference::Described d;
  TakeLimits(choices, d);
  d.kind = TakeKind(choices, true);
  TakeClauses(choices, d);
  return d;
}

// Pieces of bytes that come near the edges of described framings.
inline std::string TakeWords(FuzzInput& input, std::size_t most) {
  static const std::string words[] = {std::string(1, '\0'),
                                      "\1",
                                      "\2",
                                      "\3",
                                      "\4",
                                      "\5",
                                      "\x7f",
                                      "\x80",
                                      "\xff",
                                      "\n",
                                      "\r",
                                      "\r\n",
                                      "a",
                                      "b",
                                      "ab",
                                      "0",
                                      "1",
                                      "2",
                                      "3",
                                      "10",
                                      ":",
                                      ",",
                                      ";",
                                      " ",
                                      "{",
                                      "}",
                                      "P 1",
                                      "M 2 3",
                                      "L: 2",
                                      "T: chunked",
                                      "T: x, chunked",
                                      "\r\n\r\n",
                                      "\xdb",
                                      "\xdc",
                                      "\xc0",
                                      "\x7d",
                                      "\x7d\x02",
                                      std::string("\x10\0\0", 3),
                                      "\x7e",
                                      "\x10",
                                      ".",
                                      "$",
                                      "!",
                                      "||",
                                      "l",
                                      "\1\2",
                                      "\2\1",
                                      "HI",
                                      "\xce",
                                      "Len: 1",
                                      "[1]",
                                      "\"s\"",
                                      "\x1e",
                                      "P 2\n",
                                      "\nHI",
                                      "$1\r\nx\r\n",
                                      "i1e"};
  std::string text;
  while (!input.empty() && text.size() < most) text += input.OneOf(words);
  return text;
}

}  // namespace unstick::fuzz

#endif  // UNSTICK_FUZZ_DESCRIBED_CONFIG_H_
