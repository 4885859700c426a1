#include "tests/interop/driver/conversation.h"

#include <bit>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "unstick/core/bytes.h"

namespace unstick::inline v0::interop {

absl::StatusOr<std::vector<Step>> ReadConversation(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot open " + path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  constexpr std::size_t kHead = 5;
  std::vector<Step> steps;
  for (std::size_t at = 0; at < text.size();) {
    if (text.size() - at < kHead) return absl::DataLossError(path + " is cut off");
    const auto kind = static_cast<Step::Kind>(text[at]);
    if (kind != Step::Kind::kSend && kind != Step::Kind::kExpect && kind != Step::Kind::kSkipTo) {
      return absl::DataLossError(path + " has a step of no known kind");
    }
    const auto size =
        static_cast<std::size_t>(LoadUint(AsBytes(text), at + 1, 4, std::endian::big));
    at += kHead;
    if (text.size() - at < size) return absl::DataLossError(path + " is cut off");
    steps.push_back({kind, text.substr(at, size)});
    at += size;
  }
  return steps;
}

}  // namespace unstick::inline v0::interop
