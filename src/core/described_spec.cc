#include "src/core/described_spec.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "src/core/canonical_spec.h"
#include "src/core/check_spec.h"
#include "src/core/kind_spec.h"
#include "src/core/kinds/number_kind.h"
#include "src/core/kinds/plain_kind.h"
#include "src/core/kinds/trailer.h"
#include "src/core/spec_values.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0::detail {
namespace {

bool ForSide(std::string_view name, Side side) {
  return (name == "client" && side == Side::kClient) || (name == "server" && side == Side::kServer);
}

// "6c01|4201": the marks that lines are known by.
absl::Status ReadLineMarks(std::string_view v, Preamble& preamble) {
  preamble.marks.clear();
  for (const std::string_view part : Split(v, "|")) {
    absl::StatusOr<std::string> mark = ParseBytes(part);
    if (!mark.ok()) return mark.status();
    if (mark->empty() || mark->size() > 256) return Invalid("must be marks of 1 to 256 bytes");
    preamble.marks.push_back(*mark);
  }
  if (preamble.marks.size() > Preamble::kMostMarks) return Invalid("must be at most 16 marks");
  return absl::OkStatus();
}

absl::Status ReadPreambleValue(std::string_view v, Preamble& preamble) {
  constexpr std::string_view kBefore = "before-line=";
  constexpr std::string_view kThrough = "through-line=";
  if (v.starts_with(kBefore)) {
    preamble = {.is = Preamble::Is::kBeforeLine};
    return ReadLineMarks(v.substr(kBefore.size()), preamble);
  }
  if (v.starts_with(kThrough)) {
    preamble = {.is = Preamble::Is::kThroughLine};
    return ReadLineMarks(v.substr(kThrough.size()), preamble);
  }
  const bool text = v.starts_with("..");
  if (text || v.starts_with("until=")) {
    const std::string mark(v.substr(text ? 2 : 6));
    const bool unquoted = text || mark.starts_with('\\');  // "until=\r\n" as well as "until='\r\n'"
    absl::StatusOr<std::string> bytes = ParseBytes(unquoted ? "'" + mark + "'" : mark);
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty() || bytes->size() > 256) return Invalid("must end with 1 to 256 bytes");
    preamble = {.is = Preamble::Is::kUntil, .bytes = *bytes};
    return absl::OkStatus();
  }
  if (Split(v, "/").size() > 1) {  // 'hrpc'/3
    preamble = {.is = Preamble::Is::kSized};
    const SpecOption option{.key = "preamble", .value = v, .has_value = true};
    if (absl::Status status = TakeTrailer(preamble.parts)(option); !status.ok()) return status;
    preamble.size = preamble.parts.size();
    if (preamble.size > 0 && preamble.parts.constants() == preamble.size) {
      preamble = {.is = Preamble::Is::kConstant, .bytes = TrailerBytes(preamble.parts)};
      return absl::OkStatus();
    }
    const bool sized = preamble.size >= 1 && preamble.size <= 65535;
    return sized && WhyNotTrailer(preamble.parts) == nullptr
               ? absl::OkStatus()
               : Invalid("must be 1 to 65535 bytes, of which at most 256 are constant");
  }
  if (v.starts_with('\'') || v.starts_with('"')) {
    absl::StatusOr<std::string> bytes = ParseBytes(v);
    if (!bytes.ok()) return bytes.status();
    preamble = {.is = Preamble::Is::kConstant, .bytes = *bytes};
    return absl::OkStatus();
  }
  const auto size = Number(v);
  if (!size || *size < 1 || *size > 65536) {
    return Invalid(
        "must be a size up to 65536, 'bytes', until=BYTES, ..TEXT, before-line=BYTES|BYTES or "
        "through-line=BYTES|BYTES, or sizes and 'bytes' with / between them");
  }
  preamble = {.is = Preamble::Is::kSized, .size = *size};
  return absl::OkStatus();
}

// "24", "client=20,server=4", "until=0d0a", "client=..BEGIN\r\n".
absl::Status ReadPreamble(std::string_view value, Side side, Preamble& preamble) {
  for (const std::string_view part : Split(value, ",")) {
    const bool sided = part.starts_with("client=") || part.starts_with("server=");
    Preamble read;
    if (absl::Status status = ReadPreambleValue(sided ? part.substr(7) : part, read);
        !status.ok()) {
      return status;
    }
    if (!sided || ForSide(part.substr(0, 6), side)) preamble = read;
  }
  return absl::OkStatus();
}

