// The server's processor time, beside a loop written by hand over epoll(7) that does the same work.

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/reliability/cases.h"
#include "tests/reliability/client.h"
#include "tests/reliability/server_process.h"

namespace unstick::inline v0::testing {
namespace {

constexpr std::size_t kRoom = std::size_t{64} << 10;

enum class Work { kEcho, kCount };  // kCount: answers with one empty frame to one of 3 bytes

// 32-bit lengths, level-triggered epoll, one read and one write a turn, no limits, no deadlines.
class RawServer {
 public:
  explicit RawServer(Work work) : work_(work), room_(kRoom) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    (void)!::bind(listener_, reinterpret_cast<sockaddr*>(&at), size);
    ::listen(listener_, SOMAXCONN);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    epoll_ = ::epoll_create1(0);
    stop_ = ::eventfd(0, 0);
    Watch(listener_);
    Watch(stop_);
  }

  std::uint16_t port() const { return port_; }
  void Stop() {
    const std::uint64_t one = 1;
    (void)!::write(stop_, &one, sizeof(one));
  }
  void Serve() {
    std::array<epoll_event, 128> events;
    for (;;) {
      const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == stop_) return;
        if (fd == listener_) {
          Accept();
        } else if (!OnReadable(fd)) {
          held_[static_cast<std::size_t>(fd)].clear();
          ::close(fd);
        }
      }
    }
  }

 private:
  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  void Accept() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      if (held_.size() <= static_cast<std::size_t>(fd)) {
        held_.resize(static_cast<std::size_t>(fd) + 1);
      }
      Watch(fd);
    }
  }
  bool OnReadable(int fd) {
    std::vector<char>& held = held_[static_cast<std::size_t>(fd)];
    if (held.empty()) {
      const ssize_t n = ::recv(fd, room_.data(), room_.size(), 0);
      if (n <= 0) return n < 0 && errno == EAGAIN;
      const auto size = static_cast<std::size_t>(n);
      const std::size_t used = Frames(room_.data(), size);
      held.assign(room_.data() + used, room_.data() + size);
    } else {  // a frame that is half there is read on into its place
      std::uint32_t length = 0;
      std::memcpy(&length, held.data(), std::min<std::size_t>(4, held.size()));
      const std::size_t whole = held.size() < 4 ? 4 : 4 + std::size_t{ntohl(length)};
      const std::size_t before = held.size();
      held.resize(std::max(whole, before + 4096));
      const ssize_t n = ::recv(fd, held.data() + before, held.size() - before, 0);
      if (n <= 0) return n < 0 && errno == EAGAIN;
      held.resize(before + static_cast<std::size_t>(n));
      const std::size_t used = Frames(held.data(), held.size());
      held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(used));
    }
    if (out_.empty()) return true;
    const ssize_t n = ::send(fd, out_.data(), out_.size(), MSG_NOSIGNAL);
    const bool all = n == static_cast<ssize_t>(out_.size());
    out_.clear();
    return all;
  }
  std::size_t Frames(const char* bytes, std::size_t size) {
    std::size_t at = 0;
    while (size - at >= 4) {
      std::uint32_t length = 0;
      std::memcpy(&length, bytes + at, 4);
      length = ntohl(length);
      if (length > std::size_t{8} << 20 || size - at - 4 < length) break;
      if (work_ == Work::kEcho) {
        out_.insert(out_.end(), bytes + at, bytes + at + 4 + length);
      } else if (length == 3) {
        out_.insert(out_.end(), 4, '\0');
      }
      at += 4 + length;
    }
    return at;
  }

  const Work work_;
  std::vector<char> room_;
  std::vector<char> out_;
  std::vector<std::vector<char>> held_;  // by descriptor
  int listener_ = -1;
  int epoll_ = -1;
  int stop_ = -1;
  std::uint16_t port_ = 0;
};

std::function<ServerHooks()> RawServing(Work work) {
  return [work] {
    auto server = std::make_shared<RawServer>(work);
    ServerHooks hooks;
    hooks.port = server->port();
    hooks.serve = [server] { server->Serve(); };
    hooks.stop = [server] { server->Stop(); };
    return hooks;
  };
}

