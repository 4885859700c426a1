// Lines of a header block or of a chunked body's trailers, read once, byte by byte.

#ifndef UNSTICK_SRC_CORE_KINDS_FIELD_LINES_H_
#define UNSTICK_SRC_CORE_KINDS_FIELD_LINES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/frame_error.h"

namespace unstick::inline v0::detail {

//     | start line eol | Name: value eol | blank more value eol | ... | eol |
//                                         '--- Fold ---'
struct FieldRules {
  enum class Names : std::uint8_t {
    kToken,   // RFC 9110 5.6.2
    kPadded,  // the same, and blanks may stand in front of the colon (RFC 3261 25.1, HCOLON)
    kOctets,  // all but NUL, CR, LF and colon (STOMP 1.2)
  };
  enum class Values : std::uint8_t {
    kText,    // no control character but the tab (RFC 9110 5.5)
    kQuoted,  // the same, and any behind a backslash but CR and LF (RFC 3261 25.1, quoted-pair)
    kOctets,  // all but NUL, CR and LF
  };
  enum class Fold : std::uint8_t { kNever, kResponses, kAlways };
  enum class StartLine : std::uint8_t { kAny, kNone };

  std::vector<std::string> length = {};  // fields that say the length, compared without case
  std::string coding = {};               // the field that may say "chunked"
  std::vector<std::string> bodiless = {};
  std::string version = {};  // responses start with it, the last word of requests does
  bool nocase = false;       // so it is compared
  std::string eof = {};      // responses behind which a body may go on to the end start with it
  StartLine start_line = StartLine::kAny;
  Names names = Names::kToken;
  Values values = Values::kText;
  Fold fold = Fold::kNever;
  bool lf = false;       // lines may end with LF alone
  bool trailer = false;  // a field that says length or coding must not be there
};

// What is known of a block up to `at`: all that a note for the next Scan() must hold.
struct FieldState {
  enum class In : std::uint8_t {
    kFirst,      // the block's first byte
    kFirstName,  // its first line, which may still be a start line or a field
    kFirstPad,   // the same, blanks behind the name
    kStartLine,
    kLine,  // the first byte of any other line
    kName,
    kPad,  // blanks between name and colon
    kValue,
    kFold,    // blanks that continue a value
    kCr,      // behind the CR of a start line or value
    kNameCr,  // behind a CR that stands where a colon must
    kLastCr,  // behind the CR of an empty line
    kDone,    // behind the empty line
  };
  enum class Field : std::uint8_t { kNone, kOther, kLength, kCoding };
  enum class Digits : std::uint8_t { kNone, kZeros, kSome, kBehind };
  enum class Seen : std::uint8_t { kNothing, kLength, kChunked, kOtherCoding };

  std::size_t at = 0;
  std::size_t value = 0;  // where the length's first digit that is no leading zero is, or the last
                          // coding field's value
  In in = In::kFirst;
  Field field = Field::kNone;  // that the line belongs to; kNone: the start line
  Digits digits = Digits::kNone;
  Seen seen = Seen::kNothing;
  bool response = false;
  bool bodiless = false;
  bool old = false;  // version 1.0
};

class FieldLines {
 public:
  explicit FieldLines(FieldRules rules) : r_(std::move(rules)) {}

  // Goes on at `state.at`, up to the empty line or the end of `text`.
  std::optional<FrameError> Walk(std::string_view text, FieldState& state) const;
  // The length that a block says whose state has seen one.
  static std::uint64_t Length(std::string_view text, const FieldState& state);
  const FieldRules& rules() const { return r_; }

 private:
  using Error = std::optional<FrameError>;
  Error Step(std::string_view text, FieldState& s) const;
  Error First(std::string_view text, FieldState& s) const;
  Error Line(std::string_view text, FieldState& s) const;
  Error Name(std::string_view text, FieldState& s) const;
  Error Value(std::string_view text, FieldState& s) const;
  Error Digit(std::string_view text, FieldState& s) const;
  Error EndName(std::string_view text, FieldState& s) const;
  Error EndLine(std::string_view text, FieldState& s) const;
  Error EndField(std::string_view text, std::size_t lf, FieldState& s) const;
  Error EndBlock(std::string_view text, const FieldState& s) const;
  Error JudgeStartLine(std::string_view line, FieldState& s) const;
  static Error JudgeStatus(std::string_view line, std::size_t at);
  bool IsVersion(std::string_view number) const;
  bool IsName(char c) const;
  bool IsValue(std::string_view text, std::size_t at) const;
  bool Folds(const FieldState& s) const;

  FieldRules r_;
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_FIELD_LINES_H_
