// UDP segmentation offload: many datagrams of one size in one call down the stack (UDP_SEGMENT) or
// up (UDP_GRO), udp(7).

#ifndef UNSTICK_SRC_NET_SEGMENTS_H_
#define UNSTICK_SRC_NET_SEGMENTS_H_

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "unstick/net/datagram_channel.h"

namespace unstick::inline v0::net {

// True iff this kernel's UDP sockets segment, and `fd` is one.
bool HasSegmentation(int fd);
bool SwitchGroOn(int fd);

// An errno that a group may get where its datagrams one by one would not.
bool MayBeSegmentation(int error);

// How many of the first datagrams may leave as one group: all have the size of the first, up to
// `largest`, and its peer; the last one may be shorter. At least 1. REQUIRES: not empty.
//
//     |64|64|64|20|  64 ...
std::size_t GroupSize(std::span<const OutgoingDatagram> datagrams, std::size_t largest);

// Room for the control messages of a datagram in either direction: a segment size, and the count of
// dropped datagrams.
struct alignas(cmsghdr) Control {
  std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint32_t))> bytes;
};

// Makes `header` say that its bytes are datagrams of `size` bytes.
void SetSegmentSize(msghdr& header, Control& control, std::size_t size);

// What a received datagram's control messages say, 0 what they do not.
struct Told {
  std::size_t segment_size = 0;
  bool has_drops = false;
  std::uint32_t drops = 0;
};
Told ReadControl(msghdr& header);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_SRC_NET_SEGMENTS_H_
