#include "src/core/signatures.h"

#include <array>

#include "src/core/kinds/digits.h"

namespace unstick::inline v0::detail {
namespace {

// The first that matches names the protocol.
constexpr std::array kSignatures = {
    Signature{"'PRI * HTTP/2.0' 0d0a0d0a 'SM' 0d0a0d0a", "HTTP/2", "http2", Side::kClient, true},
    Signature{"'GET '", "HTTP", "http1", Side::kClient},
    Signature{"'POST'", "HTTP", "http1", Side::kClient},
    Signature{"'HEAD'", "HTTP", "http1", Side::kClient},
    Signature{"'PUT '", "HTTP", "http1", Side::kClient},
    Signature{"'DELETE '", "HTTP", "http1", Side::kClient},
    Signature{"'OPTIONS rtsp'", "RTSP", "rtsp-interleaved", Side::kClient, false, 12},
    Signature{"'OPTIONS sip:'", "SIP", "sip-tcp", Side::kClient, false, 12},
    Signature{"'OPTIONS '", "HTTP", "http1", Side::kClient},
    Signature{"'CONNECT' 0a", "STOMP", "stomp", Side::kClient, false, 8},
    Signature{"'CONNECT' 0d0a", "STOMP", "stomp", Side::kClient, false, 8},
    Signature{"'CONNECT {'", "NATS", "nats", Side::kClient, false, 9},
    Signature{"'CONNECT '", "HTTP", "http1", Side::kClient},
    Signature{"'PATCH '", "HTTP", "http1", Side::kClient},
    Signature{"'HTTP/'", "HTTP", "http1", Side::kServer},
    Signature{"16 03 ?? ?? ?? 01 00", "TLS", "tls-record", Side::kClient, false, 2},
    Signature{"16 03 ?? ?? ?? 02 00", "TLS", "tls-record", Side::kServer, false, 2},
    Signature{"15 03 ?? 00 02", "TLS", "tls-record", Side::kEither, false, 2},
    Signature{"'SSH-'", "SSH", "ssh-binary", Side::kEither, true},
    Signature{"'AMQP' 00 00 09 01", "AMQP", "amqp-0-9-1", Side::kClient, true},
    Signature{"'AMQP' ?? 01 00 00", "AMQP", "amqp-1.0", Side::kEither, true},
    Signature{"'PROXY '", "PROXY", "proxy-v1", Side::kEither, true},
    Signature{"0d0a0d0a 00 0d0a 'QUIT' 0a", "PROXY v2", "proxy-v2"},
    Signature{"00 00 00 08 04 d2 16 2f", "PostgreSQL", "postgresql-ssl", Side::kClient, true, 8},
    Signature{"00 00 00 08 04 d2 16 30", "PostgreSQL", "", Side::kClient, false, 8},
    Signature{"00 00 ?? ?? 00 03 00 00", "PostgreSQL", "postgresql", Side::kClient, true, 6},
    Signature{"?? ?? 00 00 0a ?? '.'", "MySQL", "mysql", Side::kServer, false, 4},
    Signature{"'*1' 0d0a", "Redis", "resp", Side::kClient},
    Signature{"'*' ?? 0d0a '$'", "Redis", "resp", Side::kClient},
    Signature{"'+PONG'", "Redis", "resp", Side::kServer},
    Signature{"'-ERR '", "Redis", "resp", Side::kServer},
    Signature{"10 ?? 00 04 'MQTT'", "MQTT", "mqtt", Side::kClient, false, 6},
    Signature{"10 ?? ?? 00 04 'MQTT'", "MQTT", "mqtt", Side::kClient, false, 6},
    Signature{"20 ?? 00 00", "MQTT", "mqtt", Side::kServer, false, 255},
    Signature{"ff 0000000000000000 ?? 7f", "ZeroMQ", "zmtp", Side::kEither, true, 9},
    Signature{"ff 0000000000000001 7f", "ZeroMQ", "zmtp", Side::kEither, true, 10},
    Signature{"13 'BitTorrent protocol'", "BitTorrent", "bittorrent", Side::kEither, true},
    Signature{"'JDWP-Handshake'", "JDWP", "jdwp", Side::kEither, true},
    Signature{"'hrpc'", "Hadoop RPC", "hadoop-rpc", Side::kClient, true},
    Signature{"00 'SP' 00", "nanomsg", "nng-sp-tcp", Side::kEither, true},
    Signature{"ee ee ee ee", "MTProto", "mtproto-intermediate", Side::kClient, true},
    Signature{"ef", "MTProto", "mtproto-abridged", Side::kClient, true, 255},
    Signature{"60 60 b0 17", "Bolt", "bolt", Side::kClient, true},
    Signature{"00 00 ?? ??", "Bolt", "bolt", Side::kServer, true, 255},
    Signature{"'Tarantool '", "Tarantool", "tarantool", Side::kServer, true},
    Signature{"'FLV' 01", "FLV", "flv-tag", Side::kEither, true, 4, Found::kFile},
    Signature{"d4 c3 b2 a1", "pcap", "pcap-stream", Side::kEither, true, 4, Found::kCapture},
    Signature{"a1 b2 c3 d4", "pcap", "pcap-stream", Side::kEither, true, 4, Found::kCapture},
    Signature{"4d 3c b2 a1", "pcap", "pcap-stream", Side::kEither, true, 4, Found::kCapture},
    Signature{"a1 b2 3c 4d", "pcap", "pcap-stream", Side::kEither, true, 4, Found::kCapture},
    Signature{"0a 0d 0d 0a ?? ?? ?? ?? 4d 3c 2b 1a", "pcapng", "pcapng", Side::kEither, false, 4,
              Found::kCapture},
    Signature{"0a 0d 0d 0a ?? ?? ?? ?? 1a 2b 3c 4d", "pcapng", "pcapng", Side::kEither, false, 4,
              Found::kCapture},
    Signature{"?? ?? ?? ?? 'ftyp'", "MP4", "iso-bmff", Side::kEither, false, 4, Found::kFile},
    Signature{"'OggS' 00", "Ogg", "ogg", Side::kEither, true, 4, Found::kFile},
    Signature{"'CNXN'", "ADB", "adb-transport"},
    Signature{"'GIOP' 01", "GIOP", "giop"},
    Signature{"'PRPC'", "brpc", "brpc-prpc"},
    Signature{"'ZBXD'", "Zabbix", "zabbix"},
    Signature{"'FINS'", "FINS", "fins-tcp"},
    Signature{"00 'REQ'", "Gearman", "gearman", Side::kClient},
    Signature{"00 'RES'", "Gearman", "gearman", Side::kServer},
    Signature{"00 00 ?? ?? ff 'SMB'", "SMB", "nbss", Side::kEither, false, 6},
    Signature{"00 00 ?? ?? fe 'SMB'", "SMB", "nbss", Side::kEither, false, 6},
    Signature{"00 ?? ?? ?? 21 12 a4 42", "STUN", "stun-turn-tcp", Side::kClient, false, 5},
    Signature{"01 ?? ?? ?? 21 12 a4 42", "STUN", "stun-turn-tcp", Side::kServer, false, 5},
    Signature{"03 00 ?? ?? ?? e0", "TPKT", "tpkt", Side::kClient, false, 3},
    Signature{"03 00 ?? ?? ?? d0", "TPKT", "tpkt", Side::kServer, false, 3},
    Signature{"30 ?? 02 01 01 60", "LDAP", "ber", Side::kClient, false, 5},
    Signature{"30 ?? 02 01 01 61", "LDAP", "ber", Side::kServer, false, 5},
    Signature{"ffffffffffffffffffffffffffffffff", "BGP", "bgp", Side::kEither, false, 8},
    Signature{"'Content-'", "LSP", "lsp", Side::kEither, false, 8},
    Signature{"'RTSP/'", "RTSP", "rtsp-interleaved", Side::kServer},
    Signature{"'SIP/2'", "SIP", "sip-tcp", Side::kServer},
    Signature{"'INVITE sip:'", "SIP", "sip-tcp", Side::kClient, false, 7},
    Signature{"'REGISTER sip:'", "SIP", "sip-tcp", Side::kClient, false, 8},
    Signature{"'STOMP' 0a", "STOMP", "stomp", Side::kClient},
    Signature{"'CONNECTED'", "STOMP", "stomp", Side::kServer, false, 8},
    Signature{"'INFO {'", "NATS", "nats", Side::kServer, false, 6},
    Signature{"'8=FIX'", "FIX", "fix"},
    Signature{"'# service='", "git", "git-pkt-line", Side::kServer, false, 255},
    Signature{"'@RSYNCD:'", "rsync", "rsync-mux", Side::kEither, true},
    Signature{"?? ?? ?? ?? 01 ?? 00 01 00 00 00 00", "DNS", "dns-tcp", Side::kClient, false, 7},
    Signature{"?? ?? ?? ?? 81 80 00 01", "DNS", "dns-tcp", Side::kServer, false, 255},
    Signature{"?? ?? ?? ?? 85 80 00 01", "DNS", "dns-tcp", Side::kServer, false, 255},
    Signature{"00 00 ?? ?? 00 12 00", "Kafka", "kafka", Side::kClient, false, 255},
    Signature{"01 01 ?? ?? 00 08 00", "FastCGI", "fcgi", Side::kClient, false, 5},
    Signature{"01 07 00 ??", "FastCGI", "fcgi", Side::kServer, false, 255},
    Signature{"01 06 00 ??", "FastCGI", "fcgi", Side::kServer, false, 255},
    Signature{"80 ?? ?? ?? ?? 00 00 00", "memcached", "memcached-binary", Side::kClient, false,
              255},
    Signature{"81 ?? ?? ?? ?? 00", "memcached", "memcached-binary", Side::kServer, false, 255},
    Signature{"0b 'MSH|'", "HL7", "mllp"},
    Signature{"00 00 00 ?? 00 00 00 01 00 00 00 00", "SMPP", "smpp", Side::kClient, false, 7},
    Signature{"00 00 00 ?? 00 00 00 02 00 00 00 00", "SMPP", "smpp", Side::kClient, false, 7},
    Signature{"00 00 00 ?? 00 00 00 09 00 00 00 00", "SMPP", "smpp", Side::kClient, false, 7},
    Signature{"00 00 00 ?? 80 00 00 ?? 00 00 00 00", "SMPP", "smpp", Side::kServer, false, 255},
    Signature{"01 00 00 00 ?? ?? 00 01 00 00", "DICOM", "dicom-ul", Side::kClient, false, 8},
    Signature{"02 00 00 00 ?? ?? 00 01 00 00", "DICOM", "dicom-ul", Side::kServer, false, 8},
    Signature{"00 'AUTH '", "D-Bus", "dbus", Side::kClient, true, 5},
    Signature{"'HELF'", "OPC UA", "opc-ua", Side::kClient},
    Signature{"'ACKF'", "OPC UA", "opc-ua", Side::kServer},
    Signature{"01 00 ?? ?? ?? 00 01 01 00 00 00 00", "Diameter", "diameter", Side::kEither, false,
              255},
    Signature{"13 00 00 00 64 ff ff", "9P", "9p", Side::kClient, false, 7},
    Signature{"?? 00 00 00 65 ff ff", "9P", "9p", Side::kServer, false, 255},
    Signature{"04 00 00 00 05 00 00 00 00", "Cassandra", "cassandra-v4", Side::kClient, false, 8},
    Signature{"84 00 00 00 06 00 00", "Cassandra", "cassandra-v4", Side::kServer, false, 7},
    Signature{"12 01 ?? ?? 00 00", "TDS", "tds", Side::kClient, false, 255},
    Signature{"68 04 07 00 00 00", "IEC 104", "iec104", Side::kClient, false, 6},
    Signature{"65 00 04 00 00 00 00 00", "EtherNet/IP", "enip", Side::kEither, false, 8},
    Signature{"1e '{'", "JSON text sequence", "json-seq", Side::kEither, false, 255},
    Signature{"1e '['", "JSON text sequence", "json-seq", Side::kEither, false, 255},
    Signature{"'get '", "memcached", "memcached-text", Side::kClient},
    Signature{"'set '", "memcached", "memcached-text", Side::kClient},
    Signature{"'add '", "memcached", "memcached-text", Side::kClient},
    Signature{"'VALUE '", "memcached", "memcached-text", Side::kServer, false, 6},
    Signature{"'STORED' 0d0a", "memcached", "memcached-text", Side::kServer, false, 8},
    Signature{"'EHLO'", "SMTP", "", Side::kClient},
    Signature{"'HELO'", "SMTP", "", Side::kClient},
    Signature{"'220 '", "SMTP or FTP", "", Side::kServer},
    Signature{"'* OK'", "IMAP", "imap-literal", Side::kServer},
    Signature{"'<stream:'", "XMPP"},
    Signature{"'<?xml'", "XML"},
    Signature{"b7 'USK'", "unstick", "unstick"},
};

}  // namespace

std::span<const Signature> Signatures() { return kSignatures; }

SignatureMatch MatchSignature(std::string_view pattern, ByteView bytes) {
  SignatureMatch match;
  const std::string_view there = AsText(bytes);
  std::size_t at = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < pattern.size();) {
    if (pattern[i] == '\'') {
      quoted = !quoted;
      ++i;
      continue;
    }
    if (!quoted && pattern[i] == ' ') {
      ++i;
      continue;
    }
    if (at == there.size()) return match;
    const std::string_view pair = pattern.substr(i, 2);
    i += quoted ? 1 : 2;
    const char c = there[at++];
    if (!quoted && pair == "??") continue;
    const char right = quoted ? pair[0] : static_cast<char>(ParseDigits(pair, 16).value_or(0));
    if (c != right) {
      match.differs = true;
      return match;
    }
    ++match.fixed;
  }
  match.whole = true;
  return match;
}

