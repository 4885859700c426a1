#include "unstick/net/datagram_channel.h"

#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/net/bind.h"
#include "src/net/datagram_control.h"
#include "src/net/multicast.h"
#include "src/net/poll.h"
#include "src/net/segments.h"
#include "unstick/net/datagram_batch.h"
#include "unstick/net/endpoint.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {
namespace {

// A Unix socket without a name cannot be answered; a bind to nothing makes the kernel choose one
// (unix(7), autobind).
//
// A group is reached through an interface, and a broadcast address is only open to who may use it:
// so those are said before connect(2), which looks.
int OpenAndConnect(const SocketAddress& to, const ChannelOptions& options, UniqueFd& fd) {
  fd.Reset(::socket(to.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  if (to.family() == AF_UNIX) {
    const sa_family_t unnamed = AF_UNIX;
    const auto* address = reinterpret_cast<const sockaddr*>(&unnamed);
    if (::bind(fd.get(), address, sizeof(unnamed)) != 0) return errno;
  }
  const unsigned index = ::if_nametoindex(options.multicast.interface.c_str());
  if (const int error = SetMulticast(fd.get(), to.family(), index, options.multicast); error != 0) {
    return error;
  }
  const int broadcast = options.broadcast ? 1 : 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_BROADCAST, &broadcast, sizeof(broadcast));
  const SocketAddress there = OnInterface(to, index);
  return ::connect(fd.get(), there.data(), there.size()) == 0 ? 0 : errno;
}

// How long a sender sleeps that has nothing else to wait for: 1 ms, 2 ms, ... 64 ms.
constexpr std::chrono::milliseconds kFirstPause(1);
constexpr unsigned kMostDoublings = 6;

constexpr std::size_t kMaxMerged = 65'536;  // more than any lot of merged datagrams

// The datagrams' bytes in order, those that lie behind one another as one piece. How many pieces.
std::size_t GatherAdjacent(std::span<const OutgoingDatagram> datagrams, iovec* into) {
  std::size_t used = 0;
  const std::byte* start = datagrams[0].bytes.data();
  const std::byte* end = start;
  const auto close = [&] {
    into[used++] = {.iov_base = const_cast<std::byte*>(start),
                    .iov_len = static_cast<std::size_t>(end - start)};
  };
  for (const OutgoingDatagram& datagram : datagrams) {
    if (datagram.bytes.data() != end) {
      close();
      start = datagram.bytes.data();
    }
    end = datagram.bytes.data() + datagram.bytes.size();
  }
  close();
  return used;
}

absl::StatusOr<std::vector<SocketAddress>> ResolveDatagram(const Endpoint& endpoint,
                                                           ResolveFor purpose) {
  if (endpoint.scheme != Endpoint::Scheme::kUdp && endpoint.scheme != Endpoint::Scheme::kUnix) {
    return absl::InvalidArgumentError("endpoint " + endpoint.ToString() +
                                      " has no datagrams; udp and unix have");
  }
  return Resolve(endpoint, purpose);
}

int TypeOf(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ? type : -1;
}

}  // namespace

absl::Status DatagramChannel::SetUp(const ChannelOptions& options, const SocketAddress& remote) {
  const auto set = [this](int name, int value) {
    if (value > 0) ::setsockopt(fd_.get(), SOL_SOCKET, name, &value, sizeof(value));
  };
  set(SO_RCVBUF, options.receive_buffer);
  set(SO_SNDBUF, options.send_buffer);
  set(SO_RXQ_OVFL, 1);
  set(SO_BROADCAST, options.broadcast ? 1 : 0);
  largest_segment_ = options.gso && HasSegmentation(fd_.get()) ? kMaxUdpIpv4 : 0;
  gro_ = options.gro && SwitchGroOn(fd_.get());

  const SocketAddress local = SocketAddress::LocalOf(fd_.get());
  const MulticastOptions& multicast = options.multicast;
  if (!multicast.interface.empty()) {
    interface_ = ::if_nametoindex(multicast.interface.c_str());
    if (interface_ == 0) {
      return absl::NotFoundError("there is no network interface \"" + multicast.interface + "\"");
    }
  }
  int error = SetMulticast(fd_.get(), local.family(), interface_, multicast);
  if (error == 0 && local.is_multicast()) error = JoinGroup(local);
  if (error != 0) return StatusFromErrno(error, "multicast on " + local.ToString());
  on_wildcard_ = local.is_wildcard();
  peer_ = remote;
  if (local.family() == AF_UNIX) local_ = Endpoint::Of(Endpoint::Scheme::kUnix, local);
  if (local.port() != 0) local_ = Endpoint::Of(Endpoint::Scheme::kUdp, local);
  return absl::OkStatus();
}

absl::StatusOr<DatagramChannel> DatagramChannel::Bind(const Endpoint& at,
                                                      const ChannelOptions& options) {
  const auto addresses = ResolveDatagram(at, ResolveFor::kListen);
  if (!addresses.ok()) return addresses.status();
  const unsigned index = ::if_nametoindex(options.multicast.interface.c_str());
  int error = 0;
  for (const SocketAddress& address : *addresses) {
    UniqueFd fd;
    UnixPath path;
    error = OpenAndBind(SOCK_DGRAM, OnInterface(address, index), 0, fd, path);
    if (error != 0) continue;
    DatagramChannel channel(std::move(fd), std::move(path));
    absl::Status status = channel.SetUp(options, {});
    if (!status.ok()) return status;
    return channel;
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
    error = OpenAndConnect(address, options, fd);
    if (error != 0) continue;
    DatagramChannel channel(std::move(fd));
    absl::Status status = channel.SetUp(options, address);
    if (!status.ok()) return status;
    return channel;
  }
  return StatusFromErrno(error, "connect to " + to.ToString());
}

absl::StatusOr<std::pair<DatagramChannel, DatagramChannel>> DatagramChannel::Pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return StatusFromErrno(errno, "socketpair");
  }
  std::pair both(DatagramChannel{UniqueFd(fds[0])}, DatagramChannel{UniqueFd(fds[1])});
  for (DatagramChannel* channel : {&both.first, &both.second}) {
    absl::Status status = channel->SetUp({}, SocketAddress::PeerOf(channel->fd()));
    if (!status.ok()) return status;
  }
  return both;
}

