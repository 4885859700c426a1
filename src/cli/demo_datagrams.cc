// UDP: the network keeps the boundaries, but not the promises.

#include <array>
#include <string>
#include <string_view>

#include "src/cli/demo_parts.h"
#include "unstick/net/datagram_batch.h"
#include "unstick/net/datagram_channel.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::cli {
namespace {

absl::Status SendOne(net::DatagramChannel& channel, std::string_view bytes) {
  const net::OutgoingDatagram datagram{AsBytes(bytes), nullptr};
  return net::StatusFromErrno(channel.SendSome({&datagram, 1}).error_code, "send");
}

// The next datagram, into `room`.
absl::StatusOr<net::IncomingDatagram> ReceiveOne(net::DatagramChannel& channel,
                                                 net::DatagramBatch& room) {
  const int error = channel.WaitReadable(net::DeadlineIn(kPatience));
  if (error != 0) return net::StatusFromErrno(error, "receive");
  const net::BatchResult got = channel.ReceiveSome(room, 1);
  if (got.count == 0) return net::StatusFromErrno(got.error_code, "receive");
  return room.datagrams()[0];
}

}  // namespace

absl::Status ShowDatagrams(DemoPage& page) {
  page.Heading(
      "5. UDP keeps boundaries by itself, until a datagram is larger than the room for it");
  absl::StatusOr<net::DatagramChannel> receiver = net::DatagramChannel::Bind(
      {.scheme = net::Endpoint::Scheme::kUdp, .host = "127.0.0.1", .port = 0, .path = {}});
  if (!receiver.ok()) return receiver.status();
  absl::StatusOr<net::DatagramChannel> sender =
      net::DatagramChannel::Connect(receiver->local_endpoint());
  if (!sender.ok()) return sender.status();

  const std::string large(3000, 'x');
  const std::array<std::string_view, 5> sent = {"HELLO", "", "HOW ARE YOU", large, "BYE"};
  for (const std::string_view bytes : sent) {
    absl::Status status = SendOne(*sender, bytes);
    if (!status.ok()) return status;
  }
  page.Say("Five sends (5 bytes, none, 11, 3000 and 3), then five receives with room for 1000:");
  constexpr std::size_t kRoom = 1000;
  net::DatagramBatch room(kRoom);
  std::size_t whole = 0;
  bool told = false;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const absl::StatusOr<net::IncomingDatagram> got = ReceiveOne(*receiver, room);
    if (!got.ok()) return got.status();
    ++page.reads;
    std::string line =
        "  recv " + std::to_string(i + 1) + "  " + std::to_string(got->bytes.size()) + " bytes";
    if (got->truncated()) {
      line += " of " + std::to_string(got->true_size) + ": truncated, and reported so";
      told = i == 3 && got->true_size == large.size() && got->bytes.size() == kRoom;
    } else {
      if (got->bytes.size() <= 20) line += "  \"" + std::string(AsText(got->bytes)) + "\"";
      if (got->bytes.empty()) line += "  an empty datagram is a message, not an end";
      if (AsText(got->bytes) == sent[i]) ++whole;
    }
    page.Say(line);
  }
  page.messages_sent += sent.size() - 1;
  page.messages_whole += whole;
  page.Check(whole == sent.size() - 1 && told,
             std::to_string(whole) +
                 " of the 4 datagrams that fit came whole, one at a time; the one " +
                 "that does not\n       " +
                 (told ? "was reported with its true size" : "was not reported") +
                 ", and cost only itself");
  return absl::OkStatus();
}

}  // namespace unstick::inline v0::cli
