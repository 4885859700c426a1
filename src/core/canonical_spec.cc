#include "src/core/canonical_spec.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/core/check_spec.h"
#include "src/core/kinds/trailer.h"
#include "src/core/spec_values.h"
#include "unstick/core/delimiter_framer.h"

namespace unstick::inline v0::detail {
namespace {

// How a value is written in the canonical text.
enum class Form : std::uint8_t {
  kText,     // as it stands
  kNumber,   // decimal, without a plus or leading zeros; what is no number stands as it is
  kNumbers,  // the same for each number of an expression; the one after '&' is a mask
  kMask,     // 0x and lower-case hexadecimal
  kSize,     // in the largest unit that divides it
  kBytes,    // hex pairs
  kMarks,    // byte strings, each in hex pairs, with | between them
  kUntil,    // until(BYTES), the bytes in hex pairs
  kTrailer,  // numbers and quoted bytes, with / between them
  kOrder,    // a byte order, in which a magic is bytes
  kCount,    // OFF/WIDTH, token[N] or tail(BYTES,BYTES)
};

struct KeyForm {
  std::string_view name;
  Form form;
  std::string_view normal = {};  // its default, in canonical form: left out
};

struct KindKeys {
  std::string_view kind;
  std::vector<KeyForm> keys;  // in the order of docs/framer-spec.md
};

const std::vector<KindKeys>& AllKeys() {
  static const std::vector<KindKeys> all = {
      {"length",
       {{"offset", Form::kNumber, "0"},
        {"width", Form::kNumber, "4"},
        {"endian", Form::kOrder, "big"},
        {"counts", Form::kText, "after"},
        {"adjust", Form::kNumber, "0"},
        {"header", Form::kNumbers},
        {"shift", Form::kNumber, "0"},
        {"mask", Form::kMask},
        {"unit", Form::kNumber, "1"},
        {"align", Form::kNumber, "1"},
        {"plus", Form::kNumbers},
        {"ext", Form::kNumbers},
        {"if", Form::kNumbers},
        {"zero", Form::kText},
        {"trailer", Form::kTrailer, "0"},
        {"strip", Form::kNumber}}},
      {"varint",
       {{"big7", Form::kText},
        {"quic", Form::kText},
        {"msgpack", Form::kText},
        {"offset", Form::kNumber, "0"},
        {"max-bytes", Form::kNumber},
        {"counts", Form::kText, "after"},
        {"header", Form::kNumber, "0"},
        {"trailer", Form::kTrailer, "0"},
        {"after", Form::kText},
        {"lenient", Form::kText}}},
      {"ascii",
       {{"base", Form::kNumber, "10"},
        {"width", Form::kNumber, "0"},
        {"until", Form::kBytes},
        {"counts", Form::kText, "after"},
        {"adjust", Form::kNumber, "0"},
        {"trailer", Form::kTrailer, "0"},
        {"start", Form::kBytes},
        {"after", Form::kBytes},
        {"bare", Form::kNumbers}}},
      {"headers",
       {{"length", Form::kText, "Content-Length"},
        {"default", Form::kNumber},
        {"chunked", Form::kText},
        {"bodiless", Form::kText},
        {"eof", Form::kBytes},
        {"version", Form::kBytes},
        {"nocase", Form::kText},
        {"start-line", Form::kText, "any"},
        {"names", Form::kText, "token"},
        {"values", Form::kText, "text"},
        {"fold", Form::kText, "never"},
        {"else", Form::kUntil},
        {"skip", Form::kText},
        {"eol", Form::kText, "crlf"},
        {"trailer", Form::kTrailer, "0"},
        {"max-header", Form::kSize, "64KiB"}}},
      {"delim",
       {{"end", Form::kMarks},
        {"start", Form::kMarks},
        {"keep", Form::kText},
        {"skip-empty", Form::kText},
        {"trailer", Form::kTrailer, "0"},
        {"tail", Form::kText, "error"}}},
      {"line",
       {{"eol", Form::kText, "lf"},
        {"keep", Form::kText},
        {"tail", Form::kText, "error"},
        {"verbs", Form::kText},
        {"nocase", Form::kText},
        {"count", Form::kCount},
        {"trailer", Form::kTrailer, "0"}}},
      {"fixed", {{"size", Form::kNumber}, {"sync", Form::kBytes}}},
      {"table",
       {{"header", Form::kNumber, "0"},
        {"count", Form::kCount, "0/4"},
        {"count-adjust", Form::kNumber, "0"},
        {"entry", Form::kNumber, "4"},
        {"unit", Form::kNumber, "1"},
        {"align", Form::kNumber, "1"},
        {"endian", Form::kText, "big"}}},
      {"list",
       {{"header", Form::kNumber, "0"},
        {"count", Form::kCount, "0/4"},
        {"count-adjust", Form::kNumber, "0"},
        {"entry", Form::kNumber, "4"},
        {"unit", Form::kNumber, "1"},
        {"endian", Form::kText, "big"}}},
      {"chunks",
       {{"width", Form::kNumber},
        {"ascii", Form::kNumber},
        {"until", Form::kBytes},
        {"trailer", Form::kBytes},
        {"end", Form::kText, "zero"},
        {"endian", Form::kText, "big"}}},
      {"switch", {{"at", Form::kNumber, "0"}, {"mask", Form::kMask, "0xff"}}},
      {"unstick", {{"crc", Form::kText, "on"}}},
  };
  return all;
}

constexpr KeyForm kStrip = {"strip", Form::kText, "header"};  // of all kinds but `length`
constexpr KeyForm kLimits[] = {{"max", Form::kSize, "8MiB"}, {"min", Form::kSize, "0"}};

// ---- Values ------------------------------------------------------------------------------------

std::string NormalNumber(std::string_view text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::optional<std::uint64_t> number = Number(digits);
  if (!number) return std::string(text);  // header=ext, strip=none
  return (negative && *number != 0 ? "-" : "") + std::to_string(*number);
}

std::string NormalMask(std::string_view text) {
  const std::optional<std::uint64_t> mask = Number(text);
  return mask ? PrintMask(*mask) : std::string(text);
}

// "6/1&15*0x2+7/1" -> "6/1&0xf*2+7/1". What is quoted stands as it is.
std::string NormalNumbers(std::string_view text) {
  const auto word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  std::string normal;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\'') {
      const std::size_t end = std::min(text.find('\'', at + 1), text.size() - 1) + 1;
      normal += text.substr(at, end - at);
      at = end;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && word(text[end])) ++end;
    if (end == at) {
      normal += text[at++];
      continue;
    }
    const std::string_view run = text.substr(at, end - at);
    normal += normal.ends_with('&') ? NormalMask(run) : NormalNumber(run);
    at = end;
  }
  return normal;
}

