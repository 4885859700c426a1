// Between two programs: every byte goes through, cut anew at random.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_RELAY_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_RELAY_H_

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/interop/driver/cutter.h"
#include "tests/interop/driver/reframer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/listener.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::interop {

struct RelayCounts {
  std::uint64_t bytes = 0;        // handed on, both ways
  std::uint64_t pieces = 0;       // in so many writes
  std::uint64_t frames_up = 0;    // from clients
  std::uint64_t frames_down = 0;  // to clients
  std::uint64_t reads = 0;        // pieces that the decoders were given
};

// How a framing relay takes the two directions apart. A plain relay has none.
struct RelayFraming {
  AnyFramer up;
  AnyFramer down;
  OwnBytes own = {};
};

// One direction: what was read and waits to be written. It always reads, so programs that write all
// before they read anything do not stop each other.
class Direction {
 public:
  Direction(std::uint64_t seed, std::optional<Reframer> reframer)
      : cutter_(seed), reframer_(std::move(reframer)) {}

  absl::Status Read(net::Socket& from);
  absl::Status Write(net::Socket& to, RelayCounts& counts);
  bool wants_read() const { return !ended_; }
  bool wants_write() const { return !waiting_.empty() || (ended_ && !shut_); }
  bool done() const { return shut_; }
  const std::optional<Reframer>& reframer() const { return reframer_; }

 private:
  Cutter cutter_;
  std::optional<Reframer> reframer_;
  StreamBuffer waiting_;
  bool ended_ = false;
  bool shut_ = false;
};

// Listens on a free loopback port and connects each client to `target`, until standard input ends.
class Relay {
 public:
  Relay(net::Listener listener, net::Endpoint target, std::uint64_t seed,
        std::optional<RelayFraming> framing)
      : listener_(std::move(listener)),
        target_(std::move(target)),
        seed_(seed),
        framing_(std::move(framing)) {}

  // The first thing that went wrong, if any.
  absl::Status Run();
  const RelayCounts& counts() const { return counts_; }

 private:
  struct Connection {
    net::Socket client;
    net::Socket server;
    Direction up;
    Direction down;
    bool done() const { return up.done() && down.done(); }
  };

  absl::Status Accept();
  std::optional<Reframer> MakeReframer(bool up, std::uint64_t seed) const;
  absl::Status Move(Connection& connection, short client_ready, short server_ready);
  void Retire(const Connection& connection);

  net::Listener listener_;
  net::Endpoint target_;
  std::uint64_t seed_;
  std::optional<RelayFraming> framing_;
  std::list<Connection> connections_;
  RelayCounts counts_;
};

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_RELAY_H_
