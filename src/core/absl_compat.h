// The one place that knows that Debian 12's abseil has a string_view of its own.

#ifndef UNSTICK_SRC_CORE_ABSL_COMPAT_H_
#define UNSTICK_SRC_CORE_ABSL_COMPAT_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace unstick::inline v0 {

// The same characters; a no-op where absl::string_view is std::string_view.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace unstick::inline v0

#endif  // UNSTICK_SRC_CORE_ABSL_COMPAT_H_
