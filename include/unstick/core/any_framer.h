// A framing chosen at run time, from a text.

#ifndef UNSTICK_CORE_ANY_FRAMER_H_
#define UNSTICK_CORE_ANY_FRAMER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/fixed_framer.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0 {

// One of the built-in framers, made from a spec such as "length:width=2,endian=little" or
// "delim:end='||',max=64KiB" (docs/framer-spec.md has the grammar). Visit() hands out the framer
// itself, so that a choice made once per connection costs nothing per frame:
//
//     any->Visit([&](const auto& framer) { Serve(FrameDecoder(framer)); });
//
// It is a Framer too, for where that is easier. Thread-safe: immutable after construction.
class UNSTICK_EXPORT AnyFramer {
 public:
  using Variant =
      std::variant<LengthFieldFramer, VarintFramer, DelimiterFramer, FixedFramer, HeaderFramer>;

  // Refuses a wrong spec (kInvalidArgument), naming the offending part, its position and what was
  // allowed there.
  static absl::StatusOr<AnyFramer> FromSpec(std::string_view spec);

  template <typename F>
    requires std::constructible_from<Variant, F>
  AnyFramer(F framer) : framer_(std::move(framer)) {}  // NOLINT: a framer is an AnyFramer

  // The spec in canonical form: defaults left out, keys in the documented order.
  // FromSpec(f.spec())->spec() == f.spec(). Empty for a HeaderFramer with a layout of its own,
  // which has no text form.
  std::string spec() const;

  template <typename Visitor>
  decltype(auto) Visit(Visitor&& visitor) const {
    return std::visit(std::forward<Visitor>(visitor), framer_);
  }

  // True if OnError::kResync can find a boundary again after any error.
  bool can_resync() const;

  ScanResult Scan(ByteView window, std::size_t resume) const {
    return Visit([&](const auto& framer) { return framer.Scan(window, resume); });
  }
  ScanResult ScanFinal(ByteView rest) const;
  SeekResult Seek(ByteView window, std::size_t resume, bool finished) const;
  std::size_t max_frame_size() const {
    return Visit([](const auto& framer) { return framer.max_frame_size(); });
  }
  Overhead OverheadFor(std::size_t payload_size) const {
    return Visit([&](const auto& framer) { return framer.OverheadFor(payload_size); });
  }
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const {
    return Visit([&](const auto& framer) { return framer.Wrap(payload, header, trailer); });
  }

 private:
  Variant framer_;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_ANY_FRAMER_H_
