// Takes connections from one listening socket.

#ifndef UNSTICK_SRC_ASIO_ACCEPTOR_H_
#define UNSTICK_SRC_ASIO_ACCEPTOR_H_

#include <asio/posix/basic_stream_descriptor.hpp>
#include <functional>

#include "src/asio/worker.h"
#include "unstick/net/listener.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::aio::detail {

// Survives everything that accept(2) can say: connections that died while they waited are passed
// over, and when descriptors or memory have run out it pauses (at most 50 tries a second), while
// the connections wait in the kernel's queue.
class Acceptor {
 public:
  // `on_connection` is called on the executor's thread.
  Acceptor(const Executor& executor, net::Listener listener,
           std::function<void(net::Socket)> on_connection);
  ~Acceptor() { Close(); }

  std::error_code Start();
  // Takes what has connected already, then stops listening. Close() only does the latter.
  void Finish();
  void Close();
  std::uint64_t failures() const { return failures_.get(); }

 private:
  enum class Stopped : std::uint8_t { kEmpty, kFailed, kBatch };

  void Wait();
  void OnReady();
  Stopped TakeBatch();

  net::Listener listener_;
  std::function<void(net::Socket)> on_connection_;
  ::asio::posix::basic_stream_descriptor<Executor> descriptor_;
  ::asio::basic_waitable_timer<net::Clock, ::asio::wait_traits<net::Clock>, Executor> pause_;
  Counter failures_;
  bool closed_ = false;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_ACCEPTOR_H_
