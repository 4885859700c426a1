// The clauses `check` and `unescape=map(...)`: every named checksum by its catalogue's value, any
// CRC against bits, where a checksum stands, what it covers, and what is refused.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "src/core/check_spec.h"
#include "src/core/filters/checksum.h"
#include "tests/core/described_events.h"
#include "tests/support/reference_described.h"
#include "tests/support/seed.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/framing.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kDigits = "123456789";

// The "check" column of reveng.sourceforge.io/crc-catalogue; the sums by hand.
struct Value {
  const char* name;
  std::uint64_t value;
};
constexpr Value kValues[] = {{"crc8", 0xf4},
                             {"crc8-autosar", 0xdf},
                             {"crc8-darc", 0x15},
                             {"crc8-ebu", 0x97},
                             {"crc8-itu", 0xa1},
                             {"crc8-maxim", 0xa1},
                             {"crc8-rohc", 0xd0},
                             {"crc8-sae-j1850", 0x4b},
                             {"crc16-arc", 0xbb3d},
                             {"crc16-aug-ccitt", 0xe5cc},
                             {"crc16-buypass", 0xfee8},
                             {"crc16-ccitt-false", 0x29b1},
                             {"crc16-ccitt", 0x29b1},
                             {"crc16-cdma2000", 0x4c06},
                             {"crc16-dnp", 0xea82},
                             {"crc16-en-13757", 0xc2b7},
                             {"crc16-genibus", 0xd64e},
                             {"crc16-kermit", 0x2189},
                             {"crc16-mcrf4xx", 0x6f91},
                             {"crc16-modbus", 0x4b37},
                             {"crc16-profibus", 0xa819},
                             {"crc16-t10-dif", 0xd0db},
                             {"crc16-usb", 0xb4c8},
                             {"crc16-x25", 0x906e},
                             {"fcs16", 0x906e},
                             {"crc16-xmodem", 0x31c3},
                             {"crc24-openpgp", 0x21cf02},
                             {"crc32", 0xcbf43926},
                             {"crc32-autosar", 0x1697d06a},
                             {"crc32-bzip2", 0xfc891918},
                             {"crc32-jamcrc", 0x340bc6d9},
                             {"crc32-mpeg2", 0x0376e6e7},
                             {"crc32-posix", 0x765e7680},
                             {"crc32-xfer", 0xbd0be338},
                             {"crc32c", 0xe3069283},
                             {"crc32d", 0x87315576},
                             {"crc32q", 0x3010bf7f},
                             {"crc40-gsm", 0xd4164fc646},
                             {"crc64-ecma", 0x6c40df5f0b497347},
                             {"crc64-go-iso", 0xb90956c775a41001},
                             {"crc64-we", 0x62ec59e3f1a4f00a},
                             {"crc64-xz", 0x995dc9bbdf1939fa},
                             {"crc(width=5,poly=5,init=1f,refin=1,refout=1,xorout=1f)", 0x19},
                             {"crc(width=7,poly=9)", 0x75},
                             {"crc(width=3,poly=3,xorout=7)", 0x4},
                             {"crc(width=10,poly=233)", 0x199},
                             {"crc(width=82,poly=1)", 0},  // refused
                             {"adler32", 0x091e01de},
                             {"sum8", 0xdd},
                             {"sum8-binary", 0xdd},
                             {"sum16", 0x1dd},
                             {"xor8", 0x31},
                             {"lrc", 0x23},
                             {"xor-hex", 0x31}};

TEST(Checks, HaveTheirCataloguesValues) {
  for (const auto& [name, value] : kValues) {
    const auto check = detail::ReadCheck(name);
    if (value == 0) {
      EXPECT_FALSE(check.ok()) << name;
      continue;
    }
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->sum->Of(AsBytes(kDigits)), value) << name;
    const auto again = detail::ReadCheck(detail::PrintCheck(*check));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(detail::PrintCheck(*again), detail::PrintCheck(*check));
    EXPECT_EQ(again->order, check->order) << name;
  }
}

