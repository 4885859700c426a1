// Very many connections.

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/reliability/cases.h"
#include "tests/reliability/client.h"
#include "tests/reliability/server_process.h"

namespace unstick::inline v0::testing {
namespace {

using std::chrono::milliseconds;

struct Echo {
  void operator()(aio::Session& session, const FrameView& frame) const {
    session.Reply(frame.payload()).IgnoreError();
  }
};

aio::ServerOptions Roomy() {
  aio::ServerOptions options;
  options.max_connections = 20000;
  return options;
}

std::vector<Client> Connect(std::uint16_t port, std::size_t count) {
  std::vector<Client> clients;
  clients.reserve(count);
  while (clients.size() < count) clients.emplace_back(port);
  return clients;
}

// Asks the server until `reached` says so, or 20 seconds have passed.
template <typename Reached>
ServerReport Until(ServerProcess& server, Reached reached) {
  const auto start = steady_clock::now();
  for (;;) {
    ServerReport report = server.Ask();
    if (reached(report) || MillisecondsSince(start) > 20'000) return report;
    ::poll(nullptr, 0, 2);
  }
}

// How long a well-behaved client waits for its replies.
class Healthy {
 public:
  explicit Healthy(std::uint16_t port) : client_(port) {}
  void Ask(std::size_t times, std::vector<double>& waits) {
    const std::string frame = Frame(std::string(64, 'h'));
    for (std::size_t i = 0; i < times; ++i) {
      const auto start = steady_clock::now();
      if (!client_.Ask(frame)) ++failed_;
      waits.push_back(MillisecondsSince(start));
      ::poll(nullptr, 0, 1);
    }
  }
  std::size_t failed() const { return failed_; }

 private:
  Client client_;
  std::size_t failed_ = 0;
};

}  // namespace

int IdleConnections(bool small) {
  const std::size_t count = small ? 1000 : 5000;
  Figures figures("idle framed connections, each of which has echoed a frame");
  ServerProcess server(Serving(Echo(), Roomy()));
  const std::string frame = Frame("hello");
  {
    std::vector<Client> first = Connect(server.port(), 10);
    for (Client& client : first) client.Ask(frame);
  }
  const auto none_open = [](const ServerReport& r) { return r.stats.open == 0; };
  const ServerReport before = Until(server, none_open);
  std::vector<Client> clients = Connect(server.port(), count);
  std::size_t answered = 0;
  for (Client& client : clients) answered += client.Ask(frame) ? 1 : 0;
  const ServerReport after = server.Ask();
  const auto n = static_cast<double>(count);
  figures.Exactly("connections answered", static_cast<double>(answered), n, "");
  figures.AtMost("resident memory for each",
                 static_cast<double>(after.resident - before.resident) / n, small ? 640 : 512,
                 "bytes");
  figures.AtMost("allocated memory for each", static_cast<double>(after.heap - before.heap) / n,
                 512, "bytes");
  figures.Exactly("buffers held", static_cast<double>(after.stats.buffered), 0, "bytes");
  return figures.ExitCode();
}

int DeclaredFrames(bool small) {
  const std::size_t count = small ? 1000 : 10000;
  Figures figures("connections that declare a frame of 8 MiB and send nothing of it");
  ServerProcess server(Serving(Echo(), Roomy()));
  const ServerReport before = server.Ask();
  std::vector<Client> clients = Connect(server.port(), count);
  const std::string header("\x00\x80\x00\x00", 4);
  for (Client& client : clients) client.Send(header);
  const ServerReport after =
      Until(server, [&](const ServerReport& report) { return report.stats.bytes_in >= 4 * count; });
  Healthy healthy(server.port());
  std::vector<double> waits;
  healthy.Ask(100, waits);
  figures.Exactly("headers received", static_cast<double>(after.stats.bytes_in) / 4,
                  static_cast<double>(count), "");
  figures.AtMost("resident memory grew by",
                 static_cast<double>(after.resident - before.resident) / 1e6,
                 50.0 * static_cast<double>(count) / 10000, "MB");
  figures.Say("of that for frames not yet whole",
              static_cast<double>(after.stats.partial_frames) / 1e6, "MB");
  figures.Exactly("requests of another client without their reply",
                  static_cast<double>(healthy.failed()), 0, "");
  return figures.ExitCode();
}

int DrippingClients(bool small) {
  const std::size_t count = small ? 500 : 10000;
  const double deadline = small ? 1000 : 5000;
  Figures figures("clients that send a byte of their frame now and then");
  aio::ServerOptions options = Roomy();
  options.frame_timeout = milliseconds(static_cast<int>(deadline));
  ServerProcess server(Serving(Echo(), options));
  Healthy healthy(server.port());
  std::vector<double> quiet;
  healthy.Ask(small ? 500 : 3000, quiet);

  std::vector<Client> clients = Connect(server.port(), count);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < count; ++i) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.u64 = i;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd(), &event);
  }
  Until(server, [&](const ServerReport& report) { return report.stats.open > count; });
  std::vector<steady_clock::time_point> begun(count);
  std::vector<double> ages;
  std::atomic<bool> over = false;
  std::vector<double> busy;
  // They begin one after another, within half the deadline, then send a byte every two seconds;
  // each when its own time has come, for strangers do not send in step.
  const double begin_each = deadline / 2 / static_cast<double>(count);
  const double drip_each = 2000 / static_cast<double>(count);
  std::thread strangers([&] {
    // This thread stands back, so that the other client waits for the server alone.
    ::setpriority(PRIO_PROCESS, 0, 10);
    const auto start = steady_clock::now();
    std::size_t first = 0;
    std::size_t dripped = 0;
    while (ages.size() < count && MillisecondsSince(start) < 3 * deadline) {
      const double begins = first < count ? begin_each * static_cast<double>(first) : 3 * deadline;
      const double next = std::min(begins, drip_each * static_cast<double>(dripped));
      const double pause = std::clamp(next - MillisecondsSince(start), 0.0, 1.0);
      const timespec timeout{0, static_cast<long>(1e6 * pause)};
      std::array<epoll_event, 16> events;
      pollfd any_ended{epoll, POLLIN, 0};
      ::ppoll(&any_ended, 1, &timeout, nullptr);
      const int n = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 0);
      for (int i = 0; i < n; ++i) {
        const std::size_t who = events[static_cast<std::size_t>(i)].data.u64;
        ages.push_back(MillisecondsSince(begun[who]));
        clients[who].Close();
      }
      const double now = MillisecondsSince(start);
      if (first < count && now >= begin_each * static_cast<double>(first)) {
        begun[first] = steady_clock::now();
        clients[first++].SendSome(std::string_view("\x00\x00\x10\x00", 4));
      }
      if (now >= drip_each * static_cast<double>(dripped)) {
        const std::size_t who = dripped++ % count;
        if (who < first && clients[who].fd() >= 0) clients[who].SendSome("x");
      }
    }
    over = true;
  });
  while (!over) healthy.Ask(20, busy);
  strangers.join();
  ::close(epoll);
  const ServerReport after =
      Until(server, [](const ServerReport& report) { return report.stats.open == 1; });
  figures.Exactly("ended by the frame's deadline",
                  static_cast<double>(after.stats.closed[aio::CloseReason::kFrameTimeout]),
                  static_cast<double>(count), "");
  figures.AtLeast("the first after", Percentile(ages, 0), deadline, "ms");
  figures.AtMost("the last after", Percentile(ages, 1), 1.1 * deadline, "ms");
  figures.Exactly("requests of another client without their reply",
                  static_cast<double>(healthy.failed()), 0, "");
  const double before = Percentile(quiet, 0.99);
  figures.Say("its 99th percentile, quiet", 1000 * before, "us");
  figures.Say("its 99th percentile, with the others", 1000 * Percentile(busy, 0.99), "us");
  // On a loaded machine a quiet client's own figure says little.
  figures.AtMost("the ratio", Percentile(busy, 0.99) / before, small ? 20 : 2, "");
  return figures.ExitCode();
}

}  // namespace unstick::inline v0::testing
