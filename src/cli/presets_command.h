// `unstick presets`: the framings that have a name, and what a framing looks like.

#ifndef UNSTICK_SRC_CLI_PRESETS_COMMAND_H_
#define UNSTICK_SRC_CLI_PRESETS_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>

namespace unstick::inline v0::cli {

struct PresetsOptions {
  enum class Format : std::uint8_t {
    kText,
    kJson,      // an object a line
    kMarkdown,  // docs/presets.md
  };
  std::optional<std::string> name =
      {};  // a preset, with options or not, or any other spec; none: all
  Format format = Format::kText;
};

int Run(const PresetsOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_PRESETS_COMMAND_H_
