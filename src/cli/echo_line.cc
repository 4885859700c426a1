#include "src/cli/echo_line.h"

#include <utility>

#include "unstick/net/datagram_socket.h"
#include "unstick/net/message_stream.h"

namespace unstick::inline v0::cli {
namespace {

using Answer = absl::StatusOr<std::vector<std::string>>;

class StreamLine : public EchoLine {
 public:
  StreamLine(net::Socket socket, const AnyFramer& framer) : stream_(std::move(socket), framer) {}

  Answer Call(ByteView message, net::Deadline until) override {
    if (net::SendResult sent = stream_.Send(message, until); !sent.ok()) return sent.status;
    const net::ReceiveResult reply = stream_.Receive(until);
    if (reply) return std::vector<std::string>{reply->CopyPayload()};
    if (reply.kind() == net::ReceiveResult::Kind::kEnd) {
      return absl::UnavailableError("the server closed the connection");
    }
    return reply.status();
  }
  void Close(net::Deadline until) override { stream_.CloseGracefully(until).IgnoreError(); }

 private:
  net::MessageStream<AnyFramer> stream_;
};

class DatagramLine : public EchoLine {
 public:
  explicit DatagramLine(net::DatagramSocket<AnyFramer> socket) : socket_(std::move(socket)) {}

  Answer Call(ByteView message, net::Deadline until) override {
    if (net::SendResult sent = socket_.Send(message, until); !sent.ok()) return sent.status;
    const net::Datagram<AnyFramer> reply = socket_.Receive(until);
    if (!reply) return reply.status();
    std::vector<std::string> messages;
    for (auto frames = reply.frames(); auto frame = frames.Next();) {
      messages.push_back(frame->CopyPayload());
    }
    return messages;
  }
  void Close(net::Deadline) override {}

 private:
  net::DatagramSocket<AnyFramer> socket_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EchoLine>> EchoLine::Connect(const net::Endpoint& endpoint,
                                                            const AnyFramer& framer,
                                                            net::Duration timeout) {
  if (endpoint.scheme == net::Endpoint::Scheme::kUdp) {
    auto socket = net::DatagramSocket<AnyFramer>::Connect(endpoint, framer);
    if (!socket.ok()) return socket.status();
    return std::make_unique<DatagramLine>(*std::move(socket));
  }
  absl::StatusOr<net::Socket> socket = net::Connect(endpoint, net::DeadlineIn(timeout));
  if (!socket.ok()) return socket.status();
  return std::make_unique<StreamLine>(*std::move(socket), framer);
}

}  // namespace unstick::inline v0::cli
