// The text form of a framing, taken apart: kind, options, and where in the text each one stood.

#ifndef UNSTICK_SRC_CORE_SPEC_TEXT_H_
#define UNSTICK_SRC_CORE_SPEC_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/trailer.h"

namespace unstick::inline v0::detail {

struct SpecOption {
  std::string_view key = {};
  std::string_view value = {};
  bool has_value = false;
  char separator = '=';      // between key and value; clauses may have ':'
  std::size_t position = 0;  // of the key, counted in characters from 0
};

//     length:offset=1,adjust=-4;first:client=length(width=4,counts=frame)
//     kind   option   option    clause       nested: kind(options)
//
// Separators inside quotes or parentheses do not separate. A text is at most kMaxSpecText
// characters long and kinds nest at most kMaxNesting deep, so that a hostile one costs neither
// stack nor time.
inline constexpr std::size_t kMaxSpecText = std::size_t{64} << 10;
inline constexpr std::size_t kMaxNesting = 32;

class SpecText {
 public:
  // Borrows `text`.
  static absl::StatusOr<SpecText> Parse(std::string_view text);
  // A part of this text that is itself a kind: KIND(OPTIONS), or a spec in parentheses.
  absl::StatusOr<SpecText> ParseNested(std::string_view part, std::size_t position) const;

  std::string_view text() const { return text_; }
  std::string_view kind() const { return kind_; }
  std::size_t position() const { return position_; }  // of the kind's name
  const std::vector<SpecOption>& options() const { return options_; }
  // What stands behind each ';', as key and value: the key ends at '=' or ':', whichever is first.
  const std::vector<SpecOption>& clauses() const { return clauses_; }
  bool Has(std::string_view key) const;
  // A kind has its options behind a colon; only the name of a preset has a comma there.
  absl::Status CheckColon() const;

  // The same with another kind's options (a preset's) in front of these and its clauses with them.
  SpecText Over(const SpecText& preset) const;
  // The same without a clause, or without an option, whatever it is set to.
  SpecText WithoutClause(std::string_view key) const;
  SpecText WithoutOption(std::string_view key) const;
  // The same with one more option, the last one. Borrows both.
  SpecText WithOption(std::string_view key, std::string_view value) const;

  // Takes one option's value to where it belongs.
  struct Key {
    std::string_view name;
    std::function<absl::Status(const SpecOption&)> take;
  };
  // Hands each option to the key of its name, in the order of the text, so that a later one
  // overrides. An option that `keys` does not have is refused with the list of those it has.
  absl::Status Read(const std::vector<Key>& keys) const;

  // A refusal that names the part, its position and why. The second form is for what a framer's
  // Create() refuses: its message starts with the name of the option at fault.
  absl::Status Refuse(std::size_t position, std::string_view part, std::string_view why) const;
  absl::Status Refuse(const absl::Status& from_create) const;

 private:
  static absl::StatusOr<SpecText> ParsePart(std::string_view text, std::string_view part,
                                            std::size_t position);
  absl::Status ParseOptions(std::string_view text, std::size_t position);

  std::string_view text_;
  std::string_view part_;     // of text_ that this is: all of it, unless nested
  std::size_t position_ = 0;  // where that starts
  std::size_t depth_ = 0;     // of kinds that this stands in
  std::string_view kind_;
  char behind_kind_ = ':';
  std::vector<SpecOption> options_;
  std::vector<SpecOption> clauses_;
};

// The option as it stands in the text.
std::string Written(const SpecOption& option);

// The end of the part that starts at `from`: the next of `stop` outside quotes and parentheses, or
// the text's end.
std::size_t EndOfPart(std::string_view text, std::size_t from, std::string_view stop);

// Takers for Key::take. Each returns what was allowed when the value is not that.
std::function<absl::Status(const SpecOption&)> TakeFlag(bool& to);
std::function<absl::Status(const SpecOption&)> TakeNumber(std::uint64_t& to);
std::function<absl::Status(const SpecOption&)> TakeSigned(std::int64_t& to);
std::function<absl::Status(const SpecOption&)> TakeSize(std::uint64_t& to);
std::function<absl::Status(const SpecOption&)> TakeBytes(std::string& to);
// Adds to the list, so that a key may be given several times, or once as A|B.
std::function<absl::Status(const SpecOption&)> TakeBytesList(std::vector<std::string>& to);

// "4", "'\r\n'", "crlf", "'10='/3/'\x01'".
std::function<absl::Status(const SpecOption&)> TakeTrailer(Trailer& to);

// One of a few words.
template <typename Value>
struct Word {
  std::string_view name;
  Value value;
};
template <typename Value, typename To>
std::function<absl::Status(const SpecOption&)> TakeWord(std::vector<Word<Value>> words, To& to) {
  return [words = std::move(words), &to](const SpecOption& option) -> absl::Status {
    std::string allowed;
    for (const Word<Value>& word : words) {
      if (word.name == option.value) {
        to = word.value;
        return absl::OkStatus();
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(word.name);
    }
    return absl::InvalidArgumentError("must be one of " + allowed);
  };
}

// Decimal, or hexadecimal with 0x in front. No sign, no space, at most 64 bits.
std::optional<std::uint64_t> ParseNumber(std::string_view text);
// "0d0a", "'\r\n'", or a word: crlf, lf, cr, zero.
absl::StatusOr<std::string> ParseBytes(std::string_view text);
// "100", "64KiB", "8MiB", "1GiB", "10k", "1M".
absl::StatusOr<std::uint64_t> ParseSize(std::string_view text);

// The inverses. Sizes as "8MiB" where that is exact; masks as "0x3fff"; bytes as "0d0a", or as
// "'a\r\n'" where only a quoted string is told from a number.
std::string PrintSize(std::uint64_t size);
std::string PrintMask(std::uint64_t mask);
std::string PrintHex(std::string_view bytes);
std::string PrintQuoted(std::string_view bytes);

// Builds a canonical spec.
class SpecWriter {
 public:
  explicit SpecWriter(std::string_view kind) : text_(kind) {}
  void Flag(std::string_view key);
  void Text(std::string_view key, std::string_view value);
  void Number(std::string_view key, std::int64_t value);
  void Size(std::string_view key, std::uint64_t value);
  void Bytes(std::string_view key, const std::vector<std::string>& values);
  std::string Done() && { return std::move(text_); }

 private:
  std::string text_;
  char before_next_ = ':';
};

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_SPEC_TEXT_H_
