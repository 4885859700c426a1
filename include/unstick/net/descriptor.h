// Writing to descriptors that are no sockets: pipes, terminals.

#ifndef UNSTICK_NET_DESCRIPTOR_H_
#define UNSTICK_NET_DESCRIPTOR_H_

#include <span>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::net {

// writev(2) of the parts' first bytes, as if they lay in one piece, without waiting: `fd` is put
// into non-blocking mode. A pipe without a reader is EPIPE and no signal. (Sockets have
// MSG_NOSIGNAL for that and pipes nothing, so SIGPIPE is blocked in this thread meanwhile, and
// taken back unless one was pending before.) EINTR does not surface.
UNSTICK_EXPORT IoResult WriteToDescriptor(int fd, std::span<const ByteView> parts);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DESCRIPTOR_H_
