#include "unstick/asio/connect.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "src/asio/happy_eyeballs.h"
#include "unstick/asio/tls.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::aio {
namespace {

using ::asio::awaitable;
using detail::HappyEyeballs;
using net::Endpoint;
using Scheme = Endpoint::Scheme;
using Addresses = absl::StatusOr<std::vector<net::SocketAddress>>;

// How often a Unix listener whose queue is full is asked again: nothing tells when it has room.
constexpr std::chrono::milliseconds kUnixRetry(10);

// The coroutine that awaits was cancelled: it must not await anything any more.
bool Cancelled(const ::asio::cancellation_state& state) {
  return state.cancelled() != ::asio::cancellation_type::none;
}

struct Target {
  net::SocketAddress address;
  std::string host;  // over TLS: whom the certificate must name
};

// What the attempts and the one who waits for them share. It outlives all of them.
struct Race {
  Race(const Stream::executor_type& executor, std::vector<Target> all, net::Duration delay)
      : targets(std::move(all)),
        schedule(targets.size(), delay),
        streams(targets.size()),
        failures(targets.size()),
        changed(executor) {}

  std::vector<Target> targets;
  HappyEyeballs schedule;
  std::vector<std::unique_ptr<Stream>> streams;  // null: not tried
  std::vector<absl::Status> failures;
  ::asio::steady_timer changed;
  std::unique_ptr<Stream> winner;
  bool over = false;
};

// Nobody waits any more: closes what has not won.
class RaceEnd {
 public:
  explicit RaceEnd(std::shared_ptr<Race> race) : race_(std::move(race)) {}
  RaceEnd(const RaceEnd&) = delete;
  RaceEnd& operator=(const RaceEnd&) = delete;
  ~RaceEnd() {
    race_->over = true;
    for (const std::unique_ptr<Stream>& stream : race_->streams) {
      if (stream) stream->Close();
    }
  }

 private:
  std::shared_ptr<Race> race_;
};

// ---- One address -------------------------------------------------------------------------------

std::error_code LastError() { return {errno, std::system_category()}; }

std::error_code Open(Stream::Socket& socket, int family) {
  net::UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return LastError();
  std::error_code error;
  socket.assign(Stream::Socket::protocol_type(family, 0), fd.get(), error);
  if (error) return error;
  static_cast<void>(fd.Release());  // the socket's now
  const int on = 1;
  if (family != AF_UNIX)
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return error;
}

awaitable<std::error_code> ConnectUnix(Stream::Socket& socket, const net::SocketAddress& address) {
  ::asio::steady_timer timer(socket.get_executor());
  while (socket.is_open()) {
    if (::connect(socket.native_handle(), address.data(), address.size()) == 0) {
      co_return std::error_code();
    }
    if (errno != EAGAIN && errno != EINTR) co_return LastError();
    std::error_code ignored;
    timer.expires_after(kUnixRetry);
    co_await timer.async_wait(::asio::redirect_error(::asio::use_awaitable, ignored));
  }
  co_return std::error_code(ECANCELED, std::system_category());
}

awaitable<std::error_code> ConnectTcp(Stream::Socket& socket, const net::SocketAddress& address) {
  std::error_code error;
  const Stream::Socket::endpoint_type endpoint(address.data(), address.size());
  co_await socket.async_connect(endpoint, ::asio::redirect_error(::asio::use_awaitable, error));
  if (error) co_return error;
  if (net::IsConnectedToItself(socket.native_handle())) {
    error = {ECONNREFUSED, std::system_category()};
  }
  co_return error;
}

awaitable<absl::Status> TryOne(Stream& stream, const Target& target) {
  Stream::Socket& socket = stream.socket();
  const int family = target.address.family();
  const std::string name = target.address.ToString();
  std::error_code error = Open(socket, family);
  if (error) co_return net::StatusFromErrno(error.value(), name);
  if (family == AF_UNIX) {  // no conditional expression: g++ 12 destroys such a temporary twice
    error = co_await ConnectUnix(socket, target.address);
  } else {
    error = co_await ConnectTcp(socket, target.address);
  }
  if (error) co_return net::StatusFromErrno(error.value(), name);
  co_await stream.async_handshake(::asio::redirect_error(::asio::use_awaitable, error));
  if (!error) co_return absl::OkStatus();
  absl::Status why = stream.ErrorStatus(error, name);
  std::error_code unheard;  // the peer should read why it was refused
  co_await stream.async_close_write(::asio::redirect_error(::asio::use_awaitable, unheard));
  co_return why;
}

awaitable<void> Attempt(std::shared_ptr<Race> race, std::size_t which) {
  Stream& stream = *race->streams[which];
  absl::Status status = co_await TryOne(stream, race->targets[which]);
  if (race->over) co_return;
  if (!status.ok()) {
    stream.Close();
    race->failures[which] = std::move(status);
    race->schedule.Failed(which);
  } else if (!race->winner) {
    race->winner = std::move(race->streams[which]);
  }
  race->changed.cancel();
}

void StartAttempt(const std::shared_ptr<Race>& race, std::size_t which,
                  const std::optional<tls::Context>& tls) {
  const Stream::executor_type executor = race->changed.get_executor();
  const Target& target = race->targets[which];
  std::unique_ptr<Transport> transport;
  if (!target.host.empty()) {
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): Connect() refuses tls: without a context
    transport = TlsTransport(*tls, target.host)();
  }
  race->streams[which] = std::make_unique<Stream>(Stream::Socket(executor), std::move(transport));
  ::asio::co_spawn(executor, Attempt(race, which), ::asio::detached);
}

