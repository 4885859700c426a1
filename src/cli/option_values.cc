#include "src/cli/option_values.h"

#include <charconv>
#include <string_view>
#include <system_error>

namespace unstick::inline v0::cli {
namespace {

constexpr std::chrono::microseconds kLongest = std::chrono::years(100);

// The microseconds of a unit; 0: it is none.
std::int64_t MicrosecondsOf(std::string_view unit) {
  if (unit == "us") return 1;
  if (unit == "ms") return 1000;
  if (unit == "s") return 1'000'000;
  return unit == "m" ? 60'000'000 : 0;
}

}  // namespace

std::uint64_t WholeNumber(const std::string& flag, const std::string& given, std::uint64_t least) {
  std::uint64_t value = 0;
  const char* const end = given.data() + given.size();
  const auto [behind, error] = std::from_chars(given.data(), end, value);
  if (error != std::errc() || behind != end || value < least) {
    throw CLI::ValidationError(
        flag, "\"" + given + "\" is no whole number from " + std::to_string(least) + " up");
  }
  return value;
}

std::chrono::microseconds TimeSpan(const std::string& flag, const std::string& given,
                                   std::chrono::microseconds least) {
  std::uint64_t count = 0;
  const char* const end = given.data() + given.size();
  const auto [behind, error] = std::from_chars(given.data(), end, count);
  const std::int64_t unit = MicrosecondsOf({behind, static_cast<std::size_t>(end - behind)});
  if ((error != std::errc() && error != std::errc::result_out_of_range) || unit == 0) {
    throw CLI::ValidationError(flag, "\"" + given + "\" is no time; 500us, 20ms, 5s and 2m are");
  }
  if (error != std::errc() || count > static_cast<std::uint64_t>(kLongest.count() / unit)) {
    throw CLI::ValidationError(flag, "\"" + given + "\" is over 100 years");
  }
  const std::chrono::microseconds span(static_cast<std::int64_t>(count) * unit);
  if (span < least) throw CLI::ValidationError(flag, "\"" + given + "\" is too short");
  return span;
}

}  // namespace unstick::inline v0::cli
