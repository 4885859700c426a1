// An echo server in a process of its own.

#ifndef UNSTICK_TESTS_CLI_ECHO_FIXTURE_H_
#define UNSTICK_TESTS_CLI_ECHO_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/program.h"
#include "tests/support/temporary_directory.h"
#include "unstick/net/deadline.h"
#include "unstick/net/endpoint.h"

namespace unstick::inline v0::testing {

inline net::Deadline Soon() { return net::DeadlineIn(kPatience); }
inline net::Endpoint At(std::string_view text) { return *net::Endpoint::Parse(text); }

class EchoServer {
 public:
  explicit EchoServer(const std::string& endpoint, const std::string& framing,
                      const std::vector<std::string>& more = {})
      : process(Arguments(endpoint, framing, more)) {
    constexpr std::string_view kSays = "listening on ";
    const std::string line = process.out.Line();
    EXPECT_TRUE(line.starts_with(kSays)) << line;
    if (line.starts_with(kSays)) name = line.substr(kSays.size());
    const absl::StatusOr<net::Endpoint> parsed = net::Endpoint::Parse(name);
    EXPECT_TRUE(parsed.ok()) << line;
    if (parsed.ok()) at = *parsed;
  }

  // Asks it to end; it has to, with exit code 0.
  void Stop(int signal_number = SIGINT) {
    process.Signal(signal_number);
    EXPECT_EQ(process.Wait(), 0) << process.error.All();
  }

  std::string name;  // of the endpoint it listens on
  net::Endpoint at;
  Program process;

 private:
  static std::vector<std::string> Arguments(const std::string& endpoint, const std::string& framing,
                                            const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"echo", "serve", endpoint, "--framing", framing};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

struct Outcome {
  int exit_code;
  std::string out;
  std::string error;
};

inline Outcome Call(const std::string& endpoint, const std::string& framing,
                    const std::vector<std::string>& more, std::string_view input = {}) {
  std::vector<std::string> arguments = {"echo", "call", endpoint, "--framing", framing};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Program call(arguments);
  EXPECT_TRUE(input.empty() || call.Write(input));
  call.CloseInput();
  Outcome outcome{0, call.out.All(), call.error.All()};
  outcome.exit_code = call.Wait();
  return outcome;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_CLI_ECHO_FIXTURE_H_
