// From the text of a kind to the kind.

#ifndef UNSTICK_SRC_CORE_KIND_SPEC_H_
#define UNSTICK_SRC_CORE_KIND_SPEC_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "src/core/kinds/frame_kind.h"
#include "src/core/spec_text.h"

namespace unstick::inline v0::detail {

using Kind = std::shared_ptr<const FrameKind>;

// The limits that a kind's own options ask for; those that it does not name are `limits`.
absl::StatusOr<PayloadLimits> ReadLimits(const SpecText& spec, PayloadLimits limits);

absl::StatusOr<Kind> ReadKind(const SpecText& spec, const PayloadLimits& limits);

// A kind inside another's value: "kind(options)", or "(kind:options)". `position` is where `part`
// stands in the text of `outer`.
absl::StatusOr<Kind> ReadNested(const SpecText& outer, std::string_view part, std::size_t position,
                                const PayloadLimits& limits);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KIND_SPEC_H_
