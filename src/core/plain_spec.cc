#include "src/core/plain_spec.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/core/kinds/trailer.h"
#include "src/core/spec_values.h"

namespace unstick::inline v0::detail {
namespace {

template <typename Options>
void PrintLimits(const Options& o, SpecWriter& out) {
  if (o.max_payload != kDefaultMaxPayload) out.Size("max", o.max_payload);
  if (o.min_payload != 0) out.Size("min", o.min_payload);
}

Take TakeOptional(std::optional<std::size_t>& to) {
  return [&to](const SpecOption& option) {
    std::uint64_t value = 0;
    absl::Status status = TakeNumber(value)(option);
    if (status.ok()) to = value;
    return status;
  };
}

void PrintTail(Tail tail, SpecWriter& out) {
  if (tail == Tail::kDeliver) out.Text("tail", "deliver");
  if (tail == Tail::kDrop) out.Text("tail", "drop");
}

// What each value of `eol` stands for. LF with an optional CR is two marks, of which the CR LF that
// starts one byte earlier wins.
const std::vector<Word<std::vector<std::string>>>& LineEnds() {
  static const std::vector<Word<std::vector<std::string>>> ends = {
      {"lf", {"\n", "\r\n"}}, {"crlf", {"\r\n"}}, {"lf-only", {"\n"}}};
  return ends;
}

}  // namespace

// The keys stand in the order in which docs/framer-spec.md lists them; `max` and `min` close every
// kind.

absl::StatusOr<LengthFieldFramer::Options> ReadPlainLengthOptions(const SpecText& spec) {
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
      {"endian", TakeEndian(o.order)},
      {"counts", TakeCounts(o.counts)},
      {"adjust", TakeSigned(o.adjust)},
      {"header", TakeOptional(o.header)},
      {"align", TakeNumber(o.align)},
      {"trailer", TakeNumber(o.trailer)},
      {"strip", take_strip},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return o;
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

absl::StatusOr<VarintFramer::Options> ReadPlainVarintOptions(const SpecText& spec) {
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
  return o;
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

absl::StatusOr<DelimiterFramer::Options> ReadDelimiterOptions(const SpecText& spec) {
  DelimiterFramer::Options o;
  o.ends.clear();
  absl::Status read = spec.Read({
      {"end", TakeBytesList(o.ends)},
      {"start", TakeBytesList(o.starts)},
      {"keep", TakeFlag(o.keep)},
      {"skip-empty", TakeFlag(o.skip_empty)},
      {"trailer", TakeTrailer(o.trailer)},
      {"tail", TakeTail(o.tail)},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return o;
}

absl::StatusOr<DelimiterFramer::Options> ReadPlainLineOptions(const SpecText& spec) {
  DelimiterFramer::Options o = DelimiterFramer::Lines();
  absl::Status read = spec.Read({
      {"eol", TakeWord(LineEnds(), o.ends)},
      {"keep", TakeFlag(o.keep)},
      {"tail", TakeTail(o.tail)},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return o;
}

// Marks that the line kind has a word for are printed as lines, as long as nothing is set that
// lines do not have.
std::string Print(const DelimiterFramer::Options& o) {
  const Word<std::vector<std::string>>* line = nullptr;
  for (const auto& word : LineEnds()) {
    if (word.value == o.ends && o.starts.empty() && !o.skip_empty && o.trailer.empty())
      line = &word;
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
  if (!o.trailer.empty()) out.Text("trailer", PrintTrailer(o.trailer));
  PrintTail(o.tail, out);
  PrintLimits(o, out);
  return std::move(out).Done();
}

absl::StatusOr<FixedFramer::Options> ReadFixedOptions(const SpecText& spec, PayloadLimits limits) {
  FixedFramer::Options o;
  absl::Status read = spec.Read({
      {"size", TakeNumber(o.size)},
      {"sync", TakeBytes(o.sync)},
      {"max", TakeSize(limits.max)},
      {"min", TakeSize(limits.min)},
  });
  if (!read.ok()) return read;
  if (o.size > limits.max) return spec.Refuse(Invalid("max is below size"));
  if (o.size < limits.min) return spec.Refuse(Invalid("min is above size"));
  return o;
}

std::string Print(const FixedFramer::Options& o) {
  SpecWriter out("fixed");
  out.Number("size", static_cast<std::int64_t>(o.size));
  if (!o.sync.empty()) out.Bytes("sync", {o.sync});
  return std::move(out).Done();
}

absl::StatusOr<HeaderFramer::Options> ReadNativeOptions(const SpecText& spec) {
  HeaderFramer::Options o;
  absl::Status read = spec.Read({
      {"crc", TakeWord<bool>({{"on", true}, {"off", false}}, o.checksum)},
      {"max", TakeSize(o.max_payload)},
      {"min", TakeSize(o.min_payload)},
  });
  if (!read.ok()) return read;
  return o;
}

std::string Print(const HeaderFramer::Options& o) {
  SpecWriter out("unstick");
  if (!o.checksum) out.Text("crc", "off");
  PrintLimits(o, out);
  return std::move(out).Done();
}

}  // namespace unstick::inline v0::detail
