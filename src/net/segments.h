// UDP segmentation offload: many datagrams of one size in one call down the stack (UDP_SEGMENT) or
// up (UDP_GRO), udp(7).

#ifndef UNSTICK_SRC_NET_SEGMENTS_H_
#define UNSTICK_SRC_NET_SEGMENTS_H_

#include <cstddef>
#include <span>

#include "unstick/net/datagram_channel.h"

namespace unstick::inline v0::net {

// True iff this kernel's UDP sockets segment, and `fd` is one.
bool HasSegmentation(int fd);
bool SwitchGroOn(int fd);

// An errno that a group may get where its datagrams one by one would not.
bool MayBeSegmentation(int error);

// How many of the first datagrams may leave as one group: all have the size of the first, up to
// `largest`, its peer and its source; the last one may be shorter. At least 1. REQUIRES: not empty.
//
//     |64|64|64|20|  64 ...
std::size_t GroupSize(std::span<const OutgoingDatagram> datagrams, std::size_t largest);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_SRC_NET_SEGMENTS_H_
