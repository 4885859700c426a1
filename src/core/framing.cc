#include "unstick/core/framing.h"

#include <string_view>

#include "src/core/canonical_spec.h"
#include "src/core/kinds/trailer.h"
#include "src/core/spec_text.h"

namespace unstick::inline v0 {
namespace {

using namespace framing;  // NOLINT(google-build-using-namespace): this file is about nothing else

// ---- Values ------------------------------------------------------------------------------------

std::string Hex(std::string_view bytes) { return detail::PrintHex(bytes); }
std::string Quoted(std::string_view bytes) { return detail::PrintQuoted(bytes); }
std::string HexNumber(std::uint64_t number) { return detail::PrintMask(number); }

std::string Text(std::size_t number) { return std::to_string(number); }
std::string Text(Bit bit) { return Text(bit.byte) + "." + Text(bit.bit); }

template <typename List, typename Print>
std::string Joined(const List& list, const char* between, Print print) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : between) + print(item);
  return text;
}
std::string AnyOf(const std::vector<std::string>& marks) { return Joined(marks, "|", Hex); }

// Chooses by type: Cases{[](A) {}, [](B) {}}.
template <typename... F>
struct Cases : F... {
  using F::operator()...;
};
template <typename... F>
Cases(F...) -> Cases<F...>;

// ---- Options -----------------------------------------------------------------------------------

