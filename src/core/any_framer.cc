#include "unstick/core/any_framer.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>
#include <optional>
#include <type_traits>
#include <vector>

#include "src/core/described_spec.h"
#include "src/core/spec_text.h"
#include "unstick/core/append_frame.h"

namespace unstick::inline v0 {
namespace {

using detail::SpecOption;
using detail::SpecText;
using detail::SpecWriter;
using detail::TakeBytes;
using detail::TakeBytesList;
using detail::TakeFlag;
using detail::TakeNumber;
using detail::TakeSigned;
using detail::TakeSize;
using detail::TakeWord;

// Each kind below is a reader and a printer, with the keys in the order that docs/framer-spec.md
// lists them. `max` and `min` close every kind.

template <typename Options>
void PrintLimits(const Options& o, SpecWriter& out) {
  if (o.max_payload != kDefaultMaxPayload) out.Size("max", o.max_payload);
  if (o.min_payload != 0) out.Size("min", o.min_payload);
}

// A framer from what its Create() said, or the refusal with the option at fault pointed out.
template <typename F>
absl::StatusOr<AnyFramer> Made(const SpecText& spec, absl::StatusOr<F> framer) {
  if (!framer.ok()) return spec.Refuse(framer.status());
  return AnyFramer(*std::move(framer));
}

std::function<absl::Status(const SpecOption&)> TakeOptional(std::optional<std::size_t>& to) {
  return [&to](const SpecOption& option) {
    std::uint64_t value = 0;
    absl::Status status = TakeNumber(value)(option);
    if (status.ok()) to = value;
    return status;
  };
}

absl::StatusOr<AnyFramer> ReadLength(const SpecText& spec) {
  LengthFieldFramer::Options o;
  const auto take_strip = [&o](const SpecOption& option) {
    if (option.value == "none") o.strip = 0;
    if (option.value == "header") o.strip = std::nullopt;
    const bool word = option.value == "none" || option.value == "header";
    return word ? absl::OkStatus() : TakeOptional(o.strip)(option);
  };
  absl::Status read = spec.Read({
      {"offset", TakeNumber(o.offset)},
      {"width", TakeNumber(o.width)},
      {"endian", TakeWord<std::endian>({{"big", std::endian::big},
                                        {"little", std::endian::little},
                                        {"native", std::endian::native}},
                                       o.order)},
      {"counts",
       TakeWord<Counts>(
           {{"after", Counts::kAfter}, {"payload", Counts::kPayload}, {"frame", Counts::kFrame}},
           o.counts)},
      {"adjust", TakeSigned(o.adjust)},
      {"header", TakeOptional(o.header)},
      {"align", TakeNumber(o.align)},
      {"trailer", TakeNumber(o.trailer)},
      {"strip", take_strip},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return Made(spec, LengthFieldFramer::Create(o));
}

std::string Print(const LengthFieldFramer::Options& o) {
  SpecWriter out("length");
  const LengthFieldFramer::Options defaults;
  const auto number = [&out](std::string_view key, std::size_t value, std::size_t normal) {
    if (value != normal) out.Number(key, static_cast<std::int64_t>(value));
  };
  number("offset", o.offset, defaults.offset);
  number("width", o.width, defaults.width);
  if (o.order != defaults.order) out.Text("endian", "little");
  if (o.counts == Counts::kPayload) out.Text("counts", "payload");
  if (o.counts == Counts::kFrame) out.Text("counts", "frame");
  if (o.adjust != 0) out.Number("adjust", o.adjust);
  const std::size_t header = o.header.value_or(o.offset + o.width);
  number("header", header, o.offset + o.width);
  number("align", o.align, defaults.align);
  number("trailer", o.trailer, defaults.trailer);
  const std::size_t strip = o.strip.value_or(header);
  if (strip == 0) out.Text("strip", "none");
  if (strip != 0) number("strip", strip, header);
  PrintLimits(o, out);
  return std::move(out).Done();
}

absl::StatusOr<AnyFramer> ReadVarint(const SpecText& spec) {
  VarintFramer::Options o;
  absl::Status read = spec.Read({
      {"offset", TakeNumber(o.offset)},
      {"max-bytes", TakeNumber(o.max_bytes)},
      {"trailer", TakeNumber(o.trailer)},
      {"lenient", TakeFlag(o.lenient)},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return Made(spec, VarintFramer::Create(o));
}

std::string Print(const VarintFramer::Options& o) {
  SpecWriter out("varint");
  const VarintFramer::Options defaults;
  if (o.offset != 0) out.Number("offset", static_cast<std::int64_t>(o.offset));
  if (o.max_bytes != defaults.max_bytes) {
    out.Number("max-bytes", static_cast<std::int64_t>(o.max_bytes));
  }
  if (o.trailer != 0) out.Number("trailer", static_cast<std::int64_t>(o.trailer));
  if (o.lenient) out.Flag("lenient");
  PrintLimits(o, out);
  return std::move(out).Done();
}

std::function<absl::Status(const SpecOption&)> TakeTail(Tail& to) {
  return TakeWord<Tail>(
      {{"error", Tail::kError}, {"deliver", Tail::kDeliver}, {"drop", Tail::kDrop}}, to);
}

void PrintTail(Tail tail, SpecWriter& out) {
  if (tail == Tail::kDeliver) out.Text("tail", "deliver");
  if (tail == Tail::kDrop) out.Text("tail", "drop");
}

absl::StatusOr<AnyFramer> ReadDelimiter(const SpecText& spec) {
  DelimiterFramer::Options o;
  o.ends.clear();
  absl::Status read = spec.Read({
      {"end", TakeBytesList(o.ends)},
      {"start", TakeBytesList(o.starts)},
      {"keep", TakeFlag(o.keep)},
      {"skip-empty", TakeFlag(o.skip_empty)},
      {"trailer", TakeNumber(o.trailer)},
      {"tail", TakeTail(o.tail)},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return Made(spec, DelimiterFramer::Create(o));
}

// What each value of `eol` stands for. LF with an optional CR is two marks, of which the CR LF that
// starts one byte earlier wins.
const std::vector<detail::Word<std::vector<std::string>>>& LineEnds() {
  static const std::vector<detail::Word<std::vector<std::string>>> ends = {
      {"lf", {"\n", "\r\n"}}, {"crlf", {"\r\n"}}, {"lf-only", {"\n"}}};
  return ends;
}

absl::StatusOr<AnyFramer> ReadLine(const SpecText& spec) {
  DelimiterFramer::Options o = DelimiterFramer::Lines();
  absl::Status read = spec.Read({
      {"eol", TakeWord(LineEnds(), o.ends)},
      {"keep", TakeFlag(o.keep)},
      {"tail", TakeTail(o.tail)},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return Made(spec, DelimiterFramer::Create(o));
}

// Marks that the line kind has a word for are printed as lines, as long as nothing is set that
// lines do not have.
std::string Print(const DelimiterFramer::Options& o) {
  const detail::Word<std::vector<std::string>>* line = nullptr;
  for (const auto& word : LineEnds()) {
    if (word.value == o.ends && o.starts.empty() && !o.skip_empty && o.trailer == 0) line = &word;
  }
  SpecWriter out(line != nullptr ? "line" : "delim");
  if (line == nullptr) {
    out.Bytes("end", o.ends);
    if (!o.starts.empty()) out.Bytes("start", o.starts);
  } else if (line->name != "lf") {
    out.Text("eol", line->name);
  }
  if (o.keep) out.Flag("keep");
  if (o.skip_empty) out.Flag("skip-empty");
  if (o.trailer != 0) out.Number("trailer", static_cast<std::int64_t>(o.trailer));
  PrintTail(o.tail, out);
  PrintLimits(o, out);
  return std::move(out).Done();
}

absl::StatusOr<AnyFramer> ReadFixed(const SpecText& spec) {
  FixedFramer::Options o;
  std::uint64_t max = kMaxContiguousPayload;
  std::uint64_t min = 0;
  absl::Status read = spec.Read({
      {"size", TakeNumber(o.size)},
      {"sync", TakeBytes(o.sync)},
      {"max", TakeSize(max)},
      {"min", TakeSize(min)},
  });
  if (!read.ok()) return read;
  if (o.size > max) return spec.Refuse(absl::InvalidArgumentError("max is below size"));
  if (o.size < min) return spec.Refuse(absl::InvalidArgumentError("min is above size"));
  return Made(spec, FixedFramer::Create(o));
}

std::string Print(const FixedFramer::Options& o) {
  SpecWriter out("fixed");
  out.Number("size", static_cast<std::int64_t>(o.size));
  if (!o.sync.empty()) out.Bytes("sync", {o.sync});
  return std::move(out).Done();
}

absl::StatusOr<AnyFramer> ReadNative(const SpecText& spec) {
  HeaderFramer::Options o;
  absl::Status read = spec.Read({
      {"crc", TakeWord<bool>({{"on", true}, {"off", false}}, o.checksum)},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return Made(spec, HeaderFramer::Create(HeaderLayout::Native(), o));
}

std::string Print(const HeaderFramer::Options& o) {
  SpecWriter out("unstick");
  if (!o.checksum) out.Text("crc", "off");
  PrintLimits(o, out);
  return std::move(out).Done();
}

struct Kind {
  std::string_view name;
  absl::StatusOr<AnyFramer> (*read)(const SpecText&);
};

constexpr Kind kKinds[] = {
    {"length", ReadLength}, {"varint", ReadVarint}, {"delim", ReadDelimiter},
    {"line", ReadLine},     {"fixed", ReadFixed},   {"unstick", ReadNative},
};

// The plain framer of `spec`, if one can be all of that.
std::optional<AnyFramer> Plain(std::string_view spec) {
  const absl::StatusOr<SpecText> text = detail::ReadSpecText(spec);
  if (!text.ok() || !text->clauses().empty()) return std::nullopt;
  const Kind* kind = std::ranges::find(kKinds, text->kind(), &Kind::name);
  if (kind == std::end(kKinds)) return std::nullopt;
  absl::StatusOr<AnyFramer> framer = kind->read(*text);
  if (!framer.ok()) return std::nullopt;
  return *std::move(framer);
}

}  // namespace

// What no plain framer can be, a described one may; if not, its refusal knows all keys and values.
absl::StatusOr<AnyFramer> AnyFramer::FromSpec(std::string_view spec, Side side) {
  if (std::optional<AnyFramer> plain = Plain(spec)) return *std::move(plain);
  return DescribedFramer::FromSpec(spec, side);
}

absl::StatusOr<AnyFramer> AnyFramer::ForEnd(std::string_view spec, Side own) {
  if (std::optional<AnyFramer> plain = Plain(spec)) return *std::move(plain);
  return DescribedFramer::ForEnd(spec, own);
}

std::string AnyFramer::spec() const {
  return Visit([](const auto& framer) -> std::string {
    using Chosen = std::decay_t<decltype(framer)>;
    if constexpr (std::is_same_v<Chosen, DescribedFramer>) {
      return framer.spec();
    } else {
      if constexpr (std::is_same_v<Chosen, HeaderFramer>) {
        if (framer.layout() != HeaderLayout::Native()) return {};
      }
      return Print(framer.options());
    }
  });
}

bool AnyFramer::can_resync() const {
  if (const auto* described = std::get_if<DescribedFramer>(&framer_)) {
    return described->can_resync();
  }
  const auto* header = std::get_if<HeaderFramer>(&framer_);
  return header != nullptr && header->layout().provable();
}

ScanStep<AnyFramer::State> AnyFramer::ScanFinal(ByteView rest, State state) const {
  return Visit([&](const auto& framer) -> ScanStep<State> {
    using Chosen = std::decay_t<decltype(framer)>;
    if constexpr (HasStatefulScanFinal<Chosen>) {
      return framer.ScanFinal(rest, state);
    } else if constexpr (HasScanFinal<Chosen>) {
      return {framer.ScanFinal(rest), state};
    } else {
      return {NeedMore{.min_window = rest.size() + 1}, state};
    }
  });
}

SeekResult AnyFramer::Seek(ByteView window, std::size_t resume, bool finished) const {
  return Visit([&](const auto& framer) -> SeekResult {
    if constexpr (HasSeek<std::decay_t<decltype(framer)>>) {
      return framer.Seek(window, resume, finished);
    } else {
      return {.drop = window.size()};
    }
  });
}

std::optional<FrameError> AnyFramer::EncodeTo(ByteView payload, StreamBuffer& out,
                                              State& sent) const {
  return AppendFrame(*this, payload, out, sent);
}

}  // namespace unstick::inline v0