// "client=length(width=4,counts=frame)*2".
absl::Status ReadFirst(const SpecText& spec, const SpecOption& clause, Side side, Description& d) {
  std::string_view v = clause.value;
  if (!v.starts_with("client=") && !v.starts_with("server=")) {
    return Invalid("must be client=KIND(OPTIONS) or server=...");
  }
  const bool ours = ForSide(v.substr(0, 6), side);
  const std::size_t position =
      clause.position + static_cast<std::size_t>(v.data() + 7 - clause.key.data());
  v.remove_prefix(7);
  std::uint32_t count = 1;
  if (const std::size_t star = EndOfPart(v, 0, "*"); star < v.size()) {
    const auto times = Number(v.substr(star + 1));
    if (!times || *times < 1 || *times > 65535) return Invalid("must say *N with N from 1 on");
    count = static_cast<std::uint32_t>(*times);
    v = v.substr(0, star);
  }
  absl::StatusOr<Kind> kind = ReadNested(spec, v, position, d.limits);
  if (!kind.ok()) return kind.status();
  if (ours) {
    d.first = *kind;
    d.first_count = count;
  }
  return absl::OkStatus();
}

// "fe", "0d|0a".
absl::Status ReadSkip(std::string_view v, std::string& skip) {
  skip.clear();
  for (const std::string_view part : Split(v, "|")) {
    const absl::StatusOr<std::string> byte = ParseBytes(part);
    if (!byte.ok() || byte->size() != 1) return Invalid("must be single bytes with | between them");
    skip += *byte;
  }
  return absl::OkStatus();
}

absl::Status ReadMagic(const SpecOption& clause, Description& d) {
  std::string_view bytes = clause.value;
  std::optional<std::uint64_t> at = 0;
  if (clause.key.starts_with("magic@")) {
    at = Number(clause.key.substr(6));
  } else if (const std::size_t split = bytes.rfind('@');
             split != std::string_view::npos && !bytes.ends_with('\'') && !bytes.ends_with('"')) {
    at = Number(bytes.substr(split + 1));
    bytes = bytes.substr(0, split);
  }
  absl::StatusOr<std::string> magic = ParseBytes(bytes);
  if (!magic.ok()) return magic.status();
  if (!at || *at > 65535 || magic->empty() || magic->size() > 256) {
    return Invalid("must be 1 to 256 bytes, with @OFFSET behind them or not");
  }
  d.magic = *magic;
  d.magic_at = *at;
  return absl::OkStatus();
}

absl::Status ReadJoin(std::string_view v, JoinRule& join) {
  join = {};
  const auto wrong = [] {
    return Invalid(
        "must be last=BYTE.BIT, last=@BYTE:CHAR or 'CHARS', more=BYTE.BIT or "
        "full=SIZE[,number=BYTE]");
  };
  if (v.starts_with("full=")) {
    constexpr std::string_view kNumber = ",number=";
    const std::size_t comma = std::min(v.find(','), v.size());
    const auto full = Number(v.substr(5, comma - 5));
    if (!full || *full == 0) return wrong();
    join.how = JoinRule::How::kFull;
    join.full = *full;
    if (comma == v.size()) return absl::OkStatus();
    const auto number =
        v.substr(comma).starts_with(kNumber) ? Number(v.substr(comma + kNumber.size())) : full;
    if (!v.substr(comma).starts_with(kNumber) || !number || *number > 65535) return wrong();
    join.number = number;
    return absl::OkStatus();
  }
  const bool more = v.starts_with("more=");
  if (!more && !v.starts_with("last=")) return wrong();
  v.remove_prefix(5);
  if (!more && v.starts_with('@')) {
    const std::size_t colon = v.find(':');
    const auto at = Number(v.substr(1, std::min(colon, v.size()) - 1));
    std::string_view any_of = colon == std::string_view::npos ? "" : v.substr(colon + 1);
    if (any_of.size() >= 2 && any_of.front() == '\'' && any_of.back() == '\'') {
      any_of = any_of.substr(1, any_of.size() - 2);
    } else if (any_of.size() > 1) {
      return wrong();
    }
    if (!at || *at > 65535 || any_of.empty() || any_of.size() > 8) return wrong();
    join = {.how = JoinRule::How::kLastCharacter, .byte = *at, .characters = std::string(any_of)};
    return absl::OkStatus();
  }
  join.how = more ? JoinRule::How::kMoreBit : JoinRule::How::kLastBit;
  return TakeBit(v, join.byte, join.bit) ? absl::OkStatus() : wrong();
}

