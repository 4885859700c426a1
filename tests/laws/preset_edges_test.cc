// Every preset, both sides: payloads of 0 and 1 byte, around each form of a length, of the largest
// size and one more, encoded and decoded again in several cuts. What can be encoded only with the
// caller's help, or not at all, is named here.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/slow_build.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0::testing {
namespace {

using namespace std::string_literals;

std::string BigEndian(std::size_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t i = width; i > 0; --i) bytes += static_cast<char>(value >> (8 * (i - 1)) & 0xff);
  return bytes;
}

// A payload of exactly `size` bytes that is right for the format, or nothing if there is none: most
// formats take any bytes, some want a value, a checksum or a first byte of theirs.
std::optional<std::string> PayloadFor(std::string_view preset, std::size_t size) {
  const auto text = [](std::size_t n) { return std::string(n, 'x'); };
  // The largest n for which `head(n)` and `tail` around n bytes make `size`.
  const auto around = [&](auto head, const std::string& tail) -> std::optional<std::string> {
    for (std::size_t n = size; n + 20 > size; --n) {
      const std::string front = head(n);
      if (front.size() + n + tail.size() == size) return front + text(n) + tail;
      if (n == 0) break;
    }
    return std::nullopt;
  };
  if (preset == "ber") {
    return around(
        [](std::size_t n) {
          return "\x04"s + (n < 128 ? BigEndian(n, 1) : "\x84"s + BigEndian(n, 4));
        },
        "");
  }
  if (preset == "msgpack") {
    if (size == 1) return "\xc0";
    return around(
        [](std::size_t n) { return n < 32 ? BigEndian(0xa0 + n, 1) : "\xc6"s + BigEndian(n, 4); },
        "");
  }
  if (preset == "cbor-seq") {
    return around(
        [](std::size_t n) { return n < 24 ? BigEndian(0x40 + n, 1) : "\x5a"s + BigEndian(n, 4); },
        "");
  }
  if (preset == "resp") {
    return around([](std::size_t n) { return "$" + std::to_string(n) + "\r\n"; }, "\r\n");
  }
  if (preset == "bencode") {
    return around([](std::size_t n) { return std::to_string(n) + ":"; }, "");
  }
  if (preset == "json-concat" || preset == "json-seq") {
    if (size == 1) return "7";
    return around([](std::size_t) { return "\""s; }, "\"");
  }
  if (preset == "avro-netty") {
    if (size == 0) return "";
    return around([](std::size_t n) { return BigEndian(n, 4); }, "");
  }
  if (preset == "nmea") {
    if (size < 3) return std::nullopt;
    const std::string body = text(size - 3);
    return body + (body.size() % 2 == 0 ? "*00" : "*78");
  }
  if (preset == "proxy-v1") {
    return size < 6 ? std::nullopt : std::optional("PROXY " + text(size - 6));
  }
  if (preset == "modbus-rtu") {
    return size == 6 ? std::optional("\1\3\0\0\0\1"s) : std::nullopt;
  }
  if (preset == "modbus-rtu-reply") {
    return size == 5 ? std::optional("\1\3\2\0\7"s) : std::nullopt;
  }
  if (preset == "drda") {  // its magic is the payload's first byte
    return size == 0 ? std::nullopt : std::optional("\xd0" + text(size - 1));
  }
  if (preset == "mpeg-ts") {
    return size == 188 ? std::optional("\x47" + text(187)) : std::nullopt;
  }
  return text(size);
}

