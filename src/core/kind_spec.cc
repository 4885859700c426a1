#include "src/core/kind_spec.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/core/kinds/ascii_kind.h"
#include "src/core/kinds/chunk_walk.h"
#include "src/core/kinds/header_block_kind.h"
#include "src/core/kinds/json_seq_kind.h"
#include "src/core/kinds/line_kind.h"
#include "src/core/kinds/number_kind.h"
#include "src/core/kinds/parts_kind.h"
#include "src/core/kinds/plain_kind.h"
#include "src/core/kinds/start_kind.h"
#include "src/core/kinds/switch_kind.h"
#include "src/core/kinds/varint_kind.h"
#include "src/core/kinds/walkers/walkers.h"
#include "src/core/kinds/whole_kind.h"
#include "src/core/number_spec.h"
#include "src/core/plain_spec.h"
#include "src/core/spec_values.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/header_framer.h"

namespace unstick::inline v0::detail {
namespace {

template <typename K>
absl::StatusOr<Kind> Made(const SpecText& spec,
                          const absl::StatusOr<std::shared_ptr<const K>>& kind) {
  if (!kind.ok()) return spec.Refuse(kind.status());
  return Kind(*kind);
}

template <typename F>
absl::StatusOr<Kind> Plain(const SpecText& spec, const absl::StatusOr<F>& framer) {
  if (!framer.ok()) return spec.Refuse(framer.status());
  return Kind(std::make_shared<const PlainKind<F>>(*framer));
}

absl::StatusOr<Kind> Delimited(const SpecText& spec, const DelimiterFramer::Options& o) {
  if (o.keep) return Made(spec, KeptMarkKind::Create(o));
  return Plain(spec, DelimiterFramer::Create(o));
}

Take TakeForm(VarintOptions& o, VarintForm form) {
  return [&o, form](const SpecOption& option) -> absl::Status {
    if (option.has_value) return Invalid("takes no value");
    o.form = form;
    return absl::OkStatus();
  };
}

absl::StatusOr<Kind> ReadNumber(const SpecText& spec, const PayloadLimits& limits) {
  absl::StatusOr<NumberOptions> options = ReadLength(spec);
  if (!options.ok()) return options.status();
  options->limits = limits;
  return Made(spec, NumberKind::Create(*options));
}

absl::StatusOr<Kind> ReadVarint(const SpecText& spec, const PayloadLimits& limits) {
  VarintOptions o{.limits = limits};
  std::uint64_t max_bytes = 0;
  absl::Status read = spec.Read({{"big7", TakeForm(o, VarintForm::kBig7)},
                                 {"quic", TakeForm(o, VarintForm::kQuic)},
                                 {"msgpack", TakeForm(o, VarintForm::kMsgpack)},
                                 {"offset", TakeNumber(o.offset)},
                                 {"max-bytes", TakeNumber(max_bytes)},
                                 {"counts", TakeCounts(o.counts)},
                                 {"header", TakeNumber(o.header)},
                                 {"trailer", TakeTrailer(o.trailer)},
                                 {"after", TakeWord<bool>({{"varint", true}}, o.after_varint)},
                                 {"lenient", TakeFlag(o.lenient)},
                                 {"max", TakeSize(o.limits.max)},
                                 {"min", TakeSize(o.limits.min)}});
  if (!read.ok()) return read;
  const bool says_size = o.form == VarintForm::kQuic || o.form == VarintForm::kMsgpack;
  o.max_bytes = spec.Has("max-bytes") ? max_bytes : says_size ? 9 : 5;
  o.limits = limits;
  return Made(spec, VarintKind::Create(o));
}

absl::StatusOr<Kind> ReadAscii(const SpecText& spec, const PayloadLimits& limits) {
  AsciiOptions o;
  std::uint64_t base = o.base;
  const auto take_bare = [&o](const SpecOption& option) -> absl::Status {
    o.bare.clear();
    for (const std::string_view value : Split(option.value, "/")) {
      const auto number = Number(value);
      if (!number) return Invalid("must be numbers with / between them");
      o.bare.push_back(*number);
    }
    return absl::OkStatus();
  };
  absl::Status read = spec.Read({{"base", TakeNumber(base)},
                                 {"width", TakeNumber(o.width)},
                                 {"until", TakeBytes(o.until)},
                                 {"counts", TakeCounts(o.counts)},
                                 {"adjust", TakeSigned(o.adjust)},
                                 {"trailer", TakeTrailer(o.trailer)},
                                 {"start", TakeBytes(o.start)},
                                 {"after", TakeBytes(o.after)},
                                 {"bare", take_bare},
                                 {"max", TakeSize(o.limits.max)},
                                 {"min", TakeSize(o.limits.min)}});
  if (!read.ok()) return read;
  o.base = base == 10 || base == 16 ? static_cast<unsigned>(base) : 0;
  o.limits = limits;
  return Made(spec, AsciiKind::Create(o));
}

absl::StatusOr<Kind> ReadHeaders(const SpecText& spec, const PayloadLimits& limits) {
  HeaderBlockOptions o;
  FieldRules& f = o.fields;
  const auto take_names = [&f](const SpecOption& option) -> absl::Status {
    f.length.clear();
    for (const std::string_view name : Split(option.value, "|")) f.length.emplace_back(name);
    return absl::OkStatus();
  };
  const auto take_missing = [&o](const SpecOption& option) -> absl::Status {
    o.if_missing = Number(option.value);
    return o.if_missing ? absl::OkStatus() : Invalid("must be a number");
  };
  const auto take_chunked = [&f](const SpecOption& option) -> absl::Status {
    f.coding = std::string(option.value);
    return f.coding.empty() ? Invalid("must name a field") : absl::OkStatus();
  };
  const auto take_else = [&o](const SpecOption& option) -> absl::Status {
    const std::string_view v = option.value;
    if (!v.starts_with("until(") || !v.ends_with(')')) return Invalid("must be until(BYTES)");
    const SpecOption inside{.value = v.substr(6, v.size() - 7), .has_value = true};
    return TakeBytes(o.until)(inside);
  };
  const auto take_bodiless = [&f](const SpecOption& option) -> absl::Status {
    f.bodiless.clear();
    for (const std::string_view word : Split(option.value, "|")) {
      if (word.empty()) return Invalid("must be words, x for any digit, with | between them");
      f.bodiless.emplace_back(word);
    }
    return absl::OkStatus();
  };
  using Blank = HeaderBlockOptions::Blank;
  using Names = FieldRules::Names;
  using Values = FieldRules::Values;
  using Fold = FieldRules::Fold;
  using StartLine = FieldRules::StartLine;
  const std::vector<Word<Names>> names = {
      {"token", Names::kToken}, {"padded", Names::kPadded}, {"octets", Names::kOctets}};
  const std::vector<Word<Values>> values = {
      {"text", Values::kText}, {"quoted", Values::kQuoted}, {"octets", Values::kOctets}};
  const std::vector<Word<Fold>> fold = {
      {"never", Fold::kNever}, {"responses", Fold::kResponses}, {"always", Fold::kAlways}};
  const std::vector<Word<StartLine>> start_line = {{"any", StartLine::kAny},
                                                   {"none", StartLine::kNone}};
  absl::Status read =
      spec.Read({{"length", take_names},
                 {"default", take_missing},
                 {"chunked", take_chunked},
                 {"bodiless", take_bodiless},
                 {"eof", TakeBytes(f.eof)},
                 {"version", TakeBytes(f.version)},
                 {"nocase", TakeFlag(f.nocase)},
                 {"start-line", TakeWord<StartLine>(start_line, f.start_line)},
                 {"names", TakeWord<Names>(names, f.names)},
                 {"values", TakeWord<Values>(values, f.values)},
                 {"fold", TakeWord<Fold>(fold, f.fold)},
                 {"else", take_else},
                 {"skip", TakeWord<Blank>({{"eol", Blank::kAny}, {"crlf", Blank::kCrlf}}, o.skip)},
                 {"eol", TakeWord<bool>({{"crlf", false}, {"lf", true}}, f.lf)},
                 {"trailer", TakeTrailer(o.trailer)},
                 {"max-header", TakeSize(o.max_header)},
                 {"max", TakeSize(o.limits.max)},
                 {"min", TakeSize(o.limits.min)}});
  if (!read.ok()) return read;
  if (o.skip == Blank::kAny) f.lf = true;
  // Where bodies may be chunked, a message that says nothing has none (RFC 9112 6.3).
  if (!f.coding.empty() && o.until.empty() && !o.if_missing) o.if_missing = 0;
  o.limits = limits;
  return Made(spec, HeaderBlockKind::Create(o));
}

absl::StatusOr<Kind> ReadDelimiter(const SpecText& spec, const PayloadLimits& limits) {
  absl::StatusOr<DelimiterFramer::Options> o = ReadDelimiterOptions(spec);
  if (!o.ok()) return o.status();
  o->max_payload = limits.max;
  o->min_payload = limits.min;
  const bool only_start =
      o->ends.empty() && !o->starts.empty() && !o->keep && !o->skip_empty && o->trailer.empty();
  if (only_start) return Made(spec, StartKind::Create(o->starts, limits));
  return Delimited(spec, *o);
}

absl::StatusOr<Kind> ReadLine(const SpecText& spec, const PayloadLimits& limits) {
  LineOptions o;
  Tail tail = Tail::kError;
  const auto take_verbs = [&o](const SpecOption& option) -> absl::Status {
    o.verbs.clear();
    for (const std::string_view verb : Split(option.value, "|")) {
      const std::size_t at = verb.find('@');
      LineOptions::Verb taken{.name = std::string(verb.substr(0, at))};
      if (at != std::string_view::npos) {
        const auto token = Number(verb.substr(at + 1));
        if (!token || *token > 64)
          return Invalid("must be verbs, each with its token behind an @ or not");
        taken.token = static_cast<int>(*token);
      }
      o.verbs.push_back(taken);
    }
    return absl::OkStatus();
  };
  const auto take_count = [&o](const SpecOption& option) -> absl::Status {
    std::string_view v = option.value;
    if (v.starts_with("tail(") && v.ends_with(')')) {
      const std::vector<std::string_view> ends = Split(v.substr(5, v.size() - 6), ",");
      const auto open = ends.size() == 2 ? ParseBytes(ends[0]) : absl::StatusOr<std::string>("");
      const auto close = ends.size() == 2 ? ParseBytes(ends[1]) : absl::StatusOr<std::string>("");
      if (open.ok() && close.ok() && !open->empty() && !close->empty()) {
        o.literal_open = *open;
        o.literal_close = *close;
        return absl::OkStatus();
      }
    }
    const bool token = v.starts_with("token[") && v.ends_with(']');
    if (token) v = v.substr(6, v.size() - 7);
    const bool from_end = v.starts_with('-');
    const auto index = token ? Number(from_end ? v.substr(1) : v) : std::nullopt;
    if (!index || *index > 64) return Invalid("must be token[N], token[-N] or tail('{','}')");
    o.token = from_end ? -static_cast<int>(*index) : static_cast<int>(*index);
    return absl::OkStatus();
  };
  absl::Status read = spec.Read({{"eol", TakeWord<LineEnd>({{"lf", LineEnd::kLf},
                                                            {"crlf", LineEnd::kCrlf},
                                                            {"lf-only", LineEnd::kLfOnly},
                                                            {"crlf-only", LineEnd::kCrlfOnly}},
                                                           o.eol)},
                                 {"keep", TakeFlag(o.keep)},
                                 {"tail", TakeTail(tail)},
                                 {"verbs", take_verbs},
                                 {"nocase", TakeFlag(o.nocase)},
                                 {"count", take_count},
                                 {"trailer", TakeTrailer(o.trailer)},
                                 {"max", TakeSize(o.limits.max)},
                                 {"min", TakeSize(o.limits.min)}});
  if (!read.ok()) return read;
  o.limits = limits;
  if (o.token || !o.verbs.empty() || !o.literal_close.empty() || o.eol == LineEnd::kCrlfOnly) {
    if (tail != Tail::kError) {
      return spec.Refuse(Invalid("tail is for lines without a count, and not for eol=crlf-only"));
    }
    return Made(spec, LineKind::Create(o));
  }
  DelimiterFramer::Options plain = DelimiterFramer::Lines();
  if (o.eol == LineEnd::kCrlf) plain.ends = {"\r\n"};
  if (o.eol == LineEnd::kLfOnly) plain.ends = {"\n"};
  plain.keep = o.keep;
  plain.tail = tail;
  plain.trailer = o.trailer;
  plain.max_payload = limits.max;
  plain.min_payload = limits.min;
  return Delimited(spec, plain);
}

absl::StatusOr<Kind> ReadFixed(const SpecText& spec, const PayloadLimits& limits) {
  PayloadLimits given = limits;
  if (given.max == kDefaultMaxPayload && !spec.Has("max")) given.max = kMaxContiguousPayload;
  const absl::StatusOr<FixedFramer::Options> o = ReadFixedOptions(spec, given);
  if (!o.ok()) return o.status();
  return Plain(spec, FixedFramer::Create(*o));
}

absl::StatusOr<Kind> ReadParts(const SpecText& spec, const PayloadLimits& limits) {
  PartsOptions o{.alternating = spec.kind() == "list"};
  const auto take_count = [&o](const SpecOption& option) -> absl::Status {
    const auto where = Pair(option.value, '/');
    if (!where) return Invalid("must be OFF/WIDTH");
    o.count_offset = where->first;
    o.count_width = where->second;
    return absl::OkStatus();
  };
  absl::Status read = spec.Read({{"header", TakeNumber(o.header)},
                                 {"count", take_count},
                                 {"count-adjust", TakeSigned(o.count_adjust)},
                                 {"entry", TakeNumber(o.entry)},
                                 {"unit", TakeNumber(o.unit)},
                                 {"align", TakeNumber(o.align)},
                                 {"endian", TakeEndian(o.order)},
                                 {"max", TakeSize(o.limits.max)},
                                 {"min", TakeSize(o.limits.min)}});
  if (!read.ok()) return read;
  if (o.alternating && o.align != 1) return spec.Refuse(Invalid("align is for tables"));
  o.limits = limits;
  return Made(spec, PartsKind::Create(o));
}

absl::StatusOr<Kind> ReadChunks(const SpecText& spec, const PayloadLimits& limits) {
  ChunkOptions o;
  std::uint64_t base = 0;
  bool zero = true;
  const auto take_width = [&](const SpecOption& option) {  // the later of width and ascii counts
    base = 0;
    return TakeNumber(o.width)(option);
  };
  const auto take_ascii = [&](const SpecOption& option) {
    o.width = 0;
    return TakeNumber(base)(option);
  };
  absl::Status read = spec.Read({{"width", take_width},
                                 {"ascii", take_ascii},
                                 {"until", TakeBytes(o.until)},
                                 {"trailer", TakeBytes(o.trailer)},
                                 {"end", TakeWord<bool>({{"zero", true}}, zero)},
                                 {"endian", TakeEndian(o.order)},
                                 {"max", TakeSize(o.limits.max)},
                                 {"min", TakeSize(o.limits.min)}});
  if (!read.ok()) return read;
  if (base != 0) o.base = base == 10 || base == 16 ? static_cast<unsigned>(base) : 0;
  o.limits = limits;
  return Made(spec, ChunksKind::Create(o));
}

absl::StatusOr<Kind> ReadWalk(const SpecText& spec, const PayloadLimits& limits) {
  const SpecOption* named = nullptr;
  for (const SpecOption& option : spec.options()) {
    if (option.key == "max" || option.key == "min") continue;
    if (named != nullptr) {
      return spec.Refuse(option.position, Written(option), "walk takes one walker, max and min");
    }
    named = &option;
  }
  if (limits.min > limits.most()) return spec.Refuse(Invalid("min is above max"));
  if (named == nullptr || named->has_value) {
    return spec.Refuse(spec.position(), spec.kind(),
                       "walk:NAME with resp, json, json-seq, msgpack, cbor, bencode or ber");
  }
  if (named->key == "json-seq") return Kind(std::make_shared<const JsonSeqKind>(limits));
  Kind walker = MakeWalker(named->key, limits);
  if (walker == nullptr) {
    return spec.Refuse(
        named->position, named->key,
        "no such walker; there are resp, json, json-seq, msgpack, cbor, bencode, ber");
  }
  return walker;
}

absl::StatusOr<Kind> ReadSwitch(const SpecText& spec, const PayloadLimits& limits) {
  std::uint64_t at = 0;
  std::uint64_t mask = 0xff;
  std::vector<SwitchCase> cases;
  for (const SpecOption& option : spec.options()) {
    const std::size_t arrow = EndOfPart(option.key, 0, ">");
    if (arrow < option.key.size()) {
      const std::string_view when = option.key.substr(0, arrow);
      const std::string_view what = option.key.substr(arrow + 1);
      absl::StatusOr<Kind> kind = ReadNested(spec, what, option.position + arrow + 1, limits);
      if (!kind.ok()) return kind.status();
      SwitchCase added{.kind = *kind};
      const auto value = when.size() <= 2 ? ParseDigits(when, 16) : std::nullopt;
      if (when == "digit") {
        added.on = SwitchCase::On::kDigit;
      } else if (when == "else") {
        added.on = SwitchCase::On::kElse;
      } else if (value) {
        added.value = static_cast<std::uint8_t>(*value);
      } else {
        return spec.Refuse(option.position, when, "must be a byte in hex, digit or else");
      }
      cases.push_back(added);
      continue;
    }
    if (option.key == "max" || option.key == "min") continue;
    const auto number = Number(option.value);
    if ((option.key != "at" && option.key != "mask") || !number) {
      return spec.Refuse(option.position, option.key,
                         "switch takes at=N, mask=N (decimal or 0xHEX) and CASE>(spec)");
    }
    (option.key == "at" ? at : mask) = *number;
  }
  if (cases.empty())
    return spec.Refuse(spec.position(), spec.kind(), "a switch needs at least one CASE>(spec)");
  if (at > 65535) return spec.Refuse(Invalid("at is at most 65535"));
  if (mask == 0 || mask > 0xff) return spec.Refuse(Invalid("mask is one byte, not zero"));
  for (const SwitchCase& c : cases) {
    if (c.on != SwitchCase::On::kValue || (c.value & mask) == c.value) continue;
    return spec.Refuse(Invalid("mask takes away what a case wants"));
  }
  return Kind(std::make_shared<const SwitchKind>(at, static_cast<std::uint8_t>(mask), cases));
}

absl::StatusOr<Kind> ReadNative(const SpecText& spec, const PayloadLimits& limits) {
  absl::StatusOr<HeaderFramer::Options> o = ReadNativeOptions(spec);
  if (!o.ok()) return o.status();
  o->max_payload = limits.max;
  o->min_payload = limits.min;
  return Plain(spec, HeaderFramer::Create(HeaderLayout::Native(), *o));
}

}  // namespace

absl::StatusOr<PayloadLimits> ReadLimits(const SpecText& spec, PayloadLimits limits) {
  for (const SpecOption& option : spec.options()) {
    if (option.key != "max" && option.key != "min") continue;
    absl::Status taken = TakeSize(option.key == "max" ? limits.max : limits.min)(option);
    if (!taken.ok()) {
      return spec.Refuse(option.position, Written(option), std::string(taken.message()));
    }
  }
  if (limits.max == 0) return spec.Refuse(Invalid("max is at least 1: a limit always exists"));
  return limits;
}

absl::StatusOr<Kind> ReadNested(const SpecText& outer, std::string_view part, std::size_t position,
                                const PayloadLimits& limits) {
  absl::StatusOr<SpecText> nested = outer.ParseNested(part, position);
  if (!nested.ok()) return nested.status();
  if (absl::Status status = nested->CheckColon(); !status.ok()) return status;
  absl::StatusOr<PayloadLimits> own = ReadLimits(*nested, limits);
  if (!own.ok()) return own.status();
  absl::StatusOr<Kind> kind = ReadKind(*nested, *own);
  const auto* number = kind.ok() ? dynamic_cast<const NumberKind*>(kind->get()) : nullptr;
  if (number != nullptr && number->options().told.how == ToldOrder::How::kPreamble) {
    return nested->Refuse(Invalid("endian is told by the preamble only to the outermost kind"));
  }
  const auto* whole = kind.ok() ? dynamic_cast<const WholeKind*>(kind->get()) : nullptr;
  const FrameKind* bare = whole != nullptr ? &whole->inner() : kind.ok() ? kind->get() : nullptr;
  if (dynamic_cast<const StartKind*>(bare) != nullptr) {
    return nested->Refuse(Invalid("end must be given: only a frame like it would end this one"));
  }
  return kind;
}

namespace {

// Without `strip`, which only `length` has a number for. A table, so that no reader is compiled
// into this function: switches nest, and each level of them takes this function's share of the
// stack.
absl::StatusOr<Kind> ReadBareKind(const SpecText& spec, const PayloadLimits& limits) {
  struct Reader {
    std::string_view kind;
    absl::StatusOr<Kind> (*read)(const SpecText&, const PayloadLimits&);
  };
  static constexpr Reader kReaders[] = {
      {"length", ReadNumber},   {"varint", ReadVarint},   {"ascii", ReadAscii},
      {"headers", ReadHeaders}, {"delim", ReadDelimiter}, {"line", ReadLine},
      {"fixed", ReadFixed},     {"table", ReadParts},     {"list", ReadParts},
      {"chunks", ReadChunks},   {"walk", ReadWalk},       {"switch", ReadSwitch},
      {"unstick", ReadNative}};
  for (const Reader& reader : kReaders) {
    if (reader.kind == spec.kind()) return reader.read(spec, limits);
  }
  return spec.Refuse(
      spec.position(), spec.kind(),
      "no such kind or preset; kinds are length varint ascii headers delim line fixed "
      "table list chunks walk switch unstick");
}

}  // namespace

absl::StatusOr<Kind> ReadKind(const SpecText& spec, const PayloadLimits& limits) {
  if (spec.kind() == "length" || !spec.Has("strip")) return ReadBareKind(spec, limits);
  bool whole = false;
  const auto take = TakeWord<bool>({{"header", false}, {"none", true}}, whole);
  for (const SpecOption& option : spec.options()) {
    if (option.key != "strip") continue;
    if (absl::Status status = take(option); !status.ok()) {
      return spec.Refuse(option.position, Written(option), std::string(status.message()));
    }
  }
  absl::StatusOr<Kind> kind = ReadBareKind(spec.WithoutOption("strip"), limits);
  if (!kind.ok() || !whole) return kind;
  return Kind(std::make_shared<const WholeKind>(*std::move(kind)));
}

}  // namespace unstick::inline v0::detail
