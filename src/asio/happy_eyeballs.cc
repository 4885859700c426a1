#include "src/asio/happy_eyeballs.h"

#include <algorithm>

namespace unstick::inline v0::aio::detail {

std::vector<net::SocketAddress> Interleave(const std::vector<net::SocketAddress>& addresses) {
  std::vector<int> families;
  for (const net::SocketAddress& address : addresses) {
    if (std::ranges::find(families, address.family()) == families.end()) {
      families.push_back(address.family());
    }
  }
  std::vector<net::SocketAddress> order;
  for (std::size_t turn = 0; order.size() < addresses.size(); ++turn) {
    for (const int family : families) {
      std::size_t skip = turn;
      for (const net::SocketAddress& address : addresses) {
        if (address.family() != family || skip-- > 0) continue;
        order.push_back(address);
        break;
      }
    }
  }
  return order;
}

HappyEyeballs::Step HappyEyeballs::Next(net::Deadline now) {
  if (next_ < addresses_ && now >= next_start_) {
    next_start_ = net::DeadlineFrom(now, delay_);
    ++under_way_;
    return {.kind = Step::Kind::kStart, .address = next_++};
  }
  if (under_way_ == 0) return {.kind = Step::Kind::kAllFailed};
  return {.kind = Step::Kind::kWait, .until = next_ < addresses_ ? next_start_ : net::kNoDeadline};
}

void HappyEyeballs::Failed(std::size_t address) {
  --under_way_;
  if (address + 1 == next_) next_start_ = net::Deadline::min();  // it was the latest
}

}  // namespace unstick::inline v0::aio::detail
