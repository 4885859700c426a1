// What the reference decoders say. They are written from the contract, slowly, over whole streams,
// and share no code with the library: not its types, not its names, not its arithmetic.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_EVENT_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_EVENT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace reference {

__extension__ using Wide = __int128;  // every sum below fits

enum class Mode { kFail, kSkip, kResync };

struct Event {
  std::string kind;       // "frame", "gap", "error", "end"
  std::uint64_t offset;   // of the frame that came, broke or was dropped; of the end
  std::uint64_t size;     // frame: bytes on the wire; gap: bytes dropped; else 0
  std::string code = "";  // gap, error
  std::string payload = "";
  // "truncated" only: how many bytes of the frame there were, and its size where that is known.
  std::uint64_t buffered = 0;
  std::uint64_t needed = 0;

  friend bool operator==(const Event&, const Event&) = default;
};
using Events = std::vector<Event>;

inline Event Frame(std::size_t offset, std::size_t size, std::string payload) {
  return {"frame", offset, size, "", std::move(payload)};
}
inline Event Gap(std::size_t offset, std::size_t size, std::string code) {
  return {"gap", offset, size, std::move(code)};
}
inline Event Error(std::size_t offset, std::string code) {
  return {"error", offset, 0, std::move(code)};
}
inline Event Truncated(std::size_t offset, std::size_t buffered, std::size_t needed = 0) {
  return {"error", offset, 0, "truncated", "", buffered, needed};
}
inline Event End(std::size_t offset) { return {"end", offset, 0}; }

// The least multiple of `align` that is not below `n`.
inline Wide RoundUp(Wide n, Wide align) {
  while (n % align != 0) ++n;
  return n;
}

constexpr Wide kGiB = Wide{1} << 30;

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_EVENT_H_
