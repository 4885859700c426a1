// The framers in somebody else's event loop: lines in libuv, without any socket of this library.
// libuv asks where to read to, and the decoder knows: Prepare() is the allocation callback,
// Commit() the read callback. A server and a client, in one loop.

#include <uv.h>

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

class Connection {
 public:
  using OnLine = std::function<void(Connection&, std::string_view)>;

  Connection(uv_loop_t* loop, OnLine on_line) : on_line_(std::move(on_line)) {
    uv_tcp_init(loop, &tcp_);
    uv_tcp_nodelay(&tcp_, 1);
    tcp_.data = this;
  }
  uv_tcp_t* tcp() { return &tcp_; }
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp_); }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&tcp_); }

  void Read() { uv_read_start(stream(), ToPrepare, ToCommit); }

  // Queues a line; what one read led to is written at once.
  bool Reply(std::string_view line) {
    return !AppendFrame(DelimiterFramer(), AsBytes(line), replies_);
  }

  void Write(StreamBuffer bytes) {
    if (bytes.empty()) return;
    auto write = std::make_unique<WriteRequest>();
    write->bytes = std::move(bytes);  // libuv borrows them until it is done
    const uv_buf_t buffer = Borrowed(write->bytes.writable());
    uv_write(&write.release()->request, stream(), &buffer, 1, [](uv_write_t* done, int) {
      const std::unique_ptr<WriteRequest> ended(reinterpret_cast<WriteRequest*>(done));
      auto& self = *static_cast<Connection*>(done->handle->data);
      if (!self.ending_) self.Read();
    });
    // Back pressure: who does not read what is written to it is not read from.
    if (uv_stream_get_write_queue_size(stream()) > (1U << 20)) uv_read_stop(stream());
  }

  // Behind what was written the peer reads the end.
  void End() {
    if (std::exchange(ending_, true)) return;
    uv_read_stop(stream());
    uv_shutdown(&shutdown_, stream(), [](uv_shutdown_t* done, int) {
      uv_close(static_cast<Connection*>(done->handle->data)->handle(),
               [](uv_handle_t* closed) { delete static_cast<Connection*>(closed->data); });
    });
  }

 private:
  struct WriteRequest {
    uv_write_t request;  // first: it is this address that libuv gives back
    StreamBuffer bytes;
  };

  static uv_buf_t Borrowed(ByteSpan bytes) {
    return uv_buf_init(reinterpret_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  }
  static void ToPrepare(uv_handle_t* handle, std::size_t, uv_buf_t* room) {
    *room = Borrowed(static_cast<Connection*>(handle->data)->decoder_.Prepare());
  }
  static void ToCommit(uv_stream_t* stream, ssize_t n, const uv_buf_t*) {
    auto& self = *static_cast<Connection*>(stream->data);
    if (n >= 0) self.decoder_.Commit(static_cast<std::size_t>(n));
    if (n < 0) self.decoder_.Finish();  // the end, or the connection is lost
    const DecodeResult stopped =
        self.decoder_.Drain([&self](const FrameView& frame) { self.on_line_(self, frame.text()); });
    self.Write(std::exchange(self.replies_, {}));
    if (stopped.kind() == DecodeResult::Kind::kError) std::cout << stopped.error().ToString();
    if (stopped.kind() != DecodeResult::Kind::kNeedMore) self.End();
  }

  uv_tcp_t tcp_{};
  uv_shutdown_t shutdown_{};
  bool ending_ = false;
  OnLine on_line_;
  unstick::FrameDecoder<DelimiterFramer> decoder_{DelimiterFramer()};
  StreamBuffer replies_;
};

// Accepts one client and echoes its lines.
void OnConnection(uv_stream_t* listener, int) {
  auto* served = new Connection(listener->loop, [](Connection& client, std::string_view line) {
    if (!client.Reply(line)) client.End();
  });
  uv_accept(listener, served->stream());
  served->Read();
  uv_close(reinterpret_cast<uv_handle_t*>(listener), nullptr);
}

// Three bytes in each turn of the loop, so that no line arrives in one read.
struct Drip {
  uv_idle_t idle{};
  Connection* to = nullptr;
  StreamBuffer bytes;

  static void Next(uv_idle_t* idle) {
    auto& self = *static_cast<Drip*>(idle->data);
    StreamBuffer piece;
    piece.Append(self.bytes.readable().first(std::min<std::size_t>(3, self.bytes.size())));
    self.bytes.Consume(piece.size());
    self.to->Write(std::move(piece));
    if (self.bytes.empty()) uv_close(reinterpret_cast<uv_handle_t*>(idle), nullptr);
  }
};

}  // namespace

int main() {
  uv_loop_t* loop = uv_default_loop();
  uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  sockaddr_in at{};
  uv_ip4_addr("127.0.0.1", 0, &at);
  uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&at), 0);
  if (uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 16, OnConnection) != 0) return 1;
  int size = sizeof(at);
  uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&at), &size);

  Drip drip;
  drip.to = new Connection(loop, [](Connection& server, std::string_view line) {
    std::cout << "echo: " << line << '\n';
    if (line == "bye") server.End();
  });
  for (const std::string_view line : {"hello", "", "in pieces of three bytes", "bye"}) {
    if (AppendFrame(DelimiterFramer(), AsBytes(line), drip.bytes)) return 1;
  }
  uv_idle_init(loop, &drip.idle);
  drip.idle.data = &drip;
  uv_connect_t connecting;
  connecting.data = &drip;
  uv_tcp_connect(&connecting, drip.to->tcp(), reinterpret_cast<const sockaddr*>(&at),
                 [](uv_connect_t* connected, int error) {
                   auto& self = *static_cast<Drip*>(connected->data);
                   if (error != 0) return self.to->End();
                   self.to->Read();
                   uv_idle_start(&self.idle, Drip::Next);
                 });
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);  // nothing is left open
}

// Output:
//   echo: hello
//   echo:
//   echo: in pieces of three bytes
//   echo: bye
