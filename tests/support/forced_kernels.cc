// Linked into a test program: UNSTICK_KERNELS=NAME makes it use the kernels of that name. Where the
// processor, or the build, has none, and where they are those that it uses anyway, the program ends
// at once with 77, which ctest counts as skipped.

#include <cstdio>
#include <cstdlib>

#include "src/core/kernels/kernels.h"

namespace {

const bool forced = [] {
  const char* name = std::getenv("UNSTICK_KERNELS");
  if (name == nullptr) return false;
  if (name == unstick::detail::ChosenKernels().name) {
    std::printf("the kernels \"%s\" are used anyway\n", name);
    std::_Exit(77);
  }
  if (unstick::detail::ChooseKernels(name)) return true;
  std::printf("no kernels \"%s\" here\n", name);
  std::_Exit(77);
}();

}  // namespace
