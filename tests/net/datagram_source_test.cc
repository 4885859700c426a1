// A host has many addresses, and whoever wrote to one of them takes answers from no other.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/net/bind.h"
#include "src/net/datagram_control.h"
#include "tests/net/loopback.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/datagram_socket.h"

namespace unstick::inline v0::net {
namespace {

using testing::At;
using ::testing::Each;
using testing::Soon;
using Sockets = DatagramSocket<LengthFieldFramer>;

constexpr const char* kBoth = "udp::0";  // IPv6 and IPv4, if this machine has both
constexpr const char* kIpv4 = "udp:0.0.0.0:0";
constexpr const char* kIpv6 = "udp:[::]:0";

LengthFieldFramer Framer2() { return LengthFieldFramer({.width = 2}); }

Sockets Bound(const std::string& at, const DatagramOptions& options = {}) {
  auto socket = Sockets::Bind(At(at), Framer2(), options);
  EXPECT_TRUE(socket.ok()) << socket.status();
  return *std::move(socket);
}

Endpoint PortOf(const Sockets& server, const std::string& host) {
  return {Endpoint::Scheme::kUdp, host, server.local_endpoint().port, ""};
}

SocketAddress Resolved(const Endpoint& endpoint) {
  return Resolve(endpoint, ResolveFor::kConnect)->front();
}

// The kernel gives a connected client only what comes from where it asked.
void ExpectAnAnswerFrom(Sockets& server, const std::string& host) {
  SCOPED_TRACE(server.local_endpoint().ToString() + " asked at " + host);
  auto client = Sockets::Connect(PortOf(server, host), Framer2());
  ASSERT_TRUE(client.ok()) << client.status();
  ASSERT_TRUE(client->Send(AsBytes("question")).ok());
  const auto question = server.Receive(Soon());
  ASSERT_TRUE(question) << question.status();
  EXPECT_EQ(question.from().source().host(), host);
  EXPECT_EQ(question.from().source().port(), 0);
  const SendResult sent = server.SendTo(question.from(), AsBytes("answer"));
  ASSERT_TRUE(sent.ok()) << sent.status;
  const auto answer = client->Receive(DeadlineIn(std::chrono::seconds(5)));
  ASSERT_TRUE(answer) << answer.status();
  EXPECT_EQ(answer.first().text(), "answer");
}

// Of an interface that is up, other than ::1; or "".
std::string Ipv6Address(bool link_local) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::string found;
  for (const ifaddrs* i = all; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET6) continue;
    if ((i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0) continue;
    const std::string host = SocketAddress(i->ifa_addr, sizeof(sockaddr_in6)).host();
    if ((host.find('%') != std::string::npos) == link_local) found = host;
  }
  ::freeifaddrs(all);
  return found;
}

TEST(DatagramSource, IsTheAddressThatWasAsked) {
  for (const char* wildcard : {kBoth, kIpv4}) {
    Sockets server = Bound(wildcard);
    for (const char* host : {"127.0.0.2", "127.0.0.3", "127.0.0.1"}) {
      ExpectAnAnswerFrom(server, host);
    }
  }
}

TEST(DatagramSource, IsTheAddressThatWasAskedOverIpv6) {
  if (!testing::HasIpv6()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  for (const char* wildcard : {kBoth, kIpv6}) {
    Sockets server = Bound(wildcard);
    ExpectAnAnswerFrom(server, "::1");
    ExpectAnAnswerFrom(server, "127.0.0.2");
    ExpectAnAnswerFrom(server, "::1");
  }
}

// Those the routing table would not have chosen. What a host sends to itself does not leave it.
TEST(DatagramSource, IsAnyAddressOfIpv6) {
  const std::string wide = Ipv6Address(false);
  const std::string link_local = Ipv6Address(true);
  if (wide.empty() || link_local.empty()) GTEST_SKIP() << "only ::1 here";
  Sockets server = Bound(kIpv6);
  for (const auto& [from, to] : {std::pair(std::string("::1"), wide), std::pair(wide, link_local),
                                 std::pair(link_local, link_local)}) {
    SCOPED_TRACE(from);
    SCOPED_TRACE(to);
    Sockets client = Bound("udp:[" + from + "]:0");
    const SocketAddress there = Resolved(PortOf(server, to));
    ASSERT_TRUE(client.SendTo(there, AsBytes("question")).ok());
    const auto question = server.Receive(Soon());
    ASSERT_TRUE(question) << question.status();
    EXPECT_EQ(question.from().source().host(), to);
    const SendResult sent = server.SendTo(question.from(), AsBytes("answer"));
    ASSERT_TRUE(sent.ok()) << sent.status;
    const auto answer = client.Receive(Soon());
    ASSERT_TRUE(answer) << answer.status();
    EXPECT_EQ(answer.from().host(), to);
  }
}

TEST(DatagramSource, OfASocketThatWasOpenedElsewhere) {
  UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(any)), 0);
  auto channel = DatagramChannel::Adopt(std::move(fd));
  ASSERT_TRUE(channel.ok()) << channel.status();
  Sockets server(*std::move(channel), Framer2());
  ExpectAnAnswerFrom(server, "127.0.0.2");
}

