// How large a frame is, and where its payload starts: what its first bytes say of it.

#ifndef UNSTICK_CORE_FRAME_HEAD_H_
#define UNSTICK_CORE_FRAME_HEAD_H_

#include <cstddef>
#include <cstdint>

namespace unstick::inline v0 {

//     | header         | payload        | padding, trailer |
//     0                payload_offset                      wire_size
//
// The payload is what is delivered: with `strip` it starts inside the header, or behind its end.
struct FrameHead {
  std::uint64_t wire_size = 0;
  std::size_t payload_offset = 0;
  std::uint64_t payload_size = 0;
  bool checked = false;  // the last four bytes are the payload's CRC-32C in network byte order
  std::uint64_t behind() const { return wire_size - payload_offset - payload_size; }
  friend bool operator==(const FrameHead&, const FrameHead&) = default;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_HEAD_H_