TEST(Checks, PrintInOneForm) {
  const auto printed = [](std::string_view text) {
    const auto check = detail::ReadCheck(text);
    return check.ok() ? detail::PrintCheck(*check) : std::string(check.status().message());
  };
  EXPECT_EQ(printed("crc16-ccitt"), "crc16-ccitt-false");
  EXPECT_EQ(printed("crc(width=16,poly=1021,init=ffff,refin=0,refout=0,xorout=0,endian=big)"),
            "crc16-ccitt-false");
  EXPECT_EQ(printed("crc(width=16,poly=0x8005,init=ffff,refin=1,refout=1,endian=little)"),
            "crc16-modbus");
  EXPECT_EQ(printed("crc(width=16,poly=8005,init=ffff,refin=1,refout=1)"),
            "crc16-modbus,endian=big");
  EXPECT_EQ(printed("crc(poly=80f,width=0xc,refout=1,endian=little)"),
            "crc(width=12,poly=80f,refout=1),endian=little");
  EXPECT_EQ(printed("crc32,at=end,over=0..,endian=big"), "crc32");
  EXPECT_EQ(printed("crc32,over=..-4,at=before-end"), "crc32,over=..-4,at=before-end");
  EXPECT_EQ(printed("xor8,over=1..,endian=little"), "xor8,over=1..");
  EXPECT_EQ(printed("sum8,over=2..5"), "sum8,over=2..5");
  EXPECT_EQ(printed("sum8,over=payload"), "sum8");
}

// Against bits, in pieces, and as the difference of two states.
TEST(Checks, AnyCrcIsWhatItsBitsSay) {
  std::mt19937_64 random(testing::TestSeed());
  for (int round = 0; round < 2000; ++round) {
    detail::CrcParameters crc;
    crc.width = 1 + static_cast<unsigned>(random() % 64);
    const std::uint64_t top = ~std::uint64_t{0} >> (64 - crc.width);
    crc.poly = random() & top;
    crc.init = random() & top;
    crc.xorout = random() & top;
    crc.refin = random() % 2 == 0;
    crc.refout = random() % 2 == 0;
    if (round % 100 == 0) crc = {32, 0x04c11db7, 0xffffffff, true, true, 0xffffffff};
    if (round % 100 == 1) crc = {32, 0x1edc6f41, 0xffffffff, true, true, 0xffffffff};
    const detail::Checksum sum(crc);
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const reference::Crc slow{crc.width, crc.poly, crc.init, crc.refin, crc.refout, crc.xorout};
    ASSERT_EQ(sum.Of(AsBytes(bytes)), reference::BitwiseCrc(slow, bytes));
    const std::size_t a = random() % (bytes.size() + 1);
    const std::size_t b = a + random() % (bytes.size() - a + 1);
    const std::uint64_t at_a = sum.Extend(sum.Begin(), AsBytes(bytes).first(a));
    const std::uint64_t at_b = sum.Extend(at_a, AsBytes(bytes).subspan(a, b - a));
    ASSERT_EQ(sum.Between(at_a, at_b, b - a), reference::BitwiseCrc(slow, bytes.substr(a, b - a)));
    ASSERT_EQ(sum.End(sum.Extend(at_b, AsBytes(bytes).subspan(b))), sum.Of(AsBytes(bytes)));
  }
}

TEST(Checks, SumsAreDifferencesToo) {
  std::mt19937_64 random(testing::TestSeed());
  for (const char* name : {"adler32", "sum8-binary", "sum16", "xor8", "lrc"}) {
    const auto check = detail::ReadCheck(name);
    ASSERT_TRUE(check.ok());
    const detail::Checksum& sum = *check->sum;
    for (int round = 0; round < 200; ++round) {
      std::string bytes(random() % 5000, '\0');
      for (char& c : bytes) c = static_cast<char>(random() % 7 == 0 ? random() : 0xff);
      const std::size_t a = random() % (bytes.size() + 1);
      const std::uint64_t at_a = sum.Extend(sum.Begin(), AsBytes(bytes).first(a));
      const std::uint64_t at_b = sum.Extend(at_a, AsBytes(bytes).subspan(a));
      ASSERT_EQ(sum.Between(at_a, at_b, bytes.size() - a), sum.Of(AsBytes(bytes).subspan(a)));
    }
  }
}

