// The cure: say in the bytes where a message ends.

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "src/cli/demo_parts.h"
#include "src/cli/loopback_pair.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::size_t kMessageCount = 300;
constexpr std::uint32_t kSeed = 2026;

struct Strategy {
  const char* name;
  const char* spec;
};
constexpr Strategy kStrategies[] = {
    {"length prefix", "length:width=4"},
    {"delimiter", "delim:end='\\r\\n'"},
    {"structured header", "unstick"},
};

using Random = std::mt19937;  // its sequence is the same everywhere; the distributions' is not

std::size_t UpTo(Random& random, std::size_t most) { return random() % (most + 1); }

// Short ones, long ones, empty ones, of all bytes but the delimiter's CR.
std::vector<std::string> SomeMessages(Random& random) {
  std::vector<std::string> messages(kMessageCount);
  for (std::string& message : messages) {
    message.resize(UpTo(random, std::size_t{1} << UpTo(random, 11)) % 2000);
    for (char& c : message) {
      c = static_cast<char>(random() & 0xff);
      if (c == '\r') c = 'r';
    }
  }
  return messages;
}

// What happened on the way.
struct Trip {
  std::size_t sends = 0;
  std::size_t reads = 0;
  std::size_t glued = 0;  // reads that ended more than one message
  std::size_t torn = 0;   // messages that no single read had whole
  std::size_t whole = 0;  // messages received byte for byte as sent, in order
  std::size_t lucky = 0;  // reads that were exactly one message
  bool clean_end = false;
};

// Sends `wire` in random pieces, so that a send is now a part of a message, now several.
void SendInPieces(net::Socket& socket, ByteView wire, Trip& trip) {
  Random random(kSeed + 1);
  while (!wire.empty()) {
    const std::size_t n =
        std::min(wire.size(), 1 + UpTo(random, std::size_t{1} << UpTo(random, 12)));
    if (!net::WriteAll(socket, wire.first(n), net::DeadlineIn(kPatience)).ok()) break;
    wire = wire.subspan(n);
    ++trip.sends;
  }
  socket.ShutdownWrite();
}

// Takes frames out of reads of random sizes and compares them with what was sent.
absl::Status ReceiveAll(net::Socket& socket, const AnyFramer& framer,
                        const std::vector<std::string>& messages, Trip& trip) {
  Random random(kSeed + 2);
  FrameDecoder<AnyFramer> decoder(framer);
  std::size_t received = 0;
  std::uint64_t before = 0;  // bytes of earlier reads
  for (;;) {
    const auto bytes = ReadOnce(socket, 1 + UpTo(random, 700), net::DeadlineIn(kPatience));
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty()) break;
    ++trip.reads;
    std::size_t in_this_read = 0;
    bool from_the_start = false;
    const DecodeResult stopped = decoder.Push(AsBytes(*bytes), [&](const FrameView& frame) {
      if (received < messages.size() && frame.text() == messages[received]) ++trip.whole;
      if (frame.stream_offset() < before) ++trip.torn;
      ++received;
      from_the_start |= frame.stream_offset() == before;
      ++in_this_read;
    });
    if (stopped.kind() == DecodeResult::Kind::kError) return absl::OkStatus();  // the check tells
    if (in_this_read > 1) ++trip.glued;
    before += bytes->size();
    if (in_this_read == 1 && from_the_start && decoder.stream_offset() == before) ++trip.lucky;
  }
  decoder.Finish();
  trip.clean_end = received == messages.size() && decoder.Next().kind() == DecodeResult::Kind::kEnd;
  return absl::OkStatus();
}

absl::StatusOr<Trip> Travel(const AnyFramer& framer, const std::vector<std::string>& messages) {
  StreamBuffer wire;
  AnyFramer::State sent;
  for (const std::string& message : messages) {
    const auto refused = AppendFrame(framer, AsBytes(message), wire, sent);
    if (refused) return ToStatus(*refused);
  }
  absl::StatusOr<LoopbackPair> pair = ConnectLoopback();
  if (!pair.ok()) return pair.status();
  Trip trip;
  std::jthread sender([&] { SendInPieces(pair->sender, wire.readable(), trip); });
  absl::Status received = ReceiveAll(pair->receiver, framer, messages, trip);
  sender.join();
  if (!received.ok()) return received;
  return trip;
}

std::string Row(const char* name, const Trip& trip) {
  char row[128];
  std::snprintf(row, sizeof(row), "%-18s %9zu %7zu %7zu %12zu %14zu %8zu", name, kMessageCount,
                trip.sends, trip.reads, trip.glued, trip.torn, trip.whole);
  return row;
}

}  // namespace

absl::Status ShowCures(DemoPage& page) {
  page.Heading("4. The cure: the bytes say where a message ends");
  page.Say(
      "length prefix       | 00 00 00 05 | H E L L O |      the size comes first\n"
      "delimiter           | H E L L O | \\r \\n |            a mark comes last\n"
      "structured header   | magic, sizes, CRC | H E L L O | CRC |");
  page.Say(std::to_string(kMessageCount) +
           " messages of 0 to 1999 bytes for each, split and merged at random over TCP:");
  page.Say("                    messages   sends   reads  glued reads  torn messages  rebuilt");
  Random random(kSeed);
  std::size_t right = 0;
  std::size_t lucky = 0;
  for (const Strategy& strategy : kStrategies) {
    const absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(strategy.spec);
    if (!framer.ok()) return framer.status();
    const absl::StatusOr<Trip> trip = Travel(*framer, SomeMessages(random));
    if (!trip.ok()) return trip.status();
    page.Say(Row(strategy.name, *trip));
    page.reads += trip->reads;
    lucky += trip->lucky;
    page.messages_sent += kMessageCount;
    page.messages_whole += trip->whole;
    const bool hard = trip->glued > 0 && trip->torn > 0;  // else it would have shown nothing
    if (hard && trip->clean_end && trip->whole == kMessageCount) ++right;
  }
  page.Say("Taking each read for a message would have got " + std::to_string(lucky) + " of " +
           std::to_string(page.messages_sent) + " right.");
  page.Check(right == std::size(kStrategies),
             std::to_string(right) + " of " + std::to_string(std::size(kStrategies)) +
                 " strategies rebuilt every message, byte for byte and in order");
  return absl::OkStatus();
}

}  // namespace unstick::inline v0::cli
