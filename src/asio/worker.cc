#include "src/asio/worker.h"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "src/asio/connection.h"
#include "unstick/core/attributes.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0::aio::detail {
namespace {

// More than this is not kept for the next connection.
constexpr std::size_t kSpareOutput = std::size_t{1} << 20;
// How often those who wait for memory are looked at.
constexpr std::chrono::milliseconds kMemoryPause(10);

net::Deadline TimeOf(Tick tick) {
  return net::Deadline(std::chrono::milliseconds(static_cast<std::int64_t>(tick)));
}

}  // namespace

Worker::Worker(ServerShared& shared)
    : shared_(shared),
      work_(context_.get_executor()),
      timer_(context_.get_executor()),
      memory_timer_(context_.get_executor()),
      stop_timer_(context_.get_executor()) {
  LookAtClock();
  wheel_.Pop(now_);
}

Worker::~Worker() {
  wheel_.ForEach([](TimerNode& node) { static_cast<Connection&>(node).Orphan(); });
}

void Worker::Run() { context_.run(); }

void Worker::Add(Accepted accepted) {
  LookAtClock();
  const auto connection = std::make_shared<Connection>(*this, accepted.peer, accepted.id);
  Link(*connection);
  connection->Start(std::move(accepted.fd));
  if (draining_) connection->Drain();
}

ByteSpan Worker::Room() {
  // Under the address sanitizer the room moves, so that a view kept too long is a report.
  if (!room_ || UNSTICK_ADDRESS_SANITIZER) {
    room_ = std::make_unique_for_overwrite<std::byte[]>(kReadRoom);
  }
  return {room_.get(), kReadRoom};
}

std::unique_ptr<OutputQueue> Worker::BorrowOutput() {
  return spare_output_ ? std::move(spare_output_) : std::make_unique<OutputQueue>();
}

void Worker::ReturnOutput(std::unique_ptr<OutputQueue> queue) {
  if (queue->capacity() > kSpareOutput) queue->Trim();
  spare_output_ = std::move(queue);
}

// ---- Connections and their deadlines -----------------------------------------------------------

void Worker::LookAtClock() {
  const auto since = net::Clock::now().time_since_epoch();
  now_ = static_cast<Tick>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

void Worker::Link(Connection& connection) {
  connection.linked_ = true;
  ++connections_;
  wheel_.Set(connection, kNever);
}

void Worker::Unlink(Connection& connection) {
  if (!connection.linked_) return;
  connection.linked_ = false;
  wheel_.Cancel(connection);
  --connections_;
  StopIfDone();
}

void Worker::WakeAt(Connection& connection, Tick at) {
  if (!connection.linked_ || (connection.TimerNode::linked() && connection.wake_at <= at)) return;
  wheel_.Set(connection, at);
  if (at < armed_for_) ArmTimer();
}

void Worker::ArmTimer() {
  armed_for_ = wheel_.Next();
  if (armed_for_ == kNever) return;
  timer_.expires_at(TimeOf(armed_for_));
  timer_.async_wait([this](std::error_code error) {
    if (!error) OnTimer();
  });
}

void Worker::OnTimer() {
  LookAtClock();
  armed_for_ = 0;  // no earlier call is wanted
  if (TimerNode* node = wheel_.Pop(now_)) {
    const std::shared_ptr<Connection> connection = static_cast<Connection*>(node)->self();
    wheel_.Set(*connection, kNever);
    connection->OnTimer();
    // Connections whose bytes have come get their turn between two that end: a close takes long.
    return ::asio::post(executor(), [this] { OnTimer(); });
  }
  ArmTimer();
}

// Handlers may end any connection, so the wheel is not walked while they are called.
std::vector<std::shared_ptr<Connection>> Worker::Connections() const {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_);
  wheel_.ForEach([&](TimerNode& node) { all.push_back(static_cast<Connection&>(node).self()); });
  return all;
}

// ---- Memory ------------------------------------------------------------------------------------

void Worker::Starve(Connection& connection) {
  counters_.memory_pauses.Add(1);
  starved_.push_back(connection.self());
  WaitForMemory();
}

void Worker::WaitForMemory() {
  if (std::exchange(waits_for_memory_, true)) return;
  memory_timer_.expires_after(kMemoryPause);
  memory_timer_.async_wait([this](std::error_code error) {
    if (!error) OnMemory();
  });
}

// The largest of those that have fallen behind, until it is enough.
void Worker::Relieve() {
  if (!shared_.budget.over()) return;
  LookAtClock();
  std::vector<std::shared_ptr<Connection>> behind;
  wheel_.ForEach([&](TimerNode& node) {
    auto& connection = static_cast<Connection&>(node);
    if (connection.FallenBehind()) behind.push_back(connection.self());
  });
  std::sort(behind.begin(), behind.end(),
            [](const auto& a, const auto& b) { return a->input_memory() > b->input_memory(); });
  for (const auto& connection : behind) {
    if (!shared_.budget.over()) return;
    connection->Die({.reason = CloseReason::kMemoryBudget});
  }
}

void Worker::OnMemory() {
  waits_for_memory_ = false;
  Relieve();
  if (shared_.budget.over()) {
    for (Worker* other : others_) {
      ::asio::post(other->executor(), [other] { other->Relieve(); });
    }
  }
  std::erase_if(starved_, [](const auto& connection) { return connection->closed(); });
  // All of them when there is memory again; else the first, so that something always goes on.
  std::vector<std::shared_ptr<Connection>> wake;
  if (!shared_.budget.over()) {
    wake.swap(starved_);
  } else if (privileged_ == nullptr && !starved_.empty()) {
    wake.push_back(starved_.front());
    starved_.erase(starved_.begin());
    privileged_ = wake.front().get();
  }
  for (const auto& connection : wake) connection->EndStarvation();  // may Starve() again
  if (!starved_.empty()) WaitForMemory();
}

// ---- The end -----------------------------------------------------------------------------------

void Worker::Drain() {
  draining_ = true;
  for (const std::shared_ptr<Connection>& c : Connections()) c->Drain();
  if (options().stop_timeout.count() > 0) {
    stop_timer_.expires_after(options().stop_timeout);
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
  starved_.clear();
  context_.stop();  // coroutines that still wait are destroyed with the server
}

void Worker::StopIfDone() {
  if (draining_ && connections_ == 0) context_.stop();
}

}  // namespace unstick::inline v0::aio::detail
