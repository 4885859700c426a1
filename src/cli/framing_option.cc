#include "src/cli/framing_option.h"

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

// The same without its join clause.
std::string WithoutJoin(std::string_view canonical) {
  std::string kept;
  for (std::size_t begin = 0; begin < canonical.size();) {
    const std::size_t end = begin + ClausesOf(canonical.substr(begin));
    const std::string_view part = canonical.substr(begin, end - begin);
    if (!part.starts_with("join:")) kept += (kept.empty() ? "" : ";") + std::string(part);
    begin = end + 1;
  }
  return kept;
}

}  // namespace

absl::StatusOr<AnyFramer> FramerFor(const FramingOptions& options) {
  absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(options.spec, options.side);
  if (framer.ok() && !options.join) {
    framer = AnyFramer::FromSpec(WithoutJoin(framer->spec()), options.side);
  }
  if (framer.ok() && options.max) {
    framer = AnyFramer::FromSpec(WithMax(framer->spec(), *options.max), options.side);
    if (!framer.ok()) {
      return absl::InvalidArgumentError("--max " + *options.max + " does not go with \"" +
                                        options.spec + "\": " + MessageOf(framer.status()));
    }
  }
  if (framer.ok() && options.resync && !framer->can_resync()) {
    return absl::InvalidArgumentError(
        "--on-error resync: the framing \"" + options.spec +
        "\" has no boundary that can be proved, so there is nothing to search for; \"unstick\" has "
        "one, and --on-error skip drops over-long frames whose end is known");
  }
  return framer;
}

}  // namespace unstick::inline v0::cli