// ---- Names -------------------------------------------------------------------------------------

struct Lookup {
  explicit Lookup(const Stream::executor_type& executor) : resolver(executor), done(executor) {}
  ::asio::ip::tcp::resolver resolver;
  ::asio::steady_timer done;
  std::vector<net::SocketAddress> found;
  std::error_code error = ::asio::error::timed_out;
};

// Names are looked up on a thread of Asio's, everything else here.
awaitable<Addresses> LookUp(const Endpoint& endpoint, net::Deadline until) {
  std::error_code no_number;
  ::asio::ip::make_address(endpoint.host, no_number);
  if (endpoint.scheme == Scheme::kUnix || endpoint.host.empty() || !no_number) {
    co_return net::Resolve(endpoint, net::ResolveFor::kConnect);
  }
  const auto lookup = std::make_shared<Lookup>(co_await ::asio::this_coro::executor);
  lookup->done.expires_at(until);
  lookup->resolver.async_resolve(
      endpoint.host, std::to_string(endpoint.port), ::asio::ip::resolver_base::numeric_service,
      [lookup](std::error_code error, const ::asio::ip::tcp::resolver::results_type& results) {
        lookup->error = error;
        for (const auto& result : results) {
          const auto at = result.endpoint();
          lookup->found.emplace_back(at.data(), static_cast<socklen_t>(at.size()));
        }
        lookup->done.cancel();
      });
  std::error_code ignored;
  co_await lookup->done.async_wait(::asio::redirect_error(::asio::use_awaitable, ignored));
  lookup->resolver.cancel();
  if (!lookup->error && !lookup->found.empty()) co_return std::move(lookup->found);
  const std::string what = "look up '" + endpoint.host + "': ";
  if (lookup->error == ::asio::error::timed_out) {
    co_return absl::DeadlineExceededError(what + "no answer");
  }
  if (lookup->error == ::asio::error::host_not_found_try_again) {
    co_return absl::UnavailableError(what + lookup->error.message());
  }
  co_return absl::NotFoundError(what + lookup->error.message());
}

// ---- All of it ---------------------------------------------------------------------------------

absl::Status Check(const std::vector<Endpoint>& endpoints, const std::optional<tls::Context>& tls) {
  if (endpoints.empty()) return absl::InvalidArgumentError("connect: no endpoint was given");
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.scheme == Scheme::kUdp) {
      return absl::InvalidArgumentError("connect to " + endpoint.ToString() +
                                        ": not a stream; tcp, unix and tls are");
    }
    if (endpoint.scheme == Scheme::kTls && !(tls && !tls->is_server())) {
      return absl::InvalidArgumentError("connect to " + endpoint.ToString() +
                                        ": no client's TLS context was given");
    }
  }
  return absl::OkStatus();
}