// Collects "key=value" for whatever is not as it is without being said.
class Options {
 public:
  void Add(std::string_view key, const std::string& value) {
    if (!text_.empty()) text_ += ',';
    text_ += key;
    if (!value.empty()) text_ += "=" + value;
  }
  void Flag(std::string_view key, bool set) {
    if (set) Add(key, "");
  }
  void Number(std::string_view key, std::size_t value, std::size_t usual) {
    if (value != usual) Add(key, Text(value));
  }
  void Signed(std::string_view key, std::int64_t value) {
    if (value != 0) Add(key, std::to_string(value));
  }
  void Bytes(std::string_view key, std::string_view bytes) {
    if (!bytes.empty()) Add(key, Hex(bytes));
  }
  void Trailing(const Trailer& trailer) {
    if (!trailer.empty()) Add("trailer", detail::PrintTrailer(trailer));
  }
  void Word(std::string_view key, const std::string& word) {
    if (!word.empty()) Add(key, word);
  }
  std::string Done() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string Word(Counts counts) {
  return counts == Counts::kAfter ? "" : counts == Counts::kPayload ? "payload" : "frame";
}
std::string Word(Tail tail) {
  return tail == Tail::kError ? "" : tail == Tail::kDeliver ? "deliver" : "drop";
}
std::string Word(std::endian order) { return order == std::endian::big ? "" : "little"; }

std::string Word(const ByteOrder& order) {
  return std::visit(
      Cases{[](std::endian fixed) { return Word(fixed); }, [](Bit bit) { return "@" + Text(bit); },
            [](const OrderByCharacter& by) { return "@" + Text(by.byte) + ":" + by.is; },
            [](const OrderByMagic& by) { return "magic@" + Text(by.byte) + ":" + Hex(by.bytes); },
            [](OrderByFileMagic) { return std::string("file-magic"); }},
      order);
}

std::string Word(const Extension& ext) {
  const std::string when = std::visit(Cases{[](std::uint64_t value) { return Text(value); },
                                            [](Bit bit) { return "@" + Text(bit); },
                                            [](OwnBit own) { return "bit" + Text(own.bit); }},
                                      ext.when);
  const std::string at = ext.at ? "@" + Text(*ext.at) + "/" : "";
  const std::string unit = std::holds_alternative<OwnBit>(ext.when) ? "be" : "";
  const std::string bias = ext.bias == 0 ? "" : "+" + Text(ext.bias);
  return when + ":" + at + Text(ext.width) + unit + bias;
}

std::string Word(const Plus& plus) {
  const std::string mask = plus.mask == ~std::uint64_t{0} ? "" : "&" + HexNumber(plus.mask);
  const std::string unit = plus.unit == 1 ? "" : "*" + Text(plus.unit);
  return Text(plus.offset) + "/" + Text(plus.width) + mask + unit;
}

// ---- Kinds: a name, and what stands behind the colon -------------------------------------------

struct Named {
  std::string name;
  std::string options;
};

Named Print(const Length& k) {
  Options o;
  o.Number("offset", k.offset, 0);
  o.Number("width", k.width, 4);
  o.Word("endian", Word(k.order));
  o.Word("counts", Word(k.counts));
  o.Signed("adjust", k.adjust);
  if (const auto* size = std::get_if<std::size_t>(&k.header)) o.Add("header", Text(*size));
  if (const auto* ext = std::get_if<HeaderWithExtension>(&k.header)) {
    o.Add("header", ext->and_bytes == 0 ? "ext" : "ext+" + Text(ext->and_bytes));
  }
  o.Number("shift", k.shift, 0);
  if (k.mask) o.Add("mask", HexNumber(*k.mask));
  o.Number("unit", k.unit, 1);
  o.Number("align", k.align, 1);
  o.Word("plus", Joined(k.plus, "+", [](const Plus& plus) { return Word(plus); }));
  o.Word("ext", Joined(k.ext, "/", [](const Extension& ext) { return Word(ext); }));
  if (k.longer) o.Add("if", Text(k.longer->if_set) + ":+" + Text(k.longer->by));
  if (k.zero_is_rest) o.Add("zero", "eof");
  o.Trailing(k.trailer);
  if (k.strip) o.Add("strip", *k.strip == 0 ? "none" : Text(*k.strip));
  return {"length", std::move(o).Done()};
}

Named Print(const Varint& k) {
  Options o;
  o.Flag("big7", k.form == Varint::Form::kBig7);
  o.Flag("quic", k.form == Varint::Form::kQuic);
  o.Flag("msgpack", k.form == Varint::Form::kMsgpack);
  o.Number("offset", k.offset, 0);
  if (k.max_bytes) o.Add("max-bytes", Text(*k.max_bytes));
  o.Word("counts", Word(k.counts));
  if (k.header) o.Add("header", Text(*k.header));
  o.Trailing(k.trailer);
  if (k.after_varint) o.Add("after", "varint");
  o.Flag("lenient", k.lenient);
  return {"varint", std::move(o).Done()};
}

Named Print(const Ascii& k) {
  Options o;
  o.Number("base", k.base, 10);
  o.Number("width", k.width, 0);
  o.Bytes("until", k.until);
  o.Word("counts", Word(k.counts));
  o.Signed("adjust", k.adjust);
  o.Trailing(k.trailer);
  o.Bytes("start", k.start);
  o.Bytes("after", k.after);
  o.Word("bare", Joined(k.bare, "/", [](std::uint64_t value) { return Text(value); }));
  return {"ascii", std::move(o).Done()};
}

Named Print(const Headers& k) {
  const auto same = [](const std::string& word) { return word; };
  const Headers usual;
  Options o;
  if (k.length != usual.length) o.Word("length", Joined(k.length, "|", same));
  if (k.if_missing) o.Add("default", Text(*k.if_missing));
  o.Word("chunked", k.chunked);
  o.Word("bodiless", Joined(k.bodiless, "|", same));
  o.Bytes("eof", k.eof);
  o.Bytes("version", k.version);
  o.Flag("nocase", k.nocase);
  if (k.start_line == Headers::StartLine::kNone) o.Add("start-line", "none");
  if (k.names == Headers::Names::kPadded) o.Add("names", "padded");
  if (k.names == Headers::Names::kOctets) o.Add("names", "octets");
  if (k.values == Headers::Values::kQuoted) o.Add("values", "quoted");
  if (k.values == Headers::Values::kOctets) o.Add("values", "octets");
  if (k.fold == Headers::Fold::kResponses) o.Add("fold", "responses");
  if (k.fold == Headers::Fold::kAlways) o.Add("fold", "always");
  if (!k.else_until.empty()) o.Add("else", "until(" + Hex(k.else_until) + ")");
  if (k.skip == Headers::Skip::kEol) o.Add("skip", "eol");
  if (k.skip == Headers::Skip::kCrlf) o.Add("skip", "crlf");
  if (k.lf) o.Add("eol", "lf");
  o.Trailing(k.trailer);
  o.Number("max-header", k.max_header, usual.max_header);
  return {"headers", std::move(o).Done()};
}

Named Print(const Delimiter& k) {
  Options o;
  o.Word("end", AnyOf(k.ends));
  o.Word("start", AnyOf(k.starts));
  o.Flag("keep", k.keep);
  o.Flag("skip-empty", k.skip_empty);
  o.Trailing(k.trailer);
  o.Word("tail", Word(k.tail));
  return {"delim", std::move(o).Done()};
}

Named Print(const Line& k) {
  Options o;
  if (k.eol == Line::Eol::kCrlf) o.Add("eol", "crlf");
  if (k.eol == Line::Eol::kLfOnly) o.Add("eol", "lf-only");
  if (k.eol == Line::Eol::kCrlfOnly) o.Add("eol", "crlf-only");
  o.Flag("keep", k.keep);
  o.Word("tail", Word(k.tail));
  o.Word("verbs", Joined(k.verbs, "|", [](const Verb& verb) {
           return verb.token ? verb.name + "@" + Text(*verb.token) : verb.name;
         }));
  o.Flag("nocase", k.nocase);
  if (k.count_token) o.Add("count", "token[" + std::to_string(*k.count_token) + "]");
  if (!k.count_close.empty()) {
    o.Add("count", "tail(" + Quoted(k.count_open) + "," + Quoted(k.count_close) + ")");
  }
  o.Trailing(k.trailer);
  return {"line", std::move(o).Done()};
}

Named Print(const Fixed& k) {
  Options o;
  o.Add("size", Text(k.size));
  o.Bytes("sync", k.sync);
  return {"fixed", std::move(o).Done()};
}

Named Print(const Parts& k) {
  Options o;
  o.Number("header", k.header, 0);
  o.Add("count", Text(k.count_offset) + "/" + Text(k.count_width));
  o.Signed("count-adjust", k.count_adjust);
  o.Add("entry", Text(k.entry));
  o.Number("unit", k.unit, 1);
  o.Number("align", k.align, 1);
  o.Word("endian", Word(k.order));
  return {k.alternately ? "list" : "table", std::move(o).Done()};
}

Named Print(const Chunks& k) {
  Options o;
  o.Number("width", k.width, 0);
  o.Number("ascii", k.base, 0);
  o.Bytes("until", k.until);
  o.Bytes("trailer", k.trailer);
  o.Word("endian", Word(k.order));
  return {"chunks", std::move(o).Done()};
}

Named Print(const Walk& k) { return {"walk", k.walker}; }

Named Print(const Native& k) {
  Options o;
  if (!k.checksum) o.Add("crc", "off");
  return {"unstick", std::move(o).Done()};
}

std::string Whole(const Kind& kind);

Named Print(const Switch& k) {
  Options o;
  o.Number("at", k.at, 0);
  if (k.mask != 0xff) o.Add("mask", HexNumber(k.mask));
  for (const SwitchCase& c : k.cases) {
    const std::string when = std::visit(
        Cases{[](std::uint8_t byte) {
                const char is = static_cast<char>(byte);
                return Hex({&is, 1});
              },
              [](Digit) { return std::string("digit"); }, [](Else) { return std::string("else"); }},
        c.when);
    o.Add(when + ">(" + Whole(c.kind) + ")", "");
  }
  return {"switch", std::move(o).Done()};
}

Named Print(const Kind& kind) {
  return std::visit([](const auto& k) { return Print(k); }, kind);
}

// kind:options, as it stands by itself and in a case.
std::string Whole(const Kind& kind) {
  const Named named = Print(kind);
  return named.options.empty() ? named.name : named.name + ":" + named.options;
}

// kind(options), as it stands inside a clause.
std::string Nested(const Kind& kind) {
  const Named named = Print(kind);
  return named.options.empty() ? named.name : named.name + "(" + named.options + ")";
}

// ---- Clauses -----------------------------------------------------------------------------------

std::string Word(const Preamble& preamble) {
  return std::visit(
      Cases{[](std::monostate) { return std::string(); },
            [](std::size_t size) { return Text(size); },
            [](const std::string& bytes) { return Quoted(bytes); },
            [](const UpTo& up_to) { return "until=" + Hex(up_to.bytes); },
            [](const BeforeLine& line) { return "before-line=" + AnyOf(line.starts); },
            [](const ThroughLine& line) { return "through-line=" + AnyOf(line.starts); },
            [](const Pattern& pattern) { return detail::PrintTrailer(pattern.parts); }},
      preamble);
}

std::string Word(const First& first) {
  return Nested(first.kind) + (first.count == 1 ? "" : "*" + Text(first.count));
}

std::string HexDigits(std::uint64_t number) { return HexNumber(number).substr(2); }

std::string Word(const Crc& crc) {
  Options o;
  o.Number("width", crc.width, 0);
  o.Add("poly", HexDigits(crc.poly));
  if (crc.init != 0) o.Add("init", HexDigits(crc.init));
  if (crc.refin) o.Add("refin", "1");
  if (crc.refout) o.Add("refout", "1");
  if (crc.xorout != 0) o.Add("xorout", HexDigits(crc.xorout));
  return "crc(" + std::move(o).Done() + ")";
}

std::string Word(const Checksum& check) {
  static constexpr const char* kWords[] = {
      "",      "crc32c",      "crc32",       "adler32", "sum8", "xor-hex",
      "fcs16", "crc16-ccitt", "sum8-binary", "sum16",   "xor8", "lrc"};
  std::string text = std::visit(
      Cases{[](Check known) { return std::string(kWords[static_cast<std::size_t>(known)]); },
            [](const std::string& name) { return name; }, [](const Crc& crc) { return Word(crc); }},
      check.sum);
  if (text.empty()) return text;
  if (check.over_payload) text += ",over=payload";
  if (check.from != 0 || check.to) {
    text += ",over=" + std::to_string(check.from) + "..";
    if (check.to) text += std::to_string(*check.to);
  }
  if (check.before_end) text += ",at=before-end";
  if (check.order) text += *check.order == std::endian::big ? ",endian=big" : ",endian=little";
  return text;
}

std::string Word(const std::vector<EscapePair>& pairs) {
  return "map(" +
         Joined(
             pairs, ",",
             [](const EscapePair& pair) { return Hex(pair.wire) + ">" + Hex({&pair.plain, 1}); }) +
         ")";
}

std::string Word(Unescape unescape) {
  constexpr const char* kWords[] = {"", "slip", "cobs", "hdlc", "dot", "dle"};
  return kWords[static_cast<std::size_t>(unescape)];
}

std::string Word(const Join& join) {
  return std::visit(Cases{[](std::monostate) { return std::string(); },
                          [](const LastBit& last) { return "last=" + Text(last.bit); },
                          [](const LastCharacter& last) {
                            return "last=@" + Text(last.byte) + ":'" + last.any_of + "'";
                          },
                          [](const MoreBit& more) { return "more=" + Text(more.bit); },
                          [](const FullSize& full) {
                            return "full=" + Text(full.size) +
                                   (full.number ? ",number=" + Text(*full.number) : "");
                          }},
                    join);
}

}  // namespace

