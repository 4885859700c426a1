#include "src/core/spec_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "src/core/absl_compat.h"
#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

absl::Status Invalid(const std::string& why) { return absl::InvalidArgumentError(ToAbsl(why)); }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::StatusOr<std::string> ParseHex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
    if (high < 0 || low < 0) {
      return Invalid(
          "must be bytes: hex pairs (0d0a), a quoted string ('\\r\\n'), or crlf, lf, cr, zero");
    }
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

absl::StatusOr<std::string> ParseQuoted(std::string_view text) {
  if (text.size() < 2 || text.back() != text.front()) return Invalid("has no closing quote");
  const char quote = text.front();
  std::string bytes;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == quote) return Invalid("goes on behind its closing quote");
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char escape = ++i + 1 < text.size() ? text[i] : '\0';
    constexpr std::string_view kEscapes = "rnt0\\'\"";
    constexpr std::string_view kMeanings{"\r\n\t\0\\'\"", 7};
    if (const std::size_t which = kEscapes.find(escape);
        escape != '\0' && which != std::string_view::npos) {
      bytes += kMeanings[which];
      continue;
    }
    const int high = escape == 'x' && i + 3 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : HexDigit(text[i + 2]);
    if (low < 0)
      return Invalid("has a wrong escape; there are \\r \\n \\t \\0 \\xHH \\\\ \\' \\\"");
    bytes += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return bytes;
}

// A refusal quotes what it is about; of a long text, its beginning.
std::string Clipped(std::string_view text, std::size_t most) {
  return std::string(text.substr(0, most)) + (text.size() > most ? "..." : "");
}

absl::Status NeedsValue(const SpecOption& option) {
  return option.has_value ? absl::OkStatus() : Invalid("needs a value");
}

}  // namespace

std::size_t EndOfPart(std::string_view text, std::size_t from, std::string_view stop) {
  char quote = 0;
  int depth = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (depth == 0 && stop.find(c) != std::string_view::npos) {
      return i;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    }
  }
  return text.size();
}

absl::StatusOr<SpecText> SpecText::Parse(std::string_view text) {
  if (text.size() > kMaxSpecText) {
    SpecText whole;
    whole.text_ = text;
    return whole.Refuse(kMaxSpecText, text.substr(kMaxSpecText),
                        "a spec has at most " + std::to_string(kMaxSpecText) + " characters");
  }
  return ParsePart(text, text, 0);
}

absl::StatusOr<SpecText> SpecText::ParsePart(std::string_view whole, std::string_view text,
                                             std::size_t position) {
  SpecText spec;
  spec.text_ = whole;
  spec.part_ = text;
  spec.position_ = position;
  std::size_t at = EndOfPart(text, 0, ";");
  const std::string_view head = text.substr(0, at);
  while (at < text.size()) {
    const std::size_t begin = at + 1;
    at = EndOfPart(text, begin, ";");
    const std::string_view part = text.substr(begin, at - begin);
    const std::size_t key_end = EndOfPart(part, 0, "=:");
    SpecOption clause{.key = part.substr(0, key_end), .position = position + begin};
    clause.has_value = key_end < part.size();
    if (clause.has_value) {
      clause.separator = part[key_end];
      clause.value = part.substr(key_end + 1);
    }
    if (clause.key.empty()) return spec.Refuse(clause.position, part, "a clause is missing");
    spec.clauses_.push_back(clause);
  }
  const std::size_t kind_end = EndOfPart(head, 0, ":,");
  spec.kind_ = head.substr(0, kind_end);
  if (kind_end < head.size()) {
    spec.behind_kind_ = head[kind_end];
    absl::Status parsed = spec.ParseOptions(head.substr(kind_end + 1), position + kind_end + 1);
    if (!parsed.ok()) return parsed;
  }
  return spec;
}

absl::StatusOr<SpecText> SpecText::ParseNested(std::string_view part, std::size_t position) const {
  if (depth_ == kMaxNesting) {
    return Refuse(position, part, "kinds nest at most " + std::to_string(kMaxNesting) + " deep");
  }
  if (part.starts_with('(') && part.ends_with(')')) {
    absl::StatusOr<SpecText> spec = ParsePart(text_, part.substr(1, part.size() - 2), position + 1);
    if (spec.ok() && !spec->clauses_.empty()) {
      const SpecOption& clause = spec->clauses_.front();
      return Refuse(clause.position, clause.key, "a nested kind has no clauses");
    }
    if (spec.ok()) spec->depth_ = depth_ + 1;
    return spec;
  }
  SpecText nested;
  nested.text_ = text_;
  nested.depth_ = depth_ + 1;
  nested.part_ = part;
  nested.position_ = position;
  const std::size_t open = part.find('(');
  nested.kind_ = part.substr(0, open);
  if (open == std::string_view::npos) return nested;
  if (!part.ends_with(')')) return Refuse(position, part, "must be KIND(OPTIONS)");
  const std::string_view inside = part.substr(open + 1, part.size() - open - 2);
  if (inside.empty()) return nested;
  absl::Status parsed = nested.ParseOptions(inside, position + open + 1);
  if (!parsed.ok()) return parsed;
  return nested;
}

