// Bytes as text that is safe to print: one line, no terminal control, nothing lost.

#ifndef UNSTICK_SRC_CLI_PRINTABLE_H_
#define UNSTICK_SRC_CLI_PRINTABLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace unstick::inline v0::cli {

// A backslash is doubled where the text is to be read back, and left alone in prose.
enum class Backslash { kDoubled, kPlain };

// Appends `bytes`: printable UTF-8 as it is, everything else as \r \n \t \0 or \xHH, the escapes of
// quoted strings in a spec. Not printable are control characters (C0, DEL, C1), bytes that are not
// UTF-8, line separators, and the invisible marks that reorder or join text on a terminal.
void AppendPrintable(std::string_view bytes, std::string& out,
                     Backslash backslash = Backslash::kDoubled);

// The length in bytes of the well-formed UTF-8 sequence that `bytes` starts with (Unicode 15,
// table 3-7), or 0.
std::size_t Utf8Length(std::string_view bytes);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_PRINTABLE_H_
