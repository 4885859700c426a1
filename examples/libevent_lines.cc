// The framers in somebody else's event loop: lines in libevent, without any socket of this library.
// What a bufferevent has read goes into the decoder's memory, Prepare() and Commit(); what the
// encoder made goes into its output. A server and a client, in one loop.

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <string_view>
#include <utility>

#include "unstick/unstick.h"

using unstick::AsBytes;
using unstick::ByteSpan;
using unstick::DecodeResult;
using unstick::DelimiterFramer;
using unstick::FrameView;
using unstick::StreamBuffer;

namespace {

constexpr std::size_t kHighWater = std::size_t{1} << 20;

class Connection {
 public:
  using OnLine = std::function<void(Connection&, std::string_view)>;

  // `fd` is a connection, or -1 if it is to be made.
  Connection(event_base* base, evutil_socket_t fd, OnLine on_line)
      : event_(bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE)),
        on_line_(std::move(on_line)) {
    bufferevent_setcb(event_, CanRead, HasWritten, Ended, this);
    bufferevent_enable(event_, EV_READ | EV_WRITE);
  }
  ~Connection() { bufferevent_free(event_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  bufferevent* event() { return event_; }

  void Write(unstick::ByteView bytes) {
    bufferevent_write(event_, bytes.data(), bytes.size());
    // Back pressure: who does not read what is written to it is not read from.
    if (evbuffer_get_length(bufferevent_get_output(event_)) > kHighWater) {
      bufferevent_disable(event_, EV_READ);
    }
  }

  // No more lines; the connection goes when what was written is out.
  void End() { ending_ = true; }

 private:
  static void CanRead(bufferevent*, void* connection) {
    auto& self = *static_cast<Connection*>(connection);
    for (;;) {
      const ByteSpan room = self.decoder_.Prepare();
      const std::size_t n = bufferevent_read(self.event_, room.data(), room.size());
      if (n == 0) break;
      self.decoder_.Commit(n);
      self.Deliver();
    }
    self.DeleteIfOver();
  }
  static void HasWritten(bufferevent*, void* connection) {
    auto& self = *static_cast<Connection*>(connection);
    bufferevent_enable(self.event_, EV_READ);
    self.DeleteIfOver();
  }
  static void Ended(bufferevent*, short what, void* connection) {
    if ((what & BEV_EVENT_CONNECTED) != 0) return;
    auto& self = *static_cast<Connection*>(connection);
    self.decoder_.Finish();  // the end, or the connection is lost
    self.Deliver();
    self.DeleteIfOver();
  }

  void Deliver() {
    const DecodeResult stopped =
        decoder_.Drain([this](const FrameView& frame) { on_line_(*this, frame.text()); });
    if (stopped.kind() == DecodeResult::Kind::kError) std::cout << stopped.error().ToString();
    if (stopped.kind() != DecodeResult::Kind::kNeedMore) End();
  }
  void DeleteIfOver() {
    if (ending_ && evbuffer_get_length(bufferevent_get_output(event_)) == 0) delete this;
  }

  bufferevent* event_;
  bool ending_ = false;
  OnLine on_line_;
  unstick::FrameDecoder<DelimiterFramer> decoder_{DelimiterFramer()};
};

// Accepts one client and echoes its lines.
void OnConnection(evconnlistener* listener, evutil_socket_t fd, sockaddr*, int, void*) {
  new Connection(evconnlistener_get_base(listener), fd,
                 [](Connection& client, std::string_view line) {
                   StreamBuffer frame;
                   if (AppendFrame(DelimiterFramer(), AsBytes(line), frame)) return client.End();
                   client.Write(frame.readable());
                 });
  evconnlistener_disable(listener);
}

// Three bytes in each turn of the loop, so that no line arrives in one read.
struct Drip {
  Connection* to;
  event* timer;
  StreamBuffer bytes;

  static void Next(evutil_socket_t, short, void* drip) {
    auto& self = *static_cast<Drip*>(drip);
    const std::size_t n = std::min<std::size_t>(3, self.bytes.size());
    self.to->Write(self.bytes.readable().first(n));
    self.bytes.Consume(n);
    if (!self.bytes.empty()) event_active(self.timer, 0, 0);
  }
};

}  // namespace

int main() {
  const std::unique_ptr<event_base, void (*)(event_base*)> base(event_base_new(), event_base_free);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  const std::unique_ptr<evconnlistener, void (*)(evconnlistener*)> listener(
      evconnlistener_new_bind(base.get(), OnConnection, nullptr, LEV_OPT_CLOSE_ON_FREE, 16, address,
                              sizeof(at)),
      evconnlistener_free);
  if (!listener) return 1;
  socklen_t size = sizeof(at);
  ::getsockname(evconnlistener_get_fd(listener.get()), address, &size);

  Drip drip{};
  drip.to = new Connection(base.get(), -1, [](Connection& server, std::string_view line) {
    std::cout << "echo: " << line << '\n';
    if (line == "bye") server.End();
  });
  for (const std::string_view line : {"hello", "", "in pieces of three bytes", "bye"}) {
    if (AppendFrame(DelimiterFramer(), AsBytes(line), drip.bytes)) return 1;
  }
  if (bufferevent_socket_connect(drip.to->event(), address, sizeof(at)) != 0) return 1;
  const std::unique_ptr<event, void (*)(event*)> timer(evtimer_new(base.get(), Drip::Next, &drip),
                                                       event_free);
  drip.timer = timer.get();
  event_active(drip.timer, 0, 0);
  event_base_dispatch(base.get());  // until nothing is waited for
}

// Output:
//   echo: hello
//   echo:
//   echo: in pieces of three bytes
//   echo: bye
