// The client without its framing: calls, the connection they go over, and when there is one.

#ifndef UNSTICK_SRC_ASIO_CLIENT_CORE_H_
#define UNSTICK_SRC_ASIO_CLIENT_CORE_H_

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/asio/backoff.h"
#include "unstick/asio/client_options.h"
#include "unstick/asio/connect.h"
#include "unstick/asio/detail/exchange.h"
#include "unstick/asio/framed_client.h"
#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::aio::detail {

// Lives for as long as one of its coroutines does; after End() they have nothing left to wait for.
class ClientCore : public std::enable_shared_from_this<ClientCore> {
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
  ClientStats stats() const;

 private:
  // One call, in its coroutine's frame. It is in queued_ or in sent_ according to `place`.
  struct Waiter {
    enum class Place : std::uint8_t { kNowhere, kQueued, kSent, kDone };

    Waiter(ClientCore& client, ByteView the_payload, ByteView the_metadata, net::Deadline until)
        : core(client),
          payload(the_payload),
          metadata(the_metadata),
          wake(client.executor_, until) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {  // also of a coroutine that is destroyed while it waits
      if (place == Place::kQueued || place == Place::kSent) core.GiveUp(*this, true);
    }

    ClientCore& core;
    ByteView payload;
    ByteView metadata;
    ::asio::steady_timer wake;  // at the deadline, or when it is done
    Place place = Place::kNowhere;
    std::uint64_t id = 0;
    std::uint64_t begin = 0;  // its frame's place in what the connection sends
    std::uint64_t end = 0;
    absl::StatusOr<Reply> outcome;
  };

  struct Connection {
    Connection(std::unique_ptr<Exchange> with, const ::asio::any_io_executor& executor)
        : exchange(std::move(with)), wake(executor) {}

    std::unique_ptr<Exchange> exchange;
    ::asio::steady_timer wake;    // of the writer: there is something to write, or it is over
    std::uint64_t encoded = 0;    // bytes of frames that were made
    std::uint64_t bytes_out = 0;  // and of them, that the kernel has
    bool lost = false;
    ConnectionEnd how = ConnectionEnd::kClosed;  // once lost, as is `why`
    absl::Status why;
    // Since when nothing has come although replies are due.
    std::optional<net::Deadline> silent_since;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  // ---- Calls
  void Admit(Waiter& waiter, net::Deadline until);
  void Enqueue(Waiter& waiter);
  void GiveUp(Waiter& waiter, bool cancelled);
  void Leave(Waiter& waiter);  // queued_ or sent_
  void Finish(Waiter& waiter, CallEnd how, absl::StatusOr<Reply> outcome);
  bool Quiet() const;
  void FailQueued(const absl::Status& why, CallEnd how);

  // ---- The connection
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
  void Lose(ConnectionPtr connection, ConnectionEnd how, const absl::Status& why);

  ::asio::any_io_executor executor_;
  std::vector<net::Endpoint> endpoints_;
  ClientOptions options_;
  ExchangeFactory make_exchange_;

  std::map<std::uint64_t, Waiter*> queued_;  // by id, that is in the order of the calls
  std::map<std::uint64_t, Waiter*> sent_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t last_id_ = 0;

  ConnectionPtr connection_;
  bool connecting_ = false;
  ::asio::cancellation_signal stop_connecting_;
  std::optional<Backoff> backoff_;
  net::Deadline retry_at_ = net::Deadline::min();
  absl::Status last_failure_;  // of connecting

  bool closing_ = false;
  absl::Status over_;           // not OK: there will be no connection any more
  ::asio::steady_timer quiet_;  // of Close(): no call is left, or the connection is over
  ClientStats stats_;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_CLIENT_CORE_H_
