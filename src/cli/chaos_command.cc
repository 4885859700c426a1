#include "src/cli/chaos_command.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/cli/chaos_datagrams.h"
#include "src/cli/chaos_log.h"
#include "src/cli/chaos_stream.h"
#include "src/cli/echo_datagrams.h"
#include "src/cli/exit_code.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"
#include "src/cli/stop_signal.h"
#include "unstick/net/io_result.h"
#include "unstick/net/listener.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::cli {
namespace {

constexpr auto kConnectTimeout = std::chrono::seconds(5);
constexpr std::size_t kMaxConnections = 1000;  // at a time; more wait in the listener's queue

using Scheme = net::Endpoint::Scheme;

// What a correct program does not notice (streams), or has to live with (datagrams).
ChaosFaults UsualFaults(bool datagrams, std::optional<ChaosDirection> only) {
  ChaosFaults faults;
  faults.only = only;
  if (datagrams) {
    faults.drop = faults.duplicate = faults.reorder = 5;
  } else {
    faults.split = 16;
    faults.merge = 4096;
  }
  return faults;
}

absl::Status CheckEndpoints(const net::Endpoint& listen, const net::Endpoint& target) {
  for (const net::Endpoint& endpoint : {listen, target}) {
    if (endpoint.scheme != Scheme::kTls) continue;
    return absl::InvalidArgumentError("endpoint " + endpoint.ToString() +
                                      ": chaos passes bytes on and knows no TLS; use tcp, which "
                                      "carries TLS too");
  }
  if ((listen.scheme == Scheme::kUdp) != (target.scheme == Scheme::kUdp)) {
    return absl::InvalidArgumentError("from " + listen.ToString() + " to " + target.ToString() +
                                      ": both have to be udp, or neither");
  }
  return absl::OkStatus();
}

// A fault that cannot happen is a mistake, and would keep the usual ones from happening.
absl::Status CheckFaults(const ChaosOptions& options, bool datagrams) {
  const std::string& wrong = datagrams ? options.of_streams : options.of_datagrams;
  if (wrong.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      wrong + " is for " + (datagrams ? "streams" : "datagrams") + ", and " + options.listen +
      " takes " + (datagrams ? "datagrams" : "a stream") + ": it would do nothing");
}

// Accepts, and gives each connection a thread.
class StreamChaos {
 public:
  StreamChaos(net::Listener listener, net::Endpoint target, const ChaosOptions& options,
              int stop_fd, ChaosLog& log)
      : listener_(std::move(listener)),
        target_(std::move(target)),
        options_(options),
        stop_fd_(stop_fd),
        log_(log) {}

  void Run() {
    for (std::uint64_t number = 1;;) {
      carriers_.remove_if([](const Carrier& carrier) { return carrier.done.load(); });
      const bool full = carriers_.size() >= kMaxConnections;
      pollfd ready[] = {{.fd = stop_fd_, .events = POLLIN, .revents = 0},
                        {.fd = full ? -1 : listener_.fd(), .events = POLLIN, .revents = 0}};
      ::poll(ready, 2, full ? 20 : -1);
      if (ready[0].revents != 0) return;
      if (ready[1].revents == 0) continue;
      absl::StatusOr<net::Socket> client = listener_.Accept(net::Clock::now());
      if (client.ok()) {
        Carry(*std::move(client), number++);
      } else if (!absl::IsDeadlineExceeded(client.status())) {
        Say(MessageOf(client.status()));
        pollfd stop{.fd = stop_fd_, .events = POLLIN, .revents = 0};
        ::poll(&stop, 1, 100);  // out of descriptors, say: some connection has to end first
      }
    }
  }

