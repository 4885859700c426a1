#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
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
namespace {

constexpr int kBatch = 64;  // connections taken before others get their turn
constexpr std::chrono::milliseconds kPause(20);

}  // namespace

// ---- Acceptor ----------------------------------------------------------------------------------

Acceptor::Acceptor(const Executor& executor, net::Listener listener,
                   std::function<void(net::Socket)> on_connection)
    : listener_(std::move(listener)),
      on_connection_(std::move(on_connection)),
      descriptor_(executor),
      pause_(executor) {}

std::error_code Acceptor::Start() {
  std::error_code error;
  descriptor_.assign(listener_.fd(), error);
  if (!error) Wait();
  return error;
}

void Acceptor::Wait() {
  descriptor_.async_wait(decltype(descriptor_)::wait_read, [this](std::error_code error) {
    if (!error) OnReady();
  });
}

void Acceptor::OnReady() {
  if (closed_) return;
  switch (TakeBatch()) {
    case Stopped::kEmpty:
    case Stopped::kBatch:
      return Wait();  // which returns at once when there are more
    case Stopped::kFailed:
      failures_.Add(1);
      pause_.expires_after(kPause);
      pause_.async_wait([this](std::error_code error) {
        if (!error) OnReady();
      });
  }
}

Acceptor::Stopped Acceptor::TakeBatch() {
  for (int i = 0; i < kBatch; ++i) {
    absl::StatusOr<net::Socket> socket = listener_.Accept(net::Clock::now());
    if (absl::IsDeadlineExceeded(socket.status())) return Stopped::kEmpty;
    if (!socket.ok()) return Stopped::kFailed;
    on_connection_(*std::move(socket));
  }
  return Stopped::kBatch;
}

void Acceptor::Finish() {
  while (!closed_ && TakeBatch() == Stopped::kBatch) {
  }
  Close();
}

void Acceptor::Close() {
  if (std::exchange(closed_, true)) return;
  if (descriptor_.is_open()) (void)descriptor_.release();  // the listener's
  pause_.cancel();
  listener_.Close();
}

// ---- ServerCore --------------------------------------------------------------------------------

class ServerCore::Impl {
 public:
  Impl(const ServerOptions& options, PeerFactory make_peer)
      : options_(options), make_peer_(std::move(make_peer)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
      workers_.push_back(std::make_unique<Worker>(options_, make_peer_, open_));
    }
    wake_ = std::make_unique<Descriptor>(workers_.front()->executor());
    wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    wake_error_ = wake_fd_ < 0 ? errno : 0;
    if (wake_fd_ >= 0) wake_->assign(wake_fd_);
  }

  absl::StatusOr<net::Endpoint> Listen(const net::Endpoint& at) {
    absl::StatusOr<net::Listener> listener = net::Listener::Listen(at);
    if (!listener.ok()) return listener.status();
    net::Endpoint bound = listener->local_endpoint();
    const int family = at.scheme == net::Endpoint::Scheme::kUnix ? AF_UNIX : AF_INET6;
    auto acceptor = std::make_unique<Acceptor>(
        workers_.front()->executor(), *std::move(listener),
        [this, family](net::Socket socket) { HandOver(std::move(socket), family); });
    if (const std::error_code error = acceptor->Start()) return aio::ToStatus(error);
    acceptors_.push_back(std::move(acceptor));
    return bound;
  }

  absl::Status Run() {
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
  using Descriptor = ::asio::posix::basic_stream_descriptor<Executor>;

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

  void HandOver(net::Socket socket, int family) {
    if (open_.load(std::memory_order_relaxed) >= options_.max_connections) {
      refused_.Add(1);
      return;
    }
    open_.fetch_add(1, std::memory_order_relaxed);
    accepted_.Add(1);
    Accepted accepted;
    accepted.peer = socket.peer_address();
    accepted.family = accepted.peer.family() != AF_UNSPEC ? accepted.peer.family() : family;
    accepted.id = accepted_.get();
    accepted.fd = socket.Release();
    Worker& worker = *workers_[accepted.id % workers_.size()];
    ::asio::post(worker.executor(), [&worker, accepted = std::move(accepted)]() mutable {
      worker.Add(std::move(accepted));
    });
  }

  const ServerOptions options_;
  const PeerFactory make_peer_;
  std::atomic<std::size_t> open_ = 0;
  Counter accepted_;
  Counter refused_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  // on the first worker
  std::unique_ptr<Descriptor> wake_;                  // readable: Stop() was called
  int wake_fd_ = -1;
  int wake_error_ = 0;
  bool stopping_ = false;
};

ServerStats ServerCore::Impl::stats() const {
  ServerStats stats;
  stats.accepted = accepted_.get();
  stats.open = open_.load(std::memory_order_relaxed);
  stats.refused = refused_.get();
  for (const auto& acceptor : acceptors_) stats.accept_failures += acceptor->failures();
  for (const auto& worker : workers_) {
    const WorkerCounters& counters = worker->counters();
    stats.frames_in += counters.frames_in.get();
    stats.gaps += counters.gaps.get();
    stats.bytes_in += counters.bytes_in.get();
    stats.bytes_out += counters.bytes_out.get();
    stats.buffered += counters.buffered.get();
    for (std::size_t i = 0; i < kCloseReasons; ++i) stats.closed[i] += counters.closed[i].get();
  }
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
