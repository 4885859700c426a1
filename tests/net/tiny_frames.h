// Frames so small that every place where they can be cut is tried: one length byte, a payload.

#ifndef UNSTICK_TESTS_NET_TINY_FRAMES_H_
#define UNSTICK_TESTS_NET_TINY_FRAMES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::testing {

inline LengthFieldFramer TinyFramer() { return LengthFieldFramer({.width = 1}); }

// Four length bytes, for payloads of any size.
inline LengthFieldFramer WideFramer() { return LengthFieldFramer({.width = 4}); }

inline std::string TinyWire(const std::vector<std::string>& payloads) {
  std::string wire;
  for (const std::string& payload : payloads) {
    wire += static_cast<char>(payload.size());
    wire += payload;
  }
  return wire;
}

// How many of `payloads` are whole in the first `size` bytes of their wire form, and whether a part
// of the next one is there too. Written without the library.
struct Whole {
  std::size_t frames = 0;
  bool torn = false;
};
inline Whole WholeFrames(const std::vector<std::string>& payloads, std::size_t size,
                         std::size_t header = 1) {
  Whole whole;
  for (const std::string& payload : payloads) {
    if (size < header + payload.size()) break;
    size -= header + payload.size();
    ++whole.frames;
  }
  whole.torn = size > 0;
  return whole;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_NET_TINY_FRAMES_H_
