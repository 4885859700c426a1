// What the raw servers share. The rule of every server: a frame has 4 bytes of length; one whose
// payload starts with 'S' is swallowed, any other is echoed.

#ifndef UNSTICK_BENCH_SERVERS_CONNECTION_H_
#define UNSTICK_BENCH_SERVERS_CONNECTION_H_

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace unstick::bench {

[[noreturn]] inline void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// Listens on loopback at a port of the kernel's choice, or on a Unix path, and says where.
inline int ListenAndSay(const std::string& unix_path) {
  int fd = -1;
  if (unix_path.empty()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 1024) != 0) {
      Die("listen");
    }
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("port %d\n", ntohs(address.sin_port));
  } else {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    unix_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        listen(fd, 1024) != 0) {
      Die("listen");
    }
    std::printf("port 0\n");
  }
  std::fflush(stdout);
  return fd;
}

inline void NoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // Unix sockets refuse, and need none
}

inline std::size_t LengthAt(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof(value));
  return __builtin_bswap32(value);
}

// Takes the whole frames of `size` bytes at `data`, appends the echoes to `out` and returns how
// much was frames.
inline std::size_t TakeFrames(const char* data, std::size_t size, std::string& out) {
  std::size_t at = 0;
  while (size - at >= 4) {
    const std::size_t payload = LengthAt(data + at);
    if (size - at - 4 < payload) break;
    if (payload == 0 || data[at + 4] != 'S') out.append(data + at, payload + 4);
    at += payload + 4;
  }
  return at;
}

inline bool SendAll(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_SERVERS_CONNECTION_H_
