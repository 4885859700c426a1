#include "unstick/net/datagram_channel.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/net/bind.h"
#include "src/net/poll.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {
namespace {

struct alignas(cmsghdr) Control {
  std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> bytes;
};

void ApplyOptions(int fd, const ChannelOptions& options) {
  const auto set = [fd](int name, int value) {
    if (value > 0) ::setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
  };
  set(SO_RCVBUF, options.receive_buffer);
  set(SO_SNDBUF, options.send_buffer);
  set(SO_RXQ_OVFL, 1);
}

// A Unix socket without a name cannot be answered; a bind to nothing makes the kernel choose one
// (unix(7), autobind).
int OpenAndConnect(const SocketAddress& to, UniqueFd& fd) {
  fd.Reset(::socket(to.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  if (to.family() == AF_UNIX) {
    const sa_family_t unnamed = AF_UNIX;
    const auto* address = reinterpret_cast<const sockaddr*>(&unnamed);
    if (::bind(fd.get(), address, sizeof(unnamed)) != 0) return errno;
  }
  return ::connect(fd.get(), to.data(), to.size()) == 0 ? 0 : errno;
}

absl::StatusOr<std::vector<SocketAddress>> ResolveDatagram(const Endpoint& endpoint,
                                                           ResolveFor purpose) {
  if (endpoint.scheme != Endpoint::Scheme::kUdp && endpoint.scheme != Endpoint::Scheme::kUnix) {
    return absl::InvalidArgumentError("endpoint " + endpoint.ToString() +
                                      " has no datagrams; udp and unix have");
  }
  return Resolve(endpoint, purpose);
}

BatchResult ResultOf(int moved, std::size_t wanted) {
  if (moved < 0) return {0, errno == EWOULDBLOCK ? EAGAIN : errno};
  const auto count = static_cast<std::size_t>(moved);
  return {count, count == wanted ? 0 : EAGAIN};
}

}  // namespace

DatagramChannel::DatagramChannel(UniqueFd fd, UnixPath path, Endpoint local,
                                 const SocketAddress& peer)
    : fd_(std::move(fd)), path_(std::move(path)), local_(std::move(local)), peer_(peer) {}

absl::StatusOr<DatagramChannel> DatagramChannel::Bind(const Endpoint& at,
                                                      const ChannelOptions& options) {
  const auto addresses = ResolveDatagram(at, ResolveFor::kListen);
  if (!addresses.ok()) return addresses.status();
  int error = 0;
  for (const SocketAddress& address : *addresses) {
    UniqueFd fd;
    UnixPath path;
    error = OpenAndBind(SOCK_DGRAM, address, fd, path);
    if (error != 0) continue;
    ApplyOptions(fd.get(), options);
    Endpoint local = Endpoint::Of(at.scheme, SocketAddress::LocalOf(fd.get()));
    return DatagramChannel(std::move(fd), std::move(path), std::move(local), {});
  }
  return StatusFromErrno(error, "bind " + at.ToString());
}

absl::StatusOr<DatagramChannel> DatagramChannel::Connect(const Endpoint& to,
                                                         const ChannelOptions& options) {
  const auto addresses = ResolveDatagram(to, ResolveFor::kConnect);
  if (!addresses.ok()) return addresses.status();
  int error = 0;
  for (const SocketAddress& address : *addresses) {
    UniqueFd fd;
    error = OpenAndConnect(address, fd);
    if (error != 0) continue;
    ApplyOptions(fd.get(), options);
    Endpoint local = Endpoint::Of(to.scheme, SocketAddress::LocalOf(fd.get()));
    return DatagramChannel(std::move(fd), {}, std::move(local), address);
  }
  return StatusFromErrno(error, "connect to " + to.ToString());
}

absl::StatusOr<std::pair<DatagramChannel, DatagramChannel>> DatagramChannel::Pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return StatusFromErrno(errno, "socketpair");
  }
  const auto make = [](int fd) {
    const SocketAddress local = SocketAddress::LocalOf(fd);
    return DatagramChannel(UniqueFd(fd), {}, Endpoint::Of(Endpoint::Scheme::kUnix, local), local);
  };
  return std::pair(make(fds[0]), make(fds[1]));
}