 private:
  struct Carrier {
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  void Carry(net::Socket client, std::uint64_t number) {
    log_.Sum([](ChaosTotals& totals) { ++totals.connections; });
    Carrier& carrier = carriers_.emplace_back();
    carrier.thread = std::jthread([this, number, &carrier, from = std::move(client)]() mutable {
      absl::StatusOr<net::Socket> to = net::Connect(target_, net::DeadlineIn(kConnectTimeout));
      if (to.ok()) {
        CarryStream(std::move(from), *std::move(to), options_.faults, options_.seed, number,
                    stop_fd_, log_);
      } else {
        Say(MessageOf(to.status()));
        log_.Write(number, "unreachable");
        log_.Sum([](ChaosTotals& totals) { ++totals.unreachable; });
        from.Abort();
      }
      carrier.done = true;
    });
  }

  net::Listener listener_;
  net::Endpoint target_;
  const ChaosOptions& options_;
  int stop_fd_;
  ChaosLog& log_;
  std::list<Carrier> carriers_;  // their threads end soon after the stop
};

// What was told to stop it: readable from then on.
class StopEvent {
 public:
  int fd() const { return event_.get(); }

 private:
  net::UniqueFd event_{::eventfd(0, EFD_CLOEXEC)};
  StopSignal signal_{[fd = event_.get()] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof(one));
  }};
};

// Once listening has worked: empties the log, says so, and passes on until it is told to stop.
absl::Status Serve(const net::Endpoint& at, const std::string& log_file, ChaosLog& log, Output& out,
                   const std::function<absl::Status(int stop_fd)>& pass_on) {
  if (!log_file.empty()) {
    if (absl::Status opened = log.Open(log_file); !opened.ok()) return opened;
  }
  const StopEvent stop;
  if (stop.fd() < 0) return net::StatusFromErrno(errno, "eventfd");
  if (!SayListening(at, out)) return absl::OkStatus();
  return pass_on(stop.fd());
}

absl::Status RunStreams(const net::Endpoint& listen, const net::Endpoint& target,
                        const ChaosOptions& options, ChaosLog& log, Output& out) {
  absl::StatusOr<net::Listener> listener = net::Listener::Listen(listen);
  if (!listener.ok()) return listener.status();
  const net::Endpoint at = listener->local_endpoint();
  return Serve(at, options.log, log, out, [&](int stop_fd) {
    StreamChaos(*std::move(listener), target, options, stop_fd, log).Run();
    return absl::OkStatus();
  });
}

absl::Status RunDatagrams(const net::Endpoint& listen, const net::Endpoint& target,
                          const ChaosOptions& options, ChaosLog& log, Output& out) {
  absl::StatusOr<net::DatagramChannel> listener = net::DatagramChannel::Bind(listen);
  if (!listener.ok()) return listener.status();
  return Serve(listener->local_endpoint(), options.log, log, out, [&](int stop_fd) {
    return CarryDatagrams(*listener, target, options.faults, options.seed, stop_fd, log);
  });
}

}  // namespace

int Run(const ChaosOptions& given) {
  ChaosOptions options = given;
  const absl::StatusOr<net::Endpoint> listen = net::Endpoint::Parse(options.listen);
  if (!listen.ok()) return Fail(listen.status());
  const absl::StatusOr<net::Endpoint> target = net::Endpoint::Parse(options.target);
  if (!target.ok()) return Fail(target.status());
  if (absl::Status fit = CheckEndpoints(*listen, *target); !fit.ok()) return Fail(fit);
  const bool datagrams = listen->scheme == Scheme::kUdp;
  if (absl::Status fit = CheckFaults(options, datagrams); !fit.ok()) return Fail(fit);
  if (const auto there = net::Resolve(*target, net::ResolveFor::kConnect); !there.ok()) {
    return Fail(there.status());
  }
  if (options.of_streams.empty() && options.of_datagrams.empty() && options.of_both.empty())
    options.faults = UsualFaults(datagrams, options.faults.only);

  ChaosLog log;
  Output out(STDOUT_FILENO);
  const absl::Status status = datagrams ? RunDatagrams(*listen, *target, options, log, out)
                                        : RunStreams(*listen, *target, options, log, out);
  if (!status.ok()) return Fail(status);
  Say(Summary(log.totals(), datagrams));
  return out.Finish(log.failed() ? kIo : kDone);
}

}  // namespace unstick::inline v0::cli