absl::Status SpecText::ParseOptions(std::string_view text, std::size_t position) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = EndOfPart(text, begin, ",");
    const std::string_view part = text.substr(begin, end - begin);
    const std::size_t equals = EndOfPart(part, 0, "=");
    SpecOption option{.key = part.substr(0, equals), .position = position + begin};
    option.has_value = equals < part.size();
    if (option.has_value) option.value = part.substr(equals + 1);
    if (option.key.empty()) {
      return Refuse(position + begin, part, "an option is KEY or KEY=VALUE");
    }
    options_.push_back(option);
    begin = end + 1;
  }
  return absl::OkStatus();
}

absl::Status SpecText::CheckColon() const {
  if (behind_kind_ == ':') return absl::OkStatus();
  return Refuse(position_ + kind_.size(), ",", "must be a colon behind a kind");
}

bool SpecText::Has(std::string_view key) const {
  return std::any_of(options_.begin(), options_.end(),
                     [&](const SpecOption& option) { return option.key == key; });
}

SpecText SpecText::Over(const SpecText& preset) const {
  SpecText merged = *this;
  merged.kind_ = preset.kind_;
  merged.options_.insert(merged.options_.begin(), preset.options_.begin(), preset.options_.end());
  merged.clauses_.insert(merged.clauses_.begin(), preset.clauses_.begin(), preset.clauses_.end());
  return merged;
}

SpecText SpecText::WithoutClause(std::string_view key) const {
  SpecText without = *this;
  std::erase_if(without.clauses_, [key](const SpecOption& clause) { return clause.key == key; });
  return without;
}

SpecText SpecText::WithoutOption(std::string_view key) const {
  SpecText without = *this;
  std::erase_if(without.options_, [key](const SpecOption& option) { return option.key == key; });
  return without;
}

SpecText SpecText::WithOption(std::string_view key, std::string_view value) const {
  SpecText with = *this;
  with.options_.push_back(
      {.key = key, .value = value, .has_value = true, .position = text_.size()});
  return with;
}

absl::Status SpecText::Read(const std::vector<Key>& keys) const {
  for (const SpecOption& option : options_) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == option.key; });
    if (key == keys.end()) {
      std::string why = std::string(kind_) + " has no such key; it takes";
      for (const Key& known : keys) why += " " + std::string(known.name);
      return Refuse(option.position, option.key, why);
    }
    if (absl::Status status = key->take(option); !status.ok()) {
      return Refuse(option.position, Written(option), std::string(status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status SpecText::Refuse(std::size_t position, std::string_view part,
                              std::string_view why) const {
  return Invalid("wrong spec \"" + Clipped(text_, 1024) + "\": at character " +
                 std::to_string(position) + ", \"" + Clipped(part, 256) +
                 "\": " + std::string(why));
}

absl::Status SpecText::Refuse(const absl::Status& from_create) const {
  const std::string why(from_create.message());
  const std::string_view name = std::string_view(why).substr(0, why.find(' '));
  const SpecOption* blamed = nullptr;
  for (const SpecOption& option : options_) {
    if (option.key == name) blamed = &option;
  }
  // The fault may be with an option that is not given, or that a preset has brought along.
  const bool here =
      blamed != nullptr &&
      Written(*blamed) == part_.substr(std::min(blamed->position - position_, part_.size()),
                                       Written(*blamed).size());
  return here ? Refuse(blamed->position, Written(*blamed), why) : Refuse(position_, part_, why);
}

std::string Written(const SpecOption& option) {
  std::string text(option.key);
  if (option.has_value) text += option.separator + std::string(option.value);
  return text;
}

std::function<absl::Status(const SpecOption&)> TakeFlag(bool& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    if (option.has_value) return Invalid("takes no value");
    to = true;
    return absl::OkStatus();
  };
}

std::function<absl::Status(const SpecOption&)> TakeNumber(std::uint64_t& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    const std::optional<std::uint64_t> value = ParseNumber(option.value);
    if (!value) return Invalid("must be a number, decimal or 0xHEX");
    to = *value;
    return absl::OkStatus();
  };
}

std::function<absl::Status(const SpecOption&)> TakeSigned(std::int64_t& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    std::string_view digits = option.value;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    const std::optional<std::uint64_t> value = ParseNumber(digits);
    if (!value || *value > std::numeric_limits<std::int64_t>::max()) {
      return Invalid("must be a number with or without a sign");
    }
    to = negative ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value);
    return absl::OkStatus();
  };
}

std::function<absl::Status(const SpecOption&)> TakeSize(std::uint64_t& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    absl::StatusOr<std::uint64_t> size = ParseSize(option.value);
    if (!size.ok()) return size.status();
    to = *size;
    return absl::OkStatus();
  };
}

