// Standalone Asio the way its chat example reads: a header, then a body; a write for each echo.

#include <array>
#include <asio.hpp>
#include <memory>
#include <string>
#include <utility>

#include "bench/servers/connection.h"
#include "bench/servers/servers.h"

namespace unstick::bench {
namespace {

using Protocol = asio::generic::stream_protocol;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(Protocol::socket socket) : socket_(std::move(socket)) {}

  void ReadHeader() {
    frame_.resize(4);
    asio::async_read(socket_, asio::buffer(frame_),
                     [self = shared_from_this()](std::error_code failed, std::size_t) {
                       if (!failed) self->ReadBody();
                     });
  }

 private:
  void ReadBody() {
    frame_.resize(4 + LengthAt(frame_.data()));
    asio::async_read(socket_, asio::buffer(frame_) + 4,
                     [self = shared_from_this()](std::error_code failed, std::size_t) {
                       if (!failed) self->Answer();
                     });
  }

  void Answer() {
    if (frame_.size() > 4 && frame_[4] == 'S') return ReadHeader();
    asio::async_write(socket_, asio::buffer(frame_),
                      [self = shared_from_this()](std::error_code failed, std::size_t) {
                        if (!failed) self->ReadHeader();
                      });
  }

  Protocol::socket socket_;
  std::string frame_;
};

void Accept(asio::basic_socket_acceptor<Protocol>& acceptor) {
  acceptor.async_accept([&acceptor](std::error_code failed, Protocol::socket socket) {
    if (failed) return;
    NoDelay(socket.native_handle());
    std::make_shared<Session>(std::move(socket))->ReadHeader();
    Accept(acceptor);
  });
}

}  // namespace

void ServeAsioHeaderBody(const std::string& unix_path) {
  asio::io_context context(1);
  asio::basic_socket_acceptor<Protocol> acceptor(context);
  acceptor.assign(Protocol(unix_path.empty() ? AF_INET : AF_UNIX, 0), ListenAndSay(unix_path));
  Accept(acceptor);
  context.run();
}

}  // namespace unstick::bench