// "connect to tcp:a:1 or tcp:b:1: 10.0.0.1:1: Connection refused; 10.0.0.2:1: no answer"
absl::Status NobodyAnswered(const std::vector<Endpoint>& endpoints,
                            const std::vector<absl::Status>& failed, absl::StatusCode code) {
  std::string text = "connect to ";
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    text += (i > 0 ? " or " : "") + endpoints[i].ToString();
  }
  for (std::size_t i = 0; i < failed.size(); ++i) {
    text += (i > 0 ? "; " : ": ") + std::string(failed[i].message());
  }
  if (code == absl::StatusCode::kOk) {
    const auto same = [&](const absl::Status& s) { return s.code() == failed[0].code(); };
    code = std::ranges::all_of(failed, same) ? failed[0].code() : absl::StatusCode::kUnavailable;
  }
  return {code, text};
}

awaitable<absl::StatusOr<Stream>> Run(std::vector<Endpoint> endpoints, net::Deadline until,
                                      net::Duration attempt_delay,
                                      std::optional<tls::Context> tls) {
  if (absl::Status wrong = Check(endpoints, tls); !wrong.ok()) co_return wrong;
  const ::asio::cancellation_state cancellation = co_await ::asio::this_coro::cancellation_state;
  const Stream::executor_type executor = co_await ::asio::this_coro::executor;
  std::vector<absl::Status> failed;
  std::vector<Target> targets;
  for (const Endpoint& endpoint : endpoints) {
    const Addresses addresses = co_await LookUp(endpoint, until);
    if (Cancelled(cancellation)) co_return absl::CancelledError("connect: cancelled");
    if (!addresses.ok()) {
      failed.push_back(addresses.status());
      continue;
    }
    const std::string host = endpoint.scheme != Scheme::kTls ? std::string()
                             : endpoint.host.empty()         ? "localhost"
                                                             : endpoint.host;
    for (const net::SocketAddress& address : detail::Interleave(*addresses)) {
      targets.push_back({address, host});
    }
  }

  const auto race = std::make_shared<Race>(executor, std::move(targets), attempt_delay);
  const RaceEnd end(race);
  absl::StatusCode why = absl::StatusCode::kOk;
  for (;;) {
    const net::Deadline now = net::Clock::now();
    if (race->winner) co_return std::move(*race->winner);
    if (now >= until) {
      why = absl::StatusCode::kDeadlineExceeded;
      break;
    }
    const HappyEyeballs::Step step = race->schedule.Next(now);
    if (step.kind == HappyEyeballs::Step::Kind::kAllFailed) break;
    if (step.kind == HappyEyeballs::Step::Kind::kStart) {
      StartAttempt(race, step.address, tls);
      continue;
    }
    race->changed.expires_at(std::min(step.until, until));
    std::error_code ignored;
    co_await race->changed.async_wait(::asio::redirect_error(::asio::use_awaitable, ignored));
    if (Cancelled(cancellation)) co_return absl::CancelledError("connect: cancelled");
  }
  for (std::size_t i = 0; i < race->targets.size(); ++i) {
    const bool open = race->failures[i].ok();
    failed.push_back(
        !open ? race->failures[i]
              : absl::DeadlineExceededError(race->targets[i].address.ToString() +
                                            (race->streams[i] ? ": no answer" : ": not tried")));
  }
  co_return NobodyAnswered(endpoints, failed, why);
}

}  // namespace

awaitable<absl::StatusOr<Stream>> Connect(const std::vector<Endpoint>& endpoints,
                                          net::Deadline until, const ConnectOptions& options) {
  return Run(endpoints, until, options.attempt_delay,
             options.tls != nullptr ? std::optional(*options.tls) : std::nullopt);
}
awaitable<absl::StatusOr<Stream>> Connect(const Endpoint& endpoint, net::Deadline until,
                                          const ConnectOptions& options) {
  return Connect(std::vector(1, endpoint), until, options);
}

}  // namespace unstick::inline v0::aio
