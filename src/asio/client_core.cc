#include "src/asio/client_core.h"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "absl/strings/cord.h"

namespace unstick::inline v0::aio {
namespace {

constexpr char kNotSent[] = "unstick.aio/not_sent";

// So much is encoded for one write, and one frame more.
constexpr std::size_t kBatch = std::size_t{64} << 10;

absl::Status Because(const absl::Status& why, std::string_view then) {
  return {why.code(), std::string(why.message()) + "; " + std::string(then)};
}
absl::Status MarkNotSent(absl::Status status) {
  status.SetPayload(kNotSent, absl::Cord());
  return status;
}

}  // namespace

bool NotSent(const absl::Status& failed) { return failed.GetPayload(kNotSent).has_value(); }

namespace detail {

using ::asio::awaitable;

ClientCore::ClientCore(::asio::any_io_executor executor, std::vector<net::Endpoint> endpoints,
                       ClientOptions options, ExchangeFactory make_exchange)
    : executor_(std::move(executor)),
      endpoints_(std::move(endpoints)),
      options_(std::move(options)),
      make_exchange_(std::move(make_exchange)),
      quiet_(executor_) {
  if (options_.reconnect) backoff_.emplace(*options_.reconnect);
}

ClientStats ClientCore::stats() const {
  ClientStats now = stats_;
  now.open_calls = queued_.size() + sent_.size();
  return now;
}

// ---- Calls -------------------------------------------------------------------------------------

awaitable<absl::StatusOr<Reply>> ClientCore::Call(std::shared_ptr<ClientCore> self,
                                                  ByteView payload, ByteView metadata,
                                                  net::Deadline until) {
  Waiter waiter(*self, payload, metadata, until);
  self->Admit(waiter, until);
  if (waiter.place != Waiter::Place::kDone) {
    std::error_code error;
    co_await waiter.wake.async_wait(::asio::redirect_error(::asio::use_awaitable, error));
    if (waiter.place != Waiter::Place::kDone) self->GiveUp(waiter, static_cast<bool>(error));
  }
  co_return std::move(waiter.outcome);
}

void ClientCore::Admit(Waiter& waiter, net::Deadline until) {
  ++stats_.calls;
  const auto refuse = [&](CallEnd how, absl::Status why) {
    Finish(waiter, how, MarkNotSent(std::move(why)));
  };
  const std::size_t size = waiter.payload.size() + waiter.metadata.size();
  if (closing_) {
    refuse(CallEnd::kRefused, absl::FailedPreconditionError("call: the client is closed"));
  } else if (!over_.ok()) {
    refuse(CallEnd::kNotSent, Because(over_, "the request was not sent"));
  } else if (net::Clock::now() >= until) {
    refuse(CallEnd::kTimedOut, absl::DeadlineExceededError("call: its deadline had passed before"));
  } else if (queued_.size() + sent_.size() >= options_.max_calls) {
    refuse(CallEnd::kRefused,
           absl::ResourceExhaustedError("call: " + std::to_string(options_.max_calls) +
                                        " calls wait already, the limit"));
  } else if (queued_bytes_ > options_.max_queued_bytes ||
             size > options_.max_queued_bytes - queued_bytes_) {
    refuse(CallEnd::kRefused,
           absl::ResourceExhaustedError("call: " + std::to_string(queued_bytes_) +
                                        " bytes wait to be written, and " + std::to_string(size) +
                                        " more would be over the limit of " +
                                        std::to_string(options_.max_queued_bytes)));
  } else {
    waiter.id = ++last_id_;
    Enqueue(waiter);
    Kick();
  }
}

void ClientCore::Enqueue(Waiter& waiter) {
  waiter.place = Waiter::Place::kQueued;
  queued_.emplace(waiter.id, &waiter);
  queued_bytes_ += waiter.payload.size() + waiter.metadata.size();
}

void ClientCore::Leave(Waiter& waiter) {
  if (waiter.place == Waiter::Place::kQueued && queued_.erase(waiter.id) > 0) {
    queued_bytes_ -= waiter.payload.size() + waiter.metadata.size();
  }
  if (waiter.place == Waiter::Place::kSent) sent_.erase(waiter.id);
  waiter.place = Waiter::Place::kNowhere;
}

void ClientCore::Finish(Waiter& waiter, CallEnd how, absl::StatusOr<Reply> outcome) {
  Leave(waiter);
  waiter.place = Waiter::Place::kDone;
  waiter.outcome = std::move(outcome);
  waiter.wake.cancel();
  ++stats_.ended.counts[static_cast<std::size_t>(how)];
  if (queued_.empty() && sent_.empty()) quiet_.cancel();
}

// Its deadline has passed, or nobody waits for it any more.
void ClientCore::GiveUp(Waiter& waiter, bool cancelled) {
  const CallEnd how = cancelled ? CallEnd::kCancelled : CallEnd::kTimedOut;
  absl::Status why = cancelled ? absl::CancelledError("call: it was cancelled")
                               : absl::DeadlineExceededError("call: its deadline passed");
  if (waiter.place == Waiter::Place::kQueued) {
    if (!connection_ && !last_failure_.ok())
      why = Because(why, std::string(last_failure_.message()));
    return Finish(waiter, how, MarkNotSent(Because(why, "the request was not sent")));
  }
  Finish(waiter, how, Because(why, "the request was sent and may have been executed"));
  const ConnectionPtr connection = connection_;
  if (connection->exchange->in_order()) {
    Lose(connection, ConnectionEnd::kReplyTimeout,
         absl::UnavailableError("nobody waits any more for the reply to an earlier call, and it "
                                "could not be told from the next"));
  } else if (const auto since = connection->silent_since;
             since && net::Clock::now() - *since >= options_.silence_timeout) {
    Lose(connection, ConnectionEnd::kSilence,
         absl::UnavailableError("the connection has been silent for too long"));
  }
}

void ClientCore::FailQueued(const absl::Status& why, CallEnd how) {
  while (!queued_.empty()) {
    Finish(*queued_.begin()->second, how, MarkNotSent(Because(why, "the request was not sent")));
  }
}

// ---- Connecting --------------------------------------------------------------------------------

void ClientCore::Kick() {
  if (connection_) {
    connection_->wake.cancel();
  } else if (!connecting_) {
    connecting_ = true;
    ::asio::co_spawn(executor_, Connecting(shared_from_this()),
                     ::asio::bind_cancellation_slot(stop_connecting_.slot(), ::asio::detached));
  }
}

//     idle --a call--> wait until retry_at_ --> connect --> open --lost--> idle
//                        '<--failed, and reconnect -'
awaitable<void> ClientCore::Connecting(std::shared_ptr<ClientCore> self) {
  ::asio::steady_timer timer(self->executor_);
  while (!self->queued_.empty()) {
    if (net::Clock::now() < self->retry_at_) {
      timer.expires_at(self->retry_at_);
      std::error_code ignored;
      co_await timer.async_wait(::asio::redirect_error(::asio::use_awaitable, ignored));
      if (!self->over_.ok()) co_return;
      continue;
    }
    const std::optional<tls::Context>& tls = self->options_.tls;
    const ConnectOptions how{.attempt_delay = self->options_.attempt_delay,
                             .tls = tls ? &*tls : nullptr};
    const net::Deadline until = net::DeadlineIn(self->options_.connect_timeout);
    absl::StatusOr<Stream> stream = co_await Connect(self->endpoints_, until, how);
    if (!self->over_.ok()) co_return;
    if (stream.ok()) {
      self->Open(*std::move(stream));
      break;
    }
    self->ConnectFailed(stream.status());
    if (!self->over_.ok()) co_return;
  }
  self->connecting_ = false;
}

void ClientCore::ConnectFailed(const absl::Status& why) {
  const auto code = static_cast<std::size_t>(why.code());
  ++stats_.connect_failures.counts[code];
  if (!backoff_ || why.code() == absl::StatusCode::kInvalidArgument) {
    over_ = why;
    return FailQueued(why, CallEnd::kNotSent);
  }
  last_failure_ = why;
  const net::Duration delay = backoff_->Next();
  retry_at_ = net::DeadlineIn(delay);
  if (options_.on_retry) options_.on_retry(why, delay);
}

void ClientCore::Open(Stream stream) {
  ++stats_.connects;
  last_failure_ = absl::OkStatus();
  connection_ = std::make_shared<Connection>(make_exchange_(std::move(stream)), executor_);
  ::asio::co_spawn(executor_, Reading(shared_from_this(), connection_), ::asio::detached);
  ::asio::co_spawn(executor_, Writing(shared_from_this(), connection_), ::asio::detached);
}

// ---- A connection ------------------------------------------------------------------------------

awaitable<void> ClientCore::Writing(std::shared_ptr<ClientCore> self, ConnectionPtr connection) {
  Stream& stream = connection->exchange->stream();
  StreamBuffer out;
  std::error_code error;
  while (!connection->lost) {
    self->Encode(*connection, out);
    if (out.empty()) {
      out.Trim();
      self->quiet_.cancel();
      connection->wake.expires_at(net::kNoDeadline);
      co_await connection->wake.async_wait(::asio::redirect_error(::asio::use_awaitable, error));
      continue;
    }
    const ByteView bytes = out.readable();
    const std::size_t n =
        co_await stream.async_write_some(::asio::buffer(bytes.data(), bytes.size()),
                                         ::asio::redirect_error(::asio::use_awaitable, error));
    connection->bytes_out += n;
    out.Consume(n);
    if (error) self->Lose(connection, ConnectionEnd::kIoError, stream.ErrorStatus(error, "send"));
  }
}

// What is queued becomes frames, once all earlier ones are out.
void ClientCore::Encode(Connection& connection, StreamBuffer& out) {
  if (!out.empty()) return;
  while (!queued_.empty() && out.size() < kBatch) {
    Waiter& waiter = *queued_.begin()->second;
    const std::size_t before = out.size();
    absl::Status refused =
        connection.exchange->Append(waiter.id, waiter.metadata, waiter.payload, out);
    if (!refused.ok()) {
      Finish(waiter, CallEnd::kRefused, MarkNotSent(std::move(refused)));
      continue;
    }
    Leave(waiter);
    waiter.place = Waiter::Place::kSent;
    sent_.emplace(waiter.id, &waiter);
    waiter.begin = connection.encoded;
    connection.encoded += out.size() - before;
    waiter.end = connection.encoded;
  }
  if (!out.empty() && !connection.silent_since) connection.silent_since = net::Clock::now();
}

awaitable<void> ClientCore::Reading(std::shared_ptr<ClientCore> self, ConnectionPtr connection) {
  using Kind = ReceiveResult::Kind;
  Exchange& exchange = *connection->exchange;
  while (!connection->lost) {
    std::optional<ReceiveResult> received = exchange.TakeBuffered();
    if (!received) received = co_await exchange.Receive();
    if (connection->lost) co_return;
    switch (received->kind()) {
      case Kind::kFrame:
        self->Deliver(connection, std::move(**received));
        break;
      case Kind::kGap:
        break;
      case Kind::kEnd:
        self->Lose(connection, ConnectionEnd::kEnd,
                   absl::UnavailableError("the server ended the connection"));
        break;
      case Kind::kError:
        self->Lose(connection, ConnectionEnd::kFramingError, received->status());
        break;
      case Kind::kIoError:
        self->Lose(connection, ConnectionEnd::kIoError,
                   exchange.stream().ErrorStatus(received->io_error(), "receive"));
        break;
    }
  }
}

void ClientCore::Deliver(const ConnectionPtr& connection, Message message) {
  if (backoff_) backoff_->Reset();
  const Addressee to = connection->exchange->AddresseeOf(message);
  auto found = sent_.end();
  switch (to.kind) {
    case Addressee::Kind::kOldest:
      found = sent_.begin();
      if (found != sent_.end()) break;
      return Lose(connection, ConnectionEnd::kUnaskedFrame,
                  absl::DataLossError("a frame came that nobody had asked for"));
    case Addressee::Kind::kCall:
      found = sent_.find(to.id);
      if (found == sent_.end()) ++(to.id <= last_id_ ? stats_.late_replies : stats_.unmatched);
      break;
    case Addressee::Kind::kUnknown:
      ++stats_.unmatched;
      break;
    case Addressee::Kind::kNobody:
      ++stats_.messages;
      if (!options_.on_message) break;
      try {
        options_.on_message(std::move(message));
      } catch (...) {
        Lose(connection, ConnectionEnd::kHandlerFailed,
             absl::InternalError("the handler of a message threw"));
      }
      break;
  }
  if (found != sent_.end()) {
    // NOLINTNEXTLINE(bugprone-use-after-move): only what answers nobody is given away above
    Reply reply{std::move(message), to.metadata_offset, to.metadata_size};
    Finish(*found->second, CallEnd::kReplied, std::move(reply));
  }
  connection->silent_since.reset();
  if (!sent_.empty()) connection->silent_since = net::Clock::now();
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it may be connection_ itself
void ClientCore::Lose(ConnectionPtr connection, ConnectionEnd how, const absl::Status& why) {
  if (connection->lost) return;
  connection->lost = true;
  connection->how = how;
  connection->why = why;
  connection_.reset();
  ++stats_.connections_ended.counts[static_cast<std::size_t>(how)];
  connection->exchange->stream().Close();
  connection->wake.cancel();
  quiet_.cancel();
  const bool again = backoff_ && over_.ok();
  while (!sent_.empty()) {
    Waiter& waiter = *sent_.rbegin()->second;
    const CallEnd end = !over_.ok()                           ? CallEnd::kCancelled
                        : waiter.end <= connection->bytes_out ? CallEnd::kUnknown
                                                              : CallEnd::kNotSent;
    if (waiter.end <= connection->bytes_out) {
      Finish(waiter, end, Because(why, "the request was sent and may have been executed"));
    } else if (waiter.begin < connection->bytes_out) {
      Finish(waiter, end, MarkNotSent(Because(why, "the request was sent in part only")));
    } else if (again) {
      Leave(waiter);
      Enqueue(waiter);
    } else {
      Finish(waiter, end, MarkNotSent(Because(why, "the request was not sent")));
    }
  }
  if (!over_.ok()) return;
  if (!again) {
    over_ = why;
    return FailQueued(why, CallEnd::kNotSent);
  }
  last_failure_ = why;
  retry_at_ = net::DeadlineIn(backoff_->Next());
  if (!queued_.empty()) Kick();
}

// ---- The end -----------------------------------------------------------------------------------

void ClientCore::End(const absl::Status& why) {
  closing_ = true;
  if (over_.ok()) over_ = why;
  stop_connecting_.emit(::asio::cancellation_type::terminal);
  if (connection_) Lose(connection_, ConnectionEnd::kClosed, why);
  FailQueued(why, CallEnd::kCancelled);
  quiet_.cancel();
}

namespace {

awaitable<void> CloseWrite(std::shared_ptr<Exchange> exchange) {
  std::error_code ignored;
  co_await exchange->stream().async_close_write(
      ::asio::redirect_error(::asio::use_awaitable, ignored));
}

}  // namespace

//     calls under way --all over, all written--> end of output --> read to the end --> closed
awaitable<absl::Status> ClientCore::Close(std::shared_ptr<ClientCore> self, net::Deadline until) {
  if (self->closing_) co_return absl::FailedPreconditionError("close: the client is closed");
  self->closing_ = true;
  const absl::Status closed = absl::CancelledError("the client was closed");
  const ::asio::cancellation_state cancellation = co_await ::asio::this_coro::cancellation_state;
  ConnectionPtr last;  // once its output has ended
  while (last ? !last->lost : !self->Quiet() || self->connection_) {
    if (!last && self->Quiet()) {
      last = self->connection_;
      ::asio::co_spawn(self->executor_, CloseWrite({last, last->exchange.get()}), ::asio::detached);
      continue;
    }
    self->quiet_.expires_at(until);
    std::error_code ignored;
    co_await self->quiet_.async_wait(::asio::redirect_error(::asio::use_awaitable, ignored));
    const bool cancelled = cancellation.cancelled() != ::asio::cancellation_type::none;
    if (!cancelled && net::Clock::now() < until) continue;
    self->End(closed);
    co_return cancelled ? absl::CancelledError("close: it was cancelled")
    : last ? absl::DeadlineExceededError("close: the server did not end the connection")
           : absl::DeadlineExceededError("close: not all calls were answered");
  }
  const absl::Status before = self->over_;
  self->End(closed);
  if (last) co_return last->how == ConnectionEnd::kEnd ? absl::OkStatus() : last->why;
  co_return before;
}

// No call is left, and no part of a frame.
bool ClientCore::Quiet() const {
  return queued_.empty() && sent_.empty() &&
         (!connection_ || connection_->bytes_out == connection_->encoded);
}

}  // namespace detail
}  // namespace unstick::inline v0::aio
