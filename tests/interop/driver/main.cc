// unstick_interop: our part of an interop run. tests/interop/run.py starts it and reads what it
// prints; README.md beside that says how it all goes together.

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/interop/driver/conversation.h"
#include "tests/interop/driver/relay.h"
#include "tests/interop/driver/talk.h"
#include "unstick/tls/context.h"
#include "unstick/tls/stream.h"

namespace {

using namespace unstick;           // NOLINT: a program, not a header
using namespace unstick::interop;  // NOLINT

constexpr const char* kUsage =
    "unstick_interop cut TARGET                    hands streams on to TARGET, cut at random\n"
    "unstick_interop relay SPEC TARGET             also decodes and encodes each message\n"
    "unstick_interop client SPEC TARGET FILE       opens the conversation in FILE\n"
    "unstick_interop server SPEC FILE              answers it: checks and echoes\n"
    "options: --seed N, --own OFFSET/SIZE, --seconds N\n"
    "         --tls DIRECTORY     client and server: over TLS, with cert.pem and key.pem in "
    "there\n";

struct Arguments {
  std::vector<std::string> words;
  std::uint64_t seed = 1;
  OwnBytes own;
  std::string tls;
  std::chrono::seconds time{120};
};

[[noreturn]] void Fail(std::string_view what, int code = 1) {
  std::fprintf(stderr, "unstick_interop: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(code);
}

template <typename T>
T ValueOf(absl::StatusOr<T> value) {
  if (!value.ok()) Fail(value.status().ToString());
  return *std::move(value);
}

std::uint64_t Number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) Fail("not a number", 2);
  return value;
}

Arguments Parse(const std::vector<std::string>& given) {
  Arguments arguments;
  for (std::size_t i = 1; i < given.size(); ++i) {
    if (!given[i].starts_with("--")) {
      arguments.words.push_back(given[i]);
      continue;
    }
    if (i + 1 == given.size()) Fail(kUsage, 2);
    const std::string& option = given[i];
    const std::string& value = given[++i];
    if (option == "--seed") {
      arguments.seed = Number(value);
    } else if (option == "--seconds") {
      arguments.time = std::chrono::seconds(Number(value));
    } else if (option == "--tls") {
      arguments.tls = value;
    } else if (option == "--own") {
      const std::size_t slash = value.find('/');
      arguments.own.offset = Number(value.substr(0, slash));
      arguments.own.size = slash == std::string::npos ? 1 : Number(value.substr(slash + 1));
    } else {
      Fail(kUsage, 2);
    }
  }
  return arguments;
}

AnyFramer FramerOf(const std::string& spec, Side side) {
  return ValueOf(AnyFramer::FromSpec(spec, side));
}

net::Endpoint EndpointOf(const std::string& text) { return ValueOf(net::Endpoint::Parse(text)); }

// Its first line tells the runner where.
net::Listener ListenAndSay() {
  net::Listener listener = ValueOf(net::Listener::Listen(EndpointOf("tcp:127.0.0.1:0")));
  std::printf("port %u\n", static_cast<unsigned>(listener.local_endpoint().port));
  std::fflush(stdout);
  return listener;
}

int RunRelay(const Arguments& a, std::optional<RelayFraming> framing) {
  Relay relay(ListenAndSay(), EndpointOf(a.words.back()), a.seed, std::move(framing));
  const absl::Status status = relay.Run();
  const RelayCounts& counts = relay.counts();
  std::printf("bytes=%llu pieces=%llu up=%llu down=%llu reads=%llu\n",
              static_cast<unsigned long long>(counts.bytes),
              static_cast<unsigned long long>(counts.pieces),
              static_cast<unsigned long long>(counts.frames_up),
              static_cast<unsigned long long>(counts.frames_down),
              static_cast<unsigned long long>(counts.reads));
  if (!status.ok()) Fail(status.ToString());
  return 0;
}

template <typename Talk>
int Finish(const Talk& talk, const absl::Status& status) {
  std::printf("sent=%llu received=%llu reads=%llu\n", static_cast<unsigned long long>(talk.sent()),
              static_cast<unsigned long long>(talk.received()),
              static_cast<unsigned long long>(talk.reads()));
  if (!status.ok()) Fail(status.ToString());
  return 0;
}

template <typename S>
int RunTalk(const Arguments& a, S stream, bool as_client, net::Deadline until) {
  const AnyFramer framer =
      ValueOf(AnyFramer::ForEnd(a.words[1], as_client ? Side::kClient : Side::kServer));
  const std::vector<Step> steps = ValueOf(ReadConversation(a.words.back()));
  Talk<S> talk(std::move(stream), framer, a.own, until);
  return Finish(talk, as_client ? talk.Open(steps) : talk.Echo(steps));
}

tls::Stream OverTls(const Arguments& a, net::Socket socket, bool as_client, net::Deadline until) {
  const tls::Pem certificate = tls::Pem::File(a.tls + "/cert.pem");
  if (as_client) {
    const tls::Context context = ValueOf(tls::Context::ForClient({.ca = certificate}));
    return ValueOf(tls::Stream::Connect(std::move(socket), context, "localhost", until));
  }
  const tls::Context context = ValueOf(
      tls::Context::ForServer({.identity = {certificate, tls::Pem::File(a.tls + "/key.pem")}}));
  return ValueOf(tls::Stream::Accept(std::move(socket), context, until));
}

int RunTalk(const Arguments& a, bool as_client) {
  const net::Deadline until = net::DeadlineIn(a.time);
  net::Socket socket = as_client ? ValueOf(net::Connect(EndpointOf(a.words[2]), until))
                                 : ValueOf(ListenAndSay().Accept(until));
  if (a.tls.empty()) return RunTalk(a, std::move(socket), as_client, until);
  return RunTalk(a, OverTls(a, std::move(socket), as_client, until), as_client, until);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments a = Parse({argv, argv + argc});
  const std::string command = a.words.empty() ? "" : a.words[0];
  if (command == "cut" && a.words.size() == 2) return RunRelay(a, std::nullopt);
  if (command == "relay" && a.words.size() == 3) {
    return RunRelay(a, RelayFraming{FramerOf(a.words[1], Side::kClient),
                                    FramerOf(a.words[1], Side::kServer), a.own});
  }
  if (command == "client" && a.words.size() == 4) return RunTalk(a, true);
  if (command == "server" && a.words.size() == 3) return RunTalk(a, false);
  Fail(kUsage, 2);
}
