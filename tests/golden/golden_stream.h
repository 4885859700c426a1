// The captured streams beside this file, as README.md has them.

#ifndef UNSTICK_TESTS_GOLDEN_GOLDEN_STREAM_H_
#define UNSTICK_TESTS_GOLDEN_GOLDEN_STREAM_H_

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/support/source_tree.h"
#include "unstick/core/any_framer.h"

namespace unstick::inline v0::testing {

// One of them: what its .golden says, and its bytes without the rest that is framed otherwise.
struct GoldenStream {
  std::string name;  // "http1/curl.c2s"
  std::map<std::string, std::string> values;
  std::string bytes;

  std::string Value(const std::string& key) const {
    const auto value = values.find(key);
    return value == values.end() ? "" : value->second;
  }
  std::string Spec() const { return Value(values.count("preset") != 0 ? "preset" : "spec"); }
  absl::StatusOr<AnyFramer> Framer(const FramingOverrides& overrides = {}) const {
    const Side side = Value("side") == "server" ? Side::kServer : Side::kClient;
    return AnyFramer::FromSpec(Spec(), values.count("side") == 0 ? Side::kEither : side, overrides);
  }
};

inline std::string FileText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline GoldenStream ReadGoldenStream(const std::filesystem::path& golden) {
  GoldenStream stream;
  stream.name = golden.parent_path().filename().string() + "/" + golden.stem().string();
  std::istringstream lines(FileText(golden));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) stream.values[line.substr(0, colon)] = line.substr(colon + 2);
  }
  stream.bytes = FileText(std::filesystem::path(golden).replace_extension(".bin"));
  const std::string rest = stream.Value("rest");
  if (!rest.empty()) stream.bytes.resize(stream.bytes.size() - std::stoul(rest));
  return stream;
}

// All of them, by name.
inline std::vector<std::filesystem::path> GoldenFiles() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(GoldenDirectory())) {
    if (entry.path().extension() == ".golden") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_GOLDEN_GOLDEN_STREAM_H_