std::string NormalBytes(std::string_view text) {
  const absl::StatusOr<std::string> bytes = ParseBytes(text);
  return bytes.ok() ? PrintHex(*bytes) : std::string(text);
}

std::string NormalMarks(std::string_view text) {
  std::string marks;
  for (const std::string_view mark : Split(text, "|")) {
    if (!marks.empty()) marks += '|';
    marks += NormalBytes(mark);
  }
  return marks;
}

bool IsQuoted(std::string_view text) { return text.starts_with('\'') || text.starts_with('"'); }

std::string NormalQuoted(std::string_view text) {
  const absl::StatusOr<std::string> bytes = ParseBytes(text);
  return bytes.ok() ? PrintQuoted(*bytes) : std::string(text);
}

std::string NormalTrailer(std::string_view text) {
  Trailer trailer;
  const bool ok = TakeTrailer(trailer)({.key = "trailer", .value = text, .has_value = true}).ok();
  return ok ? PrintTrailer(trailer) : std::string(text);
}

std::string NormalOrder(std::string_view text) {
  if (text == "native") return std::endian::native == std::endian::big ? "big" : "little";
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return NormalNumbers(text);
  const std::string_view is = text.substr(colon + 1);
  return NormalNumbers(text.substr(0, colon)) + ":" +
         (text.starts_with("magic@") ? NormalBytes(is) : std::string(is));
}

