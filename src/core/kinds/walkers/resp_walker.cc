// walk:resp, the protocol of Redis: RESP2 and RESP3 with streamed strings and aggregates, and
// inline commands (redis.io, "Redis serialization protocol specification").
//
//     +text - error : integer ( big number , double # boolean _ null          one line
//     $N string = verbatim string ! error ;N piece of a string                N bytes and CRLF more
//     *N list ~N set >N push        N values more     %N map  |N attribute    2N values more
//     $? ;N ... ;0    *? ~? %? ... .                                          until the end mark
//
// Lines end with CRLF. An attribute belongs to the value behind it. A value that begins with none
// of these is an inline command, one line up to LF; an empty one belongs to no frame, as in Redis.
// A number's digits and the letters of a double are checked, not their ranges. Of streamed
// aggregates a note holds about nine within each other. Deeper ones are walked again from the last
// place that a note could hold, and more than kMaxBehindNote bytes of lines in such depths, never
// coming up for air, are malformed.

#include <algorithm>
#include <string_view>

#include "src/core/kinds/walkers/open_counts.h"
#include "src/core/kinds/walkers/value_walker.h"
#include "src/core/kinds/walkers/walkers.h"

namespace unstick::inline v0::detail {
namespace {

enum class At : std::uint8_t {
  kValue,
  kInline,
  kText,
  kNumberSign,
  kNumberFirst,
  kNumber,
  kDoubleFirst,
  kDouble,
};

constexpr unsigned kOpenBits = 30;
constexpr std::size_t kMaxBehindNote = 1024;
constexpr std::size_t kLeastValue = 3;  // "_\r\n"
constexpr std::string_view kTypes = "+-:(,#_$=!*~>%|;.";

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool Belongs(At at, char c) {
  switch (at) {
    case At::kText:
      return c != '\r' && c != '\n';
    case At::kDouble:
    case At::kDoubleFirst:
      return IsDigit(c) || std::string_view("+-.eEinfa").find(c) != std::string_view::npos;
    default:
      return IsDigit(c);
  }
}

using Part = OpenCounts::Part;
using MaybeResult = std::optional<ScanResult>;

class RespWalk {
 public:
  RespWalk(const ValueWalker& walker, ByteView window) : walker_(walker), window_(window) {}
  RespWalk(const ValueWalker& walker, ByteView window, std::size_t note)
      : walker_(walker),
        window_(window),
        here_(note >> (kOpenBits + 3)),
        at_(static_cast<At>(note >> kOpenBits & 7)),
        open_(note & ((std::size_t{1} << kOpenBits) - 1), kOpenBits),
        note_(note) {}

  ScanResult Run() {
    for (;;) {
      if (at_ == At::kValue && open_.done()) return walker_.Whole(window_, here_);
      if (here_ > 0 && here_ + LeastOfLine() + LeastBehind() > walker_.most()) {
        return TooLarge(here_);
      }
      if (const auto packed = open_.Pack(kOpenBits)) {
        note_ = (here_ << 3 | static_cast<std::size_t>(at_)) << kOpenBits |
                static_cast<std::size_t>(*packed);
        last_ = here_ + kMaxBehindNote;
      } else if (here_ > last_) {
        return Malformed(here_ - 1, FrameRule::kTooDeep);
      }
      if (here_ == text_.size()) return More();
      const MaybeResult result = at_ == At::kInline  ? Inline()
                                 : at_ == At::kValue ? Value(text_[here_])
                                                     : Line();
      if (result) return *result;
    }
  }

 private:
  // A number at the head of a part.
  struct Count {
    enum class Is : std::uint8_t { kNumber, kNull, kStreamed } is = Is::kNumber;
    std::uint64_t value = 0;
  };

  std::size_t LeastOfLine() const {
    if (at_ == At::kValue) return 0;
    if (at_ == At::kInline) return 1;
    return at_ == At::kText || at_ == At::kNumber || at_ == At::kDouble ? 2 : 3;
  }
  // Bytes of the values that must still come.
  std::uint64_t LeastBehind() const {
    return kLeastValue * std::min<std::uint64_t>(open_.least(), walker_.most());
  }
  ScanResult Malformed(std::size_t at, FrameRule rule) const {
    return walker_.Malformed(window_, at, rule);
  }
  ScanResult TooLarge(std::size_t looked) const { return walker_.TooLarge(window_, looked); }
  ScanResult More() const { return NeedMore{.min_window = text_.size() + 1, .resume = note_}; }
  MaybeResult To(At at, std::size_t bytes = 1) {
    here_ += bytes;
    at_ = at;
    return std::nullopt;
  }

