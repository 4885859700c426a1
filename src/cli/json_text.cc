#include "src/cli/json_text.h"

#include "src/cli/printable.h"

namespace unstick::inline v0::cli {

std::string JsonString(std::string_view text) {
  std::string printable;
  AppendPrintable(text, printable, Backslash::kPlain);
  std::string quoted = "\"";
  for (const char c : printable) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace unstick::inline v0::cli
