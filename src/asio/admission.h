// Who is served: the limits on connections, in all and from one address.

#ifndef UNSTICK_SRC_ASIO_ADMISSION_H_
#define UNSTICK_SRC_ASIO_ADMISSION_H_

#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "unstick/asio/server_options.h"

namespace unstick::inline v0::aio::detail {

// Thread-safe. Memory: an entry for each address that is connected, if addresses have a limit.
class Admission {
 public:
  explicit Admission(const ServerOptions& options)
      : limit_(options.max_connections), per_address_(options.max_connections_per_address) {}

  // Counts the connection in, or says why not. Whoever is in must Leave() once.
  std::optional<RefuseReason> Enter(const sockaddr* peer);
  void Leave(const sockaddr* peer);
  std::size_t open() const { return open_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  const std::size_t per_address_;
  std::atomic<std::size_t> open_ = 0;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::size_t> from_;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_ADMISSION_H_
