// walk:bencode, bencoded values one after another (BEP 3): i<number>e, <size>:<bytes>, l...e,
// d...e.
//
// All of the grammar is checked but for the order of a dictionary's keys: a number has no zeros in
// front and is not -0, a size neither, a key is a string and has a value.

#include <algorithm>
#include <array>

#include "src/core/kinds/walkers/open_brackets.h"
#include "src/core/kinds/walkers/value_walker.h"
#include "src/core/kinds/walkers/walkers.h"

namespace unstick::inline v0::detail {
namespace {

enum class At : std::uint8_t {
  kTop,    // the value itself
  kItem,   // in a list, an item or the end
  kKey,    // in a dictionary, a key or the end
  kValue,  // in a dictionary, the value behind a key
  kDigits,
};

// Bytes that must still come at least, ends not counted.
constexpr std::array<std::size_t, 5> kLeast = {2, 0, 0, 2, 1};

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <typename Brackets>
class BencodeWalk {
 public:
  BencodeWalk(ByteView window, std::size_t most) : text_(AsText(window)), most_(most) {}
  BencodeWalk(ByteView window, std::size_t most, std::size_t note)
      : text_(AsText(window)),
        most_(most),
        here_(note >> (Brackets::kBits + 3)),
        at_(static_cast<At>(note >> Brackets::kBits & 7)),
        open_(note & ((std::uint64_t{1} << Brackets::kBits) - 1)) {}

  std::size_t note() const {
    return (here_ << 3 | static_cast<std::size_t>(at_)) << Brackets::kBits | open_.packed();
  }
  const Brackets& open() const { return open_; }

  Stop Run() {
    for (;;) {
      if (here_ + least() > most_) return TooLarge(here_);
      if (here_ == text_.size()) return More();
      const std::optional<Stop> stop = at_ == At::kDigits ? Digits() : Part(text_[here_]);
      if (stop) return *stop;
    }
  }

 private:
  std::size_t least() const { return kLeast[static_cast<std::size_t>(at_)] + open_.depth(); }
  Stop More() const { return {Stop::Why::kMore, here_, text_.size() + 1}; }
  static Stop Malformed(std::size_t at, FrameRule rule) {
    return {.why = Stop::Why::kMalformed, .at = at, .rule = rule};
  }
  static Stop TooLarge(std::size_t at) { return {Stop::Why::kTooLarge, at}; }

  // A value, and not a key, ends in front of `next`. What is forgotten passes for a list.
  std::optional<Stop> EndValue(std::size_t next) {
    here_ = next;
    if (open_.depth() == 0) return Stop{Stop::Why::kWhole, here_};
    at_ = open_.innermost() == Bracket::kMap ? At::kKey : At::kItem;
    return std::nullopt;
  }

  std::optional<Stop> Part(char c) {
    if (IsDigit(c)) return String();
    if (c == 'e' && (at_ == At::kItem || at_ == At::kKey)) {
      open_.Close();
      return EndValue(here_ + 1);
    }
    if (at_ == At::kKey) return Malformed(here_, FrameRule::kBadByte);
    if (c == 'i') return Number();
    if (c == 'e' && open_.depth() == 0) return Malformed(here_, FrameRule::kUnbalanced);
    if (c != 'l' && c != 'd') return Malformed(here_, FrameRule::kBadByte);
    if (open_.depth() == kMaxOpen) return Malformed(here_, FrameRule::kTooDeep);
    open_.Open(c == 'd' ? Bracket::kMap : Bracket::kList);
    at_ = c == 'd' ? At::kKey : At::kItem;
    ++here_;
    return std::nullopt;
  }

  // "i0e", or "i" or "i-" and the first digit: the others may be many and go by one by one.
  std::optional<Stop> Number() {
    if (here_ + 3 + open_.depth() > most_) return TooLarge(here_);
    std::size_t i = here_ + 1;
    if (i == text_.size()) return More();
    const bool negative = text_[i] == '-';
    if (negative && ++i == text_.size()) return More();
    if (!IsDigit(text_[i]) || (negative && text_[i] == '0')) {
      return Malformed(i, FrameRule::kBadNumber);
    }
    if (text_[i] == '0') {
      if (++i == text_.size()) return More();
      return text_[i] == 'e' ? EndValue(i + 1) : Malformed(i, FrameRule::kBadNumber);
    }
    here_ = i + 1;
    at_ = At::kDigits;
    return std::nullopt;
  }

  std::optional<Stop> Digits() {
    const std::size_t end = std::min(text_.size(), most_ - open_.depth());
    while (here_ < end && IsDigit(text_[here_])) ++here_;
    if (here_ == end) return std::nullopt;
    return text_[here_] == 'e' ? EndValue(here_ + 1) : Malformed(here_, FrameRule::kBadNumber);
  }

  std::optional<Stop> String() {
    std::uint64_t size = 0;
    std::size_t i = here_;
    for (;; ++i) {
      if (i >= most_ - open_.depth()) return TooLarge(i);
      if (i == text_.size()) return More();
      if (text_[i] == ':') break;
      const bool leading_zero = i == here_ + 1 && size == 0;
      if (!IsDigit(text_[i]) || leading_zero) {
        return Malformed(i, FrameRule::kBadNumber);
      }
      const auto digit = static_cast<std::uint64_t>(text_[i] - '0');
      if (size > (~std::uint64_t{0} - digit) / 10) return Malformed(i, FrameRule::kOverflow);
      size = size * 10 + digit;
    }
    const bool is_key = at_ == At::kKey;
    const std::size_t behind = open_.depth() + (is_key ? kLeast[3] : 0);
    const std::uint64_t end = SaturatingAdd(i + 1, size);
    if (SaturatingAdd(end, behind) > most_) {
      if (behind > 0) return TooLarge(i + 1);
      return Stop{.why = Stop::Why::kKnownTooLarge, .at = i + 1, .size = end};
    }
    const auto next = static_cast<std::size_t>(end);
    if (next > text_.size()) {
      return Stop{.why = Stop::Why::kMore,
                  .at = here_,
                  .min_window = behind > 0 ? next + 1 : next,
                  .frame_size = behind > 0 ? 0 : next};
    }
    if (!is_key) return EndValue(next);
    here_ = next;
    at_ = At::kValue;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t most_;
  std::size_t here_ = 0;
  At at_ = At::kTop;
  Brackets open_;
};

class BencodeWalker final : public ValueWalker {
 public:
  using ValueWalker::ValueWalker;

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    if (window.empty()) return NeedMore{.min_window = 1};
    using Walk = BencodeWalk<RecentBrackets>;
    Walk walk = resume == 0 ? Walk(window, most()) : Walk(window, most(), resume);
    Stop stop = walk.Run();
    if (stop.why == Stop::Why::kWhole && walk.open().forgotten()) {
      stop = BencodeWalk<AllBrackets>(window.first(stop.at), most()).Run();
    }
    return Answer(*this, window, stop, walk.note());
  }

 private:
  std::string_view Grammar() const override {
    return "i, a number and e; a length, a colon and so many bytes; values between l and e; names "
           "and values between d and e.";
  }
};

}  // namespace

std::unique_ptr<FrameKind> MakeBencodeWalker(const PayloadLimits& limits) {
  return std::make_unique<BencodeWalker>(limits);
}

}  // namespace unstick::inline v0::detail
