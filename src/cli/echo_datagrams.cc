#include "src/cli/echo_datagrams.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "src/cli/echo_reply.h"
#include "src/cli/exit_code.h"
#include "src/cli/messages.h"
#include "src/cli/stop_signal.h"
#include "unstick/net/datagram_socket.h"

namespace unstick::inline v0::cli {
namespace {

// A reply that cannot leave for so long is dropped, as datagrams are.
constexpr auto kSendTimeout = std::chrono::seconds(1);
// Datagrams answered after the stop: what a full receive buffer holds, and no endless stream.
constexpr std::uint64_t kDrainLimit = 100'000;

class DatagramEcho {
 public:
  DatagramEcho(net::DatagramSocket<AnyFramer> socket, bool timestamp)
      : socket_(std::move(socket)), timestamp_(timestamp) {}

  net::DatagramSocket<AnyFramer>& socket() { return socket_; }

  // Answers what is there. kDeadlineExceeded when nothing is.
  absl::Status AnswerSome() {
    return socket_
        .ReceiveMany([this](const net::Datagram<AnyFramer>& datagram) { Answer(datagram); },
                     net::Clock::now())
        .status;
  }

  std::uint64_t datagrams() const { return datagrams_; }

  void SayServed() const {
    std::string text =
        "stopped: " + Count(datagrams_, "datagram") + ", " + Count(messages_, "message");
    if (bad_ > 0) text += ", " + Count(bad_, "bad datagram");
    if (socket_.dropped() > 0) {
      text += ", " + std::to_string(socket_.dropped()) + " dropped by the kernel (buffer full)";
    }
    Say(text);
  }

 private:
  void Answer(const net::Datagram<AnyFramer>& datagram) {
    ++datagrams_;
    const std::string from =
        net::Endpoint::Of(net::Endpoint::Scheme::kUdp, datagram.from()).ToString();
    if (!datagram) {
      ++bad_;
      Say(from + ": " + MessageOf(datagram.status()));
      return;
    }
    std::vector<std::string> replies;
    EchoReply reply(timestamp_);
    for (auto frames = datagram.frames(); auto frame = frames.Next();) {
      replies.emplace_back(AsText(reply.To(frame->payload())));
    }
    messages_ += replies.size();
    std::vector<ByteView> payloads;
    payloads.reserve(replies.size());
    for (const std::string& text : replies) payloads.push_back(AsBytes(text));
    const net::SendResult sent =
        socket_.SendPacked(&datagram.from(), payloads, net::DeadlineIn(kSendTimeout));
    // Unreachable is about some earlier client, who has left.
    if (!sent.ok() && !absl::IsUnavailable(sent.status)) {
      Say(from + ": a datagram cannot be answered: " + MessageOf(sent.status));
    }
  }

  net::DatagramSocket<AnyFramer> socket_;
  bool timestamp_;
  std::uint64_t datagrams_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t bad_ = 0;
};

// Serves until `stop_fd` is readable, then what has arrived by then.
absl::Status Serve(DatagramEcho& echo, int stop_fd) {
  std::uint64_t last = 0;  // datagrams when it was told to stop
  for (bool stopping = false;;) {
    pollfd ready[] = {{.fd = echo.socket().channel().fd(), .events = POLLIN, .revents = 0},
                      {.fd = stop_fd, .events = POLLIN, .revents = 0}};
    if (!stopping) ::poll(ready, 2, -1);
    if (!stopping && ready[1].revents != 0) {
      stopping = true;
      last = echo.datagrams() + kDrainLimit;
    }
    const absl::Status status = echo.AnswerSome();
    const bool nothing = absl::IsDeadlineExceeded(status);
    if (stopping && (nothing || echo.datagrams() > last)) return absl::OkStatus();
    if (!status.ok() && !nothing && !absl::IsUnavailable(status)) return status;
  }
}

}  // namespace

bool SayListening(const net::Endpoint& at, Output& out) {
  out.Append("listening on " + at.ToString() + "\n");
  return out.Flush();
}

int ServeDatagrams(const net::Endpoint& endpoint, const AnyFramer& framer, bool timestamp,
                   Output& out) {
  auto socket = net::DatagramSocket<AnyFramer>::Bind(endpoint, framer);
  if (!socket.ok()) return Fail(socket.status());
  DatagramEcho echo(*std::move(socket), timestamp);
  const net::UniqueFd stop_event(::eventfd(0, EFD_CLOEXEC));
  if (!stop_event) {
    Say(WithErrno("eventfd", errno));
    return kIo;
  }
  const StopSignal stop([fd = stop_event.get()] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof(one));
  });
  if (!SayListening(echo.socket().local_endpoint(), out)) return out.Finish(kIo);
  const absl::Status status = Serve(echo, stop_event.get());
  if (!status.ok()) Say(MessageOf(status));
  echo.SayServed();
  return status.ok() ? kDone : kIo;
}

}  // namespace unstick::inline v0::cli
