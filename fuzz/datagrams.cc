// Batches of datagrams through a kernel that does what the input says: it takes or gives part of a
// batch, is full, interrupted or out of order, cannot segment, merges what comes up (GRO). Then:
//
//   - what SendMany() says is sent left as that many datagrams, each the frame of its message, to
//     its peer; the error for a message that cannot be sent names its place, and no byte of it
//     leaves;
//   - what a segment of a lot is, is a datagram again: each that came is given once, in order, with
//     its sender, as whole frames, as malformed with the error that its bytes alone have, or as
//     truncated with its true size.
//
// Input: a framing, a room, flags, 16 bytes of what sends do, 16 of what receives do, then
// datagrams: a byte that says what (a message, a large one, foreign bytes), and its bytes.

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/net/datagram_socket.h"
#include "unstick/testing/stream_events.h"

namespace unstick::fuzz {
namespace {

using net::SocketAddress;

constexpr std::size_t kLargest = 65'507;
constexpr std::size_t kMostDatagrams = 200;

struct Packet {
  std::string bytes;
  SocketAddress peer;
};

struct Kernel {
  std::deque<std::size_t> sends;
  std::deque<std::size_t> receives;
  bool segments = true;
  bool merges = false;
  std::vector<Packet> sent;
  std::deque<Packet> coming;
  std::uint32_t drops = 0;  // the counter of SO_RXQ_OVFL
  std::uint64_t told = 0;   // of it, by messages that came

  static std::size_t Pop(std::deque<std::size_t>& steps) {
    if (steps.empty()) return 255;
    const std::size_t step = steps.front();
    steps.pop_front();
    return step;
  }
};
Kernel* kernel = nullptr;

int FailWith(int error) {
  errno = error;
  return -1;
}

SocketAddress Peer(std::size_t number) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(7000 + number));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return {reinterpret_cast<const sockaddr*>(&address), sizeof(address)};
}

std::size_t SegmentSize(msghdr& header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    std::uint16_t size = 0;
    if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_SEGMENT) continue;
    std::memcpy(&size, CMSG_DATA(c), sizeof(size));
    return size;
  }
  return 0;
}

// One message goes out as udp(7) has it. 0 or an errno.
int Transmit(msghdr& header) {
  std::string bytes;
  for (std::size_t i = 0; i < header.msg_iovlen; ++i) {
    bytes.append(static_cast<const char*>(header.msg_iov[i].iov_base), header.msg_iov[i].iov_len);
  }
  const std::size_t segment = SegmentSize(header);
  if (bytes.size() > kLargest) return EMSGSIZE;
  if (segment > 0 && !kernel->segments) return EIO;
  if (segment > 0 && (bytes.size() + segment - 1) / segment > 64) Fail("too many segments");
  const SocketAddress to(static_cast<const sockaddr*>(header.msg_name), header.msg_namelen);
  const std::size_t piece = segment > 0 ? segment : std::max<std::size_t>(bytes.size(), 1);
  std::size_t at = 0;
  do {
    kernel->sent.push_back({bytes.substr(at, piece), to});
    at += piece;
  } while (at < bytes.size());
  return 0;
}

template <typename T>
void Tell(int level, int type, const T& value, msghdr& header, std::size_t& used,
          std::size_t room) {
  if (used + CMSG_SPACE(sizeof(value)) > room) return;
  cmsghdr about{};
  about.cmsg_level = level;
  about.cmsg_type = type;
  about.cmsg_len = CMSG_LEN(sizeof(value));
  char* const at = static_cast<char*>(header.msg_control) + used;
  std::memcpy(at, &about, sizeof(about));
  std::memcpy(at + CMSG_LEN(0), &value, sizeof(value));
  used += CMSG_SPACE(sizeof(value));
}

// The next datagram, or with GRO the next ones of its size from its sender.
void Deliver(mmsghdr& message) {
  msghdr& header = message.msg_hdr;
  Packet first = std::move(kernel->coming.front());
  kernel->coming.pop_front();
  const std::size_t size = first.bytes.size();
  std::size_t last = size;
  bool merged = false;
  while (kernel->merges && size > 0 && last == size && !kernel->coming.empty()) {
    const Packet& next = kernel->coming.front();
    last = next.bytes.size();
    if (last == 0 || last > size || !(next.peer == first.peer)) break;
    if (first.bytes.size() + last > kLargest) break;
    first.bytes += next.bytes;
    kernel->coming.pop_front();
    merged = true;
  }
  const std::size_t n = std::min(first.bytes.size(), header.msg_iov[0].iov_len);
  std::memcpy(header.msg_iov[0].iov_base, first.bytes.data(), n);
  message.msg_len = static_cast<unsigned>(first.bytes.size());
  std::memcpy(header.msg_name, first.peer.data(), first.peer.size());
  header.msg_namelen = first.peer.size();
  std::size_t used = 0;
  const std::size_t room = header.msg_controllen;
  if (merged) Tell(IPPROTO_UDP, UDP_GRO, static_cast<int>(size), header, used, room);
  if (kernel->drops > kernel->told) {
    Tell(SOL_SOCKET, SO_RXQ_OVFL, kernel->drops, header, used, room);
    kernel->told = kernel->drops;
  }
  header.msg_controllen = used;
}

