#include "src/cli/framing_option.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "src/cli/messages.h"

namespace unstick::inline v0::cli {
namespace {

// Where the clauses of a spec begin: the first ';' outside quotes and parentheses, or its end.
std::size_t ClausesOf(std::string_view spec) {
  char quote = 0;
  int depth = 0;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    const char c = spec[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == ';' && depth == 0) {
      return i;
    }
  }
  return spec.size();
}

// kind -> kind:max=..   kind:options;clause -> kind:options,max=..;clause
std::string WithMax(std::string_view canonical, std::string_view max) {
  const std::size_t clauses = ClausesOf(canonical);
  const std::string_view kind = canonical.substr(0, clauses);
  const char before = kind.find(':') == std::string_view::npos ? ':' : ',';
  return std::string(kind) + before + "max=" + std::string(max) +
         std::string(canonical.substr(clauses));
}

}  // namespace

absl::StatusOr<AnyFramer> FramerFor(const std::string& spec,
                                    const std::optional<std::string>& max) {
  absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(spec);
  if (!framer.ok() || !max) return framer;
  absl::StatusOr<AnyFramer> limited = AnyFramer::FromSpec(WithMax(framer->spec(), *max));
  if (limited.ok()) return limited;
  return absl::InvalidArgumentError("--max " + *max + " does not go with \"" + spec +
                                    "\": " + MessageOf(limited.status()));
}

}  // namespace unstick::inline v0::cli
