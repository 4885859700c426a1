// Bytes as hex digits and back.

#ifndef UNSTICK_SRC_CLI_HEX_H_
#define UNSTICK_SRC_CLI_HEX_H_

#include <optional>
#include <string>
#include <string_view>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::cli {

// Writes two lower-case digits a byte to `out`. REQUIRES: out has 2 * bytes.size() bytes.
void WriteHex(ByteView bytes, char* out);

// The bytes that pairs of hex digits, in either case, stand for; nothing if that is not what the
// text is.
std::optional<std::string> ParseHex(std::string_view text);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_HEX_H_
