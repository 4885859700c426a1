// The client without its framing: calls, the connection they go over, and when there is one.

#ifndef UNSTICK_SRC_ASIO_CLIENT_CORE_H_
#define UNSTICK_SRC_ASIO_CLIENT_CORE_H_

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/asio/backoff.h"
#include "src/asio/client_calls.h"
#include "unstick/asio/client_options.h"
#include "unstick/asio/connect.h"
#include "unstick/asio/detail/exchange.h"
#include "unstick/asio/framed_client.h"
#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::aio::detail {

// The input and output of ClientCalls. Lives for as long as one of its coroutines does; after End()
// they have nothing left to wait for.
class ClientCore final : public std::enable_shared_from_this<ClientCore>,
                         private ClientCalls::Host {
 public:
  ClientCore(::asio::any_io_executor executor, std::vector<net::Endpoint> endpoints,
             ClientOptions options, ExchangeFactory make_exchange);

  static ::asio::awaitable<absl::StatusOr<Reply>> Call(std::shared_ptr<ClientCore> self,
                                                       ByteView payload, ByteView metadata,
                                                       net::Deadline until);
  static ::asio::awaitable<absl::Status> Close(std::shared_ptr<ClientCore> self,
                                               net::Deadline until);
  // No more calls and no more connection: `why`, which is not OK.
  void End(const absl::Status& why);

  const ClientOptions& options() const { return options_; }
  const ::asio::any_io_executor& executor() const { return executor_; }
  ClientStats stats() const { return calls_.stats(); }

 private:
  // One call, in its coroutine's frame.
  struct Waiter : ClientCalls::Call {
    Waiter(ClientCore& client, ByteView the_payload, ByteView the_metadata, net::Deadline until)
        : Call(the_payload.size() + the_metadata.size()),
          core(client),
          payload(the_payload),
          metadata(the_metadata),
          wake(client.executor_, until) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {  // also of a coroutine that is destroyed while it waits
      if (waits()) core.calls_.GiveUp(*this, true, net::Clock::now());
    }

    ClientCore& core;
    ByteView payload;
    ByteView metadata;
    ::asio::steady_timer wake;  // at the deadline, or when it is done
    Reply reply;                // if one came
  };

  struct Connection {
    Connection(std::unique_ptr<Exchange> with, const ::asio::any_io_executor& executor)
        : exchange(std::move(with)), wake(executor) {}

    std::unique_ptr<Exchange> exchange;
    ClientCalls::ConnectionId id = 0;
    ::asio::steady_timer wake;  // of the writer: there is something to write, or it is over
    bool lost = false;
    ConnectionEnd how = ConnectionEnd::kClosed;  // once lost, as is `why`
    absl::Status why;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void OnDone(ClientCalls::Call& call) override;
  void OnLost(ConnectionEnd how, const absl::Status& why) override;

  void Kick();  // there is something to send
  static ::asio::awaitable<void> Connecting(std::shared_ptr<ClientCore> self);
  void ConnectFailed(const absl::Status& why);
  void Open(Stream stream);
  static ::asio::awaitable<void> Writing(std::shared_ptr<ClientCore> self,
                                         ConnectionPtr connection);
  void Encode(Connection& connection, StreamBuffer& out);
  static ::asio::awaitable<void> Reading(std::shared_ptr<ClientCore> self,
                                         ConnectionPtr connection);
  void Deliver(const ConnectionPtr& connection, Message message);
  void Lose(const ConnectionPtr& connection, ConnectionEnd how, const absl::Status& why) {
    calls_.Lose(connection->id, how, why);
  }
  // The coroutine that asks could not be on the client's executor.
  bool Elsewhere(const ::asio::any_io_executor& caller) const;

  ::asio::any_io_executor executor_;
  std::vector<net::Endpoint> endpoints_;
  ClientOptions options_;
  ExchangeFactory make_exchange_;
  ClientCalls calls_;

  ConnectionPtr connection_;
  bool connecting_ = false;
  ::asio::cancellation_signal stop_connecting_;
  std::optional<Backoff> backoff_;
  net::Deadline retry_at_ = net::Deadline::min();
  ::asio::steady_timer quiet_;  // of Close(): no call is left, or the connection is over
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_CLIENT_CORE_H_