std::string Encoded(std::string_view spec, const std::vector<std::string>& payloads) {
  const auto framer = AnyFramer::FromSpec(spec);
  EXPECT_TRUE(framer.ok()) << framer.status();
  if (!framer.ok()) return "";
  StreamBuffer out;
  AnyFramer::State sent;
  for (const std::string& payload : payloads) {
    if (framer->EncodeTo(AsBytes(payload), out, sent)) out.Append(AsBytes("refused"));
  }
  return std::string(AsText(out.readable()));
}

std::string Error(std::string_view spec, std::string_view stream) {
  const auto framer = DescribedFramer::FromSpec(spec);
  EXPECT_TRUE(framer.ok()) << framer.status();
  FrameDecoder decoder(*framer);
  (void)decoder.Feed(AsBytes(stream));
  decoder.Finish();
  const DecodeResult result = decoder.Next();
  if (result.kind() != DecodeResult::Kind::kError) return "no error";
  const FrameError& error = result.error();
  return std::string(CodeName(error.code)) + " " + std::string(RuleName(error.rule)) + " " +
         std::to_string(error.found) + " " + std::to_string(error.allowed);
}

// Whatever the kind: what is encoded comes back, and a frame with any byte changed does not.
TEST(Checks, MakeRoomForThemselves) {
  const std::vector<std::string> payloads = {"", "a", "hello", std::string(200, 'x')};
  for (const std::string spec :
       {"varint;check=crc32c",
        "length:width=2;check=crc32c",
        "length:width=4;check=crc64-xz",
        "length:width=2,counts=frame;check=crc16-modbus",
        "ascii:until=':';check=xor8",
        "ascii:until=':',trailer=',';check=crc16-x25",
        "delim:end=0a;check=sum8",
        "delim:start=7e,end=7e;unescape=map(7d02>7e,7d01>7d);check=xor8,over=1..",
        "delim:end=c0;unescape=slip;check=crc32c",
        "delim:end=00;unescape=cobs;check=crc16-x25",
        "delim:end=00;unescape=cobs;check=fcs16",
        "length:width=2;unescape=hdlc;check=crc16-arc",
        "length:width=2,trailer=1;magic=68@0;end=16;check=sum8-binary,at=before-end",
        "length:width=2,trailer=3;end=16;check=crc16-kermit,at=before-end",
        "length:width=2,trailer=4;check=crc32",
        "length:width=2,trailer=8;check=crc32",
        "length:width=2,align=4;check=crc32",
        "varint;check=adler32,over=payload",
        "length:offset=2,width=2;check=crc32,over=2..",
        "length:width=2;check=sum16,over=..-2",
        "length:width=2;check=crc(width=12,poly=80f,refout=1)",
        "chunks:width=2",
        "headers;check=crc32",
        "length:width=2;check=lrc;join:full=3",
        "length:width=1,mask=0x7f;check=crc8;join:last=0.7"}) {
    const auto framer = DescribedFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << framer.status();
    EXPECT_EQ(DescribedFramer::FromSpec(framer->spec())->spec(), framer->spec());
    for (const std::string& payload : payloads) {
      if (spec.find("magic=68") != std::string::npos && payload.size() > 5) continue;
      if (spec.find("0x7f") != std::string::npos && payload.size() > 100) continue;
      const std::string wire = Encoded(spec, {payload});
      if (spec.find("magic=68") != std::string::npos) continue;  // the length is the magic
      const std::string expected = payload + "@0 end@" + std::to_string(wire.size());
      EXPECT_EQ(Decode(spec, wire), expected) << spec;
      const bool all_covered = spec.find("check") != std::string::npos &&
                               spec.find("over=2..") == std::string::npos &&
                               spec.find("align") == std::string::npos;
      if (payload.size() > 10 || !all_covered) continue;
      for (std::size_t i = 0; i < wire.size(); ++i) {
        std::string changed = wire;
        changed[i] = static_cast<char>(changed[i] ^ 0x04);
        EXPECT_NE(Decode(spec, changed), expected) << spec << " " << i;
      }
    }
  }
}

