// A server in a process of its own, so that its memory, its descriptors and its time are its own.

#ifndef UNSTICK_TESTS_RELIABILITY_SERVER_PROCESS_H_
#define UNSTICK_TESTS_RELIABILITY_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "unstick/asio/framed_server.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::testing {

// What the process says about itself.
struct ServerReport {
  aio::ServerStats stats;
  std::uint64_t resident = 0;  // bytes
  std::uint64_t heap = 0;      // bytes that the allocator has given out
  double cpu_seconds = 0;      // user and system
  std::uint64_t descriptors = 0;
};

// Where the process says it listens, and how it is asked.
struct ServerHooks {
  std::uint16_t port = 0;
  std::function<void()> serve;  // until stop()
  std::function<void()> stop;
  std::function<aio::ServerStats()> stats = [] { return aio::ServerStats(); };
};

class ServerProcess {
 public:
  // `make` runs in the child. The child ends with this object, or with this process.
  explicit ServerProcess(const std::function<ServerHooks()>& make, std::size_t descriptors = 0);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  std::uint16_t port() const { return port_; }
  ServerReport Ask();

 private:
  pid_t pid_ = -1;
  int control_ = -1;
  int report_ = -1;
  std::uint16_t port_ = 0;
};

// Serves with the library: `handler` on 32-bit length fields.
template <typename Handler>
std::function<ServerHooks()> Serving(Handler handler, aio::ServerOptions options = {}) {
  return [handler, options] {
    using Server = aio::FramedServer<LengthFieldFramer, Handler>;
    auto server = std::make_shared<Server>(LengthFieldFramer(), handler, options);
    const auto at = server->Listen(*net::Endpoint::Parse("tcp:127.0.0.1:0"));
    ServerHooks hooks;
    hooks.port = at.ok() ? at->port : 0;
    hooks.serve = [server] { server->Run().IgnoreError(); };
    hooks.stop = [server] {
      server->Stop();
      server->Stop();
    };
    hooks.stats = [server] { return server->stats(); };
    return hooks;
  };
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_RELIABILITY_SERVER_PROCESS_H_
