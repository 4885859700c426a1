// Flat JSON objects, one a line: the input of `encode`.

#ifndef UNSTICK_SRC_CLI_JSON_OBJECT_H_
#define UNSTICK_SRC_CLI_JSON_OBJECT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace unstick::inline v0::cli {

struct JsonValue {
  enum class Kind : std::uint8_t { kString, kNumber, kTrue, kFalse, kNull };
  Kind kind = Kind::kNull;
  std::string text = {};  // of a string: its UTF-8; of anything else: as it was written
};

// An object whose members are strings, numbers, true, false or null.
class JsonObject {
 public:
  // Reads one object (RFC 8259) with nothing but white space around it. Strict: what is refused
  // (kInvalidArgument, naming the column, counted in bytes from 1) is anything that two readers
  // could understand differently: a key given twice, a lone surrogate, bytes that are not UTF-8,
  // control characters in strings, numbers in other forms. Objects and arrays as values are refused
  // too, and more than 64 members.
  static absl::StatusOr<JsonObject> Parse(std::string_view text);

  // The member called `key`, or null.
  const JsonValue* Find(std::string_view key) const;
  // True if there is such a member and it is `true`.
  bool IsTrue(std::string_view key) const;

 private:
  std::vector<std::pair<std::string, JsonValue>> members_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_JSON_OBJECT_H_