TEST(Checks, StandWhereTheyAreSaidTo) {
  // a, then its CRC-32C, inside what the length counts.
  EXPECT_EQ(Encoded("length:width=1;check=xor8", {"a"}), "\2a\x63");
  EXPECT_EQ(Encoded("length:width=1,counts=frame;check=xor8", {"a"}), "\3a\x62");
  EXPECT_EQ(Encoded("length:width=1,trailer=1;check=xor8", {"a"}), "\1a\x60");
  EXPECT_EQ(Encoded("length:width=1,trailer=2;check=xor8", {"a"}), "\1a\0\x60"s);
  EXPECT_EQ(Encoded("length:width=1,trailer=1;end=16;check=xor8,at=before-end", {"a"}),
            "\2a\x63\x16");
  EXPECT_EQ(Encoded("length:width=1,trailer=2;end=16;check=xor8,at=before-end", {"a"}),
            "\1a\x60\x16");
  EXPECT_EQ(Encoded("length:width=1,trailer='\\x16';check=xor8", {"a"}), "\2a\x63\x16");
  EXPECT_EQ(Encoded("length:width=1,trailer='\\x16';check=xor8,at=before-end", {"a"}),
            "\2a\x63\x16");
  EXPECT_EQ(Encoded("length:width=1,trailer=1/'\\x16';check=xor8,at=before-end", {"a"}),
            "\1a\x60\x16");
  EXPECT_EQ(Encoded("length:width=1;check=xor8,over=1..", {"a"}), "\2aa");
  EXPECT_EQ(Encoded("length:width=1;check=xor8,over=payload", {"ab"}), "\3ab\3");
  EXPECT_EQ(Encoded("length:width=1;check=xor8,over=1..2", {"ab"}), "\3aba");
  EXPECT_EQ(Encoded("length:width=1;check=sum16,endian=little", {"a"}), "\3a\x64\0"s);
  EXPECT_EQ(Encoded("delim:start=7e,end=7e;unescape=map(7d02>7e,7d01>7d);check=xor8,over=1..",
                    {"~a", "\x7e"}),
            "~\x7d\2a\x1f~~\x7d\2\x7d\2~");
}

// Limits are the payload's, without its checksum, and told so.
TEST(Checks, AreNoPayload) {
  EXPECT_EQ(Encoded("length:width=1,max=2;check=xor8", {"ab", "abc"}), "\3ab\0refused"s);
  EXPECT_EQ(Decode("length:width=1,max=2;check=xor8", "\3ab\0\4"s), "ab@0 payload_too_large@4");
  EXPECT_EQ(Error("length:width=1,max=2;check=xor8", "\4"), "payload_too_large  3 2");
  EXPECT_EQ(Error("length:width=1,min=2;check=xor8", "\2a\x63"), "payload_too_small  1 2");
  EXPECT_EQ(Encoded("length:width=1;check=crc32c", {std::string(252, 'x')}), "refused");
  EXPECT_NE(Encoded("length:width=1;check=crc32c", {std::string(251, 'x')}), "refused");
}

TEST(Checks, SayWhichRuleBroke) {
  EXPECT_EQ(Error("length:width=1;check=crc32c", "\3abc"), "bad_checksum no-room 0 0");
  EXPECT_EQ(Error("length:width=1;check=crc32c", "\0"s), "bad_checksum no-room 0 0");
  EXPECT_EQ(Error("length:width=1;check=xor8", "\2a\x60"), "bad_checksum mismatch 96 99");
  EXPECT_EQ(Error("hdlc", "\x7e\x31\x7e"), "bad_checksum no-room 0 0");
  EXPECT_EQ(Error("slip", "a\xdbz\xc0"), "bad_escape unknown-escape 1 0");
  EXPECT_EQ(Error("slip", "a\xdb\xc0"), "bad_escape cut-escape 1 0");
  EXPECT_EQ(Error("delim:end=7e;unescape=map(7d02>7e,7d01>7d)", "a\x7d\3~"),
            "bad_escape unknown-escape 1 0");
  EXPECT_EQ(Error("delim:end=7e;unescape=map(7d02>7e,7d01>7d)", "a\x7d~"),
            "bad_escape cut-escape 1 0");
  EXPECT_EQ(Error("length:width=1;magic=02", "\3abc"), "bad_magic magic 0 2");
  EXPECT_EQ(Error("length:width=1,trailer=1;end=16", "\1a\x17"), "bad_magic end 2 22");
  EXPECT_EQ(Error("length:width=1;preamble='HI'", "HO"), "bad_magic preamble 1 73");
}

