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

absl::Status MaxRefused(const std::string& spec, const std::string& max, const absl::Status& why) {
  return absl::InvalidArgumentError("--max " + max + " does not go with \"" + spec +
                                    "\": " + MessageOf(why));
}

}  // namespace

bool Framing::can_resync() const {
  if (const auto* described = std::get_if<DescribedFramer>(&framer_))
    return described->can_resync();
  return std::get<AnyFramer>(framer_).can_resync();
}

absl::StatusOr<Framing> FramingFor(const FramingOptions& options) {
  if (!DescribedFramer::NeededFor(options.spec)) {
    absl::StatusOr<AnyFramer> plain = FramerFor(options.spec, options.max);
    if (!plain.ok()) return plain.status();
    return Framing(*std::move(plain));
  }
  absl::StatusOr<DescribedFramer> framer = DescribedFramer::FromSpec(options.spec, options.side);
  if (framer.ok() && !options.join) {
    framer = DescribedFramer::FromSpec(WithoutJoin(framer->spec()), options.side);
  }
  if (!framer.ok()) return framer.status();
  if (options.max) {
    framer = DescribedFramer::FromSpec(WithMax(framer->spec(), *options.max), options.side);
    if (!framer.ok()) return MaxRefused(options.spec, *options.max, framer.status());
  }
  return Framing(*std::move(framer));
}

absl::StatusOr<AnyFramer> FramerFor(const std::string& spec,
                                    const std::optional<std::string>& max) {
  absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(spec);
  if (!framer.ok() || !max) return framer;
  absl::StatusOr<AnyFramer> limited = AnyFramer::FromSpec(WithMax(framer->spec(), *max));
  if (limited.ok()) return limited;
  return MaxRefused(spec, *max, limited.status());
}

}  // namespace unstick::inline v0::cli
