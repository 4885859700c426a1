// All strings over an alphabet.

#ifndef UNSTICK_TESTS_SUPPORT_STRINGS_OVER_H_
#define UNSTICK_TESTS_SUPPORT_STRINGS_OVER_H_

#include <cstddef>
#include <string>
#include <vector>

namespace unstick::inline v0::testing {

// Of `shortest` to `longest` letters, shorter ones first.
inline std::vector<std::string> StringsOver(const std::string& alphabet, std::size_t longest,
                                            std::size_t shortest = 0) {
  std::vector<std::string> all = {""};
  std::size_t first_of_size = 0;
  for (std::size_t size = 1; size <= longest; ++size) {
    const std::size_t end = all.size();
    for (std::size_t i = first_of_size; i < end; ++i) {
      for (const char letter : alphabet) all.push_back(all[i] + letter);
    }
    first_of_size = end;
  }
  std::erase_if(all, [shortest](const std::string& text) { return text.size() < shortest; });
  return all;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_STRINGS_OVER_H_
