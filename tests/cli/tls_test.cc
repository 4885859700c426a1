// echo serve and echo call over TLS: what they do with --cert, --key and --ca.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/echo_fixture.h"
#include "tests/support/certificates.h"

namespace unstick::inline v0::testing {
namespace {

using certificates::Authority;
using certificates::Issued;
using ::testing::HasSubstr;
using ::testing::Not;
using Arguments = std::vector<std::string>;

class TlsProgram : public ::testing::Test {
 protected:
  TlsProgram() {
    Write("ca.pem", authority_.certificate());
    Write("server", authority_.Issue());
    Write("alice", authority_.Issue({.common_name = "alice", .names = ""}));
    Write("mallory", Authority("another authority").Issue({.common_name = "mallory"}));
  }

  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
  }
  void Write(const std::string& name, const Issued& issued) const {
    Write(name + ".pem", issued.certificate);
    Write(name + ".key", issued.key);
  }
  Arguments As(const std::string& who, Arguments more = {}) const {
    more.insert(more.end(), {"--cert", Path(who + ".pem"), "--key", Path(who + ".key")});
    return more;
  }
  Arguments Believing(Arguments more = {}) const {
    more.insert(more.end(), {"--ca", Path("ca.pem")});
    return more;
  }

  Authority authority_{"the authority"};
  TemporaryDirectory directory_;
};

constexpr const char* kTls = "tls:127.0.0.1:0";

// One clear line, and nothing else.
void ExpectRefused(const Outcome& outcome, int exit_code, const std::string& words) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.error;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.error, HasSubstr(words));
  EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 1) << outcome.error;
}

Outcome Serve(const std::string& endpoint, const Arguments& more) {
  Arguments arguments = {"echo", "serve", endpoint, "--framing", "line"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Program serve(arguments);
  Outcome outcome{0, serve.out.All(), serve.error.All()};
  outcome.exit_code = serve.Wait();
  return outcome;
}

TEST_F(TlsProgram, Echoes) {
  EchoServer server(kTls, "length:width=2", As("server"));
  EXPECT_EQ(server.at.scheme, net::Endpoint::Scheme::kTls);
  EXPECT_NE(server.at.port, 0);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const std::string at = "tls:" + host + ":" + std::to_string(server.at.port);
    const Outcome call = Call(at, "length:width=2", Believing({"hello", "", "[a,b]"}));
    EXPECT_EQ(call.exit_code, 0);
    EXPECT_EQ(call.out, "hello\n\n[a,b]\n");
    EXPECT_EQ(call.error, "");
  }
  const Outcome lines = Call(server.name, "length:width=2", Believing(), "one\ntwo\n");
  EXPECT_EQ(lines.out, "one\ntwo\n");
  server.Stop();
  EXPECT_THAT(server.process.error.All(), HasSubstr("3 connections, 8 messages"));
}

TEST_F(TlsProgram, BelievesNoServerThatNobodyItTrustsHasSigned) {
  EchoServer server(kTls, "line", As("server"));
  ExpectRefused(Call(server.name, "line", {"hello"}), 4, "issuer certificate");
  EXPECT_THAT(server.process.error.Line(), HasSubstr("unknown CA"));
  const Outcome call = Call(server.name, "line", Believing({"hello"}));
  EXPECT_EQ(call.out, "hello\n") << "the server goes on";
  server.Stop();
  Write("elsewhere", authority_.Issue({.names = "DNS:example.org"}));
  EchoServer other(kTls, "line", As("elsewhere"));
  ExpectRefused(Call(other.name, "line", Believing({"hello"})), 4, "IP address mismatch");
  other.Stop();
}

TEST_F(TlsProgram, AsksClientsForACertificate) {
  EchoServer server(kTls, "line", Believing(As("server")));
  const Outcome alice = Call(server.name, "line", Believing(As("alice", {"hello"})));
  EXPECT_EQ(alice.exit_code, 0) << alice.error;
  EXPECT_EQ(alice.out, "hello\n");
  ExpectRefused(Call(server.name, "line", Believing({"hello"})), 4, "certificate required");
  EXPECT_THAT(server.process.error.Line(), HasSubstr("showed no certificate"));
  ExpectRefused(Call(server.name, "line", Believing(As("mallory", {"hello"}))), 4, "unknown CA");
  EXPECT_THAT(server.process.error.Line(), HasSubstr("CN=mallory"));
  server.Stop();
  EXPECT_THAT(server.process.error.All(), HasSubstr("3 connections, 1 message"));
}

TEST_F(TlsProgram, FilesThatAreMissingOrWrongStartNothing) {
  Write("rubbish.pem", "rubbish");
  Write("rubbish.key", "rubbish");
  ExpectRefused(Serve(kTls, As("nobody")), 4, Path("nobody.pem") + ": No such file");
  ExpectRefused(Serve(kTls, As("rubbish")), 4, Path("rubbish.pem") + ": there is no certificate");
  ExpectRefused(Serve(kTls, {"--cert", Path("server.pem"), "--key", Path("alice.key")}), 4,
                Path("alice.key") + ": it is not the key");
  ExpectRefused(Serve(kTls, As("server", {"--ca", Path("none.pem")})), 4, Path("none.pem"));
  ExpectRefused(Call("tls:127.0.0.1:1", "line", {"--ca", Path("rubbish.pem"), "x"}), 4,
                Path("rubbish.pem"));
  ExpectRefused(Call("tls:127.0.0.1:1", "line", As("nobody", {"x"})), 4, Path("nobody.pem"));
}

TEST_F(TlsProgram, FilesThatDoNotBelongAreWrongUsage) {
  ExpectRefused(Serve(kTls, {}), 2, "needs --cert and --key");
  ExpectRefused(Serve(kTls, {"--cert", Path("server.pem")}), 2, "--cert needs its --key");
  ExpectRefused(Serve("tcp:127.0.0.1:0", As("server")), 2, "are for tls: endpoints");
  ExpectRefused(Call("tcp:127.0.0.1:1", "line", Believing({"x"})), 2, "are for tls: endpoints");
  ExpectRefused(Call("tls:127.0.0.1:1", "line", {"--key", Path("alice.key"), "x"}), 2,
                "--key needs its --cert");
}

TEST_F(TlsProgram, PlaintextAndTlsDoNotMeet) {
  EchoServer tls(kTls, "length", As("server"));
  const std::string plain_port = "tcp:127.0.0.1:" + std::to_string(tls.at.port);
  const Outcome plain = Call(plain_port, "length", {"hello"});
  EXPECT_EQ(plain.exit_code, 4) << plain.error;
  EXPECT_EQ(plain.out, "");
  EXPECT_THAT(tls.process.error.Line(), HasSubstr("does not speak TLS"));
  tls.Stop();

  EchoServer tcp("tcp:127.0.0.1:0", "length");
  const std::string tls_port = "tls:127.0.0.1:" + std::to_string(tcp.at.port);
  ExpectRefused(Call(tls_port, "length", Believing({"hello"})), 4, "tls handshake");
  EXPECT_THAT(tcp.process.error.Line(), HasSubstr("looks like TLS"));
  tcp.Stop();

  ExpectRefused(Call("tls:127.0.0.1:1", "line", Believing({"x"})), 4,
                "connect to tls:127.0.0.1:1 (127.0.0.1:1): Connection refused");
}

}  // namespace
}  // namespace unstick::inline v0::testing
