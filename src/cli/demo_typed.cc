// Typed messages: protobuf in frames.

#include <array>
#include <string>
#include <thread>

#include "src/cli/demo_parts.h"
#include "src/cli/loopback_pair.h"
#include "unstick/proto/proto_stream.h"
#include "unstick/v1/echo.pb.h"

namespace unstick::inline v0::cli {
namespace {

using ::unstick::v1::EchoReply;
using ::unstick::v1::EchoRequest;

// Answers requests until the client ends.
absl::Status Serve(net::Socket socket) {
  proto::ProtoStream<EchoRequest, EchoReply> stream(std::move(socket));
  EchoRequest request;
  for (;;) {
    const proto::ReceiveResult got = stream.Receive(request, net::DeadlineIn(kPatience));
    if (!got) return got.status();
    EchoReply reply;
    reply.set_text(request.text());
    reply.set_sequence(request.sequence());
    const net::SendResult sent = stream.Send(reply, net::DeadlineIn(kPatience));
    if (!sent.ok()) return sent.status;
  }
}

// Sends all requests before it reads the first reply, so that they arrive glued.
absl::StatusOr<std::size_t> Call(net::Socket socket, DemoPage& page) {
  constexpr std::array kTexts = {"hello", "", "as many bytes\nas you like"};
  proto::ProtoStream<EchoReply, EchoRequest> stream(std::move(socket));
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    EchoRequest request;
    request.set_text(kTexts[i]);
    request.set_sequence(i + 1);
    const net::SendResult sent = stream.Send(request, net::DeadlineIn(kPatience));
    if (!sent.ok()) return sent.status;
    ++page.messages_sent;
    page.Say("  send   " + request.ShortDebugString());
  }
  std::size_t right = 0;
  EchoReply reply;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const proto::ReceiveResult got = stream.Receive(reply, net::DeadlineIn(kPatience));
    if (!got) return got.status();
    if (reply.text() == kTexts[i] && reply.sequence() == i + 1) ++right;
    page.Say("  reply  " + reply.ShortDebugString());
  }
  page.messages_whole += right;
  stream.frames().CloseWrite().IgnoreError();
  const bool ended =
      stream.Receive(reply, net::DeadlineIn(kPatience)).kind() == proto::ReceiveResult::Kind::kEnd;
  page.Check(right == kTexts.size() && ended,
             std::to_string(right) + " of " + std::to_string(kTexts.size()) +
                 " typed requests were answered in order, and the end was clean");
  return right;
}

}  // namespace

absl::Status ShowTypedMessages(DemoPage& page) {
  page.Heading("6. Typed messages: Protocol Buffers in frames");
  absl::StatusOr<LoopbackPair> pair = ConnectLoopback();
  if (!pair.ok()) return pair.status();
  page.Say("unstick.v1.EchoRequest to a server, unstick.v1.EchoReply back, each behind its size:");
  absl::Status served;
  std::jthread server([&] { served = Serve(std::move(pair->receiver)); });
  const absl::StatusOr<std::size_t> called = Call(std::move(pair->sender), page);
  server.join();
  return called.ok() ? served : called.status();
}

}  // namespace unstick::inline v0::cli