std::function<ServerHooks()> LibraryServing(Work work) {
  aio::ServerOptions options;  // every limit and deadline on
  options.max_connections_per_address = 10000;
  if (work == Work::kEcho) {
    return Serving([](aio::Session& session,
                      const FrameView& frame) { session.Reply(frame.payload()).IgnoreError(); },
                   options);
  }
  return Serving(
      [](aio::Session& session, const FrameView& frame) {
        if (frame.payload().size() == 3) session.Reply({}).IgnoreError();
      },
      options);
}

struct Load {
  Work work;
  std::size_t connections;
  std::size_t payload;
  std::size_t batch;   // frames sent before their replies are read
  std::size_t rounds;  // of one batch on each connection
};

// Processor time for one frame, in nanoseconds.
double Cost(ServerProcess& server, const Load& load) {
  std::vector<Client> clients;
  while (clients.size() < load.connections) clients.emplace_back(server.port());
  std::string batch;
  for (std::size_t i = 0; i < load.batch; ++i) batch += Frame(std::string(load.payload, 'x'));
  std::size_t reply = batch.size();
  if (load.work == Work::kCount) {
    batch += Frame("end");
    reply = 4;
  }
  std::string replies(reply, '\0');
  const auto round = [&] {
    for (Client& client : clients) client.Send(batch);
    for (Client& client : clients) client.Read(replies.data(), reply);
  };
  round();
  const double before = server.Ask().cpu_seconds;
  for (std::size_t i = 0; i < load.rounds; ++i) round();
  const double after = server.Ask().cpu_seconds;
  const auto frames = static_cast<double>(load.rounds * load.connections * load.batch);
  return (after - before) * 1e9 / frames;
}

// In turns, so that what else happens on the machine happens to both; the middle of the ratios.
void Compare(Figures& figures, const char* what, const Load& load, double goal, int times) {
  ServerProcess raw(RawServing(load.work));
  ServerProcess ours(LibraryServing(load.work));
  std::vector<double> ratios;
  std::vector<double> costs;
  for (int i = 0; i < times; ++i) {
    const double by_hand = Cost(raw, load);
    costs.push_back(Cost(ours, load));
    ratios.push_back(costs.back() / by_hand);
  }
  char name[100];
  (void)std::snprintf(name, sizeof(name), "%s, %zu connections", what, load.connections);
  figures.Say(name, Percentile(costs, 0.5), "ns a frame");
  figures.AtMost("  beside the loop by hand", 100 * Percentile(ratios, 0.5), 100 * goal, "%");
}

}  // namespace

int ProcessorTime(bool small) {
  Figures figures("processor time of the server, all limits and deadlines on");
  const int times = small ? 1 : 7;
  // A short run on a loaded machine proves that the comparison works, not more.
  const double slack = small ? 5 : 1;
  for (const std::size_t connections : {1U, 10U, 100U, 1000U}) {
    const std::size_t batch = connections > 10 ? 16 : 64;
    const std::size_t rounds = (small ? 20'000 : 1'000'000) / (connections * batch) + 1;
    const double goal = connections > 10 ? 1.4 : 1.25;
    Compare(figures, "echo, 64 B, pipelined", {Work::kEcho, connections, 64, batch, rounds},
            slack * goal, times);
    Compare(figures, "one way, 64 B", {Work::kCount, connections, 64, 4 * batch, rounds},
            slack * 1.2, times);
  }
  return figures.ExitCode();
}

int LargeFrames(bool small) {
  Figures figures("frames of 1 MiB, received into their place");
  const std::size_t rounds = small ? 20 : 400;
  Compare(figures, "one way, 1 MiB", {Work::kCount, 1, std::size_t{1} << 20, 4, rounds},
          small ? 5 : 1.15, small ? 1 : 7);
  return figures.ExitCode();
}

}  // namespace unstick::inline v0::testing
