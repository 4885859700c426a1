// Fixed-size records: every frame has the same size.

#ifndef UNSTICK_CORE_FIXED_FRAMER_H_
#define UNSTICK_CORE_FIXED_FRAMER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0 {

//     |<---- size ---->|
//     | sync | ...     | next record     The payload is the whole record, sync included.
//
// A record whose first bytes are not `sync` is kBadMagic at the first byte that differs.
// Thread-safe: immutable after construction.
class UNSTICK_EXPORT FixedFramer {
 public:
  struct Options {
    std::size_t size = 0;   // bytes of a record, 1..kMaxContiguousPayload
    std::string sync = {};  // constant first bytes, at most `size`
    friend bool operator==(const Options&, const Options&) = default;
  };

  // Refuses options that could never frame anything (kInvalidArgument, naming the option).
  static absl::StatusOr<FixedFramer> Create(const Options& options);

  ScanResult Scan(ByteView window, std::uint64_t resume) const {
    if (resume < options_.sync.size()) {
      if (std::optional<FrameError> error = CheckSync(window, resume)) return *error;
    }
    if (window.size() < options_.size) {
      const bool in_sync =
          window.size() >= options_.sync.size();  // else the next byte may be wrong
      return NeedMore{.min_window = in_sync ? options_.size : window.size() + 1,
                      .resume = window.size(),
                      .frame_size = options_.size};
    }
    return Extent{options_.size, 0, options_.size};
  }
  std::size_t max_frame_size() const { return options_.size; }

  template <typename Sink>
  std::size_t ScanRun(ByteView window, Sink&& sink) const {
    const std::size_t size = options_.size;
    std::size_t at = 0;
    while (window.size() - at >= size) {
      if (!options_.sync.empty() && CheckSync(window.subspan(at), 0)) break;
      at += size;
      if (!sink(at - size, Extent{size, 0, size})) break;
    }
    return at;
  }

  Overhead OverheadFor(std::size_t /*payload_size*/) const { return {}; }
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const;

  const Options& options() const { return options_; }

 private:
  explicit FixedFramer(const Options& checked) : options_(checked) {}
  std::optional<FrameError> CheckSync(ByteView window, std::size_t from) const;

  Options options_;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FIXED_FRAMER_H_
