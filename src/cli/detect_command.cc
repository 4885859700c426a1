#include "src/cli/detect_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/cli/exit_code.h"
#include "src/cli/input.h"
#include "src/cli/json_text.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"
#include "unstick/core/detect.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::size_t kLookedAt = std::size_t{1} << 20;
constexpr std::uint64_t kTop = 5;

// Up to kLookedAt bytes, and one more if there are more.
absl::StatusOr<std::vector<std::byte>> ReadBeginning(Input& input) {
  std::vector<std::byte> bytes(kLookedAt + 1);
  std::size_t size = 0;
  while (size < bytes.size()) {
    const absl::StatusOr<std::size_t> n = input.Read(ByteSpan(bytes).subspan(size));
    if (!n.ok()) return n.status();
    if (*n == 0) break;
    size += *n;
  }
  bytes.resize(size);
  return bytes;
}

std::string_view SideName(Side side) { return side == Side::kClient ? "client" : "server"; }

// "34.6".
std::string Tenths(double number) {
  const auto tenths = static_cast<std::int64_t>(number * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string Joined(const Detected& found, std::string_view between, std::string_view quote) {
  std::string names;
  for (const std::string_view name : found.presets) {
    names += (names.empty() ? "" : std::string(between)) + std::string(quote) + std::string(name) +
             std::string(quote);
  }
  return names;
}

// The first of those before entry `i` that has its boundaries at the same places; `i` if there is
// none.
std::size_t FirstAlike(const std::vector<Detected>& found, std::size_t i) {
  for (std::size_t before = 0; before < i; ++before) {
    if (found[before].boundaries == found[i].boundaries) return before;
  }
  return i;
}

std::string Sizes(const Detected& found) {
  if (found.smallest == found.largest) return " of " + Count(found.smallest, "byte");
  return " of " + std::to_string(found.smallest) + " to " + Count(found.largest, "byte") +
         " (median " + std::to_string(found.median) + ")";
}

std::string Text(const std::vector<Detected>& all, std::size_t i, std::size_t looked_at) {
  const Detected& found = all[i];
  std::string text = std::to_string(i + 1) + ". " + Joined(found, ", ", "");
  if (found.side != Side::kEither) text += " (" + std::string(SideName(found.side)) + ")";
  text += "\n   " + found.spec + "\n   " + Count(found.frames, "frame") + Sizes(found);
  if (found.preamble > 0) text += " behind a preamble of " + Count(found.preamble, "byte");
  text += ", " + std::to_string(found.bytes) + " of " + Count(looked_at, "byte");
  text += "; evidence " + Tenths(found.bits) + " bits";
  if (found.bits < kEnoughEvidence) text += ", a guess";
  for (const std::string& reason : found.reasons) text += "\n   + " + reason;
  if (found.error) text += "\n   - " + found.error->ToString();
  if (const std::size_t alike = FirstAlike(all, i); alike != i) {
    text += "\n   = the same boundaries as " + std::to_string(alike + 1);
  }
  return text + "\n";
}

std::string Json(const std::vector<Detected>& all, std::size_t i, std::size_t looked_at) {
  const Detected& found = all[i];
  std::string line = "{\"rank\":" + std::to_string(i + 1) + ",\"presets\":[" +
                     Joined(found, ",", "\"") + "],\"spec\":" + JsonString(found.spec);
  line += ",\"side\":";
  line += found.side == Side::kEither ? "null" : "\"" + std::string(SideName(found.side)) + "\"";
  line += ",\"bits\":" + Tenths(found.bits);
  line += std::string(",\"enough\":") + (found.bits < kEnoughEvidence ? "false" : "true");
  const auto number = [&](std::string_view key, std::uint64_t value) {
    line += ",\"" + std::string(key) + "\":" + std::to_string(value);
  };
  number("frames", found.frames);
  number("bytes", found.bytes);
  number("of", looked_at);
  number("preamble", found.preamble);
  number("smallest", found.smallest);
  number("median", found.median);
  number("largest", found.largest);
  const std::size_t alike = FirstAlike(all, i);
  line += ",\"boundaries_as\":" + (alike == i ? "null" : std::to_string(alike + 1));
  line += ",\"error\":";
  line += found.error ? JsonString(found.error->ToString()) : "null";
  line += ",\"reasons\":[";
  for (const std::string& reason : found.reasons) {
    line += (line.ends_with('[') ? "" : ",") + JsonString(reason);
  }
  return line + "]}\n";
}

void SayHowSure(const std::vector<Detected>& found, bool empty_input,
                const DetectCommandOptions& options) {
  if (empty_input) return Say("nothing to go by: " + options.file + " is empty");
  if (found.empty()) return Say("nothing fits: " + options.file + " has no framing with a name");
  if (found.front().bits < kEnoughEvidence) {
    return Say("nothing fits for sure: as much would come by chance now and then");
  }
  const bool tied = found.front().presets.size() > 1;
  if (tied) Say("nothing in the bytes tells those of the first line apart");
}

}  // namespace

int Run(const DetectCommandOptions& options) {
  absl::StatusOr<Input> input = Input::Open(options.file);
  if (!input.ok()) return Fail(input.status(), kIo);
  absl::StatusOr<std::vector<std::byte>> bytes = ReadBeginning(*input);
  if (!bytes.ok()) return Fail(bytes.status(), kIo);
  const bool cut_off = bytes->size() > kLookedAt;
  if (cut_off) {
    bytes->resize(kLookedAt);
    Say("looking at the first 1 MiB");
  }
  const std::vector<Detected> found = Detect(*bytes, {.side = options.side, .cut_off = cut_off});
  Output out(STDOUT_FILENO);
  const std::size_t shown = std::min<std::uint64_t>(found.size(), options.top.value_or(kTop));
  for (std::size_t i = 0; i < shown; ++i) {
    out.Append(options.json ? Json(found, i, bytes->size()) : Text(found, i, bytes->size()));
  }
  const int exit_code = out.Finish(found.empty() ? kFraming : kDone);
  if (!out.closed()) SayHowSure(found, bytes->empty(), options);
  return exit_code;
}

}  // namespace unstick::inline v0::cli
