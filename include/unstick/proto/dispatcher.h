// The answering side of requests: a handler for each message type.

#ifndef UNSTICK_PROTO_DISPATCHER_H_
#define UNSTICK_PROTO_DISPATCHER_H_

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/proto/message.h"
#include "unstick/v1/envelope.pb.h"
#include "unstick/v1/frame.pb.h"

namespace unstick::inline v0::proto {

namespace detail {

template <typename T>
struct ReplyOf {
  using Type = T;
};
template <typename T>
struct ReplyOf<absl::StatusOr<T>> {
  using Type = T;
};

// Handler(request) or Handler(request, metadata), returning a message or a StatusOr of one.
template <typename Handler, typename... Arguments>
concept Answers = std::copy_constructible<Handler> && std::invocable<Handler&, Arguments...> &&
                  Message<typename ReplyOf<std::invoke_result_t<Handler&, Arguments...>>::Type>;

}  // namespace detail

// Answers requests by the type that they name (proto/unstick/v1/frame.proto: message_id,
// reply_to_id, type_name). Knows nothing of sockets:
//
//     Dispatcher dispatcher;
//     dispatcher.Handle<EchoRequest>([](const EchoRequest& request) { return Echo(request); });
//     ...
//     if (std::optional<v1::Envelope> reply = dispatcher.Answer(envelope)) stream.Send(*reply);
//
// Whatever arrives, the answer is a reply, an error reply, or none:
//
//     no type_name, or a payload that is no such message        kInvalidArgument
//     a type without a handler                                  kUnimplemented
//     the handler's own status                                  as it is
//     the handler threw a std::exception                        kUnknown, without its text
//     a reply that cannot be serialised, or framed              kInternal
//     a one-way message (message_id 0): the handler runs        no answer
//     a reply (reply_to_id not 0): no handler runs              no answer, or two would play
//     ping-pong
//
// Thread-compatible; once all handlers are there, any number of threads may call Answer() at the
// same time, and handlers then run at the same time too.
class UNSTICK_EXPORT Dispatcher {
 public:
  // From now on `handler` answers `Request` messages. It is called as handler(request) or, if it
  // takes that, handler(request, metadata), and returns a message or an absl::StatusOr of one. The
  // peer sees the text of its status. kAlreadyExists if the type has a handler.
  template <Message Request, typename Handler>
    requires detail::Answers<Handler, const Request&> ||
             detail::Answers<Handler, const Request&, const v1::FrameMetadata&>
  absl::Status Handle(Handler handler) {
    return Add(Request().GetTypeName(),
               [handler = std::move(handler)](const v1::FrameMetadata& metadata,
                                              ByteView payload) mutable -> Reply {
                 Request request;
                 if (absl::Status parsed = ParseRequest(payload, request); !parsed.ok())
                   return parsed;
                 if constexpr (detail::Answers<Handler, const Request&, const v1::FrameMetadata&>) {
                   return Erase(handler(std::as_const(request), metadata));
                 } else {
                   return Erase(handler(std::as_const(request)));
                 }
               });
  }

  // The answer to one request, if it wants one. Where the framing then refuses to carry it, send
  // ErrorReply().
  std::optional<v1::Envelope> Answer(const v1::Envelope& request) const;

  // The same for a payload that should be an Envelope. To one that is none the answer is an error
  // that replies to no request (reply_to_id 0).
  std::optional<v1::Envelope> AnswerPayload(ByteView payload) const;

  // A reply that says that the request failed. REQUIRES: !why.ok().
  static v1::Envelope ErrorReply(const v1::FrameMetadata& request, const absl::Status& why);

  // The same as Answer() for a request whose metadata stands in the native header: appends the
  // reply's frame to `out`, if the request wants a reply. OK whatever the request was;
  // kInvalidArgument, `out` as it was, if the framing cannot carry even an error reply.
  [[nodiscard]] absl::Status AppendAnswer(const HeaderFramer& framer, const FrameView& request,
                                          StreamBuffer& out) const;

 private:
  using Reply = absl::StatusOr<std::unique_ptr<MessageLite>>;
  using Erased = std::function<Reply(const v1::FrameMetadata&, ByteView payload)>;

  template <typename T>
  static Reply Erase(absl::StatusOr<T> reply) {
    if (!reply.ok()) return reply.status();
    return std::make_unique<T>(*std::move(reply));
  }
  template <Message T>
  static Reply Erase(T reply) {
    return std::make_unique<T>(std::move(reply));
  }
  static absl::Status ParseRequest(ByteView payload, MessageLite& request);

  absl::Status Add(std::string type_name, Erased&& handler);
  Reply Run(const v1::FrameMetadata& metadata, ByteView payload) const;

  std::unordered_map<std::string, Erased> handlers_;
};

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_DISPATCHER_H_
