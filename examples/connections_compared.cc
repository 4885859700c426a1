// Short against long connections: the same requests, each over a connection of its own, then one
// after the other over one, then over one without waiting for the reply before. On loopback a new
// connection costs little; between two machines it costs a round trip more for each request. What
// short connections cannot have at all is the last row: several requests under way. Give the
// program a number of requests to measure more of them.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <utility>
#include <vector>

#include "unstick/net/listener.h"
#include "unstick/net/message_stream.h"
#include "unstick/unstick.h"

namespace net = unstick::net;
using unstick::AsBytes;
using unstick::LengthFieldFramer;

namespace {

using Stream = net::MessageStream<LengthFieldFramer>;

// One connection after the other, until there is no more listener or nobody comes for long.
void Serve(net::Listener& listener) {
  for (;;) {
    absl::StatusOr<net::Socket> socket = listener.Accept(net::DeadlineIn(std::chrono::seconds(10)));
    if (!socket.ok()) return;
    Stream stream(*std::move(socket), LengthFieldFramer(),
                  {.idle_timeout = std::chrono::seconds(10)});
    while (net::ReceiveResult request = stream.Receive()) {
      if (request->text() == "stop") return;
      if (!stream.Send(request->payload()).ok()) break;
    }
  }
}

absl::StatusOr<Stream> Dial(const net::Endpoint& at) {
  absl::StatusOr<net::Socket> socket = net::Connect(at, net::DeadlineIn(std::chrono::seconds(10)));
  if (!socket.ok()) return socket.status();
  return absl::StatusOr<Stream>(absl::in_place, *std::move(socket), LengthFieldFramer());
}

const unstick::ByteView kQuestion = AsBytes("how are you?");

bool Answered(Stream& stream) {
  const net::ReceiveResult reply = stream.Receive(net::DeadlineIn(std::chrono::seconds(10)));
  return reply && reply->text() == "how are you?";
}
bool Ask(Stream& stream) { return stream.Send(kQuestion).ok() && Answered(stream); }

int OverShortOnes(const net::Endpoint& at, int requests) {
  int answered = 0;
  for (int i = 0; i < requests; ++i) {
    absl::StatusOr<Stream> stream = Dial(at);
    if (stream.ok() && Ask(*stream)) ++answered;
  }
  return answered;
}

int OverALongOne(const net::Endpoint& at, int requests) {
  int answered = 0;
  absl::StatusOr<Stream> stream = Dial(at);
  while (stream.ok() && answered < requests && Ask(*stream)) ++answered;
  return answered;
}

// A hundred at a time: on their way together, they share packets, reads and wake-ups.
int WithoutWaiting(const net::Endpoint& at, int requests) {
  int answered = 0;
  absl::StatusOr<Stream> stream = Dial(at);
  while (stream.ok() && answered < requests) {
    const int lot = std::min(100, requests - answered);
    const std::vector<unstick::ByteView> questions(static_cast<std::size_t>(lot), kQuestion);
    if (!stream->SendMany(questions).ok()) break;
    for (int i = 0; i < lot; ++i, ++answered) {
      if (!Answered(*stream)) return answered;
    }
  }
  return answered;
}

template <typename Run>
void Measure(const char* name, int requests, Run run) {
  const auto start = std::chrono::steady_clock::now();
  const int answered = run(requests);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << name << ": " << answered << " of " << requests << " answered\n" << std::flush;
  std::clog << static_cast<int>(answered / took.count())
            << " requests a second\n";  // never twice the same
}

}  // namespace

int main(int argc, char** argv) {
  const int requests = argc > 1 ? std::atoi(argv[1]) : 500;
  absl::StatusOr<net::Listener> listener =
      net::Listener::Listen(net::Endpoint::Parse("tcp:127.0.0.1:0").value());
  if (!listener.ok()) return 1;
  const net::Endpoint at = listener->local_endpoint();
  std::jthread server([&listener] { Serve(*listener); });

  Measure("a connection each", requests, [&](int n) { return OverShortOnes(at, n); });
  Measure("one connection", requests, [&](int n) { return OverALongOne(at, n); });
  Measure("one connection, not waiting", requests, [&](int n) { return WithoutWaiting(at, n); });

  if (absl::StatusOr<Stream> stream = Dial(at); stream.ok()) {
    stream->Send(AsBytes("stop")).status.IgnoreError();
  }
}

// Output:
//   a connection each: 500 of 500 answered
//   one connection: 500 of 500 answered
//   one connection, not waiting: 500 of 500 answered