// The inside of name(...), or nothing.
std::optional<std::string_view> Inside(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.ends_with(')')) return std::nullopt;
  return text.substr(name.size(), text.size() - name.size() - 1);
}

std::string NormalCount(std::string_view text) {
  const std::optional<std::string_view> tail = Inside(text, "tail(");
  if (!tail) return NormalNumbers(text);
  std::string marks;
  for (const std::string_view mark : Split(*tail, ",")) {
    if (!marks.empty()) marks += ',';
    marks += NormalBytes(mark);
  }
  return "tail(" + marks + ")";
}

std::string Normal(Form form, std::string_view value) {
  switch (form) {
    case Form::kText:
      break;
    case Form::kNumber:
      return NormalNumber(value);
    case Form::kNumbers:
      return NormalNumbers(value);
    case Form::kMask:
      return NormalMask(value);
    case Form::kSize: {
      const absl::StatusOr<std::uint64_t> size = ParseSize(value);
      return size.ok() ? PrintSize(*size) : std::string(value);
    }
    case Form::kBytes:
      return NormalBytes(value);
    case Form::kMarks:
      return NormalMarks(value);
    case Form::kUntil: {
      const std::optional<std::string_view> bytes = Inside(value, "until(");
      return bytes ? "until(" + NormalBytes(*bytes) + ")" : std::string(value);
    }
    case Form::kTrailer:
      return NormalTrailer(value);
    case Form::kOrder:
      return NormalOrder(value);
    case Form::kCount:
      return NormalCount(value);
  }
  return std::string(value);
}

// ---- Kinds -------------------------------------------------------------------------------------

// A kind with the options that say something, in their order.
struct Options {
  std::string kind;
  std::vector<std::pair<std::string, std::optional<std::string>>> list = {};

  const std::string* Find(std::string_view key) const {
    for (const auto& [name, value] : list) {
      if (name == key && value) return &*value;
    }
    return nullptr;
  }
  bool Has(std::string_view key) const {
    return std::ranges::any_of(list, [&](const auto& option) { return option.first == key; });
  }
  void Drop(std::string_view key) {
    std::erase_if(list, [&](const auto& option) { return option.first == key; });
  }
  void Set(std::string_view key, const std::string& to) {
    for (auto& [name, value] : list) {
      if (name == key) value = to;
    }
  }
  std::uint64_t NumberOf(std::string_view key, std::uint64_t usual) const {
    const std::string* text = Find(key);
    return text == nullptr ? usual : Number(*text).value_or(usual);
  }
};

// Of these options the last one given counts.
bool Excludes(std::string_view kind, std::string_view later, std::string_view key) {
  const auto among = [&](std::initializer_list<std::string_view> keys) {
    return std::ranges::find(keys, later) != keys.end() &&
           std::ranges::find(keys, key) != keys.end();
  };
  if (kind == "varint") return among({"big7", "quic", "msgpack"});
  if (kind == "chunks") return among({"width", "ascii"});
  return false;
}

// Takes the last value of `key` that is given, or all of them for marks, unless it is the default.
void Take(const SpecText& spec, const KeyForm& key, Options& to) {
  const SpecOption* last = nullptr;
  std::string marks;
  for (const SpecOption& option : spec.options()) {
    if (option.key != key.name) continue;
    last = &option;
    if (key.form == Form::kMarks) marks += (marks.empty() ? "" : "|") + NormalMarks(option.value);
  }
  if (last == nullptr) return;
  const SpecOption* const end = spec.options().data() + spec.options().size();
  const bool excluded = std::any_of(last + 1, end, [&](const SpecOption& later) {
    return Excludes(spec.kind(), later.key, key.name);
  });
  const std::string value = key.form == Form::kMarks ? marks : Normal(key.form, last->value);
  if (excluded || (last->has_value && value == key.normal)) return;
  to.list.emplace_back(key.name, last->has_value ? std::optional(value) : std::nullopt);
}

