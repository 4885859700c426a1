#include "src/cli/chaos_datagrams.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "src/cli/messages.h"
#include "unstick/net/datagram_batch.h"
#include "unstick/net/deadline.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::size_t kMaxClients = 1000;  // remembered at a time; the idlest makes room
// A datagram that is held back goes on after so long: those that come until then overtake it.
constexpr auto kHold = std::chrono::milliseconds(20);

using net::Clock;
using net::Deadline;

struct Way {
  ChaosPlan plan;
  ChaosPlan::Flip flip;
  std::uint64_t index = 0;
  std::uint64_t offset = 0;  // of the next datagram in all bytes of this way
};

struct Client {
  std::uint64_t number;
  std::uint64_t used;  // when it was last heard of, in datagrams of all clients
  net::SocketAddress address;
  net::DatagramChannel upstream;
  Way ways[2];
};

struct Pending {
  Deadline due;
  std::shared_ptr<Client> client;  // who may have been forgotten since
  ChaosDirection direction;
  std::vector<std::byte> bytes;
};

class DatagramChaos {
 public:
  DatagramChaos(net::DatagramChannel& listener, const net::Endpoint& target,
                const ChaosFaults& faults, std::uint64_t seed, ChaosLog& log)
      : listener_(listener), target_(target), faults_(faults), seed_(seed), log_(log) {}

  absl::Status Run(int stop_fd) {
    for (;;) {
      SendDue();
      std::vector<pollfd> entries = {{.fd = stop_fd, .events = POLLIN, .revents = 0},
                                     {.fd = listener_.fd(), .events = POLLIN, .revents = 0}};
      for (const auto& client : clients_) {
        entries.push_back({.fd = client->upstream.fd(), .events = POLLIN, .revents = 0});
      }
      ::poll(entries.data(), entries.size(), PollTimeout());
      if (entries[0].revents != 0) return absl::OkStatus();
      for (std::size_t i = 2; i < entries.size(); ++i) {
        if (entries[i].revents != 0) Take(clients_[i - 2]->upstream, clients_[i - 2]);
      }
      if (entries[1].revents != 0) Take(listener_, nullptr);
    }
  }

 private:
  int PollTimeout() const {
    if (pending_.empty()) return -1;
    Deadline first = net::kNoDeadline;
    for (const Pending& pending : pending_) first = std::min(first, pending.due);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }

  // What has come; from `client`'s target, or from clients if there is none.
  void Take(net::DatagramChannel& from, const std::shared_ptr<Client>& client) {
    const net::BatchResult result = from.ReceiveSome(batch_, 32);
    for (std::size_t i = 0; i < result.count; ++i) {
      const net::IncomingDatagram& datagram = batch_.datagrams()[i];
      const std::shared_ptr<Client> whose = client != nullptr ? client : ClientAt(*datagram.from);
      if (whose == nullptr) continue;
      whose->used = ++heard_;
      Judge(whose, client != nullptr ? ChaosDirection::kToClient : ChaosDirection::kToTarget,
            {datagram.bytes.begin(), datagram.bytes.end()});
    }
  }

  // Null if there is no socket for one that is new.
  std::shared_ptr<Client> ClientAt(const net::SocketAddress& address) {
    for (const auto& client : clients_) {
      if (client->address == address) return client;
    }
    if (clients_.size() == kMaxClients) ForgetTheIdlest();
    const std::uint64_t number = opened_ + 1;
    auto upstream = net::DatagramChannel::Connect(target_);
    if (!upstream.ok()) {
      Say(MessageOf(upstream.status()));
      log_.Write(number, "unreachable");
      log_.Sum([](ChaosTotals& totals) { ++totals.unreachable; });
      return nullptr;
    }
    const auto way = [&](ChaosDirection direction) {
      const ChaosPlan plan(faults_, seed_, number, direction);
      return Way{plan, plan.FirstFlip()};
    };
    opened_ = number;
    clients_.push_back(std::make_shared<Client>(
        Client{number,
               heard_,
               address,
               *std::move(upstream),
               {way(ChaosDirection::kToTarget), way(ChaosDirection::kToClient)}}));
    log_.Write(number, "open");
    log_.Sum([](ChaosTotals& totals) { ++totals.connections; });
    return clients_.back();
  }