absl::StatusOr<DatagramChannel> DatagramChannel::Adopt(UniqueFd fd, const ChannelOptions& options) {
  const int type = TypeOf(fd.get());
  if (type != SOCK_DGRAM && type != SOCK_RAW && type != SOCK_SEQPACKET) {
    return absl::InvalidArgumentError("not a socket with datagrams");
  }
  const SocketAddress local = SocketAddress::LocalOf(fd.get());
  if (local.is_wildcard()) AskForDestinations(fd.get(), local.family());
  DatagramChannel channel(std::move(fd));
  absl::Status status = channel.SetUp(options, SocketAddress::PeerOf(channel.fd()));
  if (!status.ok()) return status;
  return channel;
}

int DatagramChannel::JoinGroup(const SocketAddress& group) {
  return net::JoinGroup(fd_.get(), group, interface_);
}

int DatagramChannel::LeaveGroup(const SocketAddress& group) {
  return net::LeaveGroup(fd_.get(), group, interface_);
}

BatchResult DatagramChannel::ReceiveInto(DatagramBatch& into, std::size_t rooms) {
  rooms = std::clamp<std::size_t>(rooms, 1, kMaxBatch);
  into.Prepare(rooms, gro_ ? kMaxMerged : 0);
  std::array<mmsghdr, kMaxBatch> headers;  // each of these filled as far as it is used
  std::array<iovec, kMaxBatch> places;
  std::array<Control, kMaxBatch> controls;
  for (std::size_t i = 0; i < rooms; ++i) {
    places[i] = {.iov_base = into.room(i).data(), .iov_len = into.room(i).size()};
    headers[i].msg_hdr = {.msg_name = into.from(i).data(),
                          .msg_namelen = SocketAddress::capacity(),
                          .msg_iov = &places[i],
                          .msg_iovlen = 1,
                          .msg_control = controls[i].bytes.data(),
                          .msg_controllen = controls[i].bytes.size(),
                          .msg_flags = 0};
  }
  int moved = 0;
  do {  // MSG_TRUNC: tell the true size
    moved = ::recvmmsg(fd_.get(), headers.data(), static_cast<unsigned>(rooms),
                       MSG_DONTWAIT | MSG_TRUNC, nullptr);
  } while (moved < 0 && errno == EINTR);
  if (moved < 0) return {0, errno == EWOULDBLOCK ? EAGAIN : errno};
  const auto filled = static_cast<std::size_t>(moved);
  for (std::size_t i = 0; i < filled; ++i) {
    into.from(i).set_size(headers[i].msg_hdr.msg_namelen);
    const Told told = ReadControl(headers[i].msg_hdr, into.from(i));
    into.Add(i, headers[i].msg_len, told.segment_size);
    if (told.has_drops) {
      dropped_ += static_cast<std::uint32_t>(told.drops - std::exchange(drops_told_, told.drops));
    }
  }
  return {into.datagrams().size(), filled == rooms ? 0 : EAGAIN};
}

