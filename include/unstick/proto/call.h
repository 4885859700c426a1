// Typed calls over a client that knows no messages: aio::FramedClient by id.

#ifndef UNSTICK_PROTO_CALL_H_
#define UNSTICK_PROTO_CALL_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/deadline.h"
#include "unstick/proto/message.h"

namespace unstick::inline v0::proto {

namespace detail {

struct SerializedRequest {
  std::string metadata;  // a FrameMetadata with the type's name
  std::string payload;
};
UNSTICK_EXPORT absl::StatusOr<SerializedRequest> SerializeRequest(const MessageLite& request);
UNSTICK_EXPORT absl::Status ReadReply(ByteView metadata, ByteView payload, MessageLite& reply);

template <Message Reply, typename Client>
typename Client::template Awaitable<absl::StatusOr<Reply>> RunCall(
    Client& client, absl::StatusOr<SerializedRequest> request, std::optional<net::Deadline> until) {
  if (!request.ok()) co_return request.status();
  const auto received = co_await client.Call(
      AsBytes(request->payload), {.until = until, .metadata = AsBytes(request->metadata)});
  if (!received.ok()) co_return received.status();
  Reply reply;
  absl::Status status = ReadReply(received->metadata(), received->payload(), reply);
  if (!status.ok()) co_return status;
  co_return reply;
}

}  // namespace detail

// Asks `client` and gives what the Dispatcher on the other side answered:
//
//     absl::StatusOr<EchoReply> reply = co_await proto::Call<EchoReply>(client, request);
//
// `request` is serialised at once, and need not live on; `client` must, until the call is under
// way. The status is the client's (aio::NotSent() tells more of it), or the one that the server
// sent, or kDataLoss for a reply of another type or one that does not parse; kInvalidArgument as
// MeasureMessage().
template <Message Reply, typename Client>
typename Client::template Awaitable<absl::StatusOr<Reply>> Call(
    Client& client, const MessageLite& request, std::optional<net::Deadline> until = std::nullopt) {
  return detail::RunCall<Reply>(client, detail::SerializeRequest(request), until);
}

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_CALL_H_
