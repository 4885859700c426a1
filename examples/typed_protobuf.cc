// Protobuf messages, one in each frame, over anything that carries bytes.

#include <chrono>
#include <iostream>
#include <thread>
#include <utility>

#include "unstick/net/socket.h"
#include "unstick/proto/proto_stream.h"
#include "unstick/v1/echo.pb.h"

namespace net = unstick::net;
namespace proto = unstick::proto;
using unstick::v1::EchoReply;
using unstick::v1::EchoRequest;

namespace {

void Serve(net::Socket socket) {
  proto::ProtoStream<EchoRequest, EchoReply> stream(std::move(socket));
  EchoRequest request;
  EchoReply reply;
  while (stream.Receive(request)) {
    reply.set_text(request.text());
    reply.set_sequence(request.sequence());
    if (!stream.Send(reply).ok()) return;
  }
}

absl::Status Run() {
  absl::StatusOr<std::pair<net::Socket, net::Socket>> ends = net::SocketPair();
  if (!ends.ok()) return ends.status();
  std::jthread server(Serve, std::move(ends->second));

  // What arrives, what is sent. Each message follows its size as a varint: protobuf's own format.
  proto::ProtoStream<EchoReply, EchoRequest> stream(std::move(ends->first));
  const net::Deadline soon = net::DeadlineIn(std::chrono::seconds(10));
  EchoRequest request;
  EchoReply reply;
  for (const char* text : {"typed", "messages"}) {
    request.set_text(text);
    request.set_sequence(request.sequence() + 1);
    if (net::SendResult sent = stream.Send(request, soon); !sent.ok()) return sent.status;
    if (proto::ReceiveResult got = stream.Receive(reply, soon); !got) return got.status();
    std::cout << reply.sequence() << ": " << reply.text() << '\n';
  }
  return stream.frames().CloseWrite();
}

}  // namespace

int main() {
  const absl::Status status = Run();
  std::cout << status << '\n';
  return status.ok() ? 0 : 1;
}

// Output:
//   1: typed
//   2: messages
//   OK