// The largest payload of formats whose length field ends below 16 MiB, by their documents.
const std::map<std::string_view, std::size_t> kLargest = {
    {"len8", 255},
    {"len16be", 65535},
    {"dns-tcp", 65535},
    {"rtp-tcp", 65535},
    {"soupbintcp", 65535},
    {"epmd", 65535},
    {"iso8583-2b", 65535},
    {"rsocket", 16777215},
    {"nbss", 16777215},
    {"tpkt", 65535 - 4},  // where the whole frame is counted, its header comes off
    {"diameter", 16777215 - 4},
    {"bgp", 65535 - 18},
    {"openflow", 65535 - 4},
    {"ipfix-tcp", 65535 - 4},
    {"pcep", 65535 - 4},
    {"ldp", 65535},
    {"radius-tcp", 65535 - 4},
    {"tds", 65535 - 4},
    {"tns", 65535 - 2},
    {"drda", 32767 - 2},
    {"knxnetip", 65535 - 6},
    {"synchrophasor", 65535 - 4 - 2},
    {"http2", 16777215},
    {"tls-record", 65535},
    {"cassandra-v5", 131071},
    {"modbus-tcp", 65535},
    {"enip", 65535},
    {"gb32960", 65535},
    {"dlt645", 200},
    {"mc-3e", 65535},
    {"iec104", 255},
    {"ajp13", 65535},
    {"uwsgi", 65535},
    {"gsm-ipa", 65535},
    {"flv-tag", 16777215},
    {"proxy-v2", 65535},
    {"mavlink", 255},
    {"ubx", 65535},
    {"rtcm3", 1023},
    {"rsync-mux", 16777215},
    {"adts", 8191 - 6},
    {"fcgi", 65535},
    {"iscsi", 16777215},
    {"dcerpc", 65535 - 10},
    {"stun-turn-tcp", 65535},
    {"rdp-fastpath", 65535 - 4},
    {"ogg", 255 * 255},
    {"minecraft", 2097151},
    {"git-pkt-line", 65535 - 4},
    {"adb-host", 65535},
    {"iso8583-ascii", 9999},
    {"mpeg-ts", 188},
    {"fixed-n", 16},
};
const std::map<std::string_view, std::size_t> kLeast = {
    {"smpp", 12},     {"bgp", 1},        {"slip", 1},         {"mpeg-ts", 188},
    {"fixed-n", 16},  {"hsms", 10},      {"source-rcon", 10}, {"mongodb", 12},
    {"diameter", 16}, {"ipfix-tcp", 12}, {"radius-tcp", 16},  {"modbus-tcp", 2},
    {"someip", 8},    {"iec104", 4},     {"adts", 1},         {"sse", 1}};
const std::map<std::string_view, std::size_t> kMultipleOf = {{"mtproto-abridged", 4}, {"capnp", 8}};

std::size_t Of(const std::map<std::string_view, std::size_t>& table, std::string_view preset,
               std::size_t otherwise) {
  const auto found = table.find(preset);
  return found == table.end() ? otherwise : found->second;
}

// The stream's beginning, where it is the caller's to send: what a preamble of this preset looks
// like. Nothing if the framer writes it, or there is none.
std::string Preamble(const DescribedFramer& framer) {
  StreamBuffer out;
  DescribedFramer::State fresh;
  const auto refused = framer.EncodeTo(AsBytes("0123456789abcdef"), out, fresh);
  if (!refused || refused->obstacle != Obstacle::kPreamble) return "";
  const std::string& spec = framer.spec();
  if (spec.find("preamble:until=0d0a0d0a") != std::string::npos) return "GET / HTTP/1.1\r\n\r\n";
  if (spec.find("=5353482d") != std::string::npos) return "be kind\r\nSSH-2.0-x\r\n";
  if (spec.find("=424547494e") != std::string::npos) return "AUTH EXTERNAL\r\nBEGIN\r\n";
  // A size, and constants in it: the first window that is passed over whole.
  std::string bytes;
  for (int tries = 0; tries < 400 && bytes.size() < 200; ++tries) {
    const ScanResult result = framer.Scan(AsBytes(bytes), 0, {}).result;
    if (std::holds_alternative<Skip>(result)) return bytes;
    const auto* wrong = std::get_if<FrameError>(&result);
    if (wrong == nullptr) {
      bytes += 'p';
    } else {
      bytes[static_cast<std::size_t>(wrong->found)] = static_cast<char>(wrong->allowed);
    }
  }
  ADD_FAILURE() << spec;
  return "";
}

