// From the text of a framing to its description: every kind and clause of docs/framer-spec.md.

#ifndef UNSTICK_SRC_CORE_DESCRIBED_SPEC_H_
#define UNSTICK_SRC_CORE_DESCRIBED_SPEC_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "src/core/description.h"
#include "src/core/spec_text.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0::detail {

// `spec` taken apart, a preset's name replaced by what it stands for. Borrows `spec`.
absl::StatusOr<SpecText> ReadSpecText(std::string_view spec);
// The same as its caller changes it. Borrows `overrides` too.
absl::StatusOr<SpecText> ReadSpecText(std::string_view spec, const FramingOverrides& overrides);

// The preset's name by which the table of signatures may know it, or nothing.
std::string_view NameOf(std::string_view spec);

absl::StatusOr<std::shared_ptr<const Description>> ReadDescription(const SpecText& spec, Side side);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_DESCRIBED_SPEC_H_
