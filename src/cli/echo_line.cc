#include "src/cli/echo_line.h"

#include <utility>

#include "src/cli/full_duplex.h"
#include "unstick/net/datagram_socket.h"
#include "unstick/net/message_stream.h"
#include "unstick/tls/stream.h"

namespace unstick::inline v0::cli {
namespace {

using Answer = absl::StatusOr<std::vector<std::string>>;

template <net::ByteStream S>
class StreamLine : public EchoLine {
 public:
  StreamLine(S stream, const AnyFramer& framer)
      : stream_(FullDuplex<S>(std::move(stream)), framer) {}

  Answer Call(ByteView message, net::Deadline until) override {
    using Kind = net::ReceiveResult::Kind;
    if (net::SendResult sent = stream_.Send(message, until); !sent.ok()) {
      // A server that refused us may have said why before it closed.
      if (absl::IsUnavailable(sent.status)) {
        if (stream_.Receive(net::Clock::now()).kind() == Kind::kError) return Lost();
      }
      return sent.status;
    }
    const net::ReceiveResult reply = stream_.Receive(until);
    switch (reply.kind()) {
      case Kind::kFrame:
        return std::vector<std::string>{reply->CopyPayload()};
      case Kind::kEnd:
        return absl::UnavailableError("the server closed the connection");
      case Kind::kCut:
      case Kind::kError:
        return Lost();
      default:
        return reply.status();
    }
  }
  void Close(net::Deadline until) override { stream_.CloseGracefully(until).IgnoreError(); }

 private:
  // The connection's own failure, whatever its status calls it, is none of the framing.
  absl::Status Lost() const { return absl::UnavailableError(stream_.status().message()); }

  net::MessageStream<AnyFramer, FullDuplex<S>> stream_;
};

class DatagramLine : public EchoLine {
 public:
  explicit DatagramLine(net::DatagramSocket<AnyFramer> socket) : socket_(std::move(socket)) {}

  Answer Call(ByteView message, net::Deadline until) override {
    DropUnasked(until);
    if (net::SendResult sent = socket_.Send(message, until); !sent.ok()) return sent.status;
    const net::Datagram<AnyFramer> reply = socket_.Receive(until);
    if (!reply) return reply.status();
    std::vector<std::string> messages;
    for (auto frames = reply.frames(); auto frame = frames.Next();) {
      messages.push_back(frame->CopyPayload());
    }
    if (reply.bytes().empty()) messages.emplace_back();  // an empty datagram is an empty message
    return messages;
  }
  std::uint64_t unasked() const override { return unasked_; }
  void Close(net::Deadline) override {}

 private:
  using Kind = net::DatagramKind;

  // One reply that came twice would be taken for the next one, and so on for ever.
  void DropUnasked(net::Deadline until) {
    while (net::Clock::now() < until) {
      const Kind kind = socket_.Receive(net::Clock::now()).kind();
      if (kind == Kind::kTimeout || kind == Kind::kError) return;
      unasked_ += kind == Kind::kUnreachable ? 0 : 1;
    }
  }

  net::DatagramSocket<AnyFramer> socket_;
  std::uint64_t unasked_ = 0;
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
  return std::make_unique<StreamLine<net::Socket>>(*std::move(socket), framer);
}

absl::StatusOr<std::unique_ptr<EchoLine>> EchoLine::ConnectTls(const net::Endpoint& endpoint,
                                                               const tls::Context& context,
                                                               const AnyFramer& framer,
                                                               net::Duration timeout) {
  absl::StatusOr<tls::Stream> stream = tls::Connect(endpoint, context, net::DeadlineIn(timeout));
  if (!stream.ok()) return stream.status();
  return std::make_unique<StreamLine<tls::Stream>>(*std::move(stream), framer);
}

}  // namespace unstick::inline v0::cli