  MaybeResult Value(char type) {
    if (here_ == 0 && kTypes.find(type) == std::string_view::npos) {
      open_.Take();
      return To(At::kInline, 0);
    }
    if (open_.in_string() != (type == ';')) return Malformed(here_, FrameRule::kBadString);
    switch (type) {
      case '+':
      case '-':
        open_.Take();
        return To(At::kText);
      case ':':
      case '(':
        open_.Take();
        return To(At::kNumberSign);
      case ',':
        open_.Take();
        return To(At::kDoubleFirst);
      case '_':
        return Constant("_\r\n");
      case '#':
        return Constant("#t\r\n");
      case '.':
        if (!open_.may_close()) return Malformed(here_, FrameRule::kUnbalanced);
        return Constant(".\r\n");
      case '$':
      case '=':
      case '!':
      case ';':
        return Sized(type);
      case '*':
      case '~':
      case '>':
      case '%':
      case '|':
        return Aggregate(type);
      default:
        return Malformed(here_, FrameRule::kBadByte);
    }
  }

  // Where the line at the head of the value in hand must have ended at the latest.
  std::size_t LineBound() const {
    return walker_.most() - (static_cast<std::size_t>(LeastBehind()) - kLeastValue);
  }

  // An answer if byte `i` of that line is not there.
  MaybeResult Missing(std::size_t i) const {
    if (i >= LineBound()) return TooLarge(i);
    if (i == text_.size()) return More();
    return std::nullopt;
  }

  MaybeResult Constant(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (MaybeResult result = Missing(here_ + i)) return result;
      const char c = text_[here_ + i];
      if (c != line[i] && !(line[i] == 't' && c == 'f')) {
        return Malformed(here_ + i, FrameRule::kBadByte);
      }
    }
    if (line[0] == '.') {
      open_.Close();
    } else {
      open_.Take();
    }
    return To(At::kValue, line.size());
  }

  // Reads "N\r\n", "-1\r\n" or "?\r\n" behind the type byte; `i` becomes where the line ends.
  MaybeResult Head(std::string_view also, Count& count, std::size_t& i) const {
    i = here_ + 1;
    if (MaybeResult result = Missing(i)) return result;
    if (also.find(text_[i]) != std::string_view::npos) {
      count.is = text_[i] == '?' ? Count::Is::kStreamed : Count::Is::kNull;
      if (text_[i++] == '-') {
        if (MaybeResult result = Missing(i)) return result;
        if (text_[i++] != '1') return Malformed(i - 1, FrameRule::kBadNumber);
      }
    } else {
      for (const std::size_t first = i;; ++i) {
        if (MaybeResult result = Missing(i)) return result;
        if (text_[i] == '\r' && i > first) break;
        const bool leading_zero = i == first + 1 && count.value == 0;
        if (!IsDigit(text_[i]) || leading_zero) {
          return Malformed(i, FrameRule::kBadNumber);
        }
        const auto digit = static_cast<std::uint64_t>(text_[i] - '0');
        if (count.value > (~std::uint64_t{0} - digit) / 10) return walker_.Overflow(window_, i);
        count.value = count.value * 10 + digit;
      }
    }
    for (const char c : {'\r', '\n'}) {
      if (MaybeResult result = Missing(i)) return result;
      if (text_[i++] == c) continue;
      return Malformed(i - 1, c == '\n' ? FrameRule::kBareCr : FrameRule::kBadNumber);
    }
    return std::nullopt;
  }

  MaybeResult Sized(char type) {
    Count count;
    std::size_t body = 0;
    if (MaybeResult result = Head(type == '$' ? "-?" : "", count, body)) return result;
    if (type != ';') open_.Take();
    if (type == ';' && count.value == 0) open_.Close();
    if (count.is == Count::Is::kStreamed && !open_.Open(Part::kText)) {
      return Malformed(here_, FrameRule::kTooDeep);
    }
    if (count.is != Count::Is::kNumber || (type == ';' && count.value == 0)) {
      return To(At::kValue, body - here_);
    }
    const std::uint64_t end = SaturatingAdd(SaturatingAdd(body, count.value), 2);
    if (SaturatingAdd(end, LeastBehind()) > walker_.most()) {
      return open_.done() ? walker_.TooLarge(window_, body, end) : TooLarge(body);
    }
    const auto next = static_cast<std::size_t>(end);
    if (next > text_.size()) {
      return NeedMore{.min_window = next, .resume = note_, .frame_size = open_.done() ? next : 0};
    }
    if (text_[next - 2] != '\r') return Malformed(next - 2, FrameRule::kTrailer);
    if (text_[next - 1] != '\n') return Malformed(next - 1, FrameRule::kTrailer);
    last_ += next - body;
    return To(At::kValue, next - here_);
  }

