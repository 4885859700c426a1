// Many messages in one datagram, as the running kernel sends them: its network interfaces and their
// addresses, in netlink(7)'s framing. A length in the host's byte order counts header and payload,
// and the next message starts at a multiple of four:
//
//     | length | type | flags | sequence | port |  payload ...  | padding to 4 |
//     0        4      6       8          12     16              length

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/net/loopback.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/net/datagram_socket.h"

namespace unstick::inline v0::net {
namespace {

using testing::Soon;

constexpr const char* kNetlink =
    "length:width=4,endian=native,counts=frame,header=16,align=4,strip=none";

struct Dump {
  std::vector<std::string> messages;  // header and payload
  std::size_t datagrams = 0;
  std::size_t most_in_one = 0;
};

template <typename T>
T Read(const std::string& bytes, std::size_t at = 0) {
  T value{};
  EXPECT_LE(at + sizeof(value), bytes.size());
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

// Asks the kernel for all of `type` and collects up to NLMSG_DONE.
Dump Ask(std::uint16_t type) {
  Dump dump;
  auto channel = DatagramChannel::Adopt(
      UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)));
  EXPECT_TRUE(channel.ok()) << channel.status();
  struct {
    nlmsghdr header;
    rtgenmsg body;
  } request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(rtgenmsg));
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = 7;
  const OutgoingDatagram out{std::as_bytes(std::span(&request, 1)).first(request.header.nlmsg_len)};
  EXPECT_EQ(channel->SendSome({&out, 1}).count, 1U);

  DatagramSocket<AnyFramer> socket(*std::move(channel), *AnyFramer::FromSpec(kNetlink));
  for (bool done = false; !done;) {
    const auto datagram = socket.Receive(Soon());
    EXPECT_TRUE(datagram) << datagram.status();
    if (!datagram) break;
    EXPECT_EQ(datagram.from().family(), AF_NETLINK);
    ++dump.datagrams;
    dump.most_in_one = std::max(dump.most_in_one, datagram.frame_count());
    for (auto frames = datagram.frames(); const auto frame = frames.Next();) {
      std::string message = frame->CopyPayload();
      const auto header = Read<nlmsghdr>(message);
      EXPECT_EQ(header.nlmsg_len, message.size());
      EXPECT_EQ(header.nlmsg_seq, 7U);
      done = header.nlmsg_type == NLMSG_DONE;
      if (!done) dump.messages.push_back(std::move(message));
    }
  }
  return dump;
}

TEST(Netlink, LinksOfTheRunningKernelComeOneByOne) {
  const Dump dump = Ask(RTM_GETLINK);
  bool loopback = false;
  for (const std::string& message : dump.messages) {
    EXPECT_EQ(Read<nlmsghdr>(message).nlmsg_type, RTM_NEWLINK);
    const auto link = Read<ifinfomsg>(message, sizeof(nlmsghdr));
    loopback |= link.ifi_index == static_cast<int>(::if_nametoindex("lo"));
  }
  EXPECT_TRUE(loopback);
}

TEST(Netlink, SeveralMessagesInOneDatagramArePartedAtTheirPadding) {
  const Dump dump = Ask(RTM_GETADDR);
  std::size_t loopback = 0;
  for (const std::string& message : dump.messages) {
    EXPECT_EQ(Read<nlmsghdr>(message).nlmsg_type, RTM_NEWADDR);
    const auto address = Read<ifaddrmsg>(message, sizeof(nlmsghdr));
    loopback += address.ifa_index == ::if_nametoindex("lo") ? 1 : 0;
  }
  EXPECT_GE(loopback, 1U);
  // The last datagram may be NLMSG_DONE alone.
  EXPECT_TRUE(dump.most_in_one >= 2 || dump.messages.size() < 2);
}

TEST(Netlink, OtherThingsThanDatagramSocketsAreRefused) {
  const auto none = DatagramChannel::Adopt(UniqueFd());
  EXPECT_EQ(none.status().code(), absl::StatusCode::kInvalidArgument);
  const auto stream = DatagramChannel::Adopt(UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0)));
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace unstick::inline v0::net
