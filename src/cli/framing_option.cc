#include "src/cli/framing_option.h"

#include "src/cli/messages.h"

namespace unstick::inline v0::cli {
absl::StatusOr<AnyFramer> FramerFor(const FramingOptions& options) {
  absl::StatusOr<AnyFramer> framer =
      AnyFramer::FromSpec(options.spec, options.side, {.join = options.join});
  if (framer.ok() && options.max) {
    if (options.max->empty()) return absl::InvalidArgumentError("--max needs a size");
    framer = AnyFramer::FromSpec(options.spec, options.side,
                                 {.max = *options.max, .join = options.join});
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