// What `length` does without being told so.
void SimplifyLength(Options& o) {
  const std::uint64_t field_end = o.NumberOf("offset", 0) + o.NumberOf("width", 4);
  const bool extends = o.Has("ext");
  const std::string* header = o.Find("header");
  if (header != nullptr && header->starts_with("ext")) {
    const std::uint64_t more = header->size() > 4 ? Number(header->substr(4)).value_or(0) : 0;
    if (more == 0) {
      o.Drop("header");
    } else if (!extends) {
      o.Set("header", std::to_string(field_end + more));
    }
  } else if (header != nullptr && !extends && *header == std::to_string(field_end)) {
    o.Drop("header");
  }
  const std::string* strip = o.Find("strip");
  if (strip != nullptr && *strip == "0") o.Set("strip", "none");
  if (strip != nullptr && *strip == "header") o.Drop("strip");
  const bool varies = o.Has("if") || (extends && o.Find("header") == nullptr);
  if (!varies && o.Find("strip") != nullptr &&
      *o.Find("strip") == std::to_string(o.NumberOf("header", field_end))) {
    o.Drop("strip");
  }
  const std::uint64_t bits = 8 * o.NumberOf("width", 4);
  const std::uint64_t shift = o.NumberOf("shift", 0);
  if (extends || bits > 64 || shift >= bits) return;
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - (bits - shift));
  if ((o.NumberOf("mask", ~std::uint64_t{0}) & all) == all) o.Drop("mask");
}

// Marks for which lines have a word.
void SimplifyMarks(Options& o) {
  const std::string* ends = o.Find("end");
  const bool lines =
      ends != nullptr && !o.Has("start") && !o.Has("skip-empty") && !o.Has("trailer");
  if (!lines || (*ends != "0a" && *ends != "0d0a" && *ends != "0a|0d0a")) return;
  const std::string eol = *ends == "0a" ? "lf-only" : "crlf";
  const bool usual = *ends == "0a|0d0a";
  o.kind = "line";
  o.Drop("end");
  if (!usual) o.list.insert(o.list.begin(), {"eol", eol});
}

[[gnu::noinline]] std::string NestedText(const SpecText& outer, std::string_view part,
                                         std::size_t position, bool in_clause);

[[gnu::noinline]] Options ReadOptions(const SpecText& spec) {
  Options o{.kind = std::string(spec.kind())};
  const auto keys = std::ranges::find(AllKeys(), spec.kind(), &KindKeys::kind);
  const bool known = keys != AllKeys().end();
  if (known) {
    for (const KeyForm& key : keys->keys) Take(spec, key, o);
  }
  for (const SpecOption& option : spec.options()) {  // a walker's name, a switch's cases
    const bool ordered =
        known && std::ranges::find(keys->keys, option.key, &KeyForm::name) != keys->keys.end();
    if (ordered || option.key == "max" || option.key == "min" || option.key == "strip") continue;
    const std::size_t arrow = EndOfPart(option.key, 0, ">");
    std::string key(option.key);
    if (arrow < option.key.size()) {
      const std::string_view when = option.key.substr(0, arrow);
      const auto byte = when.size() <= 2 ? ParseDigits(when, 16) : std::nullopt;
      const char is = static_cast<char>(byte.value_or(0));
      key = (byte ? PrintHex({&is, 1}) : std::string(when)) + ">(" +
            NestedText(spec, option.key.substr(arrow + 1), option.position + arrow + 1, false) +
            ")";
    }
    o.list.emplace_back(key,
                        option.has_value ? std::optional(std::string(option.value)) : std::nullopt);
  }
  if (spec.kind() != "length") Take(spec, kStrip, o);
  for (const KeyForm& limit : kLimits) Take(spec, limit, o);
  return o;
}

