#include "src/asio/acceptor.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace unstick::inline v0::aio::detail {
namespace {

constexpr int kBatch = 64;  // connections taken before others get their turn
constexpr std::chrono::milliseconds kPause(20);
constexpr std::chrono::seconds kPatience(1);

}  // namespace

Acceptor::Acceptor(const Executor& executor, net::Listener listener,
                   std::function<void(net::Socket)> on_connection)
    : listener_(std::move(listener)),
      on_connection_(std::move(on_connection)),
      descriptor_(executor),
      pause_(executor),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

std::error_code Acceptor::Start() {
  std::error_code error;
  descriptor_.assign(listener_.fd(), error);
  if (!error) Wait();
  return error;
}

void Acceptor::Wait() {
  descriptor_.async_wait(Descriptor::wait_read, [this](std::error_code error) {
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
      OnShortage();
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
    short_since_ = net::kNoDeadline;
    on_connection_(*std::move(socket));
  }
  return Stopped::kBatch;
}

void Acceptor::OnShortage() {
  failures_.Add(1);
  const net::Deadline now = net::Clock::now();
  short_since_ = std::min(short_since_, now);
  if (now - short_since_ >= kPatience) TurnAway();
  if (!reserve_) reserve_ = net::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Acceptor::TurnAway() {
  reserve_.Reset();
  for (int i = 0; i < kBatch; ++i) {
    if (!listener_.Accept(net::Clock::now()).ok()) return;  // closed at once
    turned_away_.Add(1);
  }
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

}  // namespace unstick::inline v0::aio::detail
