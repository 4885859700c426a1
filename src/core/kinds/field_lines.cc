#include "src/core/kinds/field_lines.h"

#include <algorithm>
#include <array>

#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

using In = FieldState::In;
using Field = FieldState::Field;
using Digits = FieldState::Digits;
using Seen = FieldState::Seen;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameText(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

constexpr std::array<bool, 256> TokenBytes() {
  std::array<bool, 256> token{};
  for (unsigned c = '0'; c <= '9'; ++c) token[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) token[c] = token[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    token[static_cast<unsigned char>(c)] = true;
  return token;
}
constexpr std::array<bool, 256> kToken = TokenBytes();

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsControl(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

std::optional<FrameError> Wrong(FrameRule rule, std::size_t at,
                                FrameErrorCode code = FrameErrorCode::kBadHeader) {
  return FrameError{.code = code, .rule = rule, .found = at};
}

// Without the blanks and folds around it.
std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

// Is "chunked" the last one of a field's transfer codings? Nothing where readers would differ: if
// it is one of the others, has parameters, or stands in a list with empty parts.
std::optional<bool> EndsChunked(std::string_view codings) {
  bool chunked = false;
  for (bool more = true; more;) {
    const std::size_t comma = codings.find(',');
    const std::string_view coding = Trimmed(codings.substr(0, comma));
    if (chunked || coding.empty()) return std::nullopt;
    chunked = SameText(coding, "chunked");
    if (!chunked && SameText(coding.substr(0, coding.find_first_of(" \t\r\n;")), "chunked")) {
      return std::nullopt;
    }
    more = comma != std::string_view::npos;
    codings.remove_prefix(more ? comma + 1 : codings.size());
  }
  return chunked;
}

// "HTTP/1.1 204 No Content" has the second word 204, for which 204, 20x and xxx stand.
bool IsBodiless(std::string_view start_line, const std::vector<std::string>& bodiless) {
  const std::size_t begin = std::min(start_line.find(' '), start_line.size() - 1) + 1;
  const std::string_view word = start_line.substr(begin, start_line.find(' ', begin) - begin);
  const auto matches = [](char c, char pattern) {
    return c == pattern || (pattern == 'x' && IsDigit(c));
  };
  return std::any_of(bodiless.begin(), bodiless.end(), [&](const std::string& pattern) {
    return std::equal(word.begin(), word.end(), pattern.begin(), pattern.end(), matches);
  });
}

}  // namespace

bool FieldLines::IsName(char c) const {
  if (r_.names != FieldRules::Names::kOctets) return kToken[static_cast<unsigned char>(c)];
  return c != '\0' && c != '\r' && c != '\n' && c != ':';
}

bool FieldLines::IsValue(std::string_view text, std::size_t at) const {
  const char c = text[at];
  if (!IsControl(c) || c == '\t') return true;
  if (c == '\r' || c == '\n') return false;
  if (r_.values == FieldRules::Values::kQuoted) return at > 0 && text[at - 1] == '\\';
  return r_.values == FieldRules::Values::kOctets && c != '\0';
}

// May the field that was read last go on in a line that starts with a blank?
bool FieldLines::Folds(const FieldState& s) const {
  if (s.field == Field::kNone) return false;  // RFC 9112 2.2: none behind the start line
  return r_.fold == FieldRules::Fold::kAlways ||
         (r_.fold == FieldRules::Fold::kResponses && s.response);
}

std::optional<FrameError> FieldLines::Walk(std::string_view text, FieldState& s) const {
  while (s.at < text.size() && s.in != In::kDone) {
    if (s.in == In::kStartLine || (s.in == In::kValue && s.field != Field::kLength)) {
      while (s.at < text.size() && !IsControl(text[s.at])) ++s.at;  // most bytes there are
      if (s.at == text.size()) break;
    }
    if (Error error = Step(text, s)) return error;
    ++s.at;
  }
  return std::nullopt;
}

// One byte, which is text[s.at].
std::optional<FrameError> FieldLines::Step(std::string_view text, FieldState& s) const {
  const char c = text[s.at];
  switch (s.in) {
    case In::kFirst:
    case In::kFirstName:
    case In::kFirstPad:
      return First(text, s);
    case In::kLine:
      return Line(text, s);
    case In::kName:
    case In::kPad:
      return Name(text, s);
    case In::kFold:
      if (IsBlank(c)) return std::nullopt;
      // Some take a line of blanks for the empty one.
      if (c == '\r' || c == '\n') return Wrong(FrameRule::kFolded, s.at);
      s.in = In::kValue;
      return Value(text, s);
    case In::kStartLine:
    case In::kValue:
      return Value(text, s);
    case In::kCr:
      if (c != '\n') return Wrong(FrameRule::kBareCr, s.at - 1);
      return EndLine(text, s);
    case In::kNameCr:
      return Wrong(c == '\n' ? FrameRule::kNoColon : FrameRule::kBareCr, s.at - 1);
    case In::kLastCr:
      if (c != '\n') return Wrong(FrameRule::kBareCr, s.at - 1);
      if (s.at == 1 && !r_.trailer) return Wrong(FrameRule::kEmptyBlock, 0);
      s.in = In::kDone;
      return EndBlock(text, s);
    case In::kDone:
      break;
  }
  return std::nullopt;
}

// The first line up to where it shows whether it is a field: "Name:" is one, "GET http:" is none.
std::optional<FrameError> FieldLines::First(std::string_view text, FieldState& s) const {
  const char c = text[s.at];
  const bool first = s.in == In::kFirst;
  if (first && c == '\r') {
    s.in = In::kLastCr;
    return std::nullopt;
  }
  if (first && c == '\n') return Wrong(r_.lf ? FrameRule::kEmptyBlock : FrameRule::kBareLf, 0);
  if (first && IsBlank(c)) return Wrong(FrameRule::kStartLine, 0);
  if (!first && c == ':') return EndName(text, s);
  if (s.in != In::kFirstPad && IsName(c)) {
    s.in = In::kFirstName;
    return std::nullopt;
  }
  if (!first && IsBlank(c) && r_.names == FieldRules::Names::kPadded) {
    s.in = In::kFirstPad;
    return std::nullopt;
  }
  if (r_.start_line == FieldRules::StartLine::kNone) {
    s.in = s.in == In::kFirstPad ? In::kPad : In::kName;
    return first ? Wrong(FrameRule::kFieldName, 0) : Name(text, s);
  }
  s.in = In::kStartLine;
  return Value(text, s);
}

// The first byte of a line.
std::optional<FrameError> FieldLines::Line(std::string_view text, FieldState& s) const {
  const char c = text[s.at];
  const bool blank = IsBlank(c) && r_.names != FieldRules::Names::kOctets;
  if (blank && !Folds(s)) return Wrong(FrameRule::kFolded, s.at);
  if (blank) {
    if (s.digits != Digits::kNone) s.digits = Digits::kBehind;
    s.in = In::kFold;
    return std::nullopt;
  }
  if (Folds(s)) {  // it did not
    if (Error error = EndField(text, s.at - 1, s)) return error;
  }
  if (c == '\r') {
    s.in = In::kLastCr;
    return std::nullopt;
  }
  if (c == '\n') {
    if (!r_.lf) return Wrong(FrameRule::kBareLf, s.at);
    s.in = In::kDone;
    return EndBlock(text, s);
  }
  if (!IsName(c)) return Wrong(FrameRule::kFieldName, s.at);
  s.in = In::kName;
  return std::nullopt;
}

// A name behind its first byte, and the blanks behind it.
std::optional<FrameError> FieldLines::Name(std::string_view text, FieldState& s) const {
  const char c = text[s.at];
  if (c == ':') return EndName(text, s);
  if (s.in == In::kName && IsName(c)) return std::nullopt;
  if (c == '\r') {
    s.in = In::kNameCr;
    return std::nullopt;
  }
  if (c == '\n') return Wrong(r_.lf ? FrameRule::kNoColon : FrameRule::kBareLf, s.at);
  if (!IsBlank(c) || r_.names != FieldRules::Names::kPadded) {
    return Wrong(FrameRule::kFieldName, s.at);
  }
  s.in = In::kPad;
  return std::nullopt;
}

// A byte of a value or of the start line.
std::optional<FrameError> FieldLines::Value(std::string_view text, FieldState& s) const {
  const char c = text[s.at];
  if (c == '\r') {
    s.in = In::kCr;
    return std::nullopt;
  }
  if (c == '\n') return r_.lf ? EndLine(text, s) : Wrong(FrameRule::kBareLf, s.at);
  if (!IsValue(text, s.at)) {
    return Wrong(s.in == In::kStartLine ? FrameRule::kStartLine : FrameRule::kFieldValue, s.at);
  }
  return s.field == Field::kLength ? Digit(text, s) : std::nullopt;
}

// A byte of the length's value. What comes before `s.value` are leading zeros, of which there may
// be many, so that no more than 20 digits are read twice.
std::optional<FrameError> FieldLines::Digit(std::string_view text, FieldState& s) const {
  const char c = text[s.at];
  if (IsBlank(c)) {
    if (s.digits != Digits::kNone) s.digits = Digits::kBehind;
    return std::nullopt;
  }
  if (!IsDigit(c) || s.digits == Digits::kBehind) {
    const bool sign = s.digits == Digits::kNone && (c == '+' || c == '-');
    return Wrong(sign ? FrameRule::kSign : FrameRule::kNotADigit, s.at);
  }
  if (s.digits != Digits::kSome) {
    s.value = s.at;
    s.digits = c == '0' ? Digits::kZeros : Digits::kSome;
  } else if (!ParseDigits(text.substr(s.value, s.at + 1 - s.value), 10)) {
    return Wrong(FrameRule::kOverflow, s.at, FrameErrorCode::kMalformedLength);
  }
  return std::nullopt;
}

// The colon is text[s.at].
std::optional<FrameError> FieldLines::EndName(std::string_view text, FieldState& s) const {
  std::size_t end = s.at;
  while (IsBlank(text[end - 1]) && r_.names == FieldRules::Names::kPadded) --end;
  const auto is = [&](std::string_view name) {
    if (name.empty() || name.size() > end ||
        !SameText(text.substr(end - name.size(), name.size()), name)) {
      return false;
    }
    return name.size() == end || text[end - name.size() - 1] == '\n';
  };
  if (r_.names == FieldRules::Names::kOctets) {  // "length :" is the length for some readers
    const std::size_t line = text.rfind('\n', end - 1) + 1;
    const std::string_view name = text.substr(line, end - line);
    const std::string_view trimmed = Trimmed(name);
    const auto same = [&](const std::string& length) { return SameText(trimmed, length); };
    if (trimmed.size() < name.size() && std::ranges::any_of(r_.length, same)) {
      return Wrong(FrameRule::kFieldName, line);
    }
  }
  const auto length = std::find_if(r_.length.begin(), r_.length.end(), is);
  const bool coding = length == r_.length.end() && is(r_.coding);
  s.in = In::kValue;
  s.field = Field::kOther;
  if (length == r_.length.end() && !coding) return std::nullopt;
  const std::size_t begin = end - (coding ? r_.coding.size() : length->size());
  if (r_.trailer) return Wrong(FrameRule::kTrailerField, begin);
  if (s.seen != Seen::kNothing) {
    if (coding != (s.seen != Seen::kLength)) return Wrong(FrameRule::kLengthAndChunked, begin);
    if (!coding) return Wrong(FrameRule::kDuplicateLength, begin);
    // Several fields are one list (RFC 9110 5.3), in which nothing comes behind "chunked".
    if (s.seen == Seen::kChunked) return Wrong(FrameRule::kDuplicateField, begin);
  }
  s.field = coding ? Field::kCoding : Field::kLength;
  s.seen = coding ? Seen::kOtherCoding : Seen::kLength;
  s.value = s.at + 1;
  return std::nullopt;
}

// The LF is text[s.at].
std::optional<FrameError> FieldLines::EndLine(std::string_view text, FieldState& s) const {
  const bool start_line = s.field == Field::kNone;
  s.in = In::kLine;
  if (start_line) {
    const std::size_t end = s.at - (s.at > 0 && text[s.at - 1] == '\r' ? 1 : 0);
    return JudgeStartLine(text.substr(0, end), s);
  }
  return Folds(s) ? std::nullopt : EndField(text, s.at, s);
}

// The field's last line ends with the LF at `lf`.
std::optional<FrameError> FieldLines::EndField(std::string_view text, std::size_t lf,
                                               FieldState& s) const {
  const Field field = s.field;
  s.field = Field::kOther;
  if (field == Field::kLength && s.digits == Digits::kNone) {
    return Wrong(FrameRule::kNoDigits, lf - (text[lf - 1] == '\r' ? 1 : 0));
  }
  s.digits = Digits::kNone;
  if (field != Field::kCoding) return std::nullopt;
  const std::optional<bool> chunked = EndsChunked(text.substr(s.value, lf - s.value));
  // RFC 9112 6.1: in HTTP/1.0 the framing is faulty with it.
  if (s.old || !chunked) return Wrong(FrameRule::kTransferEncoding, s.value);
  if (*chunked) s.seen = Seen::kChunked;
  return std::nullopt;
}

// Behind the empty line. RFC 9112 6.3: the codings of a request must end with "chunked"; those of a
// response may go on to the end of the connection.
std::optional<FrameError> FieldLines::EndBlock(std::string_view text, const FieldState& s) const {
  const bool to_eof = s.response && !r_.eof.empty() && text.starts_with(r_.eof);
  if (s.seen != Seen::kOtherCoding || to_eof) return std::nullopt;
  return Wrong(FrameRule::kTransferEncoding, s.value);
}

// What stands behind the version's mark, if that ends with a slash: "1.1" (RFC 9112 2.3). Readers
// that take "1.10" or "//1.1" would not agree whether it is a version in which bodies are chunked.
bool FieldLines::IsVersion(std::string_view number) const {
  if (!r_.version.ends_with('/')) return true;
  return number.size() == 3 && IsDigit(number[0]) && number[1] == '.' && IsDigit(number[2]);
}

//     | version | ' ' | 3 digits | end of the line, or ' ' and a reason |
std::optional<FrameError> FieldLines::JudgeStatus(std::string_view line, std::size_t at) {
  const std::string_view status = line.substr(std::min(at, line.size()));
  // Two blanks: who skips both finds another status than who does not, and with it another body.
  for (std::size_t i = 0; i < 4; ++i) {
    if (i == status.size() && i == 3) break;
    const bool right = i < status.size() && (i == 3 ? status[i] == ' ' : IsDigit(status[i]));
    if (!right) return Wrong(FrameRule::kStartLine, std::min(at + i, line.size()));
  }
  return std::nullopt;
}

std::optional<FrameError> FieldLines::JudgeStartLine(std::string_view line, FieldState& s) const {
  const auto starts = [](std::string_view text, std::string_view mark, bool nocase) {
    const std::string_view front = text.substr(0, mark.size());
    return !mark.empty() && (nocase ? SameText(front, mark) : front == mark);
  };
  const std::string_view first = line.substr(0, line.find(' '));
  const std::string_view trimmed = line.substr(0, line.find_last_not_of(" \t") + 1);
  const std::size_t space = trimmed.find_last_of(" \t");
  const std::string_view last =
      space == std::string_view::npos ? std::string_view() : trimmed.substr(space + 1);
  if (r_.version.empty() && r_.eof.empty()) {
    s.response = first.find('/') != std::string_view::npos;  // which no method has
  } else {
    s.response = starts(line, r_.version, r_.nocase) || starts(line, r_.eof, false);
  }
  if (!r_.version.empty() && !s.response && !starts(last, r_.version, r_.nocase)) {
    return Wrong(FrameRule::kStartLine, 0);
  }
  const std::string_view version = s.response ? first : last;
  if (starts(version, r_.version, r_.nocase)) {
    const std::string_view number = version.substr(r_.version.size());
    const auto begin = static_cast<std::size_t>(number.data() - line.data());
    if (!IsVersion(number)) return Wrong(FrameRule::kStartLine, begin);
    if (s.response) {
      if (Error error = JudgeStatus(line, first.size() + 1)) return error;
    }
    s.old = number == "1.0" || number.starts_with("0.");
  } else if (s.response && !r_.bodiless.empty() && line.substr(first.size()).starts_with("  ")) {
    return Wrong(FrameRule::kStartLine, first.size() + 1);  // as in JudgeStatus()
  }
  s.bodiless = s.response && IsBodiless(line, r_.bodiless);
  return std::nullopt;
}

std::uint64_t FieldLines::Length(std::string_view text, const FieldState& s) {
  std::size_t end = s.value;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return ParseDigits(text.substr(s.value, end - s.value), 10).value_or(~std::uint64_t{0});
}

}  // namespace unstick::inline v0::detail