std::string Framing::spec() const {
  std::string text = Whole(kind);
  char before = text.find(':') == std::string::npos ? ':' : ',';
  const auto option = [&](const std::string& written) {
    text += before + written;
    before = ',';
  };
  if (max_payload != kDefaultMaxPayload) option("max=" + Text(max_payload));
  if (min_payload != 0) option("min=" + Text(min_payload));

  const auto clause = [&](const char* key, const std::string& written) {
    if (!written.empty()) text += key + written;
  };
  const bool one_value =
      preamble.index() == 1 || preamble.index() == 2 || std::holds_alternative<Pattern>(preamble);
  clause(one_value ? ";preamble=" : ";preamble:", Word(preamble));
  clause(";preamble:client=", Word(client_preamble));
  clause(client_preamble.index() == 0 ? ";preamble:server=" : ",server=", Word(server_preamble));
  if (first_of_client) clause(";first:client=", Word(*first_of_client));
  if (first_of_server) clause(";first:server=", Word(*first_of_server));
  if (!skip.empty()) {
    text += ";skip=";
    for (std::size_t i = 0; i < skip.size(); ++i) {
      text += (i > 0 ? "|" : "") + Hex(std::string_view(skip).substr(i, 1));
    }
  }
  if (once) text += ";once";
  if (!magic.empty()) {
    text += ";magic=" + Hex(magic) + (magic_at == 0 ? "" : "@" + Text(magic_at));
  }
  clause(";end=", Hex(end));
  clause(";check=", Word(check));
  clause(";join:", Word(join));
  clause(";unescape=", unescape_map.empty() ? Word(unescape) : Word(unescape_map));
  if (xor_key) text += ";xor=key";
  const absl::StatusOr<detail::SpecText> read = detail::SpecText::Parse(text);
  return read.ok() ? detail::CanonicalText(*read) : text;
}

}  // namespace unstick::inline v0
