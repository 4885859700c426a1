#include "src/asio/worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "src/asio/connection.h"
#include "unstick/core/attributes.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0::aio::detail {
namespace {

// More than this is not kept for the next connection.
constexpr std::size_t kSpareOutput = std::size_t{1} << 20;

// A tenth of the shortest deadline.
net::Duration SweepPeriod(const ServerOptions& options) {
  std::chrono::milliseconds shortest = std::chrono::seconds(10);
  for (const auto timeout : {options.idle_timeout, options.frame_timeout, options.write_timeout,
                             options.linger_timeout}) {
    if (timeout.count() > 0) shortest = std::min(shortest, timeout);
  }
  return std::max(shortest / 10, std::chrono::milliseconds(5));
}

}  // namespace

Worker::Worker(const ServerOptions& options, const PeerFactory& make_peer,
               std::atomic<std::size_t>& open)
    : options_(options),
      make_peer_(make_peer),
      open_(open),
      sweep_period_(SweepPeriod(options)),
      work_(context_.get_executor()),
      sweep_timer_(context_.get_executor()),
      stop_timer_(context_.get_executor()) {}

Worker::~Worker() = default;

void Worker::Run() { context_.run(); }

void Worker::Add(Accepted accepted) {
  StreamSocket socket(executor());
  std::error_code error;
  socket.assign(::asio::generic::stream_protocol(accepted.family, 0), accepted.fd.get(), error);
  if (!error) {
    (void)accepted.fd.Release();  // the socket's now
    socket.non_blocking(true, error);
  }
  auto connection =
      std::make_shared<Connection>(*this, std::move(socket), accepted.peer, accepted.id);
  Link(*connection);
  connection->Start(error);
  if (draining_) connection->Drain();
}

ByteSpan Worker::Room() {
  // Under the address sanitizer the room moves, so that a view kept too long is a report.
  if (!room_ || UNSTICK_ADDRESS_SANITIZER) {
    room_ = std::make_unique_for_overwrite<std::byte[]>(kReadRoom);
  }
  return {room_.get(), kReadRoom};
}

void Worker::LendOutput(StreamBuffer& out) {
  if (out.capacity() == 0) std::swap(out, spare_output_);
}

void Worker::TakeBackOutput(StreamBuffer& out) {
  const bool keep =
      out.empty() && out.capacity() <= kSpareOutput && out.capacity() > spare_output_.capacity();
  if (keep) std::swap(out, spare_output_);
  out.Trim();
}

void Worker::Link(Connection& connection) {
  connection.next_ = first_;
  connection.linked_ = true;
  if (first_ != nullptr) first_->previous_ = &connection;
  first_ = &connection;
  if (sweeping_) return;
  sweeping_ = true;
  Sweep();
}

void Worker::CountClosed(CloseReason reason) {
  counters_.closed[static_cast<std::size_t>(reason)].Add(1);
  open_.fetch_sub(1, std::memory_order_relaxed);
}

void Worker::Unlink(Connection& connection) {
  if (!std::exchange(connection.linked_, false)) return;
  Connection*& to_here = connection.previous_ != nullptr ? connection.previous_->next_ : first_;
  to_here = connection.next_;
  if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
  StopIfDone();
}

// Handlers may end any connection, so the list is not walked while they are called.
std::vector<std::shared_ptr<Connection>> Worker::Connections() const {
  std::vector<std::shared_ptr<Connection>> all;
  for (Connection* c = first_; c != nullptr; c = c->next_) all.push_back(c->self());
  return all;
}

void Worker::Sweep() {
  sweep_timer_.expires_after(sweep_period_);
  sweep_timer_.async_wait([this](std::error_code error) {
    if (error) return;
    const net::Deadline now = net::Clock::now();
    std::vector<std::shared_ptr<Connection>> late;
    for (Connection* c = first_; c != nullptr; c = c->next_) {
      if (c->IsLate(now)) late.push_back(c->self());
    }
    for (const std::shared_ptr<Connection>& c : late) c->Expire(now);
    sweeping_ = first_ != nullptr;
    if (sweeping_) Sweep();
  });
}

void Worker::Drain() {
  draining_ = true;
  for (const std::shared_ptr<Connection>& c : Connections()) c->Drain();
  if (options_.stop_timeout.count() > 0) {
    stop_timer_.expires_after(options_.stop_timeout);
    stop_timer_.async_wait([this](std::error_code error) {
      if (!error) Force();
    });
  }
  StopIfDone();
}

void Worker::Force() {
  for (const std::shared_ptr<Connection>& c : Connections()) {
    c->Die({.reason = CloseReason::kStopTimeout});
  }
  context_.stop();  // coroutines that still wait are destroyed with the server
}

void Worker::StopIfDone() {
  if (draining_ && first_ == nullptr) context_.stop();
}

}  // namespace unstick::inline v0::aio::detail