// How a try went: `error_code` is set if nothing was sent. `tried` may be less than all.
struct DatagramChannel::Sent {
  std::size_t count = 0;
  std::size_t tried = 0;
  int error_code = 0;
  bool grouped = false;  // the first message was a group
};

BatchResult DatagramChannel::SendSome(std::span<const OutgoingDatagram> datagrams) {
  if (datagrams.empty()) return {};
  // A hint: whoever reads an old one tries in vain once more.
  const std::atomic_ref largest(largest_segment_);
  Sent sent = SendGrouped(datagrams, largest.load(std::memory_order_relaxed));
  if (sent.grouped && MayBeSegmentation(sent.error_code)) {
    sent = SendGrouped(datagrams, 0);
    // It was the grouping, then: for datagrams of that size at least.
    if (sent.count > 0) largest.store(datagrams[0].bytes.size() - 1, std::memory_order_relaxed);
  }
  if (sent.error_code == 0 && sent.count < sent.tried) sent.error_code = EAGAIN;
  return {sent.count, sent.error_code};
}

DatagramChannel::Sent DatagramChannel::SendGrouped(std::span<const OutgoingDatagram> datagrams,
                                                   std::size_t largest_segment) {
  std::array<mmsghdr, kMaxBatch> headers;  // each of these filled as far as it is used
  std::array<iovec, kMaxSends> contents;
  std::array<Control, kMaxBatch> controls;
  std::array<std::size_t, kMaxBatch> ends;  // how many datagrams there are up to each message
  std::size_t messages = 0;
  std::size_t used = 0;
  std::size_t tried = 0;
  while (messages < kMaxBatch && tried < datagrams.size()) {
    const OutgoingDatagram& first = datagrams[tried];
    const std::size_t count = GroupSize(datagrams.subspan(tried), largest_segment);
    if (used + count > kMaxSends) break;
    msghdr& header = headers[messages].msg_hdr;
    header = {};
    header.msg_iov = &contents[used];
    header.msg_iovlen = GatherAdjacent(datagrams.subspan(tried, count), &contents[used]);
    if (count > 1 || on_wildcard_) {
      WriteControl(count > 1 ? first.bytes.size() : 0, on_wildcard_ ? first.to : nullptr, header,
                   controls[messages]);
    }
    if (first.to != nullptr) {
      header.msg_name = const_cast<sockaddr*>(first.to->data());
      header.msg_namelen = first.to->size();
    }
    used += header.msg_iovlen;
    tried += count;
    ends[messages++] = tried;
  }
  for (;;) {
    const int moved = ::sendmmsg(fd_.get(), headers.data(), static_cast<unsigned>(messages),
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
    // One that went out while the next did not: its error is told by the next call.
    if (moved > 0) return {ends[static_cast<std::size_t>(moved) - 1], tried, 0, ends[0] > 1};
    if (errno != EINTR) return {0, tried, errno == EWOULDBLOCK ? EAGAIN : errno, ends[0] > 1};
  }
}

int DatagramChannel::WaitReadable(Deadline until) const {
  return PollUntil(fd_.get(), POLLIN, until);
}

int DatagramChannel::WaitWritable(Deadline until) const {
  return PollUntil(fd_.get(), POLLOUT, until);
}

int DatagramChannel::WaitToSend(unsigned in_vain, Deadline until) const {
  if (in_vain == 0) return WaitWritable(until);
  const Deadline pause = DeadlineIn(kFirstPause * (1U << std::min(in_vain - 1, kMostDoublings)));
  const Deadline end = std::min(pause, until);
  while (Clock::now() < end) std::this_thread::sleep_until(end);
  return end == until ? ETIMEDOUT : 0;
}

std::size_t DatagramChannel::MaxSize(const SocketAddress* to) const {
  const SocketAddress& address = to == nullptr ? peer_ : *to;
  if (address.is_ipv4()) return kMaxUdpIpv4;
  if (address.family() == AF_INET6) return kMaxUdpIpv6;
  return std::numeric_limits<std::size_t>::max();
}

}  // namespace unstick::inline v0::net
