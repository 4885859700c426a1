#include "src/cli/call_arguments.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace unstick::inline v0::cli {
namespace {

constexpr char kMark = '\x1a';

}  // namespace

std::vector<std::string> MarkedForCall(std::vector<std::string> arguments) {
  if (arguments.size() < 2 || arguments[0] != "echo" || arguments[1] != "call") return arguments;
  const auto end_of_options = std::find(arguments.begin() + 2, arguments.end(), "--");
  const auto options = end_of_options - arguments.begin();
  if (end_of_options != arguments.end()) arguments.erase(end_of_options);
  for (auto at = arguments.begin() + 2; at != arguments.end(); ++at) {
    const bool may_be_option = at - arguments.begin() < options;
    if (!may_be_option || !at->starts_with('-')) at->insert(at->begin(), kMark);
  }
  return arguments;
}

std::string Unmarked(std::string argument) {
  if (argument.starts_with(kMark)) argument.erase(0, 1);
  return argument;
}

EchoCallOptions Unmarked(EchoCallOptions o) {
  for (std::string* value : {&o.endpoint, &o.framing, &o.tls.cert, &o.tls.key, &o.tls.ca}) {
    *value = Unmarked(std::move(*value));
  }
  for (std::string& message : o.messages) message = Unmarked(std::move(message));
  return o;
}

}  // namespace unstick::inline v0::cli