TEST(Checks, RefuseWhatCannotBe) {
  const auto refused = [](std::string_view spec, std::string_view why) {
    const auto framer = AnyFramer::FromSpec(spec);
    EXPECT_FALSE(framer.ok()) << spec;
    EXPECT_NE(std::string(framer.status().message()).find(why), std::string::npos)
        << framer.status();
  };
  refused("length:trailer=2;check=crc32c", "needs a trailer of at least 4 bytes, or of none");
  refused("length:trailer=1;end=16;check=crc32c", "stands where end does");
  refused("length;end=16;check=crc32c,at=before-end", "give trailer");
  refused("length;check=crc32c,at=before-end", "has no end mark to stand before");
  refused("length;check=crc32c,at=start", "after its name");
  refused("length;check=crc32c,over=5..3", "over is FROM..TO");
  refused("length;check=fcs16,over=1..", "over is fixed");
  refused("length;check=crc(width=16)", "must be crc(");
  refused("length;check=crc(width=8,poly=1021)", "must be crc(");
  refused("length;check=crc16-nonsense", "must be one of");
  refused("walk:json;check=crc32", "no place in a value that describes itself");
  refused("chunks:width=1;check=crc32", "must have payloads in one piece");
  refused("switch:01>(length:trailer=4),else>(length);check=crc32", "needs a trailer");
  refused("delim:end=7e;unescape=map(7d02>7e)", "a pair for the first byte");
  refused("delim:end=7e;unescape=map(7d>7e)", "2 to 8 bytes");
  refused("delim:end=7e;unescape=map(7d02>7e,7d02>7d)", "start another");
  refused("delim:end=7e;unescape=map(7d02>7e,7d0201>7d)", "start another");
  refused("delim:end=7e;unescape=map(7d02>7e,7d01>7d,7d03>7e)", "one pair for a byte");
  refused("delim:end=7e;unescape=map(7d02)", "must be map(");
  refused("delim:end=7e;unescape=map(7d02>7e7e,7d01>7d)", "one byte to the right");
}

// Random maps, random bytes: out and back, and never a byte that the map hides.
TEST(EscapeMaps, RoundTrip) {
  std::mt19937_64 random(testing::TestSeed());
  for (int round = 0; round < 500; ++round) {
    std::vector<detail::EscapeMap::Pair> pairs;
    const std::size_t leads = 1 + random() % 3;
    const std::size_t count = leads + random() % 5;
    for (std::size_t i = 0; i < count; ++i) {
      // Each lead escapes itself; the second byte tells the pairs apart.
      std::string wire = {static_cast<char>(0x70 + i % leads), static_cast<char>(i)};
      wire.append(random() % 3, static_cast<char>(random() % 4));
      pairs.push_back({wire, static_cast<std::byte>(0x70 + i)});
    }
    ASSERT_EQ(detail::EscapeMap::Refuse(pairs), nullptr);
    const detail::Escaping escape(std::make_shared<const detail::EscapeMap>(pairs));
    const auto printed = detail::ReadEscaping(detail::PrintEscaping(escape));
    ASSERT_TRUE(printed.ok()) << printed.status();
    std::string plain(random() % 300, '\0');
    for (char& c : plain) c = static_cast<char>(random() % 2 == 0 ? 0x70 + random() % 8 : random());
    std::string stuffed(detail::EscapedRoom(escape, plain.size()) + 1, '?');
    stuffed.resize(
        detail::EscapeTo(escape, AsBytes(plain), reinterpret_cast<std::byte*>(stuffed.data())));
    for (std::size_t i = leads; i < count; ++i) {
      ASSERT_EQ(stuffed.find(static_cast<char>(0x70 + i)), std::string::npos);
    }
    const detail::EscapedSize size = detail::MeasureEscaped(escape, AsBytes(stuffed), false);
    ASSERT_FALSE(size.bad_at);
    ASSERT_EQ(size.size, plain.size());
    std::string visited;
    detail::VisitPlain(escape, AsBytes(stuffed), [&](ByteView run) { visited += AsText(run); });
    ASSERT_EQ(visited, plain);
    const ByteSpan bytes(reinterpret_cast<std::byte*>(stuffed.data()), stuffed.size());
    ASSERT_EQ(detail::Unescape(escape, bytes), plain.size());
    ASSERT_EQ(stuffed.substr(0, plain.size()), plain);
  }
}