struct Decoded {
  std::vector<std::string> payloads;
  std::string ending;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded Decode(const DescribedFramer& framer, std::string_view stream, std::size_t piece) {
  FrameDecoder decoder(framer);
  Decoded decoded;
  const auto sink = [&](const FrameView& frame) {
    decoded.payloads.push_back(frame.CopyPayload());
  };
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    const DecodeResult result = decoder.Push(AsBytes(stream.substr(0, piece)), sink);
    if (result.kind() != DecodeResult::Kind::kNeedMore) break;
  }
  decoder.Finish();
  const DecodeResult last = decoder.Drain(sink);
  if (last.kind() == DecodeResult::Kind::kEnd) decoded.ending = "end";
  if (last.kind() == DecodeResult::Kind::kError) decoded.ending = last.error().ToString();
  return decoded;
}

// Encodes these as one stream (those that are due to be refused write nothing) and decodes it.
void RoundTrip(const std::string& spec, Side side, const std::vector<std::string>& payloads,
               const std::vector<bool>& carried) {
  SCOPED_TRACE(spec + (side == Side::kClient ? " of the client" : " of the server"));
  const auto framer = DescribedFramer::FromSpec(spec, side);
  ASSERT_TRUE(framer.ok()) << framer.status().ToString();
  StreamBuffer out;
  DescribedFramer::State sent;
  const std::string preamble = Preamble(*framer);
  if (!preamble.empty()) {
    out.Append(AsBytes(preamble));
    sent.preamble_done = true;
  }
  const bool one_frame = spec.substr(0, 6) == "proxy-";
  Decoded due{{}, "end"};
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    if (one_frame && !due.payloads.empty()) break;
    const std::size_t before = out.size();
    const auto refused = framer->EncodeTo(AsBytes(payloads[i]), out, sent);
    ASSERT_EQ(!refused.has_value(), carried[i])
        << payloads[i].size() << " bytes" << (refused ? ": " + refused->ToString() : "");
    if (!refused) due.payloads.push_back(payloads[i]);
    if (!refused) continue;
    EXPECT_EQ(refused->code, FrameErrorCode::kUnencodable);
    EXPECT_EQ(refused->found, payloads[i].size());
    EXPECT_EQ(out.size(), before) << "refused and wrote";
  }
  const std::string_view stream = AsText(out.readable());
  for (const std::size_t piece :
       {stream.size() + 1, std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{65537}}) {
    if (stream.size() / piece > (kSlowBuild ? 400U : 4000U)) continue;
    ASSERT_EQ(Decode(*framer, stream, piece).ending, due.ending) << "in pieces of " << piece;
    ASSERT_TRUE(Decode(*framer, stream, piece) == due) << "in pieces of " << piece;
  }
}

// Formats in which the stream's own bytes tell the byte order: nothing can be encoded, and that is
// the reason that is given.
bool TellsOrder(std::string_view preset) { return preset == "pcapng" || preset == "pcap-stream"; }

class EachPreset : public ::testing::TestWithParam<Preset> {
 protected:
  void RoundTripSizes(const std::vector<std::size_t>& sizes, std::size_t max) {
    const std::string name(GetParam().name);
    const std::size_t least = Of(kLeast, name, 0), largest = Of(kLargest, name, ~std::size_t{0});
    std::vector<std::string> payloads;
    std::vector<bool> carried;
    for (const std::size_t size : sizes) {
      const auto payload = PayloadFor(name, size);
      if (!payload) continue;
      payloads.push_back(*payload);
      carried.push_back(size >= least && size <= std::min(largest, max) &&
                        size % Of(kMultipleOf, name, 1) == 0);
    }
    std::string spec = name == "fixed-n" ? "fixed-n,size=16" : name + ",max=" + std::to_string(max);
    // A D-Bus stream's first message is known by header bytes that no key describes.
    if (name == "dbus") spec += ";preamble:through-line='BEGIN'";
    for (const Side side : {Side::kClient, Side::kServer}) RoundTrip(spec, side, payloads, carried);
  }
};

