// Many messages in one datagram, from the running kernel: its network interfaces, over netlink(7).
// The length is in the host's byte order and counts header and payload; the next message starts at
// a multiple of four.
//
//     | length | type | flags | sequence | port |  payload ...  | padding to 4 |
//     0        4      6       8          12     16              length

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <iostream>
#include <span>
#include <string>
#include <utility>

#include "unstick/net/datagram_socket.h"
#include "unstick/unstick.h"

namespace net = unstick::net;
using unstick::AnyFramer;
using unstick::ByteView;

namespace {

template <typename T>
bool Read(ByteView bytes, T& value) {
  if (bytes.size() < sizeof(value)) return false;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return true;
}

// The IFLA_IFNAME among a message's attributes, which are length and type again, padded to four.
std::string NameOf(ByteView attributes) {
  rtattr attribute{};
  while (Read(attributes, attribute) && attribute.rta_len >= sizeof(attribute) &&
         attribute.rta_len <= attributes.size()) {
    if (attribute.rta_type == IFLA_IFNAME) {
      const ByteView name = attributes.first(attribute.rta_len).subspan(sizeof(attribute));
      return std::string(unstick::AsText(name)).c_str();
    }
    attributes = attributes.subspan(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len),  //
                                                          attributes.size()));
  }
  return {};
}

absl::Status Run() {
  absl::StatusOr<net::DatagramChannel> channel = net::DatagramChannel::Adopt(
      net::UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)));
  if (!channel.ok()) return channel.status();

  struct {
    nlmsghdr header{};
    rtgenmsg body{};
  } request;
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof(rtgenmsg));
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  const net::OutgoingDatagram ask{
      std::as_bytes(std::span(&request, 1)).first(request.header.nlmsg_len)};
  const net::BatchResult asked = channel->SendSome({&ask, 1});
  if (asked.count != 1) return net::StatusFromErrno(asked.error_code, "ask the kernel");

  absl::StatusOr<AnyFramer> netlink =
      AnyFramer::FromSpec("length:endian=native,counts=frame,header=16,align=4,strip=none");
  if (!netlink.ok()) return netlink.status();
  net::DatagramSocket<AnyFramer> socket(*std::move(channel), *std::move(netlink));
  const net::Deadline soon = net::DeadlineIn(std::chrono::seconds(10));
  for (;;) {
    const net::Datagram datagram = socket.Receive(soon);
    if (!datagram) return datagram.status();
    for (auto frames = datagram.frames(); auto frame = frames.Next();) {
      nlmsghdr header{};
      ifinfomsg link{};
      if (!Read(frame->payload(), header)) continue;
      if (header.nlmsg_type == NLMSG_DONE) return absl::OkStatus();
      const ByteView body = frame->payload().subspan(sizeof(header));
      if (!Read(body, link)) continue;
      const std::string name = NameOf(body.subspan(sizeof(link)));
      if (name == "lo") std::cout << "interface " << link.ifi_index << " is " << name << '\n';
    }
  }
}

}  // namespace

int main() { std::cout << Run() << '\n'; }

// Output:
//   interface 1 is lo
//   OK