using Framers = std::vector<AnyFramer>;
const Framers& AllFramers() {
  static const Framers framers = [] {
    Framers all{LengthFieldFramer({.width = 2}), VarintFramer({.max_payload = 300}),
                DelimiterFramer({.ends = {"\n"}}), HeaderFramer()};
    for (const char* spec : {"fixed:size=3", "cobs", "line;join=full=3", "walk:json", "stomp"}) {
      all.push_back(*AnyFramer::FromSpec(spec));
    }
    return all;
  }();
  return framers;
}

std::optional<std::string> Framed(const AnyFramer& framer, const std::string& payload) {
  StreamBuffer frame;
  AnyFramer::State alone{};
  if (AppendFrame(framer, AsBytes(payload), frame, alone)) return std::nullopt;
  return std::string(AsText(frame.readable()));
}

struct Message {
  std::string payload;
  SocketAddress peer;
};

// Sends them all, as often as that takes.
void SendAll(net::DatagramSocket<AnyFramer>& socket, const std::vector<Message>& messages) {
  std::vector<net::OutgoingMessage> outgoing;
  for (const Message& message : messages)
    outgoing.push_back({AsBytes(message.payload), &message.peer});
  const net::Deadline now = net::Clock::now();
  std::size_t at = 0, tries = 0;
  while (at < messages.size()) {
    if (++tries > messages.size() + 64) Fail("sending does not get on");
    const std::size_t before = kernel->sent.size();
    const net::SendBatchResult result = socket.SendMany(std::span(outgoing).subspan(at), now);
    if (kernel->sent.size() - before != result.messages_sent) Fail("others are out than it says");
    if (result.ok() && at + result.messages_sent != messages.size()) Fail("OK for a part");
    for (std::size_t i = 0; i < result.messages_sent; ++i, ++at) {
      const Packet& out = kernel->sent[before + i];
      if (out.bytes != Framed(socket.framer(), messages[at].payload)) Fail("another datagram left");
      if (!(out.peer == messages[at].peer)) Fail("it left to another peer");
    }
    if (result.ok() || absl::IsDeadlineExceeded(result.status)) continue;
    if (at == messages.size()) Fail("an error behind the last message");
    const auto framed = Framed(socket.framer(), messages[at].payload);
    const bool fits = framed && framed->size() <= kLargest;
    if (absl::IsInvalidArgument(result.status) && fits) Fail("what fits is refused");
    if (!fits) ++at;
  }
}

void RequireAs(const net::Datagram<AnyFramer>& datagram, const Packet& packet, std::size_t room,
               const AnyFramer& framer) {
  using Kind = net::DatagramKind;
  if (datagram.true_size() != packet.bytes.size()) Fail("another size");
  if (!(datagram.from() == packet.peer)) Fail("from someone else");
  if (AsText(datagram.bytes()) != std::string_view(packet.bytes).substr(0, room))
    Fail("other bytes");
  if (packet.bytes.size() > room) {
    if (datagram.kind() != Kind::kTruncated) Fail("it is truncated, which it does not say");
    return;
  }
  const auto events = testing::EventsOf(framer, AsBytes(packet.bytes));
  const bool whole = events.back().kind == DecodeResult::Kind::kEnd;
  if (datagram.kind() != (whole ? Kind::kFrames : Kind::kMalformed)) Fail("judged wrongly");
  if (!whole) {
    if (!(datagram.error() == events.back().error)) Fail("another error");
    return;
  }
  if (datagram.frame_count() != events.size() - 1) Fail("another number of frames");
  auto cursor = datagram.frames();
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    const DecodeResult frame = cursor.Next();
    if (!frame || frame->text() != events[i].payload) Fail("another frame");
    if (i == 0 && datagram.first().text() != events[0].payload) Fail("another first frame");
  }
}

