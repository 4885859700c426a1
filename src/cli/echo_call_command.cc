#include "src/cli/echo_call_command.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "src/cli/echo_line.h"
#include "src/cli/exit_code.h"
#include "src/cli/input.h"
#include "src/cli/message_reader.h"
#include "src/cli/messages.h"
#include "src/cli/output.h"
#include "src/cli/printable.h"

namespace unstick::inline v0::cli {
namespace {

int CodeFor(const absl::Status& status) {
  const bool framing = absl::IsInvalidArgument(status) || absl::IsDataLoss(status) ||
                       absl::IsResourceExhausted(status);
  return framing ? kFraming : kIo;
}

std::string Shown(net::Duration timeout) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  if (us % 1'000'000 == 0) return std::to_string(us / 1'000'000) + "s";
  return us % 1000 == 0 ? std::to_string(us / 1000) + "ms" : std::to_string(us) + "us";
}

// Sends each message and prints what comes back.
class Caller {
 public:
  Caller(EchoLine& line, net::Duration timeout, Output& out)
      : line_(line), timeout_(timeout), out_(out), on_terminal_(::isatty(STDOUT_FILENO) == 1) {}

  // False when there is no use in going on; exit_code() says why.
  bool Call(ByteView message) {
    const auto replies = line_.Call(message, net::DeadlineIn(timeout_));
    if (!replies.ok()) {
      if (out_.Flush()) Say("message " + std::to_string(number_) + ": " + Why(replies.status()));
      exit_code_ = CodeFor(replies.status());
      return false;
    }
    ++number_;
    for (const std::string& reply : *replies) Print(reply);
    return out_.Flush();
  }

  int exit_code() const { return exit_code_; }

 private:
  std::string Why(const absl::Status& status) const {
    if (absl::IsDeadlineExceeded(status)) return "no reply within " + Shown(timeout_);
    return MessageOf(status);
  }

  // As it is for programs; on a terminal what could disturb it is escaped.
  void Print(const std::string& reply) {
    std::string text;
    if (on_terminal_) AppendPrintable(reply, text, Backslash::kPlain);
    out_.Append(on_terminal_ ? text : reply);
    out_.Append("\n");
  }

  EchoLine& line_;
  net::Duration timeout_;
  Output& out_;
  bool on_terminal_;
  std::uint64_t number_ = 0;
  int exit_code_ = kDone;
};

// What a person who types sees: a prompt before each line, and at last a line end.
class Prompt {
 public:
  void Ask() const { Write("> "); }
  void End() const { Write("\n"); }

 private:
  void Write(std::string_view text) const {
    if (!shown_) return;
    [[maybe_unused]] const ssize_t written = ::write(fd_, text.data(), text.size());
  }

  bool shown_ = ::isatty(STDIN_FILENO) == 1;
  int fd_ = ::isatty(STDOUT_FILENO) == 1 ? STDOUT_FILENO : STDERR_FILENO;
};

// Each line of standard input is a message.
int CallLines(Caller& caller) {
  const Prompt prompt;
  absl::StatusOr<Input> input = Input::Open("-");
  MessageReader lines(
      MessageFormat::kLines,
      {.message = [&](ByteView line, const FrameEnds*) { return caller.Call(line); },
       .preamble = {},
       .filler = {}});
  std::array<std::byte, std::size_t{16} << 10> room;
  for (;;) {
    prompt.Ask();
    const absl::StatusOr<std::size_t> n = input->Read(room);
    if (!n.ok()) return Fail(n.status(), kIo);
    if (*n == 0) prompt.End();
    const absl::Status status = *n == 0 ? lines.Finish() : lines.Take(ByteView(room).first(*n));
    if (!status.ok() && !absl::IsCancelled(status)) return Fail(status, kFraming);
    if (!status.ok() || *n == 0) return caller.exit_code();
  }
}

absl::StatusOr<std::unique_ptr<EchoLine>> Connect(const EchoCallOptions& options,
                                                  const net::Endpoint& endpoint,
                                                  const AnyFramer& framer) {
  if (endpoint.scheme != net::Endpoint::Scheme::kTls) {
    return EchoLine::Connect(endpoint, framer, options.timeout);
  }
  const absl::StatusOr<tls::Context> context = ClientContext(options.tls);
  // A file that is no certificate is wrong input, not wrong usage.
  if (!context.ok()) return absl::UnavailableError(context.status().message());
  return EchoLine::ConnectTls(endpoint, *context, framer, options.timeout);
}

}  // namespace

int Run(const EchoCallOptions& options) {
  const absl::StatusOr<net::Endpoint> endpoint = net::Endpoint::Parse(options.endpoint);
  const absl::StatusOr<AnyFramer> framer = AnyFramer::ForEnd(options.framing, Side::kClient);
  if (!endpoint.ok() || !framer.ok())
    return Fail(endpoint.ok() ? framer.status() : endpoint.status(), kUsage);
  if (const absl::Status usage = CheckForClient(options.tls, *endpoint); !usage.ok())
    return Fail(usage, kUsage);
  const absl::StatusOr<std::unique_ptr<EchoLine>> line = Connect(options, *endpoint, *framer);
  if (!line.ok()) return Fail(line.status());
  Output out(STDOUT_FILENO);
  Caller caller(**line, options.timeout, out);
  int code = kDone;
  if (options.messages.empty()) {
    code = CallLines(caller);
  } else {
    for (const std::string& message : options.messages) {
      if (!caller.Call(AsBytes(message))) break;
    }
    code = caller.exit_code();
  }
  if (code == kDone) (*line)->Close(net::DeadlineIn(options.timeout));
  if (const std::uint64_t unasked = (*line)->unasked(); unasked > 0) {
    Say(Count(unasked, "datagram") + " dropped that came unasked");
  }
  return out.Finish(code);
}

}  // namespace unstick::inline v0::cli
