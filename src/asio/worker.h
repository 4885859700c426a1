// One thread of a server: its event loop, its rooms, its clock and its connections.

#ifndef UNSTICK_SRC_ASIO_WORKER_H_
#define UNSTICK_SRC_ASIO_WORKER_H_

#include <asio/basic_waitable_timer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/asio/admission.h"
#include "src/asio/counters.h"
#include "src/asio/memory_budget.h"
#include "src/asio/output_queue.h"
#include "src/asio/timer_wheel.h"
#include "unstick/asio/detail/peer.h"
#include "unstick/asio/server_options.h"
#include "unstick/core/bytes.h"
#include "unstick/net/deadline.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::aio::detail {

class Connection;

// Asio keeps less per operation, and calls less, when it knows the executor's type.
using Executor = ::asio::io_context::executor_type;
using Descriptor = ::asio::posix::basic_stream_descriptor<Executor>;
using Timer = ::asio::basic_waitable_timer<net::Clock, ::asio::wait_traits<net::Clock>, Executor>;

// What all threads of a server have in common.
struct ServerShared {
  ServerShared(const ServerOptions& server_options, PeerFactory factory)
      : options(server_options),
        make_peer(std::move(factory)),
        admission(options),
        budget(options.memory_budget) {}

  const ServerOptions options;
  const PeerFactory make_peer;
  Admission admission;
  MemoryBudget budget;
};

// A connection that has been accepted, on its way to its thread.
struct Accepted {
  net::UniqueFd fd;
  net::SocketAddress peer;
  std::uint64_t id = 0;
};

// Everything but the constructor, counters() and post()s to executor() happens on the thread in
// Run().
class Worker {
 public:
  explicit Worker(ServerShared& shared);  // which must outlive it
  ~Worker();

  Executor executor() { return context_.get_executor(); }
  const ServerOptions& options() const { return shared_.options; }
  ServerShared& shared() { return shared_; }
  WorkerCounters& counters() { return counters_; }
  const WorkerCounters& counters() const { return counters_; }

  void Run();  // until Drain() or Force() is done
  void Add(Accepted connection);
  void Drain();  // answer what has arrived, close, then Run() returns
  void Force();  // close everything; Run() returns

  // Where a read lands; its bytes live until the next call.
  ByteSpan Room();
  // Output is put together in one queue per thread; a connection keeps one only while it has bytes
  // that it could not write.
  std::unique_ptr<OutputQueue> BorrowOutput();
  void ReturnOutput(std::unique_ptr<OutputQueue> queue);

  // Milliseconds, as of the latest LookAtClock().
  Tick now() const { return now_; }
  void LookAtClock();

  void Link(Connection& connection);
  // The connection is closed and nothing of it runs any more. May be called more than once.
  void Unlink(Connection& connection);
  // Connection::OnTimer() is called at `at` or before: an earlier call that stands is kept.
  void WakeAt(Connection& connection, Tick at);

  // Memory is short: the connection does not read until Worker ends its Starve(). Called on others
  // of the server's threads, Relieve() makes them look for what can be given back.
  void Starve(Connection& connection);
  void Relieve();
  bool MayExceedBudget(const Connection& connection) const { return &connection == privileged_; }
  void EndPrivilege(const Connection& connection) {
    if (&connection == privileged_) privileged_ = nullptr;
  }
  void SetOthers(std::vector<Worker*> others) { others_ = std::move(others); }

 private:
  std::vector<std::shared_ptr<Connection>> Connections() const;
  void ArmTimer();
  void OnTimer();
  void WaitForMemory();
  void OnMemory();
  void StopIfDone();

  ServerShared& shared_;
  WorkerCounters counters_;
  std::vector<Worker*> others_;
  std::unique_ptr<std::byte[]> room_;
  std::unique_ptr<OutputQueue> spare_output_;
  TimerWheel wheel_;  // holds every connection
  Tick now_ = 0;
  Tick armed_for_ = kNever;
  std::size_t connections_ = 0;
  bool draining_ = false;

  std::vector<std::shared_ptr<Connection>> starved_;
  const Connection* privileged_ = nullptr;  // the one that goes on although memory is short
  bool waits_for_memory_ = false;

  // Last, so that what is still under way when the server goes finds all of the above.
  ::asio::io_context context_{1};
  ::asio::executor_work_guard<Executor> work_;
  Timer timer_;
  Timer memory_timer_;
  Timer stop_timer_;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_WORKER_H_