Options CanonicalOptions(const SpecText& spec) {
  Options o = ReadOptions(spec);
  if (o.kind == "length") SimplifyLength(o);
  if (o.kind == "varint") {
    const bool says_size = o.Has("quic") || o.Has("msgpack");
    if (o.NumberOf("max-bytes", 0) == (says_size ? 9 : 5)) o.Drop("max-bytes");
  }
  if (o.kind == "delim") SimplifyMarks(o);
  if (o.kind == "fixed") {  // the size is the only one there is
    o.Drop("max");
    o.Drop("min");
  }
  return o;
}

std::string Joined(const Options& o) {
  std::string text;
  for (const auto& [key, value] : o.list) {
    text += (text.empty() ? "" : ",") + key + (value ? "=" + *value : "");
  }
  return text;
}

// KIND:OPTIONS, or KIND(OPTIONS) inside a clause.
[[gnu::noinline]] std::string NestedText(const SpecText& outer, std::string_view part,
                                         std::size_t position, bool in_clause) {
  const absl::StatusOr<SpecText> nested = outer.ParseNested(part, position);
  if (!nested.ok()) return std::string(part);
  const Options o = CanonicalOptions(*nested);
  const std::string options = Joined(o);
  if (options.empty()) return o.kind;
  return in_clause ? o.kind + "(" + options + ")" : o.kind + ":" + options;
}

// ---- Clauses -----------------------------------------------------------------------------------

std::string NormalPreamble(std::string_view v) {
  for (const std::string_view lines : {"before-line=", "through-line="}) {
    if (v.starts_with(lines)) return std::string(lines) + NormalMarks(v.substr(lines.size()));
  }
  if (v.starts_with("..") || v.starts_with("until=")) {
    const std::string mark(v.substr(v.starts_with("..") ? 2 : 6));
    const bool bare = v.starts_with("..") || mark.starts_with('\\');
    return "until=" + NormalBytes(bare ? "'" + mark + "'" : mark);
  }
  if (Split(v, "/").size() > 1) return NormalTrailer(v);
  return IsQuoted(v) ? NormalQuoted(v) : NormalNumber(v);
}

struct Sides {
  std::string both = {}, client = {}, server = {};
};

// Later ones override: one for both sides all before it.
void AddPreamble(std::string_view value, Sides& preamble) {
  for (const std::string_view part : Split(value, ",")) {
    if (part.starts_with("client=")) {
      preamble.client = NormalPreamble(part.substr(7));
    } else if (part.starts_with("server=")) {
      preamble.server = NormalPreamble(part.substr(7));
    } else {
      preamble = {.both = NormalPreamble(part)};
    }
  }
}

std::string PreambleText(const Sides& preamble) {
  std::string text;
  if (!preamble.both.empty()) {
    const bool lines = preamble.both.starts_with("before-line=") ||
                       preamble.both.starts_with("through-line=") ||
                       preamble.both.starts_with("until=");
    text += (lines ? ";preamble:" : ";preamble=") + preamble.both;
  }
  if (!preamble.client.empty()) text += ";preamble:client=" + preamble.client;
  if (!preamble.server.empty()) {
    text += (preamble.client.empty() ? ";preamble:server=" : ",server=") + preamble.server;
  }
  return text;
}

