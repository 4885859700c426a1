// The way through one JSON text (RFC 8259), byte by byte, for whoever has to know where it ends.

#ifndef UNSTICK_SRC_CORE_KINDS_WALKERS_JSON_WALK_H_
#define UNSTICK_SRC_CORE_KINDS_WALKERS_JSON_WALK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "src/core/kinds/walkers/open_brackets.h"
#include "src/core/kinds/walkers/value_walker.h"

namespace unstick::inline v0::detail {

// Where in JSON's grammar a byte stands.
enum class JsonAt : std::uint8_t {
  kValue,       // a value must come
  kFirstValue,  // behind [, a value or ]
  kFirstKey,    // behind {, a string or }
  kKey,         // behind a comma in an object
  kColon,
  kAfter,  // behind a value, a comma or the end of what it is in
  kString,
  kKeyString,
  kMinus,
  kZero,
  kInteger,
  kPoint,
  kFraction,
  kE,
  kSign,
  kExponent,
};

// Bytes that must still come at least, closing brackets not counted.
inline constexpr std::array<std::size_t, 16> kJsonLeast = {1, 0, 0, 4, 2, 0, 1, 3,
                                                           1, 0, 0, 1, 0, 1, 1, 0};

constexpr bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool IsJsonDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsJsonHex(char c) {
  return IsJsonDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool InJsonNumbers(char c) {
  return IsJsonDigit(c) || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

// Checks all of the grammar but for what a JsonWalker's comment leaves out. A text may be at most
// `most` bytes long; `note` is what note() was when the bytes had run out before.
template <typename Brackets>
class JsonWalk {
 public:
  using At = JsonAt;
  JsonWalk(ByteView window, std::size_t most) : text_(AsText(window)), most_(most) {}
  JsonWalk(ByteView window, std::size_t most, std::size_t note)
      : text_(AsText(window)),
        most_(most),
        here_(note >> (Brackets::kBits + 4)),
        at_(static_cast<At>(note >> Brackets::kBits & 15)),
        open_(note & ((std::uint64_t{1} << Brackets::kBits) - 1)) {}

  std::size_t note() const {
    return (here_ << 4 | static_cast<std::size_t>(at_)) << Brackets::kBits | open_.packed();
  }
  const Brackets& open() const { return open_; }
  // The text is a number that could end here.
  bool MayEnd() const {
    return open_.depth() == 0 && (at_ == At::kZero || at_ == At::kInteger || at_ == At::kFraction ||
                                  at_ == At::kExponent);
  }

  Stop Run() {
    for (;;) {
      if (here_ + least() > most_) return {Stop::Why::kTooLarge, here_};
      if (here_ == text_.size()) return More();
      std::optional<Stop> stop;
      if (at_ == At::kString || at_ == At::kKeyString) {
        stop = InString();
      } else if (at_ >= At::kMinus) {
        stop = InNumber();
      } else {
        stop = Between(text_[here_]);
      }
      if (stop) return *stop;
    }
  }

 private:
  std::size_t least() const { return kJsonLeast[static_cast<std::size_t>(at_)] + open_.depth(); }
  Stop More() const { return {Stop::Why::kMore, here_, text_.size() + 1}; }
  static Stop Malformed(std::size_t at, FrameRule rule) {
    return {.why = Stop::Why::kMalformed, .at = at, .rule = rule};
  }
  // A byte between strings and numbers that cannot stand there. Each closing bracket that is not
  // the innermost one's is unbalanced.
  Stop Unexpected(char c) const {
    const bool opposite =
        open_.depth() == 0 ||
        (open_.innermost() == Bracket::kMap ? c == ']'
                                            : open_.innermost() == Bracket::kList && c == '}');
    const bool closing = c == ']' || c == '}';
    return Malformed(here_, closing && opposite ? FrameRule::kUnbalanced : FrameRule::kBadByte);
  }

  std::optional<Stop> To(At at) {
    ++here_;
    at_ = at;
    return std::nullopt;
  }
  std::optional<Stop> EndValue() {
    if (open_.depth() == 0) return Stop{Stop::Why::kWhole, here_};
    at_ = At::kAfter;
    return std::nullopt;
  }
  std::optional<Stop> Close() {
    ++here_;
    open_.Close();
    return EndValue();
  }

  std::optional<Stop> Between(char c) {
    if (IsJsonSpace(c)) return To(at_);
    switch (at_) {
      case At::kColon:
        return c == ':' ? To(At::kValue) : Unexpected(c);
      case At::kFirstKey:
      case At::kKey:
        if (c == '}' && at_ == At::kFirstKey) return Close();
        return c == '"' ? To(At::kKeyString) : Unexpected(c);
      case At::kAfter:
        return After(c);
      default:
        if (c == ']' && at_ == At::kFirstValue) return Close();
        return Value(c);
    }
  }

  // In a bracket that is forgotten either grammar goes.
  std::optional<Stop> After(char c) {
    const Bracket in = open_.innermost();
    if (c == ',') return To(in == Bracket::kMap ? At::kKey : At::kValue);
    if (c == ':' && in == Bracket::kForgotten) return To(At::kValue);
    if (c == ']' && in != Bracket::kMap) return Close();
    if (c == '}' && in != Bracket::kList) return Close();
    return Unexpected(c);
  }

  std::optional<Stop> Value(char c) {
    switch (c) {
      case '"':
        return To(At::kString);
      case '[':
      case '{':
        if (open_.depth() == kMaxOpen) return Malformed(here_, FrameRule::kTooDeep);
        open_.Open(c == '{' ? Bracket::kMap : Bracket::kList);
        return To(c == '{' ? At::kFirstKey : At::kFirstValue);
      case 't':
        return Word("true");
      case 'f':
        return Word("false");
      case 'n':
        return Word("null");
      case '-':
        return To(At::kMinus);
      case '0':
        return To(At::kZero);
      default:
        return IsJsonDigit(c) ? To(At::kInteger) : Unexpected(c);
    }
  }

  std::optional<Stop> Word(std::string_view word) {
    if (here_ + word.size() + open_.depth() > most_) return Stop{Stop::Why::kTooLarge, here_};
    const std::string_view seen = text_.substr(here_, word.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] != word[i]) return Malformed(here_ + i, FrameRule::kBadByte);
    }
    if (seen.size() < word.size()) return More();
    here_ += word.size();
    return EndValue();
  }

  std::optional<Stop> InString() {
    // The quote at the end stands here at the latest.
    const std::size_t last = most_ - least();
    const std::size_t end = last < text_.size() ? last + 1 : text_.size();
    while (here_ < end) {
      const char c = text_[here_];
      if (c == '"') {
        ++here_;
        if (at_ == At::kString) return EndValue();
        at_ = At::kColon;
        return std::nullopt;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Malformed(here_, FrameRule::kBadString);
      if (c == '\\') return Escape();
      ++here_;
    }
    return std::nullopt;
  }

  std::optional<Stop> Escape() {
    if (here_ + 2 + least() > most_) return Stop{Stop::Why::kTooLarge, here_};
    if (here_ + 1 == text_.size()) return More();
    const char c = text_[here_ + 1];
    std::size_t size = 2;
    if (c == 'u') {
      size = 6;
      if (here_ + size + least() > most_) return Stop{Stop::Why::kTooLarge, here_};
      for (std::size_t i = here_ + 2; i < here_ + size; ++i) {
        if (i == text_.size()) return More();
        if (!IsJsonHex(text_[i])) return Malformed(i, FrameRule::kBadString);
      }
    } else if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      return Malformed(here_ + 1, FrameRule::kBadString);
    }
    here_ += size;
    return std::nullopt;
  }

  //     -> - -> 0 or 1-9 digits -> . digits -> e or E -> + or - -> digits ->
  std::optional<Stop> InNumber() {
    const char c = text_[here_];
    switch (at_) {
      case At::kMinus:
        if (c == '0') return To(At::kZero);
        return IsJsonDigit(c) ? To(At::kInteger) : Malformed(here_, FrameRule::kBadNumber);
      case At::kPoint:
        return IsJsonDigit(c) ? To(At::kFraction) : Malformed(here_, FrameRule::kBadNumber);
      case At::kE:
        if (c == '+' || c == '-') return To(At::kSign);
        return IsJsonDigit(c) ? To(At::kExponent) : Malformed(here_, FrameRule::kBadNumber);
      case At::kSign:
        return IsJsonDigit(c) ? To(At::kExponent) : Malformed(here_, FrameRule::kBadNumber);
      default:
        break;
    }
    if (IsJsonDigit(c) && at_ != At::kZero) return To(at_);
    if (c == '.' && (at_ == At::kZero || at_ == At::kInteger)) return To(At::kPoint);
    if ((c == 'e' || c == 'E') && at_ != At::kExponent) return To(At::kE);
    return InJsonNumbers(c) ? Malformed(here_, FrameRule::kBadNumber) : EndValue();
  }

  std::string_view text_;
  std::size_t most_;
  std::size_t here_ = 0;
  At at_ = At::kValue;
  Brackets open_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_WALKERS_JSON_WALK_H_
