#include "unstick/net/endpoint.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {
namespace {

using Scheme = Endpoint::Scheme;

TEST(EndpointTest, ParsesAndPrintsTheSame) {
  struct Case {
    std::string_view text;
    Endpoint endpoint;
  };
  const std::vector<Case> cases = {
      {"tcp:localhost:80", {Scheme::kTcp, "localhost", 80, ""}},
      {"tcp:127.0.0.1:0", {Scheme::kTcp, "127.0.0.1", 0, ""}},
      {"tcp::4000", {Scheme::kTcp, "", 4000, ""}},
      {"tcp:[::1]:65535", {Scheme::kTcp, "::1", 65535, ""}},
      {"tcp:[fe80::1%eth0]:1", {Scheme::kTcp, "fe80::1%eth0", 1, ""}},
      {"udp:[::]:53", {Scheme::kUdp, "::", 53, ""}},
      {"tls:example.org:443", {Scheme::kTls, "example.org", 443, ""}},
      {"unix:/run/app.sock", {Scheme::kUnix, "", 0, "/run/app.sock"}},
      {"unix:a:b c", {Scheme::kUnix, "", 0, "a:b c"}},
  };
  for (const Case& c : cases) {
    const absl::StatusOr<Endpoint> parsed = Endpoint::Parse(c.text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, c.endpoint) << c.text;
    EXPECT_EQ(parsed->ToString(), c.text);
  }
}

TEST(EndpointTest, BracketsAroundANameAreAllowedAndDropped) {
  EXPECT_EQ(Endpoint::Parse("tcp:[localhost]:1")->ToString(), "tcp:localhost:1");
}

TEST(EndpointTest, AnErrorNamesTheOffendingPart) {
  struct Case {
    std::string text;
    std::string_view named;
  };
  const std::vector<Case> cases = {
      {"", "scheme ''"},
      {"tcp", "scheme 'tcp'"},
      {"http:host:80", "scheme 'http' is none of tcp, udp, tls, unix"},
      {"TCP:host:80", "scheme 'TCP'"},
      {"localhost:80", "scheme 'localhost'"},
      {"tcp:", "port is missing"},
      {"tcp:host", "port is missing; write tcp:HOST:PORT"},
      {"udp:[::1]", "port is missing; write udp:HOST:PORT"},
      {"tcp:host:", "port ''"},
      {"tcp:host:65536", "port '65536' is not a number from 0 to 65535"},
      {"tcp:host:-1", "port '-1'"},
      {"tcp:host:+1", "port '+1'"},
      {"tcp:host: 1", "port ' 1'"},
      {"tcp:host:0x50", "port '0x50'"},
      {"tcp:host:80x", "port '80x'"},
      {"tcp:::1:80", "host '::1' has a colon; write an IPv6 address in brackets"},
      {"tcp:[::1:80", "no closing ']'"},
      {"tcp:[]:80", "host '[]'"},
      {"tcp:[::1]x:80", "host '[::1]x'"},
      {std::string("tcp:ho\0st:80", 12), "NUL"},
      {"unix:", "path is missing"},
      {"unix:" + std::string(108, 'x'), "108 bytes; at most 107"},
      {std::string("unix:a\0b", 8), "NUL"},
  };
  for (const Case& c : cases) {
    const absl::StatusOr<Endpoint> parsed = Endpoint::Parse(c.text);
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(parsed.status().message().find(std::string(c.named)), std::string::npos)
        << parsed.status();
  }
  EXPECT_TRUE(Endpoint::Parse("unix:" + std::string(107, 'x')).ok());
}

std::vector<std::string> Resolved(std::string_view text, ResolveFor purpose) {
  const auto addresses = Resolve(*Endpoint::Parse(text), purpose);
  EXPECT_TRUE(addresses.ok()) << addresses.status();
  std::vector<std::string> names;
  for (const SocketAddress& address : *addresses) names.push_back(address.ToString());
  return names;
}

TEST(ResolveTest, AddressesPrintAsTheyAreWritten) {
  EXPECT_EQ(Resolved("tcp:127.0.0.1:80", ResolveFor::kConnect),
            std::vector<std::string>{"127.0.0.1:80"});
  EXPECT_EQ(Resolved("udp:[::1]:53", ResolveFor::kConnect), std::vector<std::string>{"[::1]:53"});
  EXPECT_EQ(Resolved("unix:/tmp/x", ResolveFor::kListen), std::vector<std::string>{"/tmp/x"});
}

TEST(ResolveTest, NoHostIsEveryInterfaceForListenersAndLoopbackForOthers) {
  const auto listen = Resolved("tcp::7", ResolveFor::kListen);
  ASSERT_FALSE(listen.empty());
  for (const std::string& name : listen) EXPECT_TRUE(name == "[::]:7" || name == "0.0.0.0:7");
  if (listen.size() == 2) {
    EXPECT_EQ(listen[0], "[::]:7") << "it serves both";
  }
  for (const std::string& name : Resolved("tcp::7", ResolveFor::kConnect)) {
    EXPECT_TRUE(name == "[::1]:7" || name == "127.0.0.1:7") << name;
  }
}

// A name that cannot exist, so that no name server is asked.
TEST(ResolveTest, ANameThatNobodyKnowsIsNamed) {
  const auto addresses = Resolve(*Endpoint::Parse("tcp:[::1%nowhere]:1"), ResolveFor::kConnect);
  ASSERT_FALSE(addresses.ok());
  EXPECT_EQ(addresses.status().code(), absl::StatusCode::kNotFound) << addresses.status();
  EXPECT_NE(addresses.status().message().find("'::1%nowhere'"), std::string::npos);
}

TEST(SocketAddressTest, SaysWhatItIs) {
  const SocketAddress v4 =
      Resolve(*Endpoint::Parse("udp:127.0.0.1:9"), ResolveFor::kConnect)->at(0);
  EXPECT_EQ(v4.family(), AF_INET);
  EXPECT_EQ(v4.port(), 9);
  EXPECT_EQ(v4.host(), "127.0.0.1");
  EXPECT_TRUE(v4.is_ipv4());
  const SocketAddress mapped =
      Resolve(*Endpoint::Parse("udp:[::ffff:127.0.0.1]:9"), ResolveFor::kConnect)->at(0);
  EXPECT_EQ(mapped.family(), AF_INET6);
  EXPECT_TRUE(mapped.is_ipv4());
  EXPECT_FALSE(v4 == mapped);
  const SocketAddress v6 = Resolve(*Endpoint::Parse("udp:[::1]:9"), ResolveFor::kConnect)->at(0);
  EXPECT_FALSE(v6.is_ipv4());
  EXPECT_EQ(Endpoint::Of(Scheme::kUdp, v6).ToString(), "udp:[::1]:9");
  EXPECT_EQ(SocketAddress().ToString(), "(unnamed)");
}

}  // namespace
}  // namespace unstick::inline v0::net
