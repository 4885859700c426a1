// The asking side of requests: finds the request to each reply, in whatever order replies come.

#ifndef UNSTICK_PROTO_CALLER_H_
#define UNSTICK_PROTO_CALLER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/proto/message.h"
#include "unstick/v1/envelope.pb.h"
#include "unstick/v1/frame.pb.h"

namespace unstick::inline v0::proto {

// Numbers requests and hands each reply to whoever waits for it. One Caller for each connection.
// Knows nothing of sockets and of time:
//
//     Caller caller;
//     stream.Send(*caller.Ask<EchoReply>(request, [](absl::StatusOr<EchoReply> reply) { ... }));
//     ...
//     caller.Deliver(received);               // for each message that arrives
//     caller.FailAll(stream.frames().status());  // when no more will
//
// Each `then` runs once: with the reply, or with the status that the other side sent, kDataLoss for
// a reply of another type or one that does not parse, or what FailAll() was given. It does not run
// after Forget(), nor when the Caller goes. It runs on the thread that calls Deliver() or
// FailAll(), without a lock held, so it may ask again. Thread-safe.
class UNSTICK_EXPORT Caller {
 public:
  // A request in an envelope; its message_id tells it from others.
  // kInvalidArgument as MeasureMessage(), and `then` will not run.
  template <Message Reply, std::invocable<absl::StatusOr<Reply>> Then>
  absl::StatusOr<v1::Envelope> Ask(const MessageLite& request, Then then) {
    return Enclose(request, Waiter<Reply>(std::move(then)));
  }

  // The metadata alone, for a request that goes with the native header.
  template <Message Reply, std::invocable<absl::StatusOr<Reply>> Then>
  v1::FrameMetadata Expect(const MessageLite& request, Then then) {
    return Enlist(request, Waiter<Reply>(std::move(then)));
  }

  // Hands a reply to the one who waits for it. False if nobody does: it is no reply, or a second
  // one, or one that came after Forget().
  bool Deliver(const v1::Envelope& reply) {
    return Deliver(reply.metadata(), AsBytes(reply.payload()));
  }
  bool Deliver(const v1::FrameMetadata& metadata, ByteView payload);

  // Nobody waits for the reply to that request any more: it was not sent, or took too long. False
  // if nobody did.
  bool Forget(std::uint64_t message_id);

  // No more replies will come: everyone who waits hears `why`. An OK status (the stream's, after
  // its end) becomes kUnavailable.
  void FailAll(const absl::Status& why);

  std::size_t waiting() const;

  // What a reply says: OK and the message, the status that the other side sent, or kDataLoss.
  static absl::Status ReadReply(const v1::FrameMetadata& metadata, ByteView payload,
                                MessageLite& reply);

 private:
  // Not OK: there is no reply. Otherwise what the reply says, which may be an error.
  using Then = std::function<void(const absl::Status&, const v1::FrameMetadata&, ByteView payload)>;

  template <typename Reply, typename Callback>
  static Then Waiter(Callback then) {
    return [then = std::move(then)](const absl::Status& failed, const v1::FrameMetadata& metadata,
                                    ByteView payload) mutable {
      Reply reply;
      absl::Status status = failed.ok() ? ReadReply(metadata, payload, reply) : failed;
      if (status.ok()) {
        then(absl::StatusOr<Reply>(std::move(reply)));
      } else {
        then(absl::StatusOr<Reply>(std::move(status)));
      }
    };
  }

  absl::StatusOr<v1::Envelope> Enclose(const MessageLite& request, Then then);
  v1::FrameMetadata Enlist(const MessageLite& request, Then then);

  mutable std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Then> waiting_;
};

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_CALLER_H_
