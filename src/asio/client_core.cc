#include "src/asio/client_core.h"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/execution/context_as.hpp>
#include <asio/execution_context.hpp>
#include <asio/query.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "absl/status/status.h"

namespace unstick::inline v0::aio::detail {
namespace {

// So much is encoded for one write, and one frame more.
constexpr std::size_t kBatch = std::size_t{64} << 10;

ClientCalls::Rules RulesOf(const ClientOptions& options) {
  return {.reconnect = options.reconnect.has_value(),
          .max_calls = options.max_calls,
          .max_queued_bytes = options.max_queued_bytes,
          .silence_timeout = options.silence_timeout};
}

}  // namespace

using ::asio::awaitable;

ClientCore::ClientCore(::asio::any_io_executor executor, std::vector<net::Endpoint> endpoints,
                       ClientOptions options, ExchangeFactory make_exchange)
    : executor_(std::move(executor)),
      endpoints_(std::move(endpoints)),
      options_(std::move(options)),
      make_exchange_(std::move(make_exchange)),
      calls_(RulesOf(options_), *this),
      quiet_(executor_) {
  if (options_.reconnect) backoff_.emplace(*options_.reconnect);
}

// ---- Calls -------------------------------------------------------------------------------------

// Two strands of one context, or its executor and a strand, may run in turn: that cannot be told.
// Another context may not.
bool ClientCore::Elsewhere(const ::asio::any_io_executor& caller) const {
  constexpr ::asio::execution::context_as_t<::asio::execution_context&> kContext;
  return &::asio::query(caller, kContext) != &::asio::query(executor_, kContext);
}

awaitable<absl::StatusOr<Reply>> ClientCore::Call(std::shared_ptr<ClientCore> self,
                                                  ByteView payload, ByteView metadata,
                                                  net::Deadline until) {
  if (self->Elsewhere(co_await ::asio::this_coro::executor)) {
    co_return MarkNotSent(absl::FailedPreconditionError(
        "call: this coroutine does not run where the client does, see get_executor()"));
  }
  Waiter waiter(*self, payload, metadata, until);
  self->calls_.Admit(waiter, net::Clock::now() >= until);
  if (waiter.waits()) {
    self->Kick();
    std::error_code error;
    co_await waiter.wake.async_wait(::asio::redirect_error(::asio::use_awaitable, error));
    if (waiter.waits()) {
      self->calls_.GiveUp(waiter, static_cast<bool>(error), net::Clock::now());
    }
  }
  if (!waiter.why().ok()) co_return waiter.why();
  co_return std::move(waiter.reply);
}

void ClientCore::OnDone(ClientCalls::Call& call) {
  static_cast<Waiter&>(call).wake.cancel();
  if (!calls_.has_calls()) quiet_.cancel();
}

void ClientCore::OnLost(ConnectionEnd how, const absl::Status& why) {
  const ConnectionPtr connection = std::exchange(connection_, nullptr);
  connection->lost = true;
  connection->how = how;
  connection->why = why;
  connection->exchange->stream().Close();
  connection->wake.cancel();
  quiet_.cancel();
  if (!calls_.over().ok() || !backoff_) return;  // without `reconnect` both hold
  retry_at_ = net::DeadlineIn(backoff_->Next());
  if (calls_.wants_connection()) Kick();
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
  while (self->calls_.wants_connection()) {
    if (net::Clock::now() < self->retry_at_) {
      timer.expires_at(self->retry_at_);
      std::error_code ignored;
      co_await timer.async_wait(::asio::redirect_error(::asio::use_awaitable, ignored));
      if (!self->calls_.over().ok()) co_return;
      continue;
    }
    const std::optional<tls::Context>& tls = self->options_.tls;
    const ConnectOptions how{.attempt_delay = self->options_.attempt_delay,
                             .tls = tls ? &*tls : nullptr};
    const net::Deadline until = net::DeadlineIn(self->options_.connect_timeout);
    absl::StatusOr<Stream> stream = co_await Connect(self->endpoints_, until, how);
    if (!self->calls_.over().ok()) co_return;
    if (stream.ok()) {
      self->Open(*std::move(stream));
      break;
    }
    self->ConnectFailed(stream.status());
    if (!self->calls_.over().ok()) co_return;
  }
  self->connecting_ = false;
}

void ClientCore::ConnectFailed(const absl::Status& why) {
  const bool for_good = !backoff_ || why.code() == absl::StatusCode::kInvalidArgument;
  calls_.ConnectFailed(why, for_good);
  if (for_good) return;
  const net::Duration delay = backoff_->Next();
  retry_at_ = net::DeadlineIn(delay);
  if (options_.on_retry) options_.on_retry(why, delay);
}

void ClientCore::Open(Stream stream) {
  connection_ = std::make_shared<Connection>(make_exchange_(std::move(stream)), executor_);
  connection_->id = calls_.Connected(connection_->exchange->in_order());
  ::asio::co_spawn(executor_, Reading(shared_from_this(), connection_), ::asio::detached);
  ::asio::co_spawn(executor_, Writing(shared_from_this(), connection_), ::asio::detached);
}

// ---- A connection ------------------------------------------------------------------------------

awaitable<void> ClientCore::Writing(std::shared_ptr<ClientCore> self, ConnectionPtr connection) {
  Stream& stream = connection->exchange->stream();
  StreamBuffer out;
  std::error_code error;
  while (!connection->lost) {
    if (out.empty()) self->Encode(*connection, out);
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
    self->calls_.Wrote(connection->id, n);
    out.Consume(n);
    if (error) self->Lose(connection, ConnectionEnd::kIoError, stream.ErrorStatus(error, "send"));
  }
}

// What is queued becomes frames, which the next write gets. REQUIRES: all earlier ones are out.
void ClientCore::Encode(Connection& connection, StreamBuffer& out) {
  while (out.size() < kBatch) {
    auto* const waiter = static_cast<Waiter*>(calls_.Next(connection.id));
    if (waiter == nullptr) return;
    const std::size_t before = out.size();
    const absl::Status refused =
        connection.exchange->Append(waiter->id(), waiter->metadata, waiter->payload, out);
    if (refused.ok()) {
      calls_.HandOver(*waiter, out.size() - before, net::Clock::now());
    } else {
      calls_.Refuse(*waiter, refused);
    }
  }
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
  if (auto* const call = calls_.Answer(connection->id, to, net::Clock::now())) {
    static_cast<Waiter*>(call)->reply =
        Reply{std::move(message), to.metadata_offset, to.metadata_size};
  } else if (to.kind == Addressee::Kind::kNobody && options_.on_message) {
    try {
      options_.on_message(std::move(message));
    } catch (...) {
      Lose(connection, ConnectionEnd::kHandlerFailed,
           absl::InternalError("the handler of a message threw"));
    }
  }
}

// ---- The end -----------------------------------------------------------------------------------

void ClientCore::End(const absl::Status& why) {
  calls_.End(why);
  stop_connecting_.emit(::asio::cancellation_type::terminal);
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
  if (self->Elsewhere(co_await ::asio::this_coro::executor)) {
    co_return absl::FailedPreconditionError(
        "close: this coroutine does not run where the client does, see get_executor()");
  }
  if (self->calls_.closing()) {
    co_return absl::FailedPreconditionError("close: the client is closed");
  }
  self->calls_.Close();
  const absl::Status closed = absl::CancelledError("the client was closed");
  const ::asio::cancellation_state cancellation = co_await ::asio::this_coro::cancellation_state;
  ConnectionPtr last;  // once its output has ended
  while (last ? !last->lost : !self->calls_.quiet() || self->connection_) {
    if (!last && self->calls_.quiet()) {
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
  const absl::Status before = self->calls_.over();
  self->End(closed);
  if (last) co_return last->how == ConnectionEnd::kEnd ? absl::OkStatus() : last->why;
  co_return before;
}

}  // namespace unstick::inline v0::aio::detail