absl::Status ReadClause(const SpecText& spec, const SpecOption& clause, Side side, Description& d) {
  const std::string_view key = clause.key;
  if (key == "preamble") return ReadPreamble(clause.value, side, d.preamble);
  if (key == "first") return ReadFirst(spec, clause, side, d);
  if (key == "skip") return ReadSkip(clause.value, d.skip);
  if (key == "once") return TakeFlag(d.once)(clause);
  if (key == "magic" || key.starts_with("magic@")) return ReadMagic(clause, d);
  if (key == "end") return TakeBytes(d.end)(clause);
  if (key == "check") {
    absl::StatusOr<FrameCheck> check = ReadCheck(clause.value);
    if (!check.ok()) return check.status();
    d.check = *std::move(check);
    return absl::OkStatus();
  }
  if (key == "join") return ReadJoin(clause.value, d.join);
  if (key == "unescape") {
    absl::StatusOr<Escaping> escape = ReadEscaping(clause.value);
    if (!escape.ok()) return escape.status();
    d.escape = *std::move(escape);
    return absl::OkStatus();
  }
  if (key == "xor") return TakeWord<bool>({{"key", true}}, d.xor_key)(clause);
  return Invalid(
      "no such clause; there are preamble first once magic check end join unescape xor skip");
}

// A refusal of the clause `key`.
absl::Status RefuseClause(const SpecText& spec, std::string_view key, const std::string& why) {
  for (const SpecOption& clause : spec.clauses()) {
    const std::string_view name = clause.key.substr(0, clause.key.find('@'));
    if (name == key) return spec.Refuse(clause.position, Written(clause), why);
  }
  return spec.Refuse(Invalid(why));
}

// The end of what stands behind the payloads of a kind: free bytes, then constant ones. For a
// switch the least and the most that one of its cases has.
struct TrailerEnd {
  std::size_t free = 0;
  std::size_t most_free = 0;
  std::size_t constant = 0;
  bool same = true;  // all cases have so many constant ones
};

TrailerEnd TrailerEndOf(const SpecText& spec) {
  TrailerEnd end;
  if (spec.kind() == "chunks") return end;  // it has trailers of chunks
  Trailer trailer;
  for (const SpecOption& option : spec.options()) {
    if (option.key == "trailer")
      TakeTrailer(trailer)(option).IgnoreError();  // the kind has judged it
  }
  const auto& parts = trailer.parts();
  std::size_t last = parts.size();
  if (last > 0 && parts[last - 1].constant() != nullptr) end.constant = parts[--last].size();
  if (last > 0) end.free = end.most_free = parts[last - 1].size();
  if (spec.kind() != "switch") return end;
  std::optional<TrailerEnd> all;
  for (const SpecOption& option : spec.options()) {
    const std::size_t arrow = EndOfPart(option.key, 0, ">");
    if (arrow == option.key.size()) continue;
    const auto nested = spec.ParseNested(option.key.substr(arrow + 1), option.position + arrow + 1);
    const TrailerEnd one = nested.ok() ? TrailerEndOf(*nested) : TrailerEnd();
    if (!all) all = one;
    all->free = std::min(all->free, one.free);
    all->most_free = std::max(all->most_free, one.most_free);
    all->same = all->same && one.same && one.constant == all->constant;
  }
  return all.value_or(end);
}

