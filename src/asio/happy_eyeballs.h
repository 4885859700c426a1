// Which address to try when, while others are still being tried.

#ifndef UNSTICK_SRC_ASIO_HAPPY_EYEBALLS_H_
#define UNSTICK_SRC_ASIO_HAPPY_EYEBALLS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "unstick/net/deadline.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::aio::detail {

// RFC 8305 section 4: families take turns, that of the first address first. Within a family the
// order stays.
std::vector<net::SocketAddress> Interleave(const std::vector<net::SocketAddress>& addresses);

// RFC 8305 section 5, without sockets and without a clock:
//
//     0      |---------------- address 0 ------------------ ...
//     delay  |      |-- address 1 --x                            it failed: the next one at once
//            |                      |------ address 2 ----- ...
//
// The one who asks starts attempts, says which failed, and stops asking when one succeeds.
class HappyEyeballs {
 public:
  struct Step {
    enum class Kind : std::uint8_t {
      kStart,      // the attempt at `address`, now; then ask again
      kWait,       // until `until`, or until an attempt is over
      kAllFailed,  // nothing is left to wait for
    };
    Kind kind;
    std::size_t address = 0;
    net::Deadline until = net::kNoDeadline;
  };

  HappyEyeballs(std::size_t addresses, net::Duration delay)
      : addresses_(addresses), delay_(delay) {}

  Step Next(net::Deadline now);
  void Failed(std::size_t address);

 private:
  std::size_t addresses_;
  net::Duration delay_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
  net::Deadline next_start_ = net::Deadline::min();
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_HAPPY_EYEBALLS_H_
