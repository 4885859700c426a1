#include "unstick/core/detail/abi.h"

namespace unstick::inline v0::library_not_built_with {

const char UNSTICK_CORE_ABI_SYMBOL = 0;

}  // namespace unstick::inline v0::library_not_built_with
