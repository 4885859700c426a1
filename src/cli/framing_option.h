// Framings as the command line names them.

#ifndef UNSTICK_SRC_CLI_FRAMING_OPTION_H_
#define UNSTICK_SRC_CLI_FRAMING_OPTION_H_

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"

namespace unstick::inline v0::cli {

// The framing of `spec`, its limit overridden by `max` (a SIZE) if there is one. The message of a
// refusal quotes what was refused.
absl::StatusOr<AnyFramer> FramerFor(const std::string& spec,
                                    const std::optional<std::string>& max = std::nullopt);

// A framing to decode or encode files with: a plain framer where there is one for the spec, else a
// described one.
class Framing {
 public:
  explicit Framing(AnyFramer framer) : framer_(std::move(framer)) {}
  explicit Framing(DescribedFramer framer) : framer_(std::move(framer)) {}

  // Calls `visitor` with the framer itself.
  template <typename Visitor>
  auto Visit(Visitor&& visitor) const {
    if (const auto* described = std::get_if<DescribedFramer>(&framer_)) return visitor(*described);
    return std::get<AnyFramer>(framer_).Visit(visitor);
  }
  bool can_resync() const;

 private:
  std::variant<AnyFramer, DescribedFramer> framer_;
};

struct FramingOptions {
  std::string spec;
  Side side = Side::kClient;  // which end of the conversation wrote the bytes
  std::optional<std::string> max = {};
  bool join = true;  // false: deliver fragments
};

absl::StatusOr<Framing> FramingFor(const FramingOptions& options);

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_FRAMING_OPTION_H_
