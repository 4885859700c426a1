// One datagram for many: groups and broadcast, on the loopback interface.

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/datagram_socket.h"

namespace unstick::inline v0::net {
namespace {

using std::chrono::milliseconds;
using testing::At;
using testing::Soon;
using Sockets = DatagramSocket<LengthFieldFramer>;

constexpr const char* kIpv4Group = "udp:239.255.77.77:0";
constexpr const char* kIpv6Group = "udp:[ff01::7777]:0";  // ff01: within this machine

DatagramOptions OnLoopback() { return {.channel = {.multicast = {.interface = "lo"}}}; }

Sockets Receiver(const Endpoint& at, const DatagramOptions& options = OnLoopback()) {
  auto socket = Sockets::Bind(at, LengthFieldFramer(), options);
  EXPECT_TRUE(socket.ok()) << socket.status();
  return *std::move(socket);
}

Sockets To(const Endpoint& to, const DatagramOptions& options = OnLoopback()) {
  auto socket = Sockets::Connect(to, LengthFieldFramer(), options);
  EXPECT_TRUE(socket.ok()) << socket.status();
  return *std::move(socket);
}

bool Arrives(Sockets& at, const std::string& text) {
  const auto datagram = at.Receive(Soon());
  return datagram && datagram.first().text() == text;
}

bool NothingComes(Sockets& at) {
  return at.Receive(DeadlineIn(milliseconds(20))).kind() == DatagramKind::kTimeout;
}

// An interface that is up and has IPv6 groups, which the loopback one has not; or "".
std::string Ipv6Interface() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  constexpr unsigned kNeeded = IFF_UP | IFF_MULTICAST;
  std::string found;
  for (const ifaddrs* i = all; i != nullptr; i = i->ifa_next) {
    const bool ipv6 = i->ifa_addr != nullptr && i->ifa_addr->sa_family == AF_INET6;
    const bool loopback = (i->ifa_flags & IFF_LOOPBACK) != 0;
    if (ipv6 && !loopback && (i->ifa_flags & kNeeded) == kNeeded) found = i->ifa_name;
  }
  ::freeifaddrs(all);
  return found;
}

void ExpectAGroupOfTwo(const char* group, const DatagramOptions& options) {
  Sockets first = Receiver(At(group), options);
  const Endpoint at = first.local_endpoint();
  Sockets second = Receiver(at, options);  // the same port, on the same machine
  Sockets sender = To(at, options);
  ASSERT_TRUE(sender.Send(AsBytes("to all")).ok());
  EXPECT_TRUE(Arrives(first, "to all"));
  EXPECT_TRUE(Arrives(second, "to all"));

  Sockets anybody = Receiver(
      At(at.host.find(':') == std::string::npos ? "udp:0.0.0.0:0" : "udp:[::]:0"), options);
  const SocketAddress to = first.channel().local_address();
  ASSERT_TRUE(anybody.SendTo(to, AsBytes("from elsewhere")).ok()) << "nobody has to connect";
  EXPECT_TRUE(Arrives(first, "from elsewhere"));
}

TEST(Multicast, AllReceiversOfAGroupGetWhatIsSentToIt) {
  ExpectAGroupOfTwo(kIpv4Group, OnLoopback());
}
TEST(Multicast, AllReceiversOfAnIpv6GroupGetWhatIsSentToIt) {
  const std::string interface = Ipv6Interface();
  if (interface.empty()) GTEST_SKIP() << "no interface has IPv6 groups";
  ExpectAGroupOfTwo(kIpv6Group, {.channel = {.multicast = {.interface = interface, .hops = 0}}});
}

TEST(Multicast, OneSocketMayBeInSeveralGroups) {
  Sockets receiver = Receiver(At("udp:0.0.0.0:0"));
  Endpoint one = receiver.local_endpoint();
  one.host = "239.255.77.78";
  Sockets sender = To(one);
  const SocketAddress group = SocketAddress::PeerOf(sender.channel().fd());
  ASSERT_TRUE(group.is_multicast());
  ASSERT_TRUE(sender.Send(AsBytes("too early")).ok());
  EXPECT_TRUE(NothingComes(receiver));
  ASSERT_EQ(receiver.channel().JoinGroup(group), 0);
  ASSERT_TRUE(sender.Send(AsBytes("joined")).ok());
  EXPECT_TRUE(Arrives(receiver, "joined"));
  ASSERT_EQ(receiver.channel().LeaveGroup(group), 0);
  ASSERT_TRUE(sender.Send(AsBytes("too late")).ok());
  EXPECT_TRUE(NothingComes(receiver));
  EXPECT_NE(receiver.channel().LeaveGroup(group), 0) << "left already";
}

// Nothing can be sent from a group's address. What was sent to it is answered from the host's own.
void ExpectAnAnswer(Sockets server, Sockets client, const SocketAddress& group) {
  ASSERT_EQ(server.channel().JoinGroup(group), 0);
  ASSERT_TRUE(client.SendTo(group, AsBytes("anybody?")).ok());
  const auto question = server.Receive(Soon());
  ASSERT_TRUE(question) << question.status();
  EXPECT_FALSE(question.from().source().is_multicast());
  const SendResult sent = server.SendTo(question.from(), AsBytes("me"));
  ASSERT_TRUE(sent.ok()) << sent.status;
  EXPECT_TRUE(Arrives(client, "me"));
}

TEST(Multicast, WhoeverAsksAGroupIsAnswered) {
  for (const char* wildcard : {"udp:0.0.0.0:0", "udp::0"}) {
    SCOPED_TRACE(wildcard);
    Sockets server = Receiver(At(wildcard));
    Endpoint at = server.local_endpoint();
    at.host = "239.255.77.79";
    const SocketAddress group = Resolve(at, ResolveFor::kConnect)->front();
    ExpectAnAnswer(std::move(server), Receiver(At("udp:127.0.0.1:0")), group);
  }
}
TEST(Multicast, WhoeverAsksAnIpv6GroupIsAnswered) {
  const std::string interface = Ipv6Interface();
  if (interface.empty()) GTEST_SKIP() << "no interface has IPv6 groups";
  const DatagramOptions options{.channel = {.multicast = {.interface = interface, .hops = 0}}};
  Sockets server = Receiver(At("udp:[::]:0"), options);
  Endpoint at = server.local_endpoint();
  at.host = "ff01::7779%" + interface;
  const SocketAddress group = Resolve(at, ResolveFor::kConnect)->front();
  ExpectAnAnswer(std::move(server), Receiver(At("udp:[::]:0"), options), group);
}

// The loopback interface hears what it sends in any case, so the socket is asked.
TEST(Multicast, HopsAndLoopAreWhatTheOptionsSay) {
  const Endpoint group = At("udp:239.255.77.77:9");
  for (const int hops : {1, 7}) {
    const MulticastOptions options{.interface = "lo", .hops = hops, .loop = hops == 7};
    Sockets sender = To(group, {.channel = {.multicast = options}});
    const auto asked = [&](int name) {
      int value = -1;
      socklen_t size = sizeof(value);
      EXPECT_EQ(::getsockopt(sender.channel().fd(), IPPROTO_IP, name, &value, &size), 0);
      return value;
    };
    EXPECT_EQ(asked(IP_MULTICAST_TTL), hops);
    EXPECT_EQ(asked(IP_MULTICAST_LOOP), options.loop ? 1 : 0);
  }
  const MulticastOptions too_far{.interface = "lo", .hops = 256};
  EXPECT_FALSE(
      Sockets::Connect(group, LengthFieldFramer(), {.channel = {.multicast = too_far}}).ok());
}

TEST(Multicast, AnInterfaceThatIsNotThereIsNamed) {
  for (const auto& socket : {Sockets::Bind(At(kIpv4Group), LengthFieldFramer(),
                                           {.channel = {.multicast = {.interface = "nosuch0"}}})
                                 .status(),
                             Sockets::Connect(At("udp:239.255.77.77:9"), LengthFieldFramer(),
                                              {.channel = {.multicast = {.interface = "nosuch0"}}})
                                 .status()}) {
    EXPECT_EQ(socket.code(), absl::StatusCode::kNotFound) << socket;
    EXPECT_NE(socket.message().find("nosuch0"), std::string::npos) << socket;
  }
}

TEST(Broadcast, IsOnlyForThoseWhoAskForIt) {
  Sockets receiver = Receiver(At("udp:0.0.0.0:0"));
  Endpoint everybody = receiver.local_endpoint();
  everybody.host = "127.255.255.255";
  const auto refused = Sockets::Connect(everybody, LengthFieldFramer());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied) << refused.status();
  Sockets sender = To(everybody, {.channel = {.broadcast = true}});
  ASSERT_TRUE(sender.Send(AsBytes("to all")).ok());
  EXPECT_TRUE(Arrives(receiver, "to all"));
}

// Nor can anything be sent from the address that means everybody.
TEST(Broadcast, WhoeverAsksEverybodyIsAnswered) {
  for (const char* wildcard : {"udp:0.0.0.0:0", "udp::0"}) {
    SCOPED_TRACE(wildcard);
    Sockets server = Receiver(At(wildcard));
    Sockets client = Receiver(At("udp:127.0.0.1:0"), {.channel = {.broadcast = true}});
    Endpoint at = server.local_endpoint();
    at.host = "127.255.255.255";
    const SocketAddress everybody = Resolve(at, ResolveFor::kConnect)->front();
    ASSERT_TRUE(client.SendTo(everybody, AsBytes("anybody?")).ok());
    const auto question = server.Receive(Soon());
    ASSERT_TRUE(question) << question.status();
    const SendResult sent = server.SendTo(question.from(), AsBytes("me"));
    ASSERT_TRUE(sent.ok()) << sent.status;
    EXPECT_TRUE(Arrives(client, "me"));
  }
}

}  // namespace
}  // namespace unstick::inline v0::net
