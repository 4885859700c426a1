// How long to wait before the next attempt to connect.

#ifndef UNSTICK_SRC_ASIO_BACKOFF_H_
#define UNSTICK_SRC_ASIO_BACKOFF_H_

#include <algorithm>
#include <chrono>
#include <random>

#include "unstick/asio/client_options.h"
#include "unstick/net/deadline.h"

namespace unstick::inline v0::aio::detail {

class Backoff {
 public:
  explicit Backoff(const Reconnect& how)
      : how_(how), random_(how.seed != 0 ? how.seed : std::random_device{}()) {}

  // The next delay; the one after it may be longer.
  net::Duration Next() {
    bound_ =
        std::min(bound_ < 0 ? Seconds(how_.initial) : bound_ * how_.multiplier, Seconds(how_.max));
    const double part = static_cast<double>(random_() >> 11) * 0x1p-53;  // 0 to just below 1
    const double delay = bound_ * (1 - how_.jitter * part);
    return std::chrono::duration_cast<net::Duration>(
        std::chrono::duration<double>(std::max(kLeast, delay)));
  }
  // A connection was good.
  void Reset() { bound_ = -1; }

 private:
  static double Seconds(std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
  }

  static constexpr double kLeast = 0.001;  // seconds; to be refused again and again takes a core

  Reconnect how_;
  std::mt19937_64 random_;
  double bound_ = -1;  // seconds; none yet
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_BACKOFF_H_
