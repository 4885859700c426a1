// Our side of a conversation with a foreign program, on real sockets.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_TALK_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_TALK_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/interop/driver/conversation.h"
#include "tests/interop/driver/counted.h"
#include "tests/interop/driver/framing.h"
#include "unstick/core/any_framer.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/message_stream.h"
#include "unstick/net/socket.h"
#include "unstick/tls/stream.h"

namespace unstick::inline v0::interop {

// One end of it, over a net::Socket or a tls::Stream. All waiting ends at `until`.
template <net::ByteStream S>
class Talk {
 public:
  Talk(S stream, const AnyFramer& framer, OwnBytes own, net::Deadline until)
      : stream_(Counted<S>(std::move(stream)), framer),
        encoder_(framer, own),
        own_(own),
        until_(until) {}

  // Takes the steps, then ends the stream and waits for the peer to do so too.
  absl::Status Open(std::span<const Step> steps);
  // The other part: what the steps send must come, in order, and each is echoed; then a clean end.
  absl::Status Echo(std::span<const Step> steps);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t reads() const { return stream_.stream().reads(); }

 private:
  absl::Status SendAll(std::span<const Step> messages);
  // With header bytes of our own: encoded here, as the stream leaves them zero.
  absl::Status SendOwn(std::span<const Step> messages);
  absl::StatusOr<std::string> Receive();  // kOutOfRange at the end
  absl::Status Expect(const std::string& message);
  absl::Status SkipTo(const std::string& start);
  absl::Status ExpectEnd();

  net::MessageStream<AnyFramer, Counted<S>> stream_;
  Encoder encoder_;
  OwnBytes own_;
  net::Deadline until_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

extern template class Talk<net::Socket>;
extern template class Talk<tls::Stream>;

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_TALK_H_
