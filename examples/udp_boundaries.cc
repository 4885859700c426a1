// The same framers on datagrams, where the network keeps the boundaries by itself and loses the
// rest.

#include <array>
#include <chrono>
#include <iostream>
#include <string>

#include "unstick/net/datagram_socket.h"
#include "unstick/unstick.h"

namespace net = unstick::net;
using unstick::AsBytes;
using unstick::ByteView;
using unstick::LengthFieldFramer;

namespace {

using Datagrams = net::DatagramSocket<LengthFieldFramer>;

absl::Status Run() {
  const net::Deadline soon = net::DeadlineIn(std::chrono::seconds(10));
  absl::StatusOr<Datagrams> receiver = Datagrams::Bind(
      net::Endpoint::Parse("udp:127.0.0.1:0").value(), LengthFieldFramer(), {.receive_room = 64});
  if (!receiver.ok()) return receiver.status();
  absl::StatusOr<Datagrams> sender =
      Datagrams::Connect(receiver->local_endpoint(), LengthFieldFramer());
  if (!sender.ok()) return sender.status();

  const std::array<ByteView, 2> pair = {AsBytes("two in"), AsBytes("one datagram")};
  for (const net::SendResult& sent :
       {sender->Send(AsBytes("hello")), sender->SendPacked(nullptr, pair),
        sender->Send(AsBytes(std::string(100, 'x')))}) {
    if (!sent.ok()) return sent.status;
  }

  for (int i = 0; i < 3; ++i) {
    const net::Datagram datagram = receiver->Receive(soon);
    if (!datagram) {
      std::cout << datagram.status() << '\n';  // this one is lost, and no other
      continue;
    }
    auto frames = datagram.frames();
    std::cout << datagram.true_size() << " bytes:";
    while (auto frame = frames.Next()) std::cout << " [" << frame->text() << ']';
    std::cout << '\n';
  }
  return sender->Send(AsBytes(std::string(65'507, 'x'))).status;  // 4 bytes of length too many
}

}  // namespace

int main() { std::cout << Run() << '\n'; }

// Output:
//   9 bytes: [hello]
//   26 bytes: [two in] [one datagram]
//   DATA_LOSS: a datagram of 104 bytes, room for 64
//   INVALID_ARGUMENT: a datagram of 65511 bytes; this address family carries at most 65507