TEST_P(EachPreset, GivesBackPayloadsOfEdgeSizes) {
  if (TellsOrder(GetParam().name)) return;
  RoundTripSizes({0, 1, 2, 3, 11, 12, 16, 124, 125, 126, 127, 128, 188, 253, 254, 255, 256, 269},
                 20 << 20);
  RoundTripSizes({65534, 65535, 65536, 65805, 0, 1, 2}, 20 << 20);
}

TEST_P(EachPreset, RefusesOneByteMoreThanItsLargest) {
  if (TellsOrder(GetParam().name)) return;
  const std::size_t largest = Of(kLargest, GetParam().name, 0);
  if (largest > 0) RoundTripSizes({largest - 1, largest, largest + 1}, 20 << 20);
  if (largest > 0 && largest < 304) return;
  RoundTripSizes({303, 304, 305}, 304);  // the limit that was asked for
}

TEST_P(EachPreset, GivesBackAnyBytesThatItTakes) {
  if (TellsOrder(GetParam().name)) return;
  std::string bytes;
  for (std::size_t i = 0; i < 600; ++i) bytes += static_cast<char>(i * i / 3 + i);
  const std::string name(GetParam().name);
  const auto framer = DescribedFramer::FromSpec(name == "fixed-n" ? "fixed-n,size=16" : name);
  ASSERT_TRUE(framer.ok());
  for (const std::size_t size : {1U, 2U, 5U, 16U, 100U, 188U, 254U, 255U, 600U}) {
    StreamBuffer out;
    DescribedFramer::State sent{.preamble_done = true};
    const auto refused = framer->EncodeTo(AsBytes(bytes).first(size), out, sent);
    if (refused) {
      EXPECT_EQ(refused->code, FrameErrorCode::kUnencodable);
      continue;
    }
    std::string spec = framer->spec();
    if (name == "dbus") spec += ";preamble:through-line='BEGIN'";
    RoundTrip(spec, Side::kEither, {bytes.substr(0, size)}, {true});
  }
}

// The caller's help: whose streams start with bytes that are for it to send, or tell an order.
TEST(PresetEdges, SayWhatTheyNeedFromTheCaller) {
  std::string preambles, orders;
  for (const Preset& preset : Presets()) {
    for (const Side side : {Side::kClient, Side::kServer}) {
      const std::string name(preset.name);
      const auto framer =
          DescribedFramer::FromSpec(name == "fixed-n" ? "fixed-n,size=16" : name, side);
      ASSERT_TRUE(framer.ok()) << name;
      StreamBuffer out;
      DescribedFramer::State sent;
      auto refused = framer->EncodeTo(AsBytes("0123456789abcdef"), out, sent);
      const std::string who = " " + name + (side == Side::kClient ? "/client" : "/server");
      if (refused && refused->obstacle == Obstacle::kPreamble) {
        preambles += who;
        EXPECT_NE(refused->ToString().find("preamble that is yours to send"), std::string::npos);
        sent.preamble_done = true;
        refused = framer->EncodeTo(AsBytes("0123456789abcdef"), out, sent);
      }
      if (refused && refused->obstacle == Obstacle::kByteOrder) {
        orders += who;
        EXPECT_NE(refused->ToString().find("tells the byte order"), std::string::npos);
      }
    }
  }
  EXPECT_EQ(
      preambles,
      " hadoop-rpc/client nng-sp-tcp/client nng-sp-tcp/server bittorrent/client bittorrent/server"
      " postgresql-ssl/server amqp-1.0/client amqp-1.0/server pcap-stream/client"
      " pcap-stream/server flv-tag/client flv-tag/server ssh-binary/client ssh-binary/server"
      " websocket/client websocket/server zmtp/client zmtp/server"
      " bolt/client bolt/server tarantool/server");
  EXPECT_EQ(orders, " pcapng/client pcapng/server");
}

INSTANTIATE_TEST_SUITE_P(All, EachPreset, ::testing::ValuesIn(Presets().begin(), Presets().end()),
                         [](const auto& preset) {
                           std::string name(preset.param.name);
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace unstick::inline v0::testing