std::string Bytes(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// Bytes as the documents have them.
TEST(IndustrialPresets, ReadTheirDocumentsBytes) {
  // DL/T 645-2007: the request for a meter's address.
  const std::string meter = Bytes("68aaaaaaaaaaaa681300df16");
  EXPECT_EQ(Decode("dlt645", meter), "@0 end@12");
  // Modbus Application Protocol 1.1b3, 6.3: read registers 108 to 110 of server 17, with its CRC.
  EXPECT_EQ(Decode("modbus-rtu", Bytes("1103006b00037687")), Bytes("1103006b0003") + "@0 end@8");
  EXPECT_EQ(Decode("modbus-rtu-reply", Bytes("110306ae415652434049ad")),
            Bytes("110306ae4156524340") + "@0 end@11");
  // JT/T 808: a check of 0x32 0x33 is 0x01; 7e inside is 7d 02 (the document's own example of
  // escapes is 30 7e 08 7d 55, sent as 7e 30 7d 02 08 7d 01 55 7e).
  EXPECT_EQ(Decode("jt808", Bytes("7e307d02087d01557e")), "bad_checksum@0");
  EXPECT_EQ(Decode("jt808", Bytes("7e307d02087d01553e7e").replace(8, 1, 1, '\x66')).substr(0, 4),
            "bad_");
  EXPECT_EQ(Encoded("jt808", {Bytes("307e087d55")}).substr(0, 8), Bytes("7e307d02087d0155"));
  // LAWICEL: t100 with two bytes; BEL for an error.
  EXPECT_EQ(Decode("can-slcan", "t10021133\r\a\r"), "t10021133@0 \a@10 @11 end@12");
  for (const std::string_view name : {"gb32960", "jt808", "dlt645", "can-slcan"}) {
    const std::string payload = "payload~}";
    EXPECT_EQ(Decode(name, Encoded(name, {payload})).substr(0, payload.size()), payload) << name;
  }
  EXPECT_EQ(Encoded("gb32960", {"a"}).substr(0, 2), "##");
  // Bytes that wake the meter stand in front of each frame.
  EXPECT_EQ(Decode("dlt645", "\xfe\xfe" + meter + "\xfe\xfe\xfe\xfe" + meter + "\xfe"),
            "@2 @18 end@31");
}

TEST(Framing, SaysChecksAndMaps) {
  using namespace framing;
  Checksum check = Crc{.width = 12, .poly = 0x80f, .refout = true};
  check.from = 1;
  check.order = std::endian::little;
  const Framing made{.kind = Length{.width = 2},
                     .check = check,
                     .unescape_map = {{"\x7d\2", '\x7e'}, {"\x7d\1", '\x7d'}}};
  EXPECT_EQ(made.spec(),
            "length:width=2;check=crc(width=12,poly=80f,refout=1),over=1..,endian=little;"
            "unescape=map(7d01>7d,7d02>7e)");
  EXPECT_TRUE(AnyFramer::FromSpec(made.spec()).ok());
  const Framing named{.kind = Length{}, .check = "crc16-modbus"};
  EXPECT_EQ(named.spec(), "length;check=crc16-modbus");
}

}  // namespace
}  // namespace unstick::inline v0
