// A framing spec in words and pictures, for people.

#ifndef UNSTICK_CORE_EXPLAIN_H_
#define UNSTICK_CORE_EXPLAIN_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"

namespace unstick::inline v0 {

// What `spec` (docs/framer-spec.md; the name of a preset too) means: the canonical spec, the bytes
// of a stream and of a frame as pictures made from the description itself, and what each part says,
// for both sides where they differ. Lines of at most 100 columns where no single word is longer. It
// is meant for reading; its wording may change. Refuses what DescribedFramer::FromSpec() refuses.
//
//     every frame:
//       0         2
//       | N: u16 BE | payload |
//         2           N
//     N counts the bytes behind the field.
UNSTICK_EXPORT absl::StatusOr<std::string> ExplainSpec(std::string_view spec);

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_EXPLAIN_H_
