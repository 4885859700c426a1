#include "unstick/asio/detail/abi.h"

namespace unstick::inline v0::aio::library_not_built_with {

const char UNSTICK_ABI_SYMBOL = 0;

}  // namespace unstick::inline v0::aio::library_not_built_with
