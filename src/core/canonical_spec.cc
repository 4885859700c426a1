#include "src/core/canonical_spec.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/core/spec_values.h"

namespace unstick::inline v0::detail {
namespace {

struct KeyOrder {
  std::string_view kind;
  std::vector<std::pair<std::string_view, std::string_view>> keys;  // in order, with their defaults
};

const std::vector<KeyOrder>& KeyOrders() {
  static const std::vector<KeyOrder> orders = {
      {"length",
       {{"offset", "0"},
        {"width", "4"},
        {"endian", "big"},
        {"counts", "after"},
        {"adjust", "0"},
        {"header", "ext"},
        {"shift", "0"},
        {"mask", ""},
        {"unit", "1"},
        {"align", "1"},
        {"plus", ""},
        {"ext", ""},
        {"if", ""},
        {"zero", ""},
        {"trailer", "0"},
        {"strip", "header"}}},
      {"varint",
       {{"big7", ""},
        {"quic", ""},
        {"msgpack", ""},
        {"offset", "0"},
        {"max-bytes", ""},
        {"counts", "after"},
        {"header", "0"},
        {"trailer", "0"},
        {"after", ""},
        {"lenient", ""}}},
      {"ascii",
       {{"base", "10"},
        {"width", "0"},
        {"until", ""},
        {"counts", "after"},
        {"adjust", "0"},
        {"trailer", "0"},
        {"after", ""},
        {"bare", ""}}},
      {"headers",
       {{"length", "Content-Length"},
        {"default", ""},
        {"chunked", ""},
        {"else", ""},
        {"skip", ""},
        {"bodiless", ""},
        {"eof", ""},
        {"eol", "crlf"},
        {"trailer", "0"},
        {"max-header", "64KiB"}}},
      {"delim",
       {{"end", ""},
        {"start", ""},
        {"keep", ""},
        {"skip-empty", ""},
        {"trailer", "0"},
        {"tail", "error"}}},
      {"line",
       {{"eol", "lf"},
        {"keep", ""},
        {"tail", "error"},
        {"verbs", ""},
        {"count", ""},
        {"trailer", "0"}}},
      {"fixed", {{"size", ""}, {"sync", ""}}},
      {"table",
       {{"count", "0/4"},
        {"count-adjust", "0"},
        {"entry", "4"},
        {"unit", "1"},
        {"align", "1"},
        {"header", "0"},
        {"endian", "big"}}},
      {"list", {{"header", "0"}, {"count", "0/4"}, {"entry", "4"}, {"endian", "big"}}},
      {"chunks",
       {{"width", ""},
        {"ascii", ""},
        {"until", ""},
        {"trailer", ""},
        {"end", "zero"},
        {"endian", "big"}}},
      {"switch", {{"at", "0"}, {"mask", "ff"}}},
      {"unstick", {{"crc", "on"}}},
  };
  return orders;
}

// Of these, the last one says it all.
bool Overrides(std::string_view kind, std::string_view later, std::string_view key) {
  const auto among = [&](std::initializer_list<std::string_view> keys) {
    return std::ranges::find(keys, later) != keys.end() &&
           std::ranges::find(keys, key) != keys.end();
  };
  if (kind == "varint") return among({"big7", "quic", "msgpack"});
  if (kind == "chunks") return among({"width", "ascii"});
  return false;
}

// Numbers in decimal without a plus, sizes in the largest unit that divides them; all else as it
// is.
std::string Normal(const SpecOption& option) {
  static constexpr std::string_view kNumbers[] = {
      "offset", "width", "adjust", "header",       "shift",     "unit", "align", "trailer",
      "strip",  "base",  "entry",  "count-adjust", "max-bytes", "size", "at",    "default"};
  static constexpr std::string_view kSizes[] = {"max", "min", "max-header"};
  std::string_view digits = option.value;
  if (std::ranges::find(kSizes, option.key) != std::end(kSizes)) {
    const absl::StatusOr<std::uint64_t> size = ParseSize(digits);
    return size.ok() ? PrintSize(*size) : std::string(digits);
  }
  if (std::ranges::find(kNumbers, option.key) == std::end(kNumbers)) return std::string(digits);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const std::optional<std::uint64_t> number = Number(digits);
  if (!number) return std::string(option.value);  // header=ext, trailer=','
  return (negative && *number != 0 ? "-" : "") + std::to_string(*number);
}

}  // namespace

std::string CanonicalText(const SpecText& spec) {
  std::vector<SpecOption> kept;
  const auto add = [&](std::string_view key, std::string_view normal) {
    const bool several = key == "end" || key == "start";
    const SpecOption* last = nullptr;
    for (const SpecOption& option : spec.options()) {
      if (option.key != key) continue;
      if (several && last != nullptr) kept.push_back(*last);
      last = &option;
    }
    if (last == nullptr || (last->has_value && Normal(*last) == normal)) return;
    const bool overridden =
        std::any_of(last + 1, spec.options().data() + spec.options().size(),
                    [&](const SpecOption& o) { return Overrides(spec.kind(), o.key, key); });
    if (!overridden) kept.push_back(*last);
  };
  const auto& orders = KeyOrders();
  const auto order = std::find_if(orders.begin(), orders.end(),
                                  [&](const KeyOrder& o) { return o.kind == spec.kind(); });
  if (order != orders.end()) {
    for (const auto& [key, normal] : order->keys) add(key, normal);
  }
  for (const SpecOption& option : spec.options()) {  // a walker's name, a switch's cases
    const bool limit = option.key == "max" || option.key == "min";
    const bool ordered =
        order != orders.end() && std::any_of(order->keys.begin(), order->keys.end(),
                                             [&](const auto& k) { return k.first == option.key; });
    if (!limit && !ordered) kept.push_back(option);
  }
  add("max", "8MiB");
  add("min", "0");
  std::string text(spec.kind());
  char before = ':';
  for (const SpecOption& option : kept) {
    text += before + std::string(option.key);
    if (option.has_value) text += "=" + Normal(option);
    before = ',';
  }
  for (const SpecOption& clause : spec.clauses()) {
    text += ";" + std::string(clause.key);
    if (clause.has_value) text += clause.separator + std::string(clause.value);
  }
  return text;
}

}  // namespace unstick::inline v0::detail
