// Takes connections from one listening socket.

#ifndef UNSTICK_SRC_ASIO_ACCEPTOR_H_
#define UNSTICK_SRC_ASIO_ACCEPTOR_H_

#include <functional>

#include "src/asio/worker.h"
#include "unstick/net/listener.h"
#include "unstick/net/socket.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::aio::detail {

// Survives everything that accept(2) can say: connections that died while they waited are passed
// over, and when descriptors or memory have run out it pauses (at most 50 tries a second), while
// the connections wait in the kernel's queue. If none could be taken for a second, those that wait
// are told by being closed: one descriptor is held in reserve for that.
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
  std::uint64_t turned_away() const { return turned_away_.get(); }

 private:
  enum class Stopped : std::uint8_t { kEmpty, kFailed, kBatch };

  void Wait();
  void OnReady();
  Stopped TakeBatch();
  void OnShortage();
  void TurnAway();

  net::Listener listener_;
  std::function<void(net::Socket)> on_connection_;
  Descriptor descriptor_;
  Timer pause_;
  net::UniqueFd reserve_;
  net::Deadline short_since_ = net::kNoDeadline;
  Counter failures_;
  Counter turned_away_;
  bool closed_ = false;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_ACCEPTOR_H_
