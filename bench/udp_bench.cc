// Datagrams over loopback, sent and received by one thread: DatagramSocket beside raw system calls
// with the same kernel features. The size is the datagram's.
//
//   limit           raw UDP_SEGMENT and UDP_GRO, the same bytes again and again
//   framed-by-hand  the same, copying each payload behind its size, which the receiver checks
//   unstick         DatagramSocket with GSO and GRO, one length-prefixed message a datagram
//   unstick-gso     the same without GRO
//   unstick-mmsg    the same without either: sendmmsg and recvmmsg alone
//   single          raw send and recv for each datagram

#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "unstick/net/datagram_socket.h"
#include "unstick/unstick.h"

namespace unstick::bench {
namespace {

constexpr std::size_t kRound = 512;      // datagrams sent, then received
constexpr int kReceiveBuffer = 4 << 20;  // a round fits
constexpr std::size_t kMost = net::kMaxUdpIpv4;

struct Pair {
  net::DatagramChannel receiver;
  net::DatagramChannel sender;
};

bool Open(benchmark::State& state, bool gso, bool gro, std::vector<Pair>& pair) {
  const net::ChannelOptions options{
      .receive_buffer = kReceiveBuffer, .send_buffer = kReceiveBuffer, .gso = gso, .gro = gro};
  auto receiver = net::DatagramChannel::Bind(*net::Endpoint::Parse("udp:127.0.0.1:0"), options);
  if (receiver.ok()) {
    auto sender = net::DatagramChannel::Connect(receiver->local_endpoint(), options);
    if (sender.ok()) {
      pair.push_back({*std::move(receiver), *std::move(sender)});
      if (!gro || pair[0].receiver.receives_merged()) return true;
    }
  }
  state.SkipWithError("this kernel has no UDP segmentation offload, or no loopback");
  return false;
}

std::size_t Size(const benchmark::State& state) { return static_cast<std::size_t>(state.range(0)); }

void Report(benchmark::State& state, std::size_t received, std::uint64_t total) {
  benchmark::DoNotOptimize(total);
  if (received != kRound * static_cast<std::size_t>(state.iterations())) {
    state.SkipWithError("datagrams were lost");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(received));
}

// ---- By hand -----------------------------------------------------------------------------------

struct alignas(cmsghdr) Control {
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

bool SendSegments(int fd, const std::byte* bytes, std::size_t count, std::size_t size) {
  Control control{};
  iovec content{.iov_base = const_cast<std::byte*>(bytes), .iov_len = count * size};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = CMSG_SPACE(sizeof(std::uint16_t));
  cmsghdr* message = CMSG_FIRSTHDR(&header);
  message->cmsg_level = IPPROTO_UDP;
  message->cmsg_type = UDP_SEGMENT;
  message->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto segment = static_cast<std::uint16_t>(size);
  std::memcpy(CMSG_DATA(message), &segment, sizeof(segment));
  return ::sendmsg(fd, &header, 0) == static_cast<ssize_t>(count * size);
}

// What came, and its segment size.
std::size_t ReceiveMerged(int fd, std::vector<std::byte>& room, std::size_t& segment) {
  Control control{};
  sockaddr_storage from{};
  iovec place{.iov_base = room.data(), .iov_len = room.size()};
  msghdr header{};
  header.msg_name = &from;
  header.msg_namelen = sizeof(from);
  header.msg_iov = &place;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  const ssize_t size = ::recvmsg(fd, &header, MSG_DONTWAIT);
  if (size <= 0) return 0;
  segment = static_cast<std::size_t>(size);
  if (const cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr) {
    int told = 0;
    std::memcpy(&told, CMSG_DATA(message), sizeof(told));
    segment = static_cast<std::size_t>(told);
  }
  return static_cast<std::size_t>(size);
}

// One message behind another, each with its size in front.
void WriteMessages(const std::vector<std::string>& payloads, std::vector<std::byte>& out) {
  std::byte* at = out.data();
  for (const std::string& payload : payloads) {
    at[0] = static_cast<std::byte>(payload.size() >> 8);
    at[1] = static_cast<std::byte>(payload.size() & 0xff);
    std::memcpy(at + 2, payload.data(), payload.size());
    at += 2 + payload.size();
  }
}

bool IsMessage(ByteView datagram) {
  return datagram.size() >= 2 && std::to_integer<std::size_t>(datagram[0]) * 256 +
                                         std::to_integer<std::size_t>(datagram[1]) ==
                                     datagram.size() - 2;
}

void ByHand(benchmark::State& state, bool framed) {
  std::vector<Pair> pair;
  if (!Open(state, true, true, pair)) return;
  const std::size_t size = Size(state);
  const std::size_t most = std::min<std::size_t>(64, kMost / size);
  const std::vector<std::string> payloads(most, std::string(size - 2, 'x'));
  std::vector<std::byte> content(most * size);
  WriteMessages(payloads, content);
  std::vector<std::byte> room(65'536);
  std::size_t received = 0;
  std::uint64_t total = 0;
  for (auto _ : state) {
    for (std::size_t sent = 0; sent < kRound;) {
      const std::size_t count = std::min(most, kRound - sent);
      if (framed) WriteMessages(payloads, content);
      if (!SendSegments(pair[0].sender.fd(), content.data(), count, size)) break;
      sent += count;
    }
    std::size_t segment = 0;
    for (std::size_t left = kRound; left > 0;) {
      const std::size_t came = ReceiveMerged(pair[0].receiver.fd(), room, segment);
      if (came == 0) break;
      for (std::size_t at = 0; at < came; at += segment, --left) {
        const ByteView datagram(room.data() + at, std::min(segment, came - at));
        if (framed && !IsMessage(datagram)) continue;
        total += datagram.size() + std::to_integer<std::uint64_t>(datagram[2]);
        ++received;
      }
    }
  }
  Report(state, received, total);
}
BENCHMARK_CAPTURE(ByHand, framed, true)->Name("udp/framed-by-hand")->Arg(64)->Arg(1200);
BENCHMARK_CAPTURE(ByHand, raw, false)->Name("udp/limit")->Arg(64)->Arg(1200);

void Single(benchmark::State& state) {
  std::vector<Pair> pair;
  if (!Open(state, false, false, pair)) return;
  const std::vector<std::byte> content(Size(state), std::byte{'x'});
  std::vector<std::byte> room(65'536);
  std::size_t received = 0;
  std::uint64_t total = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kRound; ++i) {
      if (::send(pair[0].sender.fd(), content.data(), content.size(), 0) < 0) break;
    }
    for (std::size_t i = 0; i < kRound; ++i) {
      const ssize_t came = ::recv(pair[0].receiver.fd(), room.data(), room.size(), MSG_DONTWAIT);
      if (came <= 0) break;
      total += static_cast<std::uint64_t>(came) + std::to_integer<std::uint64_t>(room[0]);
      ++received;
    }
  }
  Report(state, received, total);
}
BENCHMARK(Single)->Name("udp/single")->Arg(64)->Arg(1200);

// ---- Framed ------------------------------------------------------------------------------------

void Framed(benchmark::State& state, bool gso, bool gro) {
  std::vector<Pair> pair;
  if (!Open(state, gso, gro, pair)) return;
  const LengthFieldFramer framer({.width = 2});
  net::DatagramSocket receiver(std::move(pair[0].receiver), framer, {.batch = 64});
  net::DatagramSocket sender(std::move(pair[0].sender), framer);
  const std::string payload(Size(state) - 2, 'x');
  const std::vector<net::OutgoingMessage> messages(kRound, {AsBytes(payload)});
  std::size_t received = 0;
  std::uint64_t total = 0;
  const auto sink = [&](const net::Datagram<LengthFieldFramer>& datagram) {
    if (!datagram) return;
    const ByteView first = datagram.first().payload();
    total += first.size() + std::to_integer<std::uint64_t>(first[0]);
    ++received;
  };
  for (auto _ : state) {
    if (!sender.SendMany(messages).ok()) break;
    for (std::size_t left = kRound; left > 0;) {
      const auto batch = receiver.ReceiveMany(sink, net::Clock::time_point::min());
      if (!batch.ok()) break;
      left -= batch.received;
    }
  }
  Report(state, received, total);
}
BENCHMARK_CAPTURE(Framed, socket, true, true)->Name("udp/unstick")->Arg(64)->Arg(1200);
BENCHMARK_CAPTURE(Framed, gso, true, false)->Name("udp/unstick-gso")->Arg(64)->Arg(1200);
BENCHMARK_CAPTURE(Framed, mmsg, false, false)->Name("udp/unstick-mmsg")->Arg(64)->Arg(1200);

}  // namespace
}  // namespace unstick::bench