BatchResult DatagramChannel::ReceiveSome(std::span<IncomingDatagram> into) {
  into = into.first(std::min(into.size(), kMaxBatch));
  std::array<mmsghdr, kMaxBatch> headers;  // each of these filled as far as it is used
  std::array<iovec, kMaxBatch> rooms;
  std::array<Control, kMaxBatch> controls;
  for (std::size_t i = 0; i < into.size(); ++i) {
    rooms[i] = {.iov_base = into[i].room.data(), .iov_len = into[i].room.size()};
    headers[i] = {};
    headers[i].msg_hdr = {.msg_name = into[i].from.data(),
                          .msg_namelen = SocketAddress::capacity(),
                          .msg_iov = &rooms[i],
                          .msg_iovlen = 1,
                          .msg_control = controls[i].bytes.data(),
                          .msg_controllen = controls[i].bytes.size(),
                          .msg_flags = 0};
  }
  int moved = 0;
  do {  // MSG_TRUNC: tell the true size
    moved = ::recvmmsg(fd_.get(), headers.data(), static_cast<unsigned>(into.size()),
                       MSG_DONTWAIT | MSG_TRUNC, nullptr);
  } while (moved < 0 && errno == EINTR);
  const BatchResult result = ResultOf(moved, into.size());
  for (std::size_t i = 0; i < result.count; ++i) {
    msghdr& header = headers[i].msg_hdr;
    into[i].true_size = headers[i].msg_len;
    into[i].size = std::min(into[i].true_size, into[i].room.size());
    into[i].from.set_size(header.msg_namelen);
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t total = 0;
      std::memcpy(&total, CMSG_DATA(c), sizeof(total));
      dropped_ += static_cast<std::uint32_t>(total - std::exchange(dropped_total_, total));
    }
  }
  return result;
}

BatchResult DatagramChannel::SendSome(std::span<const OutgoingDatagram> datagrams) {
  datagrams = datagrams.first(std::min(datagrams.size(), kMaxBatch));
  std::array<mmsghdr, kMaxBatch> headers;
  std::array<iovec, kMaxBatch> contents;
  for (std::size_t i = 0; i < datagrams.size(); ++i) {
    const OutgoingDatagram& datagram = datagrams[i];
    contents[i] = {.iov_base = const_cast<std::byte*>(datagram.bytes.data()),
                   .iov_len = datagram.bytes.size()};
    headers[i] = {};
    headers[i].msg_hdr.msg_iov = &contents[i];
    headers[i].msg_hdr.msg_iovlen = 1;
    if (datagram.to == nullptr) continue;
    headers[i].msg_hdr.msg_name = const_cast<sockaddr*>(datagram.to->data());
    headers[i].msg_hdr.msg_namelen = datagram.to->size();
  }
  for (;;) {
    const int moved = ::sendmmsg(fd_.get(), headers.data(), static_cast<unsigned>(datagrams.size()),
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
    // One that went out while the next did not: its error is told by the next call.
    if (moved >= 0 || errno != EINTR) return ResultOf(moved, datagrams.size());
  }
}

int DatagramChannel::WaitReadable(Deadline until) const {
  return PollUntil(fd_.get(), POLLIN, until);
}

int DatagramChannel::WaitWritable(Deadline until) const {
  return PollUntil(fd_.get(), POLLOUT, until);
}

std::size_t DatagramChannel::MaxSize(const SocketAddress* to) const {
  const SocketAddress& address = to == nullptr ? peer_ : *to;
  if (address.is_ipv4()) return kMaxUdpIpv4;
  if (address.family() == AF_INET6) return kMaxUdpIpv6;
  return std::numeric_limits<std::size_t>::max();
}

}  // namespace unstick::inline v0::net
