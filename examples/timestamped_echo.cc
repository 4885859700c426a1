// Time-stamped echo over TCP and UDP, a server and an interactive client:
//
//     timestamped_echo serve tcp:127.0.0.1:4000       or udp:127.0.0.1:4000
//     timestamped_echo call tcp:127.0.0.1:4000
//
// The client sends each line of its input as a frame and prints what comes back. Without arguments
// the program serves and calls itself, over TCP and then over UDP.

#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <future>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "unstick/asio/framed_server.h"
#include "unstick/net/datagram_socket.h"
#include "unstick/net/message_stream.h"
#include "unstick/unstick.h"

namespace aio = unstick::aio;
namespace net = unstick::net;
using unstick::AsBytes;
using unstick::LengthFieldFramer;

namespace {

using Datagrams = net::DatagramSocket<LengthFieldFramer>;

std::string Stamped(std::string_view text) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 16> stamp{};
  const std::size_t size =
      std::strftime(stamp.data(), stamp.size(), "%H:%M:%S ", ::localtime_r(&now, &parts));
  return std::string(stamp.data(), size).append(text);
}

using Listening = std::function<void(const absl::StatusOr<net::Endpoint>&)>;

// Connections: a stream each, in which frames have to be found.
void ServeTcp(const net::Endpoint& endpoint, const std::stop_token& stop,
              const Listening& listening) {
  aio::FramedServer server(LengthFieldFramer(),
                           [](aio::Session& session, const unstick::FrameView& frame) {
                             session.Reply(AsBytes(Stamped(frame.text()))).IgnoreError();
                           });
  const absl::StatusOr<net::Endpoint> at = server.Listen(endpoint);
  listening(at);
  const std::stop_callback stopping(stop, [&server] { server.Stop(); });
  if (at.ok()) server.Run().IgnoreError();
}

// No connections: each datagram is somebody's, and holds whole frames or none.
void ServeUdp(const net::Endpoint& endpoint, const std::stop_token& stop,
              const Listening& listening) {
  absl::StatusOr<Datagrams> socket = Datagrams::Bind(endpoint, LengthFieldFramer());
  listening(socket.ok() ? socket->local_endpoint()
                        : absl::StatusOr<net::Endpoint>(socket.status()));
  while (socket.ok() && !stop.stop_requested()) {
    const auto datagram = socket->Receive(net::DeadlineIn(std::chrono::milliseconds(100)));
    if (!datagram) continue;
    auto frames = datagram.frames();
    while (auto frame = frames.Next()) {
      socket->SendTo(datagram.from(), AsBytes(Stamped(frame->text()))).status.IgnoreError();
    }
  }
}

void Serve(const net::Endpoint& endpoint, const std::stop_token& stop, const Listening& listening) {
  const bool udp = endpoint.scheme == net::Endpoint::Scheme::kUdp;
  udp ? ServeUdp(endpoint, stop, listening) : ServeTcp(endpoint, stop, listening);
}

// Sends each line and prints its reply. `via` is a MessageStream or a DatagramSocket.
absl::Status Talk(auto&& via, std::istream& lines, auto&& first_of) {
  for (std::string line; std::getline(lines, line);) {
    const net::Deadline soon = net::DeadlineIn(std::chrono::seconds(5));
    if (const net::SendResult sent = via.Send(AsBytes(line), soon); !sent.ok()) return sent.status;
    const auto reply = via.Receive(soon);
    if (!reply) return reply.status().ok() ? absl::UnavailableError("closed") : reply.status();
    std::cout << first_of(reply) << std::endl;
  }
  return absl::OkStatus();
}

absl::Status Call(const net::Endpoint& endpoint, std::istream& lines) {
  if (endpoint.scheme == net::Endpoint::Scheme::kUdp) {
    absl::StatusOr<Datagrams> socket = Datagrams::Connect(endpoint, LengthFieldFramer());
    if (!socket.ok()) return socket.status();
    return Talk(*socket, lines, [](const auto& datagram) {
      return datagram.frame_count() > 0 ? datagram.first().text() : "";
    });
  }
  absl::StatusOr<net::Socket> socket =
      net::Connect(endpoint, net::DeadlineIn(std::chrono::seconds(5)));
  if (!socket.ok()) return socket.status();
  return Talk(net::MessageStream(*std::move(socket), LengthFieldFramer()), lines,
              [](const auto& frame) { return frame->text(); });
}

// Each line over a server of its own, both in this process.
absl::Status Demonstrate(std::string_view where) {
  std::promise<absl::StatusOr<net::Endpoint>> listening;
  std::jthread server([&](const std::stop_token& stop) {
    Serve(net::Endpoint::Parse(where).value(), stop,
          [&](const absl::StatusOr<net::Endpoint>& at) { listening.set_value(at); });
  });
  const absl::StatusOr<net::Endpoint> at = listening.get_future().get();
  if (!at.ok()) return at.status();
  std::cout << net::SchemeName(at->scheme) << '\n';
  std::istringstream lines("hello\n\nthe line before was empty\n");
  return Call(*at, lines);
}

int Report(const absl::Status& status) {
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    const absl::Status tcp = Demonstrate("tcp:127.0.0.1:0");
    return Report(tcp.ok() ? Demonstrate("udp:127.0.0.1:0") : tcp);
  }
  const absl::StatusOr<net::Endpoint> endpoint = net::Endpoint::Parse(argv[2]);
  if (!endpoint.ok()) return Report(endpoint.status());
  if (std::string_view(argv[1]) == "call") return Report(Call(*endpoint, std::cin));
  absl::Status failed;
  Serve(*endpoint, {}, [&failed](const absl::StatusOr<net::Endpoint>& at) {
    failed = at.status();
    if (at.ok()) std::cout << "listening on " << at->ToString() << std::endl;
  });
  return Report(failed);
}

// Output:
//   tcp
//   HH:MM:SS hello
//   HH:MM:SS
//   HH:MM:SS the line before was empty
//   udp
//   HH:MM:SS hello
//   HH:MM:SS
//   HH:MM:SS the line before was empty