const Signature* FindSignature(ByteView first_bytes) {
  for (const Signature& signature : kSignatures) {
    if (Names(signature, first_bytes)) return &signature;
  }
  return nullptr;
}

bool IsOwnStart(std::string_view preset, ByteView first_bytes) {
  if (preset.empty()) return false;
  // Starts that several protocols share: the table names the best known one.
  struct Shared {
    std::string_view preset;
    std::string_view start;
  };
  constexpr Shared kShared[] = {{"rtsp-interleaved", "OPTIONS "},
                                {"sip-tcp", "OPTIONS "},
                                {"nats", "CONNECT "},
                                {"websocket", "GET "},
                                {"websocket", "HTTP/"}};
  for (const Shared& shared : kShared) {
    if (shared.preset == preset && AsText(first_bytes).starts_with(shared.start)) return true;
  }
  const Signature* const named = FindSignature(first_bytes);
  for (const Signature& signature : kSignatures) {
    if (signature.preset != preset) continue;
    if (Names(signature, first_bytes)) return true;
    if (named != nullptr && named->protocol == signature.protocol) return true;
  }
  return false;
}

bool Names(const Signature& signature, ByteView first_bytes) {
  const SignatureMatch match = MatchSignature(signature.pattern, first_bytes);
  return !match.differs && match.fixed >= signature.least;
}

}  // namespace unstick::inline v0::detail