  void ForgetTheIdlest() {
    const auto idlest =
        std::min_element(clients_.begin(), clients_.end(),
                         [](const auto& a, const auto& b) { return a->used < b->used; });
    log_.Write((*idlest)->number, "close", ",\"how\":\"made-room\"");
    log_.Sum([](ChaosTotals& totals) { ++totals.made_room; });
    clients_.erase(idlest);
  }

  void Judge(const std::shared_ptr<Client>& client, ChaosDirection direction,
             std::vector<std::byte> bytes) {
    Way& way = client->ways[static_cast<std::size_t>(direction)];
    const std::uint64_t index = way.index++;
    const ChaosPlan::Fate fate = way.plan.FateOf(index);
    const std::uint64_t flips = Flip(way, bytes);
    log_.Sum([&](ChaosTotals& totals) {
      ++totals.datagrams;
      totals.flips += fate.dropped ? 0 : flips;
      totals.dropped += fate.dropped ? 1 : 0;
      totals.doubled += !fate.dropped && fate.doubled ? 1 : 0;
      totals.reordered += !fate.dropped && fate.held ? 1 : 0;
    });
    Log(client->number, direction, index, bytes.size(), fate, flips);
    if (fate.dropped) return;
    if (fate.doubled) Send(*client, direction, bytes);
    if (!fate.held && fate.delay.count() == 0) return Send(*client, direction, bytes);
    const Deadline due =
        Clock::now() + fate.delay + (fate.held ? net::Duration(kHold) : net::Duration());
    pending_.push_back({due, client, direction, std::move(bytes)});
  }

  void Log(std::uint64_t client, ChaosDirection direction, std::uint64_t index, std::size_t size,
           const ChaosPlan::Fate& fate, std::uint64_t flips) {
    std::string what =
        ",\"datagram\":" + std::to_string(index) + ",\"size\":" + std::to_string(size);
    if (!fate.dropped) {
      what += ",\"copies\":" + std::to_string(fate.doubled ? 2 : 1) +
              ",\"held\":" + (fate.held ? "true" : "false") +
              ",\"flips\":" + std::to_string(flips) +
              ",\"delay_us\":" + std::to_string(fate.delay.count());
    }
    log_.Write(client, direction, fate.dropped ? "drop" : "pass", what);
  }

  static std::uint64_t Flip(Way& way, std::vector<std::byte>& bytes) {
    std::uint64_t flips = 0;
    for (; way.flip.offset < way.offset + bytes.size();
         way.flip = way.plan.NextFlip(way.flip.offset)) {
      bytes[way.flip.offset - way.offset] ^= static_cast<std::byte>(1 << way.flip.bit);
      ++flips;
    }
    way.offset += bytes.size();
    return flips;
  }

  void SendDue() {
    const Deadline now = Clock::now();
    const auto due = [now](const Pending& pending) { return pending.due <= now; };
    for (const Pending& pending : pending_) {
      if (due(pending)) Send(*pending.client, pending.direction, pending.bytes);
    }
    std::erase_if(pending_, due);
  }

  // What cannot be sent is lost, as datagrams are; an ICMP error of an earlier one is passed over.
  void Send(Client& client, ChaosDirection direction, ByteView bytes) {
    const bool there = direction == ChaosDirection::kToTarget;
    const net::OutgoingDatagram datagram{bytes, there ? nullptr : &client.address};
    net::DatagramChannel& channel = there ? client.upstream : listener_;
    if (channel.SendSome({&datagram, 1}).count == 0) channel.SendSome({&datagram, 1});
  }

  net::DatagramChannel& listener_;
  const net::Endpoint& target_;
  const ChaosFaults& faults_;
  std::uint64_t seed_;
  ChaosLog& log_;
  net::DatagramBatch batch_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::uint64_t opened_ = 0;  // clients so far
  std::uint64_t heard_ = 0;   // datagrams so far
  std::vector<Pending> pending_;
};

}  // namespace

absl::Status CarryDatagrams(net::DatagramChannel& listener, const net::Endpoint& target,
                            const ChaosFaults& faults, std::uint64_t seed, int stop_fd,
                            ChaosLog& log) {
  return DatagramChaos(listener, target, faults, seed, log).Run(stop_fd);
}

}  // namespace unstick::inline v0::cli
