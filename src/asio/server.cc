#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <atomic>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "src/asio/acceptor.h"
#include "src/asio/worker.h"
#include "unstick/asio/framed_server.h"
#include "unstick/asio/outcome.h"

namespace unstick::inline v0::aio::detail {

class ServerCore::Impl {
 public:
  Impl(const ServerOptions& options, PeerFactory make_peer)
      : shared_(options, std::move(make_peer)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i) {
      workers_.push_back(std::make_unique<Worker>(shared_));
    }
    for (const auto& worker : workers_) {
      std::vector<Worker*> others;
      for (const auto& other : workers_) {
        if (other != worker) others.push_back(other.get());
      }
      worker->SetOthers(std::move(others));
    }
    wake_ = std::make_unique<Descriptor>(workers_.front()->executor());
    wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    wake_error_ = wake_fd_ < 0 ? errno : 0;
    if (wake_fd_ >= 0) wake_->assign(wake_fd_);
  }

  absl::StatusOr<net::Endpoint> Listen(const net::Endpoint& at) {
    if (at.scheme == net::Endpoint::Scheme::kTls && !shared_.options.transport) {
      return absl::InvalidArgumentError("listen on " + at.ToString() +
                                        ": the server's options have no TLS transport");
    }
    if (ran_) return absl::FailedPreconditionError("listen: the server runs already");
    absl::StatusOr<net::Listener> listener = net::Listener::Listen(at);
    if (!listener.ok()) return listener.status();
    net::Endpoint bound = listener->local_endpoint();
    auto acceptor =
        std::make_unique<Acceptor>(workers_.front()->executor(), *std::move(listener),
                                   [this](net::Socket socket) { HandOver(std::move(socket)); });
    if (const std::error_code error = acceptor->Start()) return aio::ToStatus(error);
    acceptors_.push_back(std::move(acceptor));
    return bound;
  }

  absl::Status Run() {
    if (ran_.exchange(true)) return absl::FailedPreconditionError("run: it was called before");
    if (wake_error_ != 0) return net::StatusFromErrno(wake_error_, "eventfd");
    WaitForStop();
    std::vector<std::thread> threads;
    absl::Status status;
    try {
      for (std::size_t i = 1; i < workers_.size(); ++i) {
        threads.emplace_back([worker = workers_[i].get()] { worker->Run(); });
      }
      workers_.front()->Run();
    } catch (const std::system_error& error) {
      status = absl::ResourceExhaustedError(error.what());
      EachWorker(&Worker::Force);
    }
    for (std::thread& thread : threads) thread.join();
    return status;
  }

  // Async-signal-safe: one write(2).
  void Stop() {
    const int saved = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof(one));
    errno = saved;
  }

  ServerStats stats() const;

 private:
  void WaitForStop() {
    wake_->async_wait(Descriptor::wait_read, [this](std::error_code error) {
      std::uint64_t times = 0;
      if (error || ::read(wake_fd_, &times, sizeof(times)) < 0) return WaitForStop();
      const bool again = std::exchange(stopping_, true);
      // Whoever had connected by now is served, so the queue is emptied before it is closed.
      for (const auto& acceptor : acceptors_) acceptor->Finish();
      EachWorker(again || times > 1 ? &Worker::Force : &Worker::Drain);
      WaitForStop();
    });
  }

  void EachWorker(void (Worker::*what)()) {
    for (const auto& worker : workers_) {
      ::asio::post(worker->executor(), [w = worker.get(), what] { (w->*what)(); });
    }
  }

  void HandOver(net::Socket socket) {
    Accepted accepted;
    accepted.peer = socket.peer_address();
    if (const auto refused = shared_.admission.Enter(accepted.peer.data())) {
      return refused_.Add(*refused);
    }
    accepted_.Add(1);
    accepted.id = accepted_.get();
    accepted.fd = socket.Release();
    Worker& worker = *workers_[accepted.id % workers_.size()];
    ::asio::post(worker.executor(), [&worker, accepted = std::move(accepted)]() mutable {
      worker.Add(std::move(accepted));
    });
  }

  ServerShared shared_;
  Counter accepted_;
  decltype(CountersFor(ServerStats::refused)) refused_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  // on the first worker
  std::unique_ptr<Descriptor> wake_;                  // readable: Stop() was called
  int wake_fd_ = -1;
  int wake_error_ = 0;
  bool stopping_ = false;
  std::atomic<bool> ran_ = false;
};

ServerStats ServerCore::Impl::stats() const {
  ServerStats stats;
  stats.accepted = accepted_.get();
  stats.open = shared_.admission.open();
  stats.partial_frames = shared_.budget.used();
  refused_.AddTo(stats.refused);
  for (const auto& acceptor : acceptors_) {
    stats.accept_failures += acceptor->failures();
    stats.refused.counts[static_cast<std::size_t>(RefuseReason::kDescriptors)] +=
        acceptor->turned_away();
  }
  for (const auto& worker : workers_) worker->counters().AddTo(stats);
  return stats;
}

ServerCore::ServerCore(const ServerOptions& options, PeerFactory make_peer)
    : impl_(std::make_unique<Impl>(options, std::move(make_peer))) {}
ServerCore::~ServerCore() = default;

absl::StatusOr<net::Endpoint> ServerCore::Listen(const net::Endpoint& at) {
  return impl_->Listen(at);
}
absl::Status ServerCore::Run() { return impl_->Run(); }
void ServerCore::Stop() { impl_->Stop(); }
ServerStats ServerCore::stats() const { return impl_->stats(); }

}  // namespace unstick::inline v0::aio::detail
