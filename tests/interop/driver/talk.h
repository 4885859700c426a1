// Our side of a conversation with a foreign program, on real sockets.

#ifndef UNSTICK_TESTS_INTEROP_DRIVER_TALK_H_
#define UNSTICK_TESTS_INTEROP_DRIVER_TALK_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/interop/driver/conversation.h"
#include "tests/interop/driver/framing.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/net/deadline.h"
#include "unstick/net/socket.h"

namespace unstick::inline v0::interop {

class Talk {
 public:
  // `ours` frames what this side sends, `theirs` what the other does.
  Talk(net::Socket socket, const DescribedFramer& ours, const DescribedFramer& theirs, OwnBytes own,
       net::Deadline until)
      : socket_(std::move(socket)),
        encoder_(ours, own),
        decoder_(theirs),
        own_(own),
        until_(until) {}

  // Takes the steps, then ends the stream and waits for the peer to do so too.
  absl::Status Open(std::span<const Step> steps);
  // The other part: what the steps send must come, in order, and each is echoed; then a clean end.
  absl::Status Echo(std::span<const Step> steps);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t reads() const { return reads_; }  // so torn was the input

 private:
  absl::Status Send(const std::string& message);
  absl::Status SendWaiting();
  // The next message; kOutOfRange at the end.
  absl::StatusOr<std::string> Receive();
  absl::Status Expect(const std::string& message);
  absl::Status ExpectEnd();

  net::Socket socket_;
  Encoder encoder_;
  FrameDecoder<DescribedFramer> decoder_;
  OwnBytes own_;
  net::Deadline until_;
  StreamBuffer waiting_;  // encoded, not yet written
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t reads_ = 0;
};

}  // namespace unstick::inline v0::interop

#endif  // UNSTICK_TESTS_INTEROP_DRIVER_TALK_H_