// Is the checksum in the trailer, or does it make room for itself behind the payload?
absl::Status PlaceCheck(const SpecText& spec, Description& d) {
  FrameCheck& check = d.check;
  if (!check || check.in_payload) return absl::OkStatus();
  const auto refuse = [&](const std::string& why) { return RefuseClause(spec, "check", why); };
  const bool marked = spec.kind() == "delim" || spec.kind() == "line";
  const TrailerEnd trailer = TrailerEndOf(spec);
  if (!trailer.same) return refuse("wants trailers that are alike in all cases");
  if (!check.before_end && !d.end.empty()) return refuse("stands where end does: at=before-end");
  if (check.before_end && !marked && d.end.empty() && trailer.constant == 0) {
    return refuse(
        "has no end mark to stand before: at=before-end goes with the clause end, a constant "
        "trailer, delim and line");
  }
  // A trailer's own constant is an end mark too.
  const std::size_t mark = check.before_end ? d.end.size() : 0;
  const std::size_t behind = trailer.constant == 0 ? mark : trailer.constant;
  const bool reaches_end = trailer.constant == 0 || check.before_end;
  const std::size_t free =
      trailer.constant == 0 ? std::max(trailer.free, mark) - mark : trailer.free;
  const bool in_payload = check.before_end && marked;
  if (!in_payload && reaches_end && trailer.free >= mark && free >= check.size()) {
    check.place = FrameCheck::Place::kTrailer;
    check.behind = behind;
    return absl::OkStatus();
  }
  if (!in_payload && mark > 0 && trailer.most_free == 0 && trailer.constant == 0) {
    return refuse("stands before an end mark that has no place: give trailer");
  }
  const std::size_t own = trailer.constant == 0 ? mark : 0;
  if (!in_payload && reaches_end && trailer.most_free > own) {
    return refuse("needs a trailer of at least " + std::to_string(check.size() + own) +
                  " bytes, or of " + (own == 0 ? "none" : std::to_string(own)) +
                  ": then it makes room for itself");
  }
  if (spec.kind() == "walk") return refuse("has no place in a value that describes itself");
  if (d.escape != Escape::kNone && (check.to || check.from < 0)) {
    return refuse("over reaches from byte N up to the checksum where the payload is escaped");
  }
  return absl::OkStatus();
}

// Clauses that do not go together, or not with the kind.
absl::Status CheckTogether(const SpecText& spec, const Description& d) {
  const auto refuse = [&](std::string_view key, const char* why) {
    return RefuseClause(spec, key, why);
  };
  const auto* number = dynamic_cast<const NumberKind*>(d.kind.get());
  const std::size_t longest = d.kind->max_frame_size();
  if (!d.magic.empty()) {
    if (d.magic_at + d.magic.size() > longest) return refuse("magic", "stands behind every frame");
    // What is wrong with these bytes by themselves is wrong with all that start with them.
    const bool wrong =
        d.magic_at == 0 && std::holds_alternative<FrameError>(d.kind->Scan(AsBytes(d.magic), 0));
    if (wrong) return refuse("magic", "is not what any frame of this kind starts with");
  }
  if (d.end.size() > longest) return refuse("end", "is longer than any frame");
  if (d.check.size() > longest) return refuse("check", "is longer than any frame");
  const bool sums_payload = d.check && (d.check.over_payload || d.check.room() > 0);
  const bool joins = d.join.how != JoinRule::How::kNone;
  if (joins && !d.skip.empty()) return refuse("skip", "does not go with join");
  if (d.kind->in_pieces()) {
    const char* const why = "must have payloads in one piece; those of this kind come in chunks";
    if (d.escape != Escape::kNone) return refuse("unescape", why);
    if (d.xor_key) return refuse("xor", why);
    if (joins) return refuse("join", why);
    if (sums_payload) return refuse("check", why);
  }
  if (d.xor_key && d.escape != Escape::kNone) return refuse("xor", "does not go with unescape");
  if (d.xor_key && number == nullptr) {
    return refuse("xor", "goes with the kind length");
  }
  if (d.check.room() > 0 && d.xor_key) {
    return refuse("check", "inside a payload does not go with xor: give it a trailer");
  }
  if (joins && number != nullptr && number->options().told.how == ToldOrder::How::kMagic) {
    return refuse("join", "does not go with a byte order that some fragments tell");
  }
  if (joins && number != nullptr && number->options().zero_is_rest) {
    return refuse("join", "does not go with zero=eof");
  }
  const bool file_magic = d.preamble.is == Preamble::Is::kSized && d.preamble.size >= 4;
  if (d.preamble_tells_order && !file_magic) {
    return spec.Refuse(Invalid("endian is told by a preamble of 4 bytes or more: preamble=N"));
  }
  return absl::OkStatus();
}