  MaybeResult Aggregate(char type) {
    const bool pairs = type == '%' || type == '|';
    const std::string_view also = type == '*' ? "-?" : type == '~' || type == '%' ? "?" : "";
    Count count;
    std::size_t next = 0;
    if (MaybeResult result = Head(also, count, next)) return result;
    if (type != '|') open_.Take();
    if (count.is == Count::Is::kStreamed) {
      if (!open_.Open(pairs ? Part::kMapAtKey : Part::kList)) {
        return Malformed(here_, FrameRule::kTooDeep);
      }
    } else if (count.is == Count::Is::kNumber) {
      open_.Expect(count.value);
      if (pairs) open_.Expect(count.value);
    }
    return To(At::kValue, next - here_);
  }

  // The rest of a line, of any length.
  MaybeResult Line() {
    if (at_ == At::kNumberSign) {
      const bool sign = text_[here_] == '-' || text_[here_] == '+';
      return To(At::kNumberFirst, sign ? 1 : 0);
    }
    if (at_ == At::kNumberFirst || at_ == At::kDoubleFirst) {
      if (!Belongs(at_, text_[here_])) return Malformed(here_, FrameRule::kBadNumber);
      return To(at_ == At::kNumberFirst ? At::kNumber : At::kDouble);
    }
    const std::size_t bound =  // of the CR, so that all that must follow fits
        walker_.most() - static_cast<std::size_t>(LeastBehind()) - 1;
    const std::size_t end = std::min({text_.size(), bound, last_ + 1});
    while (here_ < end && Belongs(at_, text_[here_])) ++here_;
    if (here_ == end) return std::nullopt;
    if (text_[here_] != '\r') {
      return Malformed(here_, at_ == At::kText ? FrameRule::kBareLf : FrameRule::kBadNumber);
    }
    if (here_ + 1 == text_.size()) return More();
    if (text_[here_ + 1] != '\n') return Malformed(here_ + 1, FrameRule::kBareCr);
    return To(At::kValue, 2);
  }

  MaybeResult Inline() {
    if (here_ == 0) {
      const char c = text_[0];
      if (c == '\n') return Skip{1};
      if (c == '\r') {
        if (walker_.most() < 2) return TooLarge(0);
        if (text_.size() == 1) return More();
        return text_[1] == '\n' ? ScanResult(Skip{2}) : Malformed(1, FrameRule::kBareCr);
      }
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
        return Malformed(0, FrameRule::kBadByte);
      }
    }
    const std::size_t end = std::min(text_.size(), walker_.most());
    here_ = std::min(text_.substr(0, end).find('\n', here_), end);
    if (here_ == end) return std::nullopt;
    return walker_.Whole(window_, here_ + 1);
  }

  const ValueWalker& walker_;
  ByteView window_;
  std::string_view text_ = AsText(window_);
  std::size_t here_ = 0;
  At at_ = At::kValue;
  OpenCounts open_;
  std::size_t note_ = 0;  // of the last place that fits into one
  std::size_t last_ = 0;  // how far behind that place it may go
};

class RespWalker final : public ValueWalker {
 public:
  using ValueWalker::ValueWalker;

  ScanResult Scan(ByteView window, std::uint64_t resume) const override {
    if (window.empty()) return NeedMore{.min_window = 1};
    return resume == 0 ? RespWalk(*this, window).Run() : RespWalk(*this, window, resume).Run();
  }

 private:
  std::string_view Grammar() const override {
    return "A type byte and a line; $ ! = are followed by so many bytes, * ~ > by so many values, "
           "% and | by twice as many. Any other line is an inline command.";
  }
};

}  // namespace

std::unique_ptr<FrameKind> MakeRespWalker(const PayloadLimits& limits) {
  return std::make_unique<RespWalker>(limits);
}

}  // namespace unstick::inline v0::detail
