// load_client MODE WHERE PID SIZE CONNECTIONS SECONDS: drives any of the servers, on a TCP port or
// a Unix path, and prints what a frame took: "ns=... cpu_ns=... p50_ns=...". The server's CPU time
// is that of all threads of PID.
//
//   one-way    frames that are swallowed, as fast as they go; one that is echoed ends each
//              connection's
//   echo       1000 frames under way over all connections; what came back is sent again.
//              echo-deep: 16384, so that every receive is a full one
//   ping       one frame under way; ping-spin asks for the answer without pause

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/servers/connection.h"

namespace unstick::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kUnderWay = 1000;
constexpr std::size_t kUnderWayDeep = 16'384;

struct Options {
  std::string_view mode;
  std::string where;
  std::string pid;
  std::size_t size;
  std::size_t connections;
  double seconds;
};

int Connect(const std::string& where) {
  int fd = -1;
  int failed = 0;
  if (where.find('/') == std::string::npos) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where)));
    fd = socket(AF_INET, SOCK_STREAM, 0);
    failed = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  } else {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    where.copy(address.sun_path, sizeof(address.sun_path) - 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    failed = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  if (failed != 0) Die("connect");
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  NoDelay(fd);
  return fd;
}

std::string Frame(std::size_t size, char first) {
  const auto length = __builtin_bswap32(static_cast<std::uint32_t>(size));
  std::string frame(4 + size, 'x');
  std::memcpy(frame.data(), &length, sizeof(length));
  frame[4] = first;
  return frame;
}

std::string Frames(std::size_t size, char first, std::size_t count) {
  std::string frames;
  for (; count > 0; --count) frames += Frame(size, first);
  return frames;
}

void MustSend(int fd, std::string_view bytes) {
  if (!SendAll(fd, bytes.data(), bytes.size())) Die("send");
}

void MustReceive(int fd, std::size_t size, int flags = 0) {
  std::array<char, 65536> room;
  while (size > 0) {
    const ssize_t n = recv(fd, room.data(), std::min(size, room.size()), flags);
    if (n < 0 && (flags & MSG_DONTWAIT) != 0 && errno == EAGAIN) continue;
    if (n <= 0) Die("recv");
    size -= static_cast<std::size_t>(n);
  }
}

// Nanoseconds that all threads of a process have run.
std::uint64_t CpuTime(const std::string& pid) {
  std::uint64_t total = 0;
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + pid + "/task", gone)) {
    std::uint64_t ran = 0;
    std::ifstream(task.path() / "schedstat") >> ran;
    total += ran;
  }
  return total;
}

class Load {
 public:
  explicit Load(const Options& options) : options_(options) {
    for (std::size_t i = 0; i < options.connections; ++i) fds_.push_back(Connect(options.where));
  }

  // The mode's work for so long; returns the number of frames.
  std::uint64_t Run(double seconds) {
    until_ = Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    if (options_.mode == "one-way") return OneWay();
    if (options_.mode.starts_with("echo")) return Echo();
    return Ping(options_.mode == "ping-spin" ? MSG_DONTWAIT : 0);
  }

  std::uint64_t MedianRoundTrip() {
    if (round_trips_.empty()) return 0;
    const auto middle = round_trips_.begin() + static_cast<std::ptrdiff_t>(round_trips_.size() / 2);
    std::nth_element(round_trips_.begin(), middle, round_trips_.end());
    return *middle;
  }
  void Forget() { round_trips_.clear(); }

 private:
  bool Time() const { return Clock::now() >= until_; }

  std::uint64_t OneWay() {
    const std::size_t batch = std::max<std::size_t>(1, 262144 / (options_.size + 4));
    const std::string frames = Frames(options_.size, 'S', batch);
    const std::string last = Frame(1, 'E');
    std::uint64_t sent = 0;
    do {
      for (const int fd : fds_) {
        MustSend(fd, frames);
        sent += batch;
      }
    } while (!Time());
    for (const int fd : fds_) MustSend(fd, last);
    for (const int fd : fds_) MustReceive(fd, last.size());
    return sent;
  }

  // One connection of echo: bytes still to send, where in a frame that is, what of a frame is back.
  struct Pipe {
    int fd = -1;
    std::size_t owed = 0;
    std::size_t phase = 0;
    std::size_t partial = 0;
    bool waits = false;
  };