void ReceiveAll(net::DatagramSocket<AnyFramer>& socket, const std::vector<Packet>& packets,
                std::size_t room, bool many) {
  const net::Deadline now = net::Clock::now();
  std::size_t at = 0, tries = 0;
  const auto sink = [&](const net::Datagram<AnyFramer>& datagram) {
    if (at == packets.size()) Fail("more datagrams than came");
    RequireAs(datagram, packets[at++], room, socket.framer());
  };
  while (at < packets.size()) {
    if (++tries > packets.size() + 64) Fail("datagrams are lost");
    if (many) {
      const auto result = socket.ReceiveMany(sink, now);
      if (!result.ok() && !absl::IsDeadlineExceeded(result.status)) Fail("receiving fails");
    } else if (const auto datagram = socket.Receive(now);
               datagram.kind() != net::DatagramKind::kTimeout) {
      sink(datagram);
    }
  }
  if (socket.Receive(now).kind() != net::DatagramKind::kTimeout) Fail("one more than came");
  if (socket.dropped() != kernel->told) Fail("another number of dropped ones");
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" {

int __wrap_sendmmsg(int /*fd*/, mmsghdr* messages, unsigned count, int /*flags*/) {
  using namespace unstick::fuzz;
  const std::size_t step = Kernel::Pop(kernel->sends);
  if (step % 8 == 1) return FailWith(EAGAIN);
  if (step % 8 == 2) return FailWith(EINTR);
  if (step % 32 == 3) return FailWith(ENOBUFS);
  const std::size_t most = std::min<std::size_t>(count, step == 255 ? count : 1 + step / 8);
  for (std::size_t i = 0; i < most; ++i) {
    const int error = Transmit(messages[i].msg_hdr);
    if (error != 0) return i > 0 ? static_cast<int>(i) : FailWith(error);
  }
  return static_cast<int>(most);
}

int __wrap_recvmmsg(int /*fd*/, mmsghdr* messages, unsigned count, int /*flags*/, timespec*) {
  using namespace unstick::fuzz;
  const std::size_t step = Kernel::Pop(kernel->receives);
  if (step % 8 == 1 || kernel->coming.empty()) return FailWith(EAGAIN);
  if (step % 8 == 2) return FailWith(EINTR);
  if (step % 8 == 3) kernel->drops += static_cast<std::uint32_t>(step);
  const std::size_t most = std::min<std::size_t>(count, step == 255 ? count : 1 + step / 8);
  std::size_t given = 0;
  while (given < most && !kernel->coming.empty()) Deliver(messages[given++]);
  return static_cast<int>(given);
}

}  // extern "C"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const AnyFramer& framer = fuzz::AllFramers()[input.Byte() % fuzz::AllFramers().size()];
  constexpr std::size_t kRooms[] = {2000, 4, 20, 300};
  const std::size_t room = input.OneOf(kRooms);
  const std::size_t flags = input.Byte();
  fuzz::Kernel kernel;
  kernel.segments = flags % 2 == 0;
  kernel.merges = flags / 2 % 2 == 1;
  for (int i = 0; i < 16; ++i) kernel.sends.push_back(input.Byte());
  for (int i = 0; i < 16; ++i) kernel.receives.push_back(input.Byte());

  std::vector<fuzz::Message> messages;
  std::vector<fuzz::Packet> foreign;  // behind the messages
  std::size_t total = 0;
  while (!input.empty() && messages.size() + foreign.size() < fuzz::kMostDatagrams) {
    const std::size_t what = input.Byte();
    std::string text = input.Text();
    if (what % 4 == 1 && !text.empty() && total < (1 << 20)) text.resize(what * 300, text[0]);
    total += text.size();
    const net::SocketAddress peer = fuzz::Peer(what / 4 % 2);
    if (what % 4 == 2) {
      foreign.push_back({std::move(text), peer});
      continue;
    }
    for (std::size_t n = what % 4 == 3 ? 20 : 1; n > 0; --n) messages.push_back({text, peer});
  }

  fuzz::kernel = &kernel;
  net::UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto channel =
      net::DatagramChannel::Adopt(std::move(fd), {.gso = flags / 4 % 2 == 0, .gro = kernel.merges});
  if (!channel.ok()) return 0;  // no sockets here
  kernel.merges = channel->receives_merged();
  net::DatagramSocket<AnyFramer> socket(*std::move(channel), framer,
                                        {.receive_room = room, .batch = flags / 8 % 8});
  fuzz::SendAll(socket, messages);
  std::vector<fuzz::Packet> packets = kernel.sent;
  packets.insert(packets.end(), foreign.begin(), foreign.end());
  kernel.coming.assign(packets.begin(), packets.end());
  {
    // 64 rooms and as much scratch, however little comes.
    const fuzz::Bounded bounded(5'000'000 + 5'000 * (total + 64 * packets.size()),
                                16 * 2 * 66'000 + 64 * (total + 4096));
    fuzz::ReceiveAll(socket, packets, room, flags % 16 < 8);
  }
  fuzz::kernel = nullptr;
  return 0;
}
