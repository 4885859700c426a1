// Text for JSON output.

#ifndef UNSTICK_SRC_CLI_JSON_TEXT_H_
#define UNSTICK_SRC_CLI_JSON_TEXT_H_

#include <string>
#include <string_view>

namespace unstick::inline v0::cli {

// `text` as a JSON string, quotes included. What is not printable is escaped as AppendPrintable()
// does, so that the line stays one valid line whatever is in it.
std::string JsonString(std::string_view text);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_JSON_TEXT_H_
