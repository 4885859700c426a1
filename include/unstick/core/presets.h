// The framings in use, by name.

#ifndef UNSTICK_CORE_PRESETS_H_
#define UNSTICK_CORE_PRESETS_H_

#include <span>
#include <string_view>

#include "unstick/core/attributes.h"

namespace unstick::inline v0 {

// A name that stands for a spec wherever a spec is taken; options may follow it: "kafka,max=1MiB".
// All texts are constants.
struct Preset {
  std::string_view name;            // "kafka"
  std::string_view title;           // who speaks it
  std::string_view strategy;        // what finds the boundary: "length prefix", "delimiter", ...
  std::string_view reference;       // where it is written down; empty if nowhere
  std::string_view spec;            // docs/framer-spec.md
  std::string_view about;           // what its bytes are, beyond what the spec says
  std::string_view corrected = {};  // what the spec says otherwise than the survey, and why
};

// All of them, in the order of docs/presets.md.
UNSTICK_EXPORT std::span<const Preset> Presets();

// The one of that name, or nullptr if there is none.
UNSTICK_EXPORT const Preset* FindPreset(std::string_view name);

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_PRESETS_H_
