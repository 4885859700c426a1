// Framings in use, by name.

#ifndef UNSTICK_SRC_CORE_PRESETS_H_
#define UNSTICK_SRC_CORE_PRESETS_H_

#include <string_view>
#include <vector>

namespace unstick::inline v0::detail {

struct Preset {
  std::string_view name;       // as in a spec: "kafka", "kafka,max=1MiB"
  std::string_view title;      // who speaks it
  std::string_view strategy;   // what finds the boundary
  std::string_view reference;  // where it is written down
  std::string_view spec;
  std::string_view about;           // what its bytes are, beyond what the spec says
  std::string_view corrected = "";  // what the spec says otherwise than the survey, and why
};

const std::vector<Preset>& Presets();
const Preset* FindPreset(std::string_view name);  // nullptr if there is none

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_PRESETS_H_