  // Sends without waiting, since the server may be waiting for us to read.
  static void Send(int epoll, Pipe& pipe, const std::string& frames, std::size_t frame_size) {
    while (pipe.owed > 0) {
      const std::size_t size = std::min(pipe.owed, frames.size() - pipe.phase);
      const ssize_t n =
          send(pipe.fd, frames.data() + pipe.phase, size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) break;
      if (n < 0) Die("send");
      pipe.owed -= static_cast<std::size_t>(n);
      pipe.phase = (pipe.phase + static_cast<std::size_t>(n)) % frame_size;
    }
    if ((pipe.owed > 0) == pipe.waits) return;
    pipe.waits = !pipe.waits;
    Watch(epoll, EPOLL_CTL_MOD, pipe);
  }

  static void Watch(int epoll, int how, Pipe& pipe) {
    epoll_event event{};
    event.events = pipe.waits ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &pipe;
    epoll_ctl(epoll, how, pipe.fd, &event);
  }

  // How many frames have come back on it.
  static std::size_t Receive(Pipe& pipe, std::size_t frame_size) {
    std::array<char, 65536> room;
    const ssize_t n = recv(pipe.fd, room.data(), room.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) Die("recv");
    pipe.partial += static_cast<std::size_t>(n);
    const std::size_t whole = pipe.partial / frame_size;
    pipe.partial %= frame_size;
    return whole;
  }

  std::uint64_t Echo() {
    const std::size_t all = options_.mode == "echo-deep" ? kUnderWayDeep : kUnderWay;
    const std::size_t window = std::max<std::size_t>(1, all / fds_.size());
    const std::size_t frame_size = options_.size + 4;
    const std::string frames = Frames(options_.size, 'E', window);
    const int epoll = epoll_create1(0);
    std::vector<Pipe> pipes(fds_.size());
    for (std::size_t i = 0; i < fds_.size(); ++i) {
      pipes[i] = {.fd = fds_[i], .owed = frames.size()};
      Watch(epoll, EPOLL_CTL_ADD, pipes[i]);
      Send(epoll, pipes[i], frames, frame_size);
    }
    std::size_t under_way = window * fds_.size();
    std::uint64_t echoed = 0;
    std::array<epoll_event, 256> events;
    while (under_way > 0) {
      const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 30000);
      if (ready <= 0) Die("epoll_wait");
      const bool over = Time();
      for (int i = 0; i < ready; ++i) {
        Pipe& pipe = *static_cast<Pipe*>(events[static_cast<std::size_t>(i)].data.ptr);
        const std::size_t whole = Receive(pipe, frame_size);
        echoed += whole;
        if (over) {
          under_way -= whole;
        } else {
          pipe.owed += whole * frame_size;
        }
        Send(epoll, pipe, frames, frame_size);
      }
    }
    close(epoll);
    return echoed;
  }

  std::uint64_t Ping(int flags) {
    const std::string frame = Frame(options_.size, 'E');
    std::uint64_t trips = 0;
    do {
      const auto start = Clock::now();
      MustSend(fds_[0], frame);
      MustReceive(fds_[0], frame.size(), flags);
      round_trips_.push_back(static_cast<std::uint64_t>((Clock::now() - start).count()));
      ++trips;
    } while (!Time());
    return trips;
  }

  const Options& options_;
  std::vector<int> fds_;
  Clock::time_point until_;
  std::vector<std::uint64_t> round_trips_;
};

int Main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: load_client MODE WHERE PID SIZE CONNECTIONS SECONDS\n");
    return 2;
  }
  const Options options = {
      argv[1], argv[2], argv[3], std::stoul(argv[4]), std::stoul(argv[5]), std::stod(argv[6])};
  Load load(options);
  load.Run(options.seconds / 4);  // windows open, code is warm
  load.Forget();
  const std::uint64_t cpu = CpuTime(options.pid);
  const auto start = Clock::now();
  const auto frames = static_cast<double>(load.Run(options.seconds));
  const std::chrono::duration<double, std::nano> took = Clock::now() - start;
  std::printf("ns=%.2f cpu_ns=%.2f p50_ns=%llu\n", took.count() / frames,
              static_cast<double>(CpuTime(options.pid) - cpu) / frames,
              static_cast<unsigned long long>(load.MedianRoundTrip()));
  return 0;
}

}  // namespace
}  // namespace unstick::bench

int main(int argc, char** argv) { return unstick::bench::Main(argc, argv); }
