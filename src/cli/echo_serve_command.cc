#include "src/cli/echo_serve_command.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

#include "src/cli/echo_datagrams.h"
#include "src/cli/echo_reply.h"
#include "src/cli/exit_code.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"
#include "src/cli/stats_file.h"
#include "src/cli/stop_signal.h"
#include "unstick/asio/framed_server.h"
#include "unstick/asio/tls.h"

namespace unstick::inline v0::cli {
namespace {

// What one should hear of: everything but an end that somebody wanted.
bool IsTrouble(aio::CloseReason reason) {
  return reason != aio::CloseReason::kEnd && reason != aio::CloseReason::kClosed &&
         reason != aio::CloseReason::kStopped;
}

aio::ServerOptions ServerOptions() {
  aio::ServerOptions options;
  options.linger_timeout = std::chrono::seconds(1);  // people do not wait for an idle nc to close
  options.on_close = [](aio::Session& session, const aio::CloseInfo& info) {
    if (IsTrouble(info.reason)) Say(session.remote().ToString() + ": " + info.ToString());
  };
  return options;
}

void SayServed(const aio::ServerStats& stats) {
  Say("stopped: " + Count(stats.accepted, "connection") + ", " + Count(stats.frames_in, "message"));
}

int ServeStream(const net::Endpoint& endpoint, const AnyFramer& framer,
                const aio::ServerOptions& server_options, const EchoServeOptions& options,
                Output& out) {
  EchoReply reply(options.timestamp);  // the server has one thread
  const auto answer = [&reply](aio::Session& session, const FrameView& frame) {
    const absl::Status status = session.Reply(reply.To(frame.payload()));
    if (status.ok()) return;
    Say(session.remote().ToString() + ": a message cannot be answered: " + MessageOf(status));
    session.Close();
  };
  aio::FramedServer<AnyFramer> server(framer, answer, server_options);
  const absl::StatusOr<net::Endpoint> at = server.Listen(endpoint);
  if (!at.ok()) return Fail(at.status());
  StatsFile figures(options.stats, [&server] { return server.stats().ToPrometheus(); });
  if (const absl::Status written = figures.Start(); !written.ok()) return Fail(written, kIo);
  const StopSignal stop([&server] { server.Stop(); });
  if (!SayListening(*at, out)) return out.Finish(kIo);
  absl::Status done = server.Run();
  done.Update(figures.Finish());
  if (!done.ok()) return Fail(done, kIo);
  SayServed(server.stats());
  return kDone;
}

}  // namespace

int Run(const EchoServeOptions& options) {
  const absl::StatusOr<net::Endpoint> endpoint = net::Endpoint::Parse(options.endpoint);
  const absl::StatusOr<AnyFramer> framer = AnyFramer::ForEnd(options.framing, Side::kServer);
  if (!endpoint.ok() || !framer.ok())
    return Fail(endpoint.ok() ? framer.status() : endpoint.status(), kUsage);
  if (const absl::Status usage = CheckForServer(options.tls, *endpoint); !usage.ok())
    return Fail(usage, kUsage);
  aio::ServerOptions server = ServerOptions();
  if (endpoint->scheme == net::Endpoint::Scheme::kTls) {
    const absl::StatusOr<tls::Context> context = ServerContext(options.tls);
    if (!context.ok()) return Fail(context.status(), kIo);
    server.transport = aio::TlsTransport(*context);
  }
  std::signal(SIGUSR1, SIG_IGN);  // it asks for figures; without --stats there are none
  Output out(STDOUT_FILENO);
  if (endpoint->scheme == net::Endpoint::Scheme::kUdp) {
    if (!options.stats.empty()) {
      Say("--stats: datagrams have no connections to count");
      return kUsage;
    }
    return ServeDatagrams(*endpoint, *framer, options.timestamp, out);
  }
  return ServeStream(*endpoint, *framer, server, options, out);
}

}  // namespace unstick::inline v0::cli