// Between its bind(2) and anything else that is done to a socket.
TEST(DatagramSource, IsToldOfTheVeryFirstDatagramToo) {
  UniqueFd fd;
  UnixPath path;
  ASSERT_EQ(OpenAndBind(SOCK_DGRAM, Resolved(At(kIpv4)), 0, fd, path), 0);
  const Endpoint at = Endpoint::Of(Endpoint::Scheme::kUdp, SocketAddress::LocalOf(fd.get()));
  auto client = Sockets::Connect({at.scheme, "127.0.0.2", at.port, ""}, Framer2());
  ASSERT_TRUE(client->Send(AsBytes("early")).ok());
  Sockets server(*DatagramChannel::Adopt(std::move(fd)), Framer2());
  EXPECT_EQ(server.Receive(Soon()).from().source().host(), "127.0.0.2");
}

TEST(DatagramSource, DoesNotStayInABatch) {
  Sockets every = Bound(kIpv4);
  Sockets one = Bound("udp:127.0.0.5:0");
  Sockets client = Bound("udp:127.0.0.1:0");
  DatagramBatch batch;
  const auto received = [&](Sockets& server, const char* host) {
    EXPECT_TRUE(client.SendTo(Resolved(PortOf(server, host)), AsBytes("x")).ok());
    EXPECT_EQ(server.channel().WaitReadable(Soon()), 0);
    EXPECT_EQ(server.channel().ReceiveSome(batch, 1).count, 1U);
    return batch.datagrams()[0].from->source().host();
  };
  EXPECT_EQ(received(every, "127.0.0.2"), "127.0.0.2");
  EXPECT_EQ(received(one, "127.0.0.5"), "");
}

TEST(DatagramSource, IsKeptInACopyAndChosenByHand) {
  Sockets server = Bound(kBoth);
  Sockets client = Bound("udp:127.0.0.1:0");
  ASSERT_TRUE(client.SendTo(Resolved(PortOf(server, "127.0.0.2")), AsBytes("x")).ok());
  SocketAddress peer = server.Receive(Soon()).from();
  const auto heard_from = [&] {
    EXPECT_TRUE(server.SendTo(peer, AsBytes("x")).ok());
    return client.Receive(Soon()).from().host();
  };
  EXPECT_EQ(heard_from(), "127.0.0.2");
  peer.set_source(Resolved(At("udp:127.0.0.9:1")));
  EXPECT_EQ(heard_from(), "127.0.0.9");
  peer.set_source({});
  EXPECT_EQ(heard_from(), "127.0.0.1");
}

// Also when it answers for another that is not.
TEST(DatagramSource, OfASocketBoundToOneAddressIsThat) {
  Sockets client = Bound("udp:127.0.0.1:0");
  Sockets one = Bound("udp:127.0.0.5:0");
  ASSERT_TRUE(client.SendTo(one.channel().local_address(), AsBytes("x")).ok());
  SocketAddress peer = one.Receive(Soon()).from();
  EXPECT_EQ(peer.source().family(), AF_UNSPEC) << "nobody asked";
  peer.set_source(Resolved(At("udp:127.0.0.2:1")));
  ASSERT_TRUE(one.SendTo(peer, AsBytes("x")).ok());
  EXPECT_TRUE(client.Receive(Soon()).from() == one.channel().local_address());
}

