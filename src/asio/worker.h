// One thread of a server: its event loop, its rooms and its connections.

#ifndef UNSTICK_SRC_ASIO_WORKER_H_
#define UNSTICK_SRC_ASIO_WORKER_H_

#include <array>
#include <asio/basic_stream_socket.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "unstick/asio/framed_server.h"
#include "unstick/asio/server_options.h"
#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/deadline.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::aio::detail {

class Connection;

// Asio keeps less per operation, and calls less, when it knows the executor's type.
using Executor = ::asio::io_context::executor_type;
using StreamSocket = ::asio::basic_stream_socket<::asio::generic::stream_protocol, Executor>;

// A count that one thread writes and any may read.
class Counter {
 public:
  void Add(std::uint64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

struct WorkerCounters {
  Counter frames_in;
  Counter gaps;
  Counter bytes_in;
  Counter bytes_out;
  Counter buffered;  // may be added to with a "negative" number
  std::array<Counter, kCloseReasons> closed;
};

// A connection that has been accepted, on its way to its thread.
struct Accepted {
  net::UniqueFd fd;
  net::SocketAddress peer;
  int family = 0;
  std::uint64_t id = 0;
};

// Everything but the constructor, stats and post()s to executor() happens on the thread in Run().
class Worker {
 public:
  // `options`, `make_peer` and `open` (connections of the whole server) must outlive it.
  Worker(const ServerOptions& options, const PeerFactory& make_peer,
         std::atomic<std::size_t>& open);
  ~Worker();

  Executor executor() { return context_.get_executor(); }
  ::asio::io_context& context() { return context_; }
  const ServerOptions& options() const { return options_; }
  WorkerCounters& counters() { return counters_; }
  const WorkerCounters& counters() const { return counters_; }

  void Run();  // until Drain() or Force() is done
  void Add(Accepted connection);
  void Drain();  // answer what has arrived, close, then Run() returns
  void Force();  // close everything; Run() returns

  std::unique_ptr<Peer> MakePeer(Session& session, Gate& gate) { return make_peer_(session, gate); }

  // Where a read lands; its bytes live until the next call.
  ByteSpan Room();
  // Output is put together in one buffer per thread; a connection keeps only what it could not
  // write.
  void LendOutput(StreamBuffer& out);
  void TakeBackOutput(StreamBuffer& out);

  void Link(Connection& connection);
  void CountClosed(CloseReason reason);
  // The connection is closed and nothing of it runs any more. May be called more than once.
  void Unlink(Connection& connection);

 private:
  std::vector<std::shared_ptr<Connection>> Connections() const;
  void Sweep();
  void StopIfDone();

  const ServerOptions& options_;
  const PeerFactory& make_peer_;
  std::atomic<std::size_t>& open_;
  WorkerCounters counters_;
  std::unique_ptr<std::byte[]> room_;
  StreamBuffer spare_output_;
  Connection* first_ = nullptr;  // those that are linked
  bool draining_ = false;
  bool sweeping_ = false;
  net::Duration sweep_period_;

  // Last, so that what is still under way when the server goes finds all of the above.
  ::asio::io_context context_{1};
  ::asio::executor_work_guard<Executor> work_;
  ::asio::basic_waitable_timer<net::Clock, ::asio::wait_traits<net::Clock>, Executor> sweep_timer_;
  ::asio::basic_waitable_timer<net::Clock, ::asio::wait_traits<net::Clock>, Executor> stop_timer_;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_WORKER_H_
