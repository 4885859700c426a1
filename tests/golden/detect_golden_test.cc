// Captured streams of known protocols: Detect() finds out which they are.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tests/support/source_tree.h"
#include "unstick/core/detect.h"

namespace unstick::inline v0::testing {
namespace {

namespace fs = std::filesystem;

constexpr double kShareFound = 0.9;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The framing's name where the directory has another one.
std::string PresetOf(const fs::path& path) {
  static const std::map<std::string, std::string> names = {
      {"amqp091", "amqp-0-9-1"}, {"fastcgi", "fcgi"},     {"git-pktline", "git-pkt-line"},
      {"hl7-mllp", "mllp"},      {"json-lines", "jsonl"}, {"ldap", "ber"},
      {"onc-rpc", "sunrm"},      {"redis", "resp"},       {"tls", "tls-record"}};
  const std::string directory = path.parent_path().filename().string();
  const std::string name = path.stem().string();
  if (directory == "erlang-packet") {
    if (name.starts_with("packet1")) return "len8";
    return name.starts_with("packet2") ? "len16be" : "len32be";
  }
  if (directory == "haproxy-proxy") return name.starts_with("v1") ? "proxy-v1" : "proxy-v2";
  if (directory == "line") return name.starts_with("LineReceiver-lf") ? "line-lf" : "line-crlf";
  if (directory == "syslog-tcp") return name.starts_with("lf") ? "syslog-lf" : "syslog-octet";
  if (directory == "postgresql" && name.find("sslrequest") != std::string::npos) {
    return "postgresql-ssl";
  }
  const auto other = names.find(directory);
  return other == names.end() ? directory : other->second;
}

bool Names(const Detected& found, const std::string& preset) {
  return std::find(found.presets.begin(), found.presets.end(), preset) != found.presets.end();
}

std::vector<fs::path> Streams() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(GoldenDirectory())) {
    if (entry.path().extension() == ".bin") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(DetectGolden, NamesTheRightFramingFirst) {
  std::size_t right = 0;
  std::size_t sure = 0;
  std::size_t sure_and_wrong = 0;
  const std::vector<fs::path> streams = Streams();
  for (const fs::path& path : streams) {
    const std::string stream = Read(path);
    const std::string preset = PresetOf(path);
    const std::vector<Detected> found = Detect(AsBytes(stream));
    const bool first = !found.empty() && Names(found.front(), preset);
    const bool enough = !found.empty() && found.front().bits >= kEnoughEvidence;
    right += first ? 1 : 0;
    sure += enough ? 1 : 0;
    sure_and_wrong += enough && !first ? 1 : 0;
    if (first) continue;
    std::cout << "  " << preset << " (" << path.filename().string() << ", " << stream.size()
              << " bytes): "
              << (found.empty() ? "nothing" : std::string(found.front().presets.front()))
              << " comes first" << (enough ? "" : ", as a guess") << '\n';
  }
  std::cout << "first: " << right << " of " << streams.size() << " streams; enough evidence in "
            << sure << ", wrong in " << sure_and_wrong << " of these\n";
  EXPECT_GE(streams.size(), 119u);
  EXPECT_GE(static_cast<double>(right), kShareFound * static_cast<double>(streams.size()));
  // Who is told that it is sure should be.
  EXPECT_LE(sure_and_wrong, sure / 50);
}

}  // namespace
}  // namespace unstick::inline v0::testing
