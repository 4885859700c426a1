// Where the source tree lies, for tests that read files of it. Not compiled in: the compiler's
// cache would then know only the clone that filled it.

#ifndef UNSTICK_TESTS_SUPPORT_SOURCE_TREE_H_
#define UNSTICK_TESTS_SUPPORT_SOURCE_TREE_H_

#include <cstdlib>
#include <filesystem>

namespace unstick::inline v0::testing {

// $UNSTICK_TREE, which ctest sets; without it the nearest directory above the program's that holds
// the golden streams, which is right for a build inside the tree.
inline std::filesystem::path SourceTree() {
  if (const char* named = std::getenv("UNSTICK_TREE")) return named;
  std::filesystem::path at = std::filesystem::read_symlink("/proc/self/exe");
  while (at.has_relative_path() &&
         !std::filesystem::exists(at / "tests" / "golden" / "README.md")) {
    at = at.parent_path();
  }
  return at;
}

inline std::filesystem::path GoldenDirectory() { return SourceTree() / "tests" / "golden"; }

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_SOURCE_TREE_H_