// The byte that ends each frame, if a frame is an escaped payload and that, and escaping never
// writes it.
std::optional<std::byte> StuffedUpTo(const Description& d) {
  const auto* delimited = dynamic_cast<const PlainKind<DelimiterFramer>*>(d.kind.get());
  if (delimited == nullptr) return std::nullopt;
  const DelimiterFramer::Options& o = delimited->framer().options();
  const bool bare = o.ends.size() == 1 && o.ends[0].size() == 1 && o.starts.empty() &&
                    o.trailer.empty() && !o.keep;
  const bool alone = d.preamble.is == Preamble::Is::kNone && d.first == nullptr && d.skip.empty() &&
                     !d.once && d.magic.empty() && d.end.empty() && !d.check &&
                     d.join.how == JoinRule::How::kNone && !d.xor_key;
  if (!bare || !alone) return std::nullopt;
  const auto end = static_cast<std::byte>(o.ends[0][0]);
  return NeverWrites(d.escape, end) ? std::optional(end) : std::nullopt;
}

}  // namespace

std::string_view NameOf(std::string_view spec) {
  const absl::StatusOr<SpecText> text = SpecText::Parse(spec);
  if (text.ok() && text->kind() == "unstick") return "unstick";
  const Preset* preset = text.ok() ? FindPreset(text->kind()) : nullptr;
  return preset != nullptr ? preset->name : std::string_view();
}

absl::StatusOr<SpecText> ReadSpecText(std::string_view spec) {
  absl::StatusOr<SpecText> text = SpecText::Parse(spec);
  const Preset* preset = text.ok() ? FindPreset(text->kind()) : nullptr;
  if (preset == nullptr) {
    absl::Status colon = text.ok() ? text->CheckColon() : text.status();
    return colon.ok() ? std::move(text) : colon;
  }
  absl::StatusOr<SpecText> base = SpecText::Parse(preset->spec);
  if (!base.ok()) return base;
  return text->Over(*base);
}

absl::StatusOr<SpecText> ReadSpecText(std::string_view spec, const FramingOverrides& overrides) {
  absl::StatusOr<SpecText> text = ReadSpecText(spec);
  if (text.ok() && !overrides.join) text = text->WithoutClause("join");
  if (text.ok() && !overrides.max.empty()) text = text->WithOption("max", overrides.max);
  return text;
}

absl::StatusOr<std::shared_ptr<const Description>> ReadDescription(const SpecText& spec,
                                                                   Side side) {
  auto d = std::make_shared<Description>();
  absl::StatusOr<PayloadLimits> limits = ReadLimits(spec, PayloadLimits());
  if (!limits.ok()) return limits.status();
  d->limits = *limits;
  if (d->limits.min > d->limits.most()) return spec.Refuse(Invalid("min is above max"));
  d->spec = CanonicalText(spec);
  for (const SpecOption& clause : spec.clauses()) {
    if (absl::Status status = ReadClause(spec, clause, side, *d); !status.ok()) {
      const std::string why(status.message());
      if (why.starts_with("wrong spec")) return status;
      return spec.Refuse(clause.position, Written(clause), why);
    }
  }
  // A stuffed payload is longer than what it stands for, and a fragment may be shorter than the
  // least.
  PayloadLimits of_kind = d->limits;
  const bool fragments = d->join.how != JoinRule::How::kNone;
  if (absl::Status status = PlaceCheck(spec, *d); !status.ok()) return status;
  const std::size_t room = d->check.room();
  of_kind.max += room;
  if (d->escape != Escape::kNone) of_kind.max = EscapedRoom(d->escape, d->limits.most() + room) + 3;
  if (d->escape != Escape::kNone || fragments || room > 0) of_kind.min = 0;
  absl::StatusOr<Kind> kind = ReadKind(spec, of_kind);
  if (!kind.ok()) return kind.status();
  d->kind = *kind;
  if (spec.kind() == "fixed" && !spec.Has("max")) d->limits.max = kMaxContiguousPayload;
  if (const auto* number = dynamic_cast<const NumberKind*>(d->kind.get())) {
    d->xor_flagged = number->options().if_adds > 0;
    d->xor_byte = number->options().if_byte;
    d->xor_bit = number->options().if_bit;
    d->preamble_tells_order = number->options().told.how == ToldOrder::How::kPreamble;
  }
  if (absl::Status status = CheckTogether(spec, *d); !status.ok()) return status;
  d->stuffed_up_to = StuffedUpTo(*d);
  d->sized = (spec.kind() == "length" && !spec.Has("zero")) || spec.kind() == "varint" ||
             spec.kind() == "fixed" || (spec.kind() == "ascii" && !spec.Has("after"));
  return std::shared_ptr<const Description>(d);
}

}  // namespace unstick::inline v0::detail
