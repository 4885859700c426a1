#include "src/cli/json_object.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/cli/printable.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::size_t kMaxMembers = 64;  // keys are looked for one by one

void AppendUtf8(std::uint32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// Walks the text once. Each Take answers false when what it should take is not there, and has then
// noted why.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool TakeObject(std::vector<std::pair<std::string, JsonValue>>& members) {
    SkipBlanks();
    if (!Take('{', "an object is expected: '{'")) return false;
    SkipBlanks();
    if (Peek() == '}') {
      ++at_;
    } else {
      do {
        if (!TakeMember(members)) return false;
      } while (TakeIf(','));
      if (!Take('}', "',' or '}' is expected")) return false;
    }
    SkipBlanks();
    return at_ == text_.size() || Refuse("nothing may follow the object");
  }

  absl::Status status() const {
    return absl::InvalidArgumentError("column " + std::to_string(at_ + 1) + ": " + why_);
  }

 private:
  bool TakeMember(std::vector<std::pair<std::string, JsonValue>>& members) {
    SkipBlanks();
    if (members.size() == kMaxMembers) return Refuse("too many members; 64 are allowed");
    const std::size_t start = at_;
    std::string key;
    if (Peek() != '"') return Refuse("a key in double quotes is expected");
    if (!TakeString(key)) return false;
    for (const auto& member : members) {
      if (member.first != key) continue;
      at_ = start;
      return Refuse("this key is there already");
    }
    SkipBlanks();
    if (!Take(':', "':' is expected behind a key")) return false;
    SkipBlanks();
    JsonValue value;
    if (!TakeValue(value)) return false;
    SkipBlanks();
    members.emplace_back(std::move(key), std::move(value));
    return true;
  }

  bool TakeValue(JsonValue& value) {
    const char c = Peek();
    if (c == '"') {
      value.kind = JsonValue::Kind::kString;
      return TakeString(value.text);
    }
    if (c == '-' || IsDigit(c)) {
      value.kind = JsonValue::Kind::kNumber;
      return TakeNumber(value.text);
    }
    if (TakeWord("true", JsonValue::Kind::kTrue, value)) return true;
    if (TakeWord("false", JsonValue::Kind::kFalse, value)) return true;
    if (TakeWord("null", JsonValue::Kind::kNull, value)) return true;
    return Refuse("a string, a number, true, false or null is expected");
  }

  bool TakeWord(std::string_view word, JsonValue::Kind kind, JsonValue& value) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    value = {kind, std::string(word)};
    return true;
  }

  bool TakeNumber(std::string& out) {
    const std::size_t start = at_;
    TakeIf('-');
    if (Peek() == '0') {
      ++at_;
      if (IsDigit(Peek())) return Refuse("a number has no leading zeros");
    } else if (!TakeDigits()) {
      return false;
    }
    if (TakeIf('.') && !TakeDigits()) return false;
    if (TakeIf('e') || TakeIf('E')) {
      if (!TakeIf('+')) TakeIf('-');
      if (!TakeDigits()) return false;
    }
    out = text_.substr(start, at_ - start);
    return true;
  }

  bool TakeDigits() {
    if (!IsDigit(Peek())) return Refuse("a digit is expected");
    while (IsDigit(Peek())) ++at_;
    return true;
  }

  bool TakeString(std::string& out) {
    ++at_;  // the quote
    while (at_ < text_.size()) {
      const std::size_t plain = at_;
      while (at_ < text_.size() && IsPlain(text_[at_])) ++at_;
      out += text_.substr(plain, at_ - plain);
      if (at_ == text_.size()) break;
      const auto c = static_cast<std::uint8_t>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!TakeEscape(out)) return false;
      } else if (c < 0x20) {
        return Refuse("a control character in a string is written as an escape");
      } else {
        const std::size_t length = Utf8Length(text_.substr(at_));
        if (length == 0) return Refuse("the text is not UTF-8");
        out += text_.substr(at_, length);
        at_ += length;
      }
    }
    return Refuse("the string has no closing quote");
  }

  bool TakeEscape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char name = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (name == 'u') return TakeUnicode(out);
    const std::size_t which = kNames.find(name);
    if (which == std::string_view::npos) return Refuse("there is no such escape");
    out += kMeanings[which];
    at_ += 2;
    return true;
  }

  // \uXXXX, or two of them for what lies beyond U+FFFF.
  bool TakeUnicode(std::string& out) {
    const std::optional<std::uint32_t> unit = CodeUnit(at_);
    if (!unit) return Refuse("\\u is followed by four hex digits");
    std::uint32_t c = *unit;
    if (c >= 0xdc00 && c <= 0xdfff) return Refuse("a low surrogate stands alone");
    std::size_t size = 6;
    if (c >= 0xd800 && c <= 0xdbff) {
      const std::optional<std::uint32_t> low = CodeUnit(at_ + 6);
      if (!low || *low < 0xdc00 || *low > 0xdfff) return Refuse("a high surrogate stands alone");
      c = 0x10000 + ((c - 0xd800) << 10) + (*low - 0xdc00);
      size = 12;
    }
    AppendUtf8(c, out);
    at_ += size;
    return true;
  }

  std::optional<std::uint32_t> CodeUnit(std::size_t at) const {
    if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = at + 2; i < at + 6; ++i) {
      const char c = text_[i];
      const int digit = IsDigit(c)             ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return std::nullopt;
      value = value << 4 | static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  static bool IsPlain(char c) { return c >= ' ' && c != '"' && c != '\\' && c < '\x7f'; }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipBlanks() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\r' || Peek() == '\n') ++at_;
  }
  bool TakeIf(char c) {
    if (Peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  bool Take(char c, const char* otherwise) { return TakeIf(c) || Refuse(otherwise); }
  bool Refuse(const char* why) {
    why_ = why;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string why_;
};

}  // namespace

absl::StatusOr<JsonObject> JsonObject::Parse(std::string_view text) {
  JsonObject object;
  Reader reader(text);
  if (!reader.TakeObject(object.members_)) return reader.status();
  return object;
}

const JsonValue* JsonObject::Find(std::string_view key) const {
  for (const auto& [name, value] : members_) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool JsonObject::IsTrue(std::string_view key) const {
  const JsonValue* value = Find(key);
  return value != nullptr && value->kind == JsonValue::Kind::kTrue;
}

}  // namespace unstick::inline v0::cli
