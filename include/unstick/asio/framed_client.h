// Calls over a framed connection: requests go out, and each reply finds its call.

#ifndef UNSTICK_ASIO_FRAMED_CLIENT_H_
#define UNSTICK_ASIO_FRAMED_CLIENT_H_

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/asio/client_options.h"
#include "unstick/asio/detail/exchange.h"
#include "unstick/asio/message.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::aio {

namespace detail {
class ClientCore;
}  // namespace detail

struct CallOptions {
  std::optional<net::Deadline> until = std::nullopt;  // without: ClientOptions::call_timeout
  // By id: more of the request's FrameMetadata (frame.proto), serialised; a type_name, say. The
  // client adds the message_id.
  ByteView metadata = {};
};

// A reply; owns its bytes.
struct Reply {
  Message message;
  std::size_t metadata_offset = 0;  // in message.wire()
  std::size_t metadata_size = 0;

  ByteView payload() const UNSTICK_LIFETIME_BOUND { return message.payload(); }
  std::string_view text() const UNSTICK_LIFETIME_BOUND { return message.text(); }
  // By id: the reply's FrameMetadata, serialised.
  ByteView metadata() const UNSTICK_LIFETIME_BOUND {
    return metadata_size == 0 ? ByteView() : message.wire().subspan(metadata_offset, metadata_size);
  }
};

// True of the status of a call of whose request not one byte was handed to a connection: nobody can
// have executed it, and to call again does nothing twice. Otherwise, it may have been executed:
// what was handed to a write may arrive whatever is heard of that write, and of the connection,
// later.
UNSTICK_EXPORT bool NotSent(const absl::Status& failed);

// A client of one server, which may have several endpoints. Has at most one connection at a time,
// made when a call needs it (see Connect()).
//
//     auto client = aio::FramedClient::ById(executor, {endpoint}, {.reconnect = aio::Reconnect()});
//     absl::StatusOr<aio::Reply> reply = co_await client.Call(AsBytes("hello"));
//
//     queued --connected, a write begins--> sent --the reply--> done
//        |                                   |
//        '------ deadline, cancelled --------'--- connection lost: failed, and never sent again
//
// So a request goes to one connection at most. Those that are still queued when it is lost wait for
// the next one.
//
// Any number of coroutines may call at the same time. How replies find their calls:
//
//   ById     by the message_id and reply_to_id in the native header's metadata, in any order
//            (docs/wire-format.md). A call that timed out is forgotten; its late reply is known by
//            its id, dropped and counted, and the connection goes on.
//   InOrder  the first reply is the first request's, in any framing. A reply that does not come in
//            time could not be told from the next one, so the connection is closed with all calls
//            that wait on it.
//
// A connection on which a write failed, or broke off inside a frame, is never used again.
//
// Threads: the client and its coroutines belong to one executor that runs one thing at a time (an
// io_context with one thread, a strand), and must be gone before it. Call() and Close() by a
// coroutine of another execution context (another io_context, another pool) are refused.
class UNSTICK_EXPORT FramedClient {
 public:
  static FramedClient ById(::asio::any_io_executor executor, std::vector<net::Endpoint> endpoints,
                           ClientOptions options = {}, HeaderFramer framer = HeaderFramer());

  // `framer`'s max_payload is the limit on replies, here as above.
  template <Framer F>
  static FramedClient InOrder(::asio::any_io_executor executor,
                              std::vector<net::Endpoint> endpoints, F framer,
                              ClientOptions options = {}) {
    return FramedClient(std::move(executor), std::move(endpoints), std::move(options),
                        [framer = std::move(framer)](Stream stream) {
                          return std::make_unique<detail::InOrder<F>>(std::move(stream), framer);
                        });
  }

  // One that was moved from may be destroyed or assigned to, and nothing else.
  FramedClient(FramedClient&&) noexcept;
  FramedClient& operator=(FramedClient&&) noexcept;
  // Closes the connection at once; calls that wait end with kCancelled.
  ~FramedClient();

  // The reply to `payload`, which must live until then, as must the metadata. May be cancelled.
  //   kDeadlineExceeded    no reply until then
  //   kUnavailable         no connection, or it was lost
  //   kResourceExhausted   over max_calls or max_queued_bytes
  //   kInvalidArgument     the framing cannot carry the request
  //   kDataLoss            the reply's bytes broke the framing
  //   kCancelled           the call was cancelled, or the client is gone
  //   kFailedPrecondition  the client is closed, or belongs to another execution context
  // Without reconnect, also what Connect() gave. See NotSent().
  ::asio::awaitable<absl::StatusOr<Reply>> Call(ByteView payload, const CallOptions& options = {});

  // No new calls; those under way are answered, or fail at `until`; then the server reads the end
  // and ends the connection too, which is OK. Call once.
  ::asio::awaitable<absl::Status> Close(net::Deadline until);

  // For templates that call without knowing Asio: proto::Call().
  template <typename T>
  using Awaitable = ::asio::awaitable<T>;

  ClientStats stats() const;
  ::asio::any_io_executor get_executor() const;

 private:
  FramedClient(::asio::any_io_executor executor, std::vector<net::Endpoint> endpoints,
               ClientOptions options, detail::ExchangeFactory make_exchange);

  std::shared_ptr<detail::ClientCore> core_;
};

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_FRAMED_CLIENT_H_