std::function<absl::Status(const SpecOption&)> TakeBytes(std::string& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    if (absl::Status status = NeedsValue(option); !status.ok()) return status;
    absl::StatusOr<std::string> bytes = ParseBytes(option.value);
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty()) return Invalid("must have at least one byte");
    to = *std::move(bytes);
    return absl::OkStatus();
  };
}

std::function<absl::Status(const SpecOption&)> TakeBytesList(std::vector<std::string>& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    for (std::size_t at = 0; at <= option.value.size();) {
      const std::size_t end = EndOfPart(option.value, at, "|");
      std::string bytes;
      const SpecOption one{.value = option.value.substr(at, end - at), .has_value = true};
      if (absl::Status status = TakeBytes(bytes)(one); !status.ok()) return status;
      to.push_back(std::move(bytes));
      at = end + 1;
    }
    return absl::OkStatus();
  };
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  return hexadecimal ? ParseDigits(text.substr(2), 16) : ParseDigits(text, 10);
}

std::function<absl::Status(const SpecOption&)> TakeTrailer(Trailer& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    to = {};
    const std::string_view v = option.value;
    for (std::size_t at = 0; at <= v.size();) {
      const std::size_t end = EndOfPart(v, at, "/");
      const std::string_view part = v.substr(at, end - at);
      const std::optional<std::uint64_t> any = ParseNumber(part);
      const bool word = part == "crlf" || part == "lf" || part == "cr" || part == "zero";
      const bool bytes = word || part.starts_with('\'') || part.starts_with('"');
      if (!any && !bytes) {
        return Invalid("must be a number, 'bytes', or a list of both with / between them");
      }
      if (any) {
        to.Add(*any);
      } else {
        absl::StatusOr<std::string> constant = ParseBytes(part);
        if (!constant.ok()) return constant.status();
        if (constant->empty()) return Invalid("must have at least one byte");
        to.Add(*constant);
      }
      at = end + 1;
    }
    return absl::OkStatus();
  };
}

absl::StatusOr<std::string> ParseBytes(std::string_view text) {
  if (text == "crlf") return std::string("\r\n");
  if (text == "lf") return std::string("\n");
  if (text == "cr") return std::string("\r");
  if (text == "zero") return std::string(1, '\0');
  if (text.starts_with('\'') || text.starts_with('"')) return ParseQuoted(text);
  return ParseHex(text);
}

absl::StatusOr<std::uint64_t> ParseSize(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  constexpr std::array kUnits = {Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20}, Unit{"GiB", 1 << 30},
                                 Unit{"k", 1000}, Unit{"M", 1'000'000}};
  std::uint64_t scale = 1;
  std::string_view digits = text;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    scale = unit.bytes;
    digits.remove_suffix(unit.name.size());
    break;
  }
  const std::optional<std::uint64_t> value = ParseNumber(digits);
  if (!value) return Invalid("must be a size: a number, with KiB, MiB, GiB, k or M after it");
  if (*value > std::numeric_limits<std::uint64_t>::max() / scale) {
    return Invalid("must be a size below 2^64");
  }
  return *value * scale;
}

void SpecWriter::Flag(std::string_view key) {
  text_ += before_next_;
  text_ += key;
  before_next_ = ',';
}

void SpecWriter::Text(std::string_view key, std::string_view value) {
  Flag(key);
  text_ += '=';
  text_ += value;
}

void SpecWriter::Number(std::string_view key, std::int64_t value) {
  Text(key, std::to_string(value));
}

std::string PrintSize(std::uint64_t size) {
  constexpr std::array<std::string_view, 4> kUnits = {"", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (size != 0 && size % 1024 == 0 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return std::to_string(size) + std::string(kUnits[unit]);
}

std::string PrintMask(std::uint64_t mask) { return "0x" + PrintDigits(mask, 16); }

std::string PrintHex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += PrintDigits(static_cast<unsigned char>(c), 16, 2);
  return hex;
}

std::string PrintQuoted(std::string_view bytes) {
  constexpr std::string_view kMeanings = "\r\n\t\\'";
  constexpr std::string_view kEscapes = "rnt\\'";
  std::string text = "'";
  for (const char c : bytes) {
    const std::size_t which = kMeanings.find(c);
    if (which != std::string_view::npos) {
      text += {'\\', kEscapes[which]};
    } else if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      text += "\\x" + PrintHex({&c, 1});
    }
  }
  return text + "'";
}

void SpecWriter::Size(std::string_view key, std::uint64_t value) { Text(key, PrintSize(value)); }

void SpecWriter::Bytes(std::string_view key, const std::vector<std::string>& values) {
  std::string hex;
  for (const std::string& value : values) hex += (hex.empty() ? "" : "|") + PrintHex(value);
  Text(key, hex);
}

}  // namespace unstick::inline v0::detail