TEST(DatagramSource, OfAnAddressIsOfItsFamily) {
  SocketAddress ipv4 = Resolved(At("udp:127.0.0.1:1"));
  SocketAddress ipv6 = Resolved(At("udp:[::1]:1"));
  SocketAddress mapped = Resolved(At("udp:[::ffff:127.0.0.1]:1"));
  const SocketAddress plain = ipv4;
  const auto source = [](SocketAddress& of, const char* host) {
    of.set_source(Resolved({Endpoint::Scheme::kUdp, host, 7, ""}));
    return of.source().host();
  };
  EXPECT_EQ(source(ipv4, "127.0.0.2"), "127.0.0.2");
  EXPECT_EQ(source(ipv4, "::ffff:127.0.0.2"), "127.0.0.2");
  EXPECT_EQ(source(ipv4, "::1"), "");
  EXPECT_EQ(source(mapped, "127.0.0.2"), "127.0.0.2");
  EXPECT_EQ(source(ipv6, "127.0.0.2"), "");
  EXPECT_EQ(source(ipv6, "2001:db8::2"), "2001:db8::2");
  EXPECT_EQ(source(ipv6, "fe80::2%lo"), "fe80::2%lo");
  EXPECT_EQ(source(ipv4, "0.0.0.0"), "");
  EXPECT_EQ(source(ipv6, "::"), "");
  EXPECT_EQ(source(ipv4, "127.0.0.3"), "127.0.0.3");
  EXPECT_TRUE(ipv4 == plain) << "the same place";
  EXPECT_NE(ipv4.source().family(), plain.source().family());
}

TEST(DatagramSource, WildcardsAreTold) {
  for (const char* host : {"0.0.0.0", "::", "::ffff:0.0.0.0"}) {
    EXPECT_TRUE(Resolved({Endpoint::Scheme::kUdp, host, 1, ""}).is_wildcard()) << host;
  }
  for (const char* host : {"127.0.0.1", "::1", "::ffff:127.0.0.1", "224.0.0.1", "ff02::1"}) {
    EXPECT_FALSE(Resolved({Endpoint::Scheme::kUdp, host, 1, ""}).is_wildcard()) << host;
  }
  EXPECT_FALSE(SocketAddress().is_wildcard());
}

// ---- Many at once ------------------------------------------------------------------------------

class DatagramSources : public ::testing::TestWithParam<std::tuple<bool, bool, std::string>> {
 protected:
  DatagramOptions Options() const {
    return {.channel = {.receive_buffer = 1 << 20,
                        .gso = std::get<0>(GetParam()),
                        .gro = std::get<1>(GetParam())}};
  }
  Sockets Server() const { return Bound(std::get<2>(GetParam()), Options()); }
};

INSTANTIATE_TEST_SUITE_P(GsoGro, DatagramSources,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool(),
                                            ::testing::Values(kBoth, kIpv4)));

// Neighbours of one size to one peer, who asked now at one address and now at another.
TEST_P(DatagramSources, OfABatchAreEachItsOwn) {
  Sockets server = Server();
  Sockets client = Bound("udp:127.0.0.1:0", Options());
  const std::vector<SocketAddress> asked = {Resolved(PortOf(server, "127.0.0.2")),
                                            Resolved(PortOf(server, "127.0.0.3"))};
  // Runs of 1, 2, 3, .. to the one and the other by turns; each payload says which.
  constexpr std::size_t kRuns = 14;
  std::vector<OutgoingMessage> questions;
  for (std::size_t run = 0; run < kRuns; ++run) {
    const SocketAddress& to = asked[run % 2];
    questions.insert(questions.end(), run + 1,
                     {AsBytes(run % 2 == 0 ? "127.0.0.2" : "127.0.0.3"), &to});
  }
  ASSERT_TRUE(client.SendMany(questions, Soon()).ok());

  std::vector<std::pair<SocketAddress, std::string>> received;
  while (received.size() < questions.size()) {
    const auto batch = server.ReceiveMany(
        [&](const Datagram<LengthFieldFramer>& datagram) {
          ASSERT_TRUE(datagram) << datagram.status();
          received.emplace_back(datagram.from(), datagram.first().CopyPayload());
          EXPECT_EQ(datagram.from().source().host(), received.back().second);
        },
        Soon());
    ASSERT_TRUE(batch.ok()) << batch.status;
  }
  std::vector<OutgoingMessage> answers;
  answers.reserve(received.size());
  for (const auto& [from, text] : received) answers.push_back({AsBytes(text), &from});
  const SendBatchResult sent = server.SendMany(answers, Soon());
  ASSERT_TRUE(sent.ok()) << sent.status;

  std::vector<std::string> heard;
  while (heard.size() < answers.size()) {
    const auto batch = client.ReceiveMany(
        [&](const Datagram<LengthFieldFramer>& datagram) {
          ASSERT_TRUE(datagram) << datagram.status();
          heard.push_back(datagram.first().CopyPayload());
          EXPECT_EQ(datagram.from().host(), heard.back());
        },
        Soon());
    ASSERT_TRUE(batch.ok()) << batch.status;
  }
}

