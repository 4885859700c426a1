// What all walkers have in common.

#ifndef UNSTICK_SRC_CORE_KINDS_WALKERS_VALUE_WALKER_H_
#define UNSTICK_SRC_CORE_KINDS_WALKERS_VALUE_WALKER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

// A walker goes through a value part by part and never back: its note is where the next part
// starts and what is open there, in 64 bits. Nothing is recursive and nothing is allocated, so a
// count on the wire costs nothing before the values that it counts have come. What is still to come
// at least is kept count of, so that a value is refused as soon as it can no longer fit the limit.
//
// Every judgement depends on the bytes up to it alone. A limit stands before what comes behind the
// part that shows it to be broken, and an error behind it is not looked for.
class ValueWalker : public FrameKind {
 public:
  explicit ValueWalker(const PayloadLimits& limits) : limits_(limits), most_(limits.most()) {}

  // `payload` as it is, if it is exactly one value.
  std::optional<FrameError> Encode(ByteView payload, StreamBuffer& out) const override {
    if (auto refused = RefuseSize(limits_, payload.size())) return refused;
    ScanResult found = Scan(payload, 0);
    if (std::holds_alternative<NeedMore>(found)) found = ScanFinal(payload);
    const auto* value = std::get_if<Extent>(&found);
    if (value == nullptr || value->wire_size != payload.size()) {
      return Refused(payload.size(), Obstacle::kBytes);
    }
    out.Append(payload);
    return std::nullopt;
  }
  std::size_t max_frame_size() const override { return most_; }
  FramePicture Picture() const override {
    FramePicture picture;
    picture.AddVarying("one value", "where it ends, it says itself");
    picture.Say(std::string(Grammar()));
    return picture;
  }

  std::size_t most() const { return most_; }

  // The answers. `looked` is how many bytes had to be there to know; `at` is the wrong byte.
  ScanResult Whole(ByteView window, std::size_t size) const {
    if (auto error = CheckLimits(limits_, size, size)) return error->With(window.first(size));
    return Extent{size, 0, size};
  }
  static ScanResult Malformed(ByteView window, std::size_t at, FrameRule rule) {
    return FrameError{.code = FrameErrorCode::kMalformedValue, .rule = rule, .found = at}.With(
        window.first(at + 1));
  }
  // A count that does not fit in 64 bits, which no limit says and no reader agrees about.
  static ScanResult Overflow(ByteView window, std::size_t at) {
    return FrameError{
        .code = FrameErrorCode::kMalformedLength, .rule = FrameRule::kOverflow, .found = at}
        .With(window.first(at + 1));
  }
  // More than the limit, but nobody knows yet where it ends.
  ScanResult TooLarge(ByteView window, std::size_t looked) const {
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge, .allowed = most_}.With(
        window.first(looked));
  }
  // More than the limit, and it ends behind `size` (saturated) bytes.
  ScanResult TooLarge(ByteView window, std::size_t looked, std::uint64_t size) const {
    return FrameError{.code = FrameErrorCode::kPayloadTooLarge,
                      .recovery = Recovery::kKnownEnd,
                      .found = size,
                      .allowed = most_,
                      .resume = size}
        .With(window.first(looked));
  }

 private:
  // What a value looks like, in a sentence.
  virtual std::string_view Grammar() const = 0;

  PayloadLimits limits_;
  std::size_t most_;
};

// Why a walk stopped, for walks that are run twice.
struct Stop {
  enum class Why : std::uint8_t { kWhole, kMore, kMalformed, kTooLarge, kKnownTooLarge };
  Why why;
  std::size_t at;                     // the value's size, the wrong byte, or how far it had to look
  std::size_t min_window = 0;         // kMore
  std::size_t frame_size = 0;         // kMore
  std::uint64_t size = 0;             // kKnownTooLarge
  FrameRule rule = FrameRule::kNone;  // kMalformed
};

inline ScanResult Answer(const ValueWalker& walker, ByteView window, const Stop& stop,
                         std::size_t note) {
  switch (stop.why) {
    case Stop::Why::kWhole:
      return walker.Whole(window, stop.at);
    case Stop::Why::kMalformed:
      if (stop.rule == FrameRule::kOverflow) return walker.Overflow(window, stop.at);
      return walker.Malformed(window, stop.at, stop.rule);
    case Stop::Why::kTooLarge:
      return walker.TooLarge(window, stop.at);
    case Stop::Why::kKnownTooLarge:
      return walker.TooLarge(window, stop.at, stop.size);
    case Stop::Why::kMore:
      break;
  }
  return NeedMore{.min_window = stop.min_window, .resume = note, .frame_size = stop.frame_size};
}

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_WALKERS_VALUE_WALKER_H_
