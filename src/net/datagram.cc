#include "unstick/net/datagram.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "unstick/core/frame_error.h"
#include "unstick/net/datagram_batch.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/datagram_socket.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::net::detail {

std::size_t RoomForLot(std::span<const OutgoingMessage> messages) {
  constexpr std::size_t kUsualOverhead = 16;
  const std::size_t each = std::min(messages[0].payload.size(), kMaxUdpIpv4) + kUsualOverhead;
  return std::min(kMaxUdpIpv4, std::min(messages.size(), DatagramChannel::kMaxSends) * each);
}

void PutAt(ByteView memory, std::span<OutgoingDatagram> datagrams) {
  for (OutgoingDatagram& datagram : datagrams) {
    datagram.bytes = memory.first(datagram.bytes.size());
    memory = memory.subspan(datagram.bytes.size());
  }
}

absl::Status TooLargeToSend(std::size_t size, std::size_t allowed) {
  return absl::InvalidArgumentError("a datagram of " + std::to_string(size) +
                                    " bytes; this address family carries at most " +
                                    std::to_string(allowed));
}

// The errnos that ICMP messages become (icmp(7)), and that a Unix peer which is gone leaves.
DatagramKind KindOfErrno(int error_code) {
  switch (error_code) {
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENOPROTOOPT:
    case ENONET:
    case EPROTO:
    case EOPNOTSUPP:
    case EMSGSIZE:
    case ECONNRESET:
      return DatagramKind::kUnreachable;
    default:
      return DatagramKind::kError;
  }
}

absl::Status DatagramStatus(DatagramKind kind, const IncomingDatagram* datagram,
                            const FrameError& error, int error_code) {
  switch (kind) {
    case DatagramKind::kFrames:
      return absl::OkStatus();
    case DatagramKind::kTruncated:
      return absl::DataLossError("a datagram of " + std::to_string(datagram->true_size) +
                                 " bytes, room for " + std::to_string(datagram->bytes.size()));
    case DatagramKind::kMalformed:
      return ToStatus(error);
    case DatagramKind::kTimeout:
      return absl::DeadlineExceededError("receive: the deadline passed");
    case DatagramKind::kUnreachable:
    case DatagramKind::kError:
      return StatusFromErrno(error_code, "receive");
  }
  return absl::OkStatus();
}

}  // namespace unstick::inline v0::net::detail