// "client=KIND(OPTIONS)*2"
void AddFirst(const SpecText& spec, const SpecOption& clause, Sides& first) {
  std::string_view v = clause.value;
  std::string& to = v.starts_with("server=") ? first.server : first.client;
  const std::size_t name = v.find('=') + 1;
  const std::size_t position =
      clause.position + static_cast<std::size_t>(v.data() + name - clause.key.data());
  const std::size_t star = EndOfPart(v, name, "*");
  const std::string count = star < v.size() ? NormalNumber(v.substr(star + 1)) : "1";
  to = NestedText(spec, v.substr(name, star - name), position, true) +
       (count == "1" ? "" : "*" + count);
}

// "magic=HEX@OFF" and "magic@OFF=HEX"
std::string NormalCheck(const SpecText& spec, const SpecOption& clause) {
  absl::StatusOr<FrameCheck> check = ReadCheck(clause.value);
  if (!check.ok()) return std::string(clause.value);
  const bool marked = spec.kind() == "delim" || spec.kind() == "line";
  if (marked && !spec.Has("trailer")) check->before_end = false;  // it always does
  return PrintCheck(*check);
}

std::string NormalEscaping(const SpecOption& clause) {
  const absl::StatusOr<Escaping> escape = ReadEscaping(clause.value);
  return escape.ok() ? PrintEscaping(*escape) : std::string(clause.value);
}

std::string NormalMagic(const SpecOption& clause) {
  std::string_view bytes = clause.value;
  std::string at = "0";
  if (clause.key.starts_with("magic@")) {
    at = NormalNumber(clause.key.substr(6));
  } else if (const std::size_t split = bytes.rfind('@');
             split != std::string_view::npos && !bytes.ends_with('\'') && !bytes.ends_with('"')) {
    at = NormalNumber(bytes.substr(split + 1));
    bytes = bytes.substr(0, split);
  }
  return NormalBytes(bytes) + (at == "0" ? "" : "@" + at);
}

// "last=@3:F" -> "last=@3:'F'"; numbers in decimal.
std::string NormalJoin(std::string_view v) {
  const std::size_t colon = v.starts_with("last=@") ? v.find(':') : std::string_view::npos;
  if (colon == std::string_view::npos) return NormalNumbers(v);
  const std::string_view is = v.substr(colon + 1);
  return NormalNumbers(v.substr(0, colon)) + ":" +
         (is.starts_with('\'') ? std::string(is) : "'" + std::string(is) + "'");
}

// Clauses in the order of the grammar; of each the last one counts.
std::string ClausesText(const SpecText& spec) {
  Sides preamble, first;
  std::string skip, once, magic, end, check, join, unescape, rest;
  for (const SpecOption& clause : spec.clauses()) {
    const std::string_view key = clause.key;
    if (key == "preamble") {
      AddPreamble(clause.value, preamble);
    } else if (key == "first") {
      AddFirst(spec, clause, first);
    } else if (key == "skip") {
      skip = ";skip=" + NormalMarks(clause.value);
    } else if (key == "once") {
      once = ";once";
    } else if (key == "magic" || key.starts_with("magic@")) {
      magic = ";magic=" + NormalMagic(clause);
    } else if (key == "end") {
      end = ";end=" + NormalBytes(clause.value);
    } else if (key == "check") {
      check = ";check=" + NormalCheck(spec, clause);
    } else if (key == "join") {
      join = ";join:" + NormalJoin(clause.value);
    } else if (key == "unescape") {
      unescape = ";unescape=" + NormalEscaping(clause);
    } else {
      rest = ";" + std::string(key) + (clause.has_value ? "=" + std::string(clause.value) : "");
    }
  }
  std::string text = PreambleText(preamble);
  if (!first.client.empty()) text += ";first:client=" + first.client;
  if (!first.server.empty()) text += ";first:server=" + first.server;
  return text + skip + once + magic + end + check + join + unescape + rest;
}

}  // namespace

std::string CanonicalText(const SpecText& spec) {
  const Options o = CanonicalOptions(spec);
  const std::string options = Joined(o);
  return o.kind + (options.empty() ? "" : ":" + options) + ClausesText(spec);
}

}  // namespace unstick::inline v0::detail
