// A blocking client that owes nothing to the code under test: plain sockets, every wait bounded.

#ifndef UNSTICK_TESTS_ASIO_RAW_CLIENT_H_
#define UNSTICK_TESTS_ASIO_RAW_CLIENT_H_

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "unstick/net/endpoint.h"

namespace unstick::inline v0::testing {

class RawClient {
 public:
  explicit RawClient(const net::Endpoint& to, int receive_buffer = 0) {
    const bool tcp = to.scheme == net::Endpoint::Scheme::kTcp;
    fd_ = ::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    if (tcp) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(to.port);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      Connect(address);
    } else {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::memcpy(address.sun_path, to.path.c_str(), to.path.size() + 1);
      Connect(address);
    }
  }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  ~RawClient() { Close(); }

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void Reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    Close();
  }
  void CloseWrite() { ::shutdown(fd_, SHUT_WR); }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // As much as goes without waiting.
  std::size_t SendSome(std::string_view bytes) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  // Fewer than `size` bytes if the stream ended, failed or fell silent for 20 seconds.
  std::string Read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t at = 0;
    while (at < size) {
      const ssize_t n = ::recv(fd_, bytes.data() + at, size - at, 0);
      if (n <= 0) {
        last_error_ = n == 0 ? 0 : errno;
        break;
      }
      at += static_cast<std::size_t>(n);
    }
    bytes.resize(at);
    return bytes;
  }
  std::string ReadToEnd() {
    std::string all;
    for (;;) {
      std::string some = Read(4096);
      all += some;
      if (some.size() < 4096) return all;
    }
  }
  // 0: the stream ended in good order; else the errno (EAGAIN: silence) that cut Read() short.
  int last_error() const { return last_error_; }
  // The connection is over, in whatever way, within 20 seconds.
  bool IsOver() {
    ReadToEnd();
    return last_error_ != EAGAIN;
  }

 private:
  template <typename Address>
  void Connect(const Address& address) {
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }

  int fd_ = -1;
  bool connected_ = false;
  int last_error_ = 0;
};

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_ASIO_RAW_CLIENT_H_
