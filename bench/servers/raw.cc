// The servers by hand. Frames larger than the read room are received into a place of their own.

#include <fcntl.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <unordered_map>

#include "bench/servers/connection.h"
#include "bench/servers/servers.h"

namespace unstick::bench {
namespace {

constexpr std::size_t kRoom = 65536;

// One connection: what is left over between reads, the large frame in progress, the echoes.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(fd_); }

  // One receive and the frames in it; false at the end.
  bool Read(char* room, int flags) {
    if (large_at_ < large_.size()) return ReadLarge(flags);
    std::memcpy(room, rest_.data(), rest_.size());
    const ssize_t n = recv(fd_, room + rest_.size(), kRoom, flags);
    if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EINTR);
    const std::size_t size = rest_.size() + static_cast<std::size_t>(n);
    const std::size_t taken = TakeFrames(room, size, out_);
    const std::size_t left = size - taken;
    if (left >= 4 && LengthAt(room + taken) + 4 > kRoom) {
      large_.resize(LengthAt(room + taken) + 4);
      large_.replace(0, left, room + taken, left);
      large_at_ = left;
      rest_.clear();
    } else {
      rest_.assign(room + taken, left);
    }
    return true;
  }

  // Sends what it can of the echoes; false when the connection is gone.
  bool Flush(int flags) {
    while (sent_ < out_.size()) {
      const ssize_t n = send(fd_, out_.data() + sent_, out_.size() - sent_, flags | MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN;
      sent_ += static_cast<std::size_t>(n);
    }
    out_.clear();
    sent_ = 0;
    return true;
  }
  bool flushed() const { return out_.empty(); }

 private:
  bool ReadLarge(int flags) {
    const ssize_t n = recv(fd_, large_.data() + large_at_, large_.size() - large_at_, flags);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    large_at_ += static_cast<std::size_t>(n);
    if (large_at_ == large_.size()) TakeFrames(large_.data(), large_.size(), out_);
    return true;
  }

  int fd_;
  std::string rest_;
  std::string large_;
  std::size_t large_at_ = 0;
  std::string out_;
  std::size_t sent_ = 0;
};

void Watch(int epoll, int how, int fd, unsigned events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll, how, fd, &event);
}

}  // namespace

void ServeRawEpoll(const std::string& unix_path) {
  const int listener = ListenAndSay(unix_path);
  fcntl(listener, F_SETFL, O_NONBLOCK);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  Watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
  const auto room = std::make_unique<char[]>(2 * kRoom);
  std::unordered_map<int, std::unique_ptr<Connection>> connections;
  std::array<epoll_event, 256> events;
  for (;;) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        for (int peer; (peer = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
          NoDelay(peer);
          connections[peer] = std::make_unique<Connection>(peer);
          Watch(epoll, EPOLL_CTL_ADD, peer, EPOLLIN);
        }
        continue;
      }
      Connection& connection = *connections[fd];
      const bool was_flushed = connection.flushed();
      const bool open = (!was_flushed || connection.Read(room.get(), 0)) && connection.Flush(0);
      if (!open) {
        connections.erase(fd);
      } else if (was_flushed != connection.flushed()) {
        Watch(epoll, EPOLL_CTL_MOD, fd, was_flushed ? EPOLLOUT : EPOLLIN);
      }
    }
  }
}

void ServeRawBlocking(const std::string& unix_path, bool spin) {
  const int listener = ListenAndSay(unix_path);
  const auto room = std::make_unique<char[]>(2 * kRoom);
  for (int peer; (peer = accept(listener, nullptr, nullptr)) >= 0;) {
    NoDelay(peer);
    Connection connection(peer);
    while (connection.Read(room.get(), spin ? MSG_DONTWAIT : 0) && connection.Flush(0)) {
    }
  }
}

void ServeRawNaive(const std::string& unix_path) {
  const int listener = ListenAndSay(unix_path);
  std::string frame;
  for (int peer; (peer = accept(listener, nullptr, nullptr)) >= 0;) {
    NoDelay(peer);
    for (;;) {
      frame.resize(4);
      if (recv(peer, frame.data(), 4, MSG_WAITALL) != 4) break;
      const std::size_t size = LengthAt(frame.data());
      frame.resize(4 + size);
      if (recv(peer, frame.data() + 4, size, MSG_WAITALL) != static_cast<ssize_t>(size)) break;
      if (frame[4] != 'S' && !SendAll(peer, frame.data(), frame.size())) break;
    }
    close(peer);
  }
}

}  // namespace unstick::bench