// The size of segments, the count of drops and one or two destinations in one datagram's control
// messages.
TEST_P(DatagramSources, AreToldBesideTheDrops) {
  DatagramOptions small = Options();
  small.channel.receive_buffer = 4096;
  Sockets server = Bound(std::get<2>(GetParam()), small);
  auto client = Sockets::Connect(PortOf(server, "127.0.0.2"), Framer2());
  const std::vector<OutgoingMessage> lot(10, {AsBytes("some bytes")});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client->SendMany(lot, Soon()).ok());
  while (server.Receive(Clock::now())) {
  }
  ASSERT_TRUE(client->SendMany(lot, Soon()).ok());
  std::vector<std::string> sources;
  while (auto datagram = server.Receive(sources.empty() ? Soon() : Clock::now())) {
    EXPECT_EQ(datagram.first().text(), "some bytes");
    sources.push_back(datagram.from().source().host());
  }
  EXPECT_THAT(sources, Each("127.0.0.2"));
  EXPECT_GT(server.dropped(), 0U);
}

// ---- Control messages --------------------------------------------------------------------------

// What there is no room for is not there; the sanitizers see who reads it all the same.
TEST(DatagramControl, ThatWasCutSaysNothing) {
  Sockets server = Bound(kBoth);
  auto client = Sockets::Connect(PortOf(server, "127.0.0.2"), Framer2());
  std::size_t whole = 0;
  for (std::size_t room = 0; room <= sizeof(Control); ++room) {
    ASSERT_TRUE(client->Send(AsBytes("x")).ok());
    ASSERT_EQ(server.channel().WaitReadable(Soon()), 0);
    const auto control = std::make_unique<std::byte[]>(room);
    SocketAddress from;
    msghdr header{};
    header.msg_name = from.data();
    header.msg_namelen = SocketAddress::capacity();
    header.msg_control = control.get();
    header.msg_controllen = room;
    ASSERT_EQ(::recvmsg(server.channel().fd(), &header, 0), 0);
    from.set_size(header.msg_namelen);
    const Told told = ReadControl(header, from);
    EXPECT_EQ(told.segment_size, 0U);
    const std::string host = from.source().host();
    EXPECT_TRUE(host.empty() || host == "127.0.0.2") << host;
    if ((header.msg_flags & MSG_CTRUNC) == 0) {
      EXPECT_EQ(host, "127.0.0.2");
      ++whole;
    }
  }
  EXPECT_GT(whole, 0U) << "the room is enough";
}

// Both kinds of destination, in either order: the mapped one may be a group, or everybody's.
TEST(DatagramControl, OfAMappedDestinationTheIpv4OneCounts) {
  struct alignas(cmsghdr) Both {
    std::array<std::byte, CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo))> bytes{};
  };
  for (const bool ipv4_first : {false, true}) {
    Both both;
    msghdr header{};
    header.msg_control = both.bytes.data();
    header.msg_controllen = both.bytes.size();
    cmsghdr* message = CMSG_FIRSTHDR(&header);
    for (const bool ipv4 : {ipv4_first, !ipv4_first}) {
      in_pktinfo info{};
      info.ipi_spec_dst.s_addr = htonl(0x7f000002);
      in6_pktinfo info6{};
      ASSERT_EQ(::inet_pton(AF_INET6, "::ffff:127.255.255.255", &info6.ipi6_addr), 1);
      const std::size_t size = ipv4 ? sizeof(info) : sizeof(info6);
      message->cmsg_level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
      message->cmsg_type = ipv4 ? IP_PKTINFO : IPV6_PKTINFO;
      message->cmsg_len = CMSG_LEN(size);
      std::memcpy(CMSG_DATA(message), ipv4 ? static_cast<void*>(&info) : &info6, size);
      message = CMSG_NXTHDR(&header, message);
    }
    SocketAddress from = Resolved(At("udp:[::ffff:127.0.0.1]:1"));
    ReadControl(header, from);
    EXPECT_EQ(from.source().host(), "127.0.0.2");
  }
}

}  // namespace
}  // namespace unstick::inline v0::net
