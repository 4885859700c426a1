// Options whose values are names, numbers and times. A value that is none is refused with the
// option, what was given, and what would do.

#ifndef UNSTICK_SRC_CLI_OPTION_VALUES_H_
#define UNSTICK_SRC_CLI_OPTION_VALUES_H_

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace unstick::inline v0::cli {

template <typename Value>
using Names = std::vector<std::pair<std::string, Value>>;

// Each takes the value of `flag` and throws CLI::ValidationError if it is none. What `to` refers to
// has to outlive it.
using TakeValue = std::function<void(const std::string&)>;

template <typename Value, typename To>
TakeValue OneOf(const std::string& flag, const Names<Value>& names, To& to) {
  return [flag, names, &to](const std::string& given) {
    std::string all;
    for (const auto& [name, value] : names) {
      if (name == given) {
        to = value;
        return;
      }
      all += (all.empty() ? "" : "|") + name;
    }
    throw CLI::ValidationError(flag, "\"" + given + "\" is none of " + all);
  };
}

std::uint64_t WholeNumber(const std::string& flag, const std::string& given, std::uint64_t least);

// A whole number, at least `least`.
template <typename To>
TakeValue Number(const std::string& flag, std::uint64_t least, To& to) {
  return [flag, least, &to](const std::string& given) { to = WholeNumber(flag, given, least); };
}

// 500us, 20ms, 5s, 2m; not so long that sums of times could overflow.
std::chrono::microseconds TimeSpan(const std::string& flag, const std::string& given,
                                   std::chrono::microseconds least);

template <typename To>
TakeValue Time(const std::string& flag, std::chrono::microseconds least, To& to) {
  return [flag, least, &to](const std::string& given) { to = TimeSpan(flag, given, least); };
}

template <typename Value, typename To>
CLI::Option* AddChoice(CLI::App* command, const std::string& flag, const Names<Value>& names,
                       To& to, const std::string& about) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : "|") + name.first;
  return command->add_option_function<std::string>(flag, OneOf(flag, names, to), about)
      ->type_name(all);
}

template <typename To>
CLI::Option* AddNumber(CLI::App* command, const std::string& flag, std::uint64_t least, To& to,
                       const std::string& about) {
  return command->add_option_function<std::string>(flag, Number(flag, least, to), about)
      ->type_name("N");
}

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_OPTION_VALUES_H_
