#include "src/cli/echo_serve_command.h"

#include <unistd.h>

#include <chrono>
#include <string>

#include "src/cli/echo_datagrams.h"
#include "src/cli/echo_reply.h"
#include "src/cli/endpoint_option.h"
#include "src/cli/exit_code.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"
#include "src/cli/stop_signal.h"
#include "unstick/asio/framed_server.h"

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

int ServeStream(const net::Endpoint& endpoint, const AnyFramer& framer, bool timestamp,
                Output& out) {
  EchoReply reply(timestamp);  // the server has one thread
  const auto answer = [&reply](aio::Session& session, const FrameView& frame) {
    const absl::Status status = session.Reply(reply.To(frame.payload()));
    if (status.ok()) return;
    Say(session.remote().ToString() + ": a message cannot be answered: " + MessageOf(status));
    session.Close();
  };
  aio::FramedServer<AnyFramer> server(framer, answer, ServerOptions());
  const absl::StatusOr<net::Endpoint> at = server.Listen(endpoint);
  if (!at.ok()) {
    Say(MessageOf(at.status()));
    return absl::IsInvalidArgument(at.status()) ? kUsage : kIo;
  }
  const StopSignal stop([&server] { server.Stop(); });
  if (!SayListening(*at, out)) return out.Finish(kIo);
  const absl::Status done = server.Run();
  if (!done.ok()) {
    Say(MessageOf(done));
    return kIo;
  }
  SayServed(server.stats());
  return kDone;
}

}  // namespace

int Run(const EchoServeOptions& options) {
  const absl::StatusOr<net::Endpoint> endpoint = EndpointFor(options.endpoint);
  const absl::StatusOr<AnyFramer> framer = AnyFramer::ForEnd(options.framing, Side::kServer);
  if (!endpoint.ok() || !framer.ok()) {
    Say(MessageOf(endpoint.ok() ? framer.status() : endpoint.status()));
    return kUsage;
  }
  Output out(STDOUT_FILENO);
  if (endpoint->scheme == net::Endpoint::Scheme::kUdp) {
    return ServeDatagrams(*endpoint, *framer, options.timestamp, out);
  }
  return ServeStream(*endpoint, *framer, options.timestamp, out);
}

}  // namespace unstick::inline v0::cli
