// The framings in use, as data: one row each. tests/core/described_framer_test.cc parses every one
// of them, and docs/presets.md is generated from this table.

#include "unstick/core/presets.h"

#include <vector>

namespace unstick::inline v0 {

std::span<const Preset> Presets() {
  static const std::vector<Preset> presets = {
      {"len8", "Erlang {packet,1}; Twisted Int8", "length prefix",
       "Erlang inet:setopts packet; twisted.protocols.basic", "length:width=1",
       "The byte counts the payload: at most 255 bytes."},
      {"len16be", "Erlang {packet,2}; Twisted Int16", "length prefix",
       "Erlang inet:setopts packet; twisted.protocols.basic", "length:width=2",
       "The number counts the payload: at most 65535 bytes."},
      {"len32be",
       "Erlang {packet,4}; Twisted Int32; tokio LengthDelimitedCodec default; Netty "
       "LengthFieldPrepender(4)",
       "length prefix", "Erlang inet:setopts packet; twisted.protocols.basic; tokio-util docs",
       "length:width=4",
       "The number counts the payload. tokio stops at 8 MiB by default; Erlang's packet_size 0 "
       "means no limit."},
      {"len32le", "Chrome/Firefox native messaging; Discord IPC body; flatbuffers size-prefixed",
       "length prefix", "Chrome native messaging docs", "length:width=4,endian=little",
       "The number counts the payload, in the machine's byte order, which is little-endian "
       "wherever Chrome runs. For a limit of the browser's own give max."},
      {"dns-tcp", "DNS over TCP / DoT", "length prefix", "RFC 1035 4.2.2, RFC 7766 8, RFC 7858 3.3",
       "length:width=2", "One DNS message behind each length."},
      {"rtp-tcp", "RTP/RTCP over TCP", "length prefix", "RFC 4571 2", "length:width=2",
       "One RTP or RTCP packet behind each length."},
      {"kafka", "Kafka request/response", "length prefix", "kafka.apache.org/protocol",
       "length:width=4,max=104857600",
       "The number counts everything behind it. A broker takes up to socket.request.max.bytes, 100 "
       "MiB by default."},
      {"thrift-framed", "Thrift TFramedTransport (also THeader, HBase/ZooKeeper/Hadoop body)",
       "length prefix", "thrift-rpc.md; THeader", "length:width=4,max=16384000",
       "The number counts the payload; its top bit has to be 0. The default limit of the receivers "
       "is 16384000 bytes."},
      {"zookeeper", "ZooKeeper", "length prefix", "ZooKeeper ClientCnxn",
       "length:width=4,max=1048576",
       "jute.maxbuffer is 1 MiB. Four-letter commands such as ruok come unframed on the same "
       "port."},
      {"hadoop-rpc", "Hadoop IPC v9", "length prefix", "Hadoop RpcConstants, RpcHeader.proto",
       "length:width=4;preamble:client='hrpc'/3",
       "The client starts with hrpc, version, service class and authentication; behind each length "
       "stand two varint-delimited protobuf messages."},
      {"kerberos-tcp", "Kerberos over TCP", "length prefix", "RFC 4120 7.2.2",
       "length:width=4,max=2147483647", "The length's top bit is reserved and 0."},
      {"soupbintcp", "NASDAQ SoupBinTCP (carries OUCH/ITCH)", "length prefix", "SoupBinTCP 3.00",
       "length:width=2", "The payload starts with a packet type byte."},
      {"epmd", "Erlang epmd requests; distribution handshake", "length prefix",
       "Erlang distribution protocol", "length:width=2",
       "The distribution link turns to four-byte lengths behind its handshake."},
      {"nsq-msg", "NSQ server->client frame", "length prefix", "nsq.io TCP protocol spec",
       "length:width=4",
       "The payload starts with a four-byte frame type. Clients send commands as lines."},
      {"rsocket", "RSocket over TCP", "length prefix", "rsocket.io protocol, Framing Format",
       "length:width=3,max=16777215", "At most 16 MiB - 1 byte."},
      {"hsms", "SEMI HSMS", "length prefix", "SEMI E37", "length:width=4,min=10",
       "Behind the length a ten-byte header and the message text."},
      {"iso8583-2b", "ISO 8583 2-byte", "length prefix", "host specs (jPOS channels)",
       "length:width=2", "Some hosts count the two bytes of the length too: then counts=frame."},
      {"nbss", "NetBIOS session service / SMB2 direct TCP", "structured header",
       "RFC 1002 4.3.1; MS-SMB2 2.1", "length:offset=1,width=3",
       "A type byte, then the length: 24 bits where SMB runs on TCP directly, 17 bits in NetBIOS."},
      {"rocketmq", "RocketMQ remoting", "length prefix",
       "RemotingCommand.encodeHeader (apache/rocketmq)", "length:width=4,max=16777216",
       "Behind the length a byte for the serialisation, three for the size of the header, the "
       "header, and the body."},
      {"pulsar", "Apache Pulsar", "length prefix", "pulsar binary protocol", "length:width=4",
       "Behind the frame's size the command's size, the command, and for messages metadata and "
       "payload with a CRC-32C."},
      {"castv2", "Google Cast v2; Mesos/DRPC-like u32+protobuf", "length prefix", "castv2",
       "length:width=4,max=65536", "A protobuf message of at most 64 KiB behind each length."},
      {"nng-sp-tcp", "nanomsg / nng SP over TCP", "length prefix", "nanomsg sp-tcp-mapping-01",
       "length:width=8;preamble='\\0SP\\0'/4",
       "Each side starts with eight bytes: 0, SP, 0, the protocol's number and two reserved "
       "bytes."},
      {"bittorrent", "BitTorrent peer wire", "length prefix", "BEP 3",
       "length:width=4;preamble='\\x13BitTorrent protocol'/48",
       "Each side starts with 68 bytes: 19, 'BitTorrent protocol', 8 reserved bytes, info hash and "
       "peer id. A length of 0 is a keep-alive."},
      {"source-rcon", "Source / Minecraft RCON", "length prefix", "Valve Source RCON protocol",
       "length:width=4,endian=little,min=10,max=4096",
       "Behind the length an id, a type, and a body that ends with two zero bytes: 10 to 4096 "
       "bytes."},
      {"mtproto-intermediate", "Telegram MTProto intermediate", "length prefix",
       "core.telegram.org/mtproto/mtproto-transports",
       "length:width=4,endian=little;preamble:client='\\xee\\xee\\xee\\xee'",
       "The client starts with eeeeeeee."},
      {"mtproto-abridged", "Telegram MTProto abridged", "length prefix",
       "core.telegram.org/mtproto/mtproto-transports",
       "length:width=1,unit=4,endian=little,ext=0x7f:3;preamble:client='\\xef'",
       "The client starts with ef. Lengths are in words of four bytes; 7f says that three more "
       "bytes hold the length."},
      {"osc-stream-1.0", "OSC 1.0 stream", "length prefix", "OSC 1.0", "length:width=4",
       "One OSC packet behind each length."},
      {"adb-transport", "ADB transport (host<->device)", "structured header", "adb protocol.txt",
       "length:offset=12,width=4,endian=little,header=24",
       "Six little-endian words: command, two arguments, data length, data checksum, and the "
       "command inverted."},
      {"tpkt", "TPKT (ISO on TCP, S7comm/COTP, H.225, RDP, MMS)", "structured header",
       "RFC 1006 6 (RFC 2126)", "length:offset=2,width=2,counts=frame;magic=03",
       "Version 3, a reserved byte, and the size of the whole packet."},
      {"postgresql", "PostgreSQL v3 typed message", "structured header", "PostgreSQL 55.2, 55.7",
       "length:offset=1,width=4,adjust=-4;first:client=length(width=4,counts=frame)",
       "A type byte, and a length that counts itself and the payload. The client's first message "
       "has no type."},
      {"postgresql-ssl", "PostgreSQL v3 with SSLRequest declined", "structured header",
       "PostgreSQL 55.2.10",
       "length:offset=1,width=4,adjust=-4;first:client=length(width=4,counts=frame)*2;preamble:"
       "server=1",
       "The client asks for TLS first and the server says N: two messages without a type, one byte "
       "in front of the server's."},
      {"mongodb", "MongoDB wire", "structured header", "MongoDB wire protocol",
       "length:width=4,endian=little,counts=frame,min=12,max=47999996",
       "Four little-endian words: size of the whole message, request id, the id it answers, "
       "operation. At most 48000000 bytes in all."},
      {"smpp", "SMPP 3.4/5.0", "structured header", "SMPP 3.4 3.2",
       "length:width=4,counts=frame,min=12",
       "Size of the whole PDU, command, status and sequence number, four bytes each."},
      {"diameter", "Diameter", "structured header", "RFC 6733 3",
       "length:offset=1,width=3,counts=frame,min=16;magic=01",
       "Version 1, then the size of the whole message, a multiple of 4; the header has 20 bytes."},
      {"bgp", "BGP-4", "structured header", "RFC 4271 4.1, RFC 8654",
       "length:offset=16,width=2,counts=frame,min=1;magic=ffffffffffffffffffffffffffffffff",
       "Sixteen ff bytes, the size of the whole message, and its type. 19 to 4096 bytes, 65535 "
       "with extended messages."},
      {"bmp", "BMP", "structured header", "RFC 7854 4.1",
       "length:offset=1,width=4,counts=frame;magic=03",
       "Version 3, the size of the whole message, and its type."},
      {"rpki-rtr", "RPKI-to-Router", "structured header", "RFC 8210 5",
       "length:offset=4,width=4,counts=frame",
       "Version, type, session, and the size of the whole PDU."},
      {"openflow", "OpenFlow", "structured header", "OpenFlow 1.3 7.1",
       "length:offset=2,width=2,counts=frame",
       "Version, type, the size of the whole message, and a transaction id."},
      {"ipfix-tcp", "IPFIX over TCP", "structured header", "RFC 7011 3.1",
       "length:offset=2,width=2,counts=frame,min=12;magic=000a",
       "Version 10 and the size of the whole message; the header has 16 bytes."},
      {"pcep", "PCEP", "structured header", "RFC 5440 6.1", "length:offset=2,width=2,counts=frame",
       "Version and flags, type, and the size of the whole message."},
      {"ldp", "LDP", "structured header", "RFC 5036 3.1", "length:offset=2,width=2;magic=0001",
       "Version 1 and a length that counts the bytes behind it: an identifier of six bytes and "
       "messages."},
      {"radius-tcp", "RADIUS over TCP/TLS", "structured header", "RFC 6613, RFC 2865 3",
       "length:offset=2,width=2,counts=frame,min=16,max=4092",
       "Code, identifier, the size of the whole packet, and a 16-byte authenticator: 20 to 4096 "
       "bytes."},
      {"jdwp", "JDWP", "structured header", "JDWP spec",
       "length:width=4,counts=frame;preamble='JDWP-Handshake'",
       "Each side starts with JDWP-Handshake; then the size of the whole packet, id, flags, and "
       "command or error."},
      {"9p", "9P2000(.L)", "structured header", "9P2000 intro(5)",
       "length:width=4,endian=little,counts=frame",
       "The size of the whole message, its type, and a tag. The largest is negotiated (msize)."},
      {"ptp-ip", "PTP/IP (cameras); usbmuxd", "structured header", "ISO 15740 / CIPA DC-005",
       "length:width=4,endian=little,counts=frame", "The size of the whole packet and its type."},
      {"amqp-1.0", "AMQP 1.0", "structured header", "AMQP 1.0 part 2.3",
       "switch:at=0,41>(fixed:size=8,sync=414d5150),else>(length:width=4,counts=frame);"
       "preamble='AMQP'/4",
       "Each side starts with AMQP, protocol id and version, again behind SASL or TLS. Size of the "
       "whole frame, data offset in words, type, channel.",
       "the survey passes over the first protocol header alone; behind SASL a second one stands "
       "between the frames (AMQP 1.0 5.3.2)"},
      {"tds", "TDS (SQL Server)", "structured header", "MS-TDS 2.2.3.1",
       "length:offset=2,width=2,counts=frame;join:last=1.0",
       "Type, status, size of the whole packet, process id, packet number, window. Bit 0 of the "
       "status ends a message."},
      {"tns", "Oracle TNS", "structured header", "(Wireshark packet-tns)",
       "length:width=2,counts=frame", "From version 315 on both sides turn to a four-byte length."},
      {"drda", "DRDA DSS (Db2, Derby)", "structured header", "DRDA vol 3 DSS",
       "length:width=2,mask=0x7fff,counts=frame;magic=d0@2",
       "Size of the whole segment, its top bit for continued ones, then d0, format and correlation "
       "id."},
      {"opc-ua", "OPC UA TCP", "structured header", "OPC 10000-6 7.1.2.2",
       "length:offset=4,width=4,endian=little,counts=frame;join:last=@3:'FA'",
       "A three-letter type, F for the final chunk (C: more follow, A: aborted), and the size of "
       "the whole chunk.",
       "the survey ends a message with F alone; A ends one too, that the sender gave up (OPC "
       "10000-6 "
       "6.7.3)"},
      {"knxnetip", "KNXnet/IP over TCP", "structured header", "ISO 22510 / KNX 3.8.2",
       "length:offset=4,width=2,counts=frame;magic=0610",
       "Header size 6, version 16, service, and the size of the whole frame."},
      {"synchrophasor", "IEEE C37.118.2", "structured header", "IEEE C37.118.2 6.2",
       "length:offset=2,width=2,counts=frame;magic=aa;check=crc16-ccitt",
       "aa, type and version, and the size of the whole frame with its checksum."},
      {"hazelcast", "Hazelcast client", "structured header", "Hazelcast open binary protocol 2",
       "length:width=4,endian=little,counts=frame",
       "Size of the whole frame and two bytes of flags; a message is one or more frames."},
      {"fix-sofh-iso", "FIX Simple Open Framing Header", "structured header", "FIX SOFH 1.1",
       "length:width=4,counts=frame",
       "Size of the whole message and the encoding's number, which has two bytes."},
      {"iso-bmff", "ISO BMFF / MP4 boxes", "structured header", "ISO 14496-12 4.2",
       "length:width=4,counts=frame,ext=1:@8/8,zero=eof",
       "Size of the whole box and a four-letter type. 1 says that eight bytes with the size "
       "follow, 0 that the box is the last."},
      {"pcapng", "pcapng blocks", "structured header", "draft-ietf-opsawg-pcapng",
       "length:offset=4,width=4,counts=frame,endian=magic@8:1a2b3c4d",
       "Type and size of the whole block, the size again at its end. The section header's magic "
       "tells the byte order."},
      {"grpc", "gRPC / gRPC-web / Connect envelope", "structured header", "grpc PROTOCOL-HTTP2.md",
       "length:offset=1,width=4,max=4194304",
       "A byte of flags (bit 0: compressed) and the message's length. Receivers take up to 4 MiB "
       "by default."},
      {"http2", "HTTP/2 frame", "structured header", "RFC 9113 3.4, 4.1, 4.2",
       "length:width=3,header=9,counts=payload,max=16777215;preamble:client='PRI * "
       "HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n'",
       "Length, type, flags and stream. The client starts with a 24-byte preface. Default limit 16 "
       "KiB, at most 16 MiB - 1."},
      {"tls-record", "TLS record", "structured header", "RFC 8446 5.1, RFC 5246 6.2.1",
       "length:offset=3,width=2,max=18432",
       "Content type, version, length. At most 2^14 bytes and 2048 more that protection may add."},
      {"mysql", "MySQL/MariaDB packet", "structured header", "MySQL internals: packets",
       "length:width=3,endian=little,header=4,counts=payload;join:full=0xffffff,number=3",
       "Length and a sequence number, which counts the packets of a message when it is written. A "
       "payload of ffffff bytes is continued in the next packet."},
      {"cassandra-v4", "Cassandra native v3/v4", "structured header", "native_protocol_v4.spec 2",
       "length:offset=5,width=4,max=268435456",
       "Version, flags, stream, opcode, and the length of the body: at most 256 MiB."},
      {"cassandra-v5", "Cassandra native v5 outer frame (after STARTUP)", "structured header",
       "native_protocol_v5.spec 2 (Cassandra 4.0)",
       "length:width=3,endian=little,mask=0x1ffff,header=6,counts=payload,trailer=4",
       "17 bits of length, a self-contained flag, CRC-24 of the header; behind the payload its "
       "CRC-32."},
      {"memcached-binary", "memcached binary", "structured header", "memcached binary protocol",
       "switch:80>(length:offset=8,width=4,header=24,counts=payload),81>(length:offset=8,width=4,"
       "header=24,counts=payload)",
       "Magic 80 (a request) or 81, operation, sizes of key and extras, and the length of all that "
       "follows the "
       "24-byte header."},
      {"amqp-0-9-1", "AMQP 0-9-1", "structured header", "AMQP 0-9-1 2.3.5, 4.2.3",
       "length:offset=3,width=4,trailer=1;preamble:client='AMQP\\0\\0\\x09\\x01';end=ce",
       "The client starts with AMQP 0 0 9 1. Type, channel, length; behind the payload stands ce."},
      {"modbus-tcp", "Modbus/TCP MBAP", "structured header", "Modbus TCP 1.0b 3.1.3",
       "length:offset=4,width=2,min=2,max=254;magic=0000@2",
       "Transaction, protocol 0, and a length that counts unit and PDU: 2 to 254."},
      {"gb32960", "GB/T 32960.3 (electric vehicles)", "structured header", "GB/T 32960.3-2016 6",
       "length:offset=22,width=2,trailer=1;magic=2323;check=xor8,over=2..",
       "##, command, response, a vehicle's 17 characters, encryption, and the length of the "
       "data; all from the command on, xored, at the end."},
      {"dlt645", "DL/T 645 (electricity meters)", "structured header", "DL/T 645-2007 5",
       "switch:at=7,68>(length:offset=9,width=1,trailer=2,max=200);skip=fe;magic=68;end=16;check="
       "sum8-binary,at=before-end",
       "68, six address bytes, 68, control, length, data (each byte 33 too large), the sum "
       "of all before it, 16. Bytes fe that wake the meter are passed over."},
      {"modbus-rtu", "Modbus RTU, a client's requests", "structured header",
       "Modbus over Serial Line 1.02 2.5.1; Modbus Application Protocol 1.1b3",
       "switch:at=1,0f>(length:offset=6,width=1,adjust=2,strip=none),10>(length:offset=6,"
       "width=1,adjust=2,strip=none),else>(fixed:size=8);check=crc16-modbus",
       "A frame ends with silence, which bytes cannot show: these are ended by what "
       "functions 1 to 6, 15 and 16 say. Address, function, data; other functions need a "
       "framing of their own."},
      {"modbus-rtu-reply", "Modbus RTU, a server's replies", "structured header",
       "Modbus over Serial Line 1.02 2.5.1; Modbus Application Protocol 1.1b3",
       "switch:at=1,01>(length:offset=2,width=1,adjust=2,strip=none),02>(length:offset=2,"
       "width=1,adjust=2,strip=none),03>(length:offset=2,width=1,adjust=2,strip=none),"
       "04>(length:offset=2,width=1,adjust=2,strip=none),05>(fixed:size=8),"
       "06>(fixed:size=8),0f>(fixed:size=8),10>(fixed:size=8),"
       "else>(fixed:size=5);check=crc16-modbus",
       "The replies to functions 1 to 6, 15 and 16; any other function byte is an "
       "exception's, of five bytes."},
      {"someip", "SOME/IP", "structured header", "AUTOSAR PRS_SOMEIP 4.1.2.3",
       "length:offset=4,width=4,min=8",
       "Service and method, then a length that counts the rest of the header, eight bytes, and the "
       "payload."},
      {"doip", "DoIP", "structured header", "ISO 13400-2 table 16", "length:offset=4,width=4",
       "Version and its inverse, payload type, length."},
      {"bitcoin", "Bitcoin P2P v1", "structured header",
       "Bitcoin developer reference: message headers",
       "length:offset=16,width=4,endian=little,header=24,counts=payload,max=4000000",
       "The network's magic, a command in twelve bytes, the payload's length, four bytes of its "
       "double SHA-256."},
      {"gearman", "Gearman binary", "structured header", "gearman PROTOCOL",
       "switch:at=3,51>(length:offset=8,width=4),53>(length:offset=8,width=4);magic=005245",
       "0, REQ or RES, a type, and the length of the data. Administrators' text lines share the "
       "port."},
      {"dubbo", "Dubbo", "structured header", "dubbo ExchangeCodec",
       "length:offset=12,width=4,max=8388608;magic=dabb",
       "Magic, flags, status, id, and the body's length: at most 8 MiB by default."},
      {"brpc-prpc", "brpc baidu_std", "structured header", "brpc docs/cn/baidu_std.md",
       "length:offset=4,width=4,header=12,counts=payload;magic=50525043",
       "PRPC, the body's length, and the length of the meta data in it."},
      {"sofa-bolt", "SOFA Bolt v1", "structured header", "sofa-bolt RpcCommandDecoder",
       "switch:at=1,00>(length:offset=12,width=2,plus=14/2+16/"
       "4,header=20,counts=payload),else>(length:offset=14,width=2,plus=16/2+18/"
       "4,header=22,counts=payload)",
       "Three lengths add up: class name, header and content. A response has a shorter header than "
       "a request."},
      {"dicom-ul", "DICOM upper layer", "structured header", "DICOM PS3.8 9.3",
       "length:offset=2,width=4", "PDU type, a reserved byte, and the length of the rest."},
      {"zabbix", "Zabbix", "structured header", "Zabbix header & data length",
       "length:offset=5,width=4,endian=little,header=13,counts=payload;magic=5a425844",
       "ZBXD, flags, the data's length, and a reserved or uncompressed length."},
      {"enip", "EtherNet/IP", "structured header", "ODVA CIP vol 2 2-3",
       "length:offset=2,width=2,endian=little,header=24,counts=payload",
       "Command and the length of the data behind a 24-byte header."},
      {"ads-ams", "Beckhoff ADS/AMS TCP", "structured header", "Beckhoff TE1000 AMS/TCP",
       "length:offset=2,width=4,endian=little", "Two reserved bytes and the length of the rest."},
      {"fins-tcp", "Omron FINS/TCP", "structured header", "Omron W421",
       "length:offset=4,width=4;magic=46494e53",
       "FINS and a length that counts command, error code and frame."},
      {"mc-3e", "Mitsubishi MC 3E binary", "structured header", "SH-080008",
       "length:offset=7,width=2,endian=little", "Subheader, routing, and the length of the rest."},
      {"iec104", "IEC 60870-5-104", "structured header", "IEC 60870-5-104 5",
       "length:offset=1,width=1,min=4,max=253;magic=68",
       "68 and a length that counts four control bytes and the ASDU: 4 to 253."},
      {"mumble", "Mumble control", "structured header", "Mumble protocol",
       "length:offset=2,width=4", "Message type and the length of a protobuf message."},
      {"ajp13", "AJP13", "structured header", "Tomcat AJPv13",
       "switch:12>(switch:at=1,34>(length:offset=2,width=2)),41>(switch:at=1,42>(length:offset=2,"
       "width=2)),max=8188",
       "1234 from the web server, AB from the container, and the payload's length: packets of at "
       "most 8 KiB."},
      {"uwsgi", "uwsgi request packet", "structured header", "uWSGI protocol docs",
       "length:offset=1,width=2,endian=little,header=4,counts=payload",
       "Modifier, length of the variables, modifier. A request's body follows unframed."},
      {"tacacs+", "TACACS+", "structured header", "RFC 8907 4.1", "length:offset=8,width=4",
       "Version, type, sequence, flags, session, and the length of the body."},
      {"aerospike", "Aerospike", "structured header", "Aerospike wire protocol",
       "length:offset=2,width=6", "Version, type, and a six-byte length."},
      {"skinny", "Cisco SCCP (skinny)", "structured header", "(Wireshark packet-skinny)",
       "length:width=4,endian=little,header=8,counts=payload",
       "The length counts what follows the eight-byte header, message id and data."},
      {"gsm-ipa", "GSM IPA (libosmocore)", "structured header", "(Wireshark packet-gsm_ipa)",
       "length:width=2,header=3,counts=payload",
       "The length counts what follows the three-byte header; its third byte is the protocol."},
      {"ignite-thin", "Apache Ignite thin client", "length prefix", "Ignite binary client protocol",
       "length:width=4,endian=little", "The number counts everything behind it."},
      {"pcap-stream", "pcap records", "structured header", "draft-ietf-opsawg-pcap",
       "length:offset=8,width=4,header=16,counts=payload,endian=file-magic;preamble=24",
       "A 24-byte file header whose magic tells the byte order; then time, captured length and "
       "original length before each packet."},
      {"flv-tag", "FLV tag", "structured header", "Adobe FLV spec E.4",
       "length:offset=1,width=3,header=11,counts=payload,trailer=4;preamble='FLV'/10",
       "A 13-byte file header; type, data size, time and stream of each tag, and its size once "
       "more behind it."},
      {"proxy-v2", "HAProxy PROXY v2", "structured header", "proxy-protocol.txt 2.2",
       "length:offset=14,width=2;magic=0d0a0d0a000d0a515549540a;once",
       "A twelve-byte signature, version and command, address family, and the length of addresses "
       "and TLVs. Once; then the connection's own bytes."},
      {"ssh-binary", "SSH binary packet (clear phase)", "structured header", "RFC 4253 4.2, 6",
       "length:width=4,max=34996;preamble:through-line='SSH-'",
       "A version line, a server's other lines before it, then packets: length of padding size, "
       "payload and padding. Behind NEWKEYS the length is encrypted.",
       "the survey ends the preamble with the first CRLF; a server may send other lines before its "
       "version, and some end it with LF alone (RFC 4253 4.2)"},
      {"mavlink", "MAVLink 1 / 2", "structured header", "mavlink.io serialization",
       "switch:at=0,fe>(length:offset=1,width=1,header=6,counts=payload,trailer=2),fd>("
       "length:offset=1,width=1,header=10,counts=payload,trailer=2)",
       "fe or fd for versions 1 and 2, payload length, and a longer header in version 2; a "
       "checksum of two bytes behind the payload."},
      {"ubx", "u-blox UBX", "structured header", "u-blox protocol spec",
       "length:offset=4,width=2,endian=little,trailer=2;magic=b562",
       "Two sync bytes, class, id, length; a two-byte checksum behind the payload."},
      {"sunrm", "ONC RPC record marking (Erlang sunrm)", "structured header", "RFC 5531 11",
       "length:width=4,mask=0x7fffffff;join:last=0.7",
       "The top bit marks a record's last fragment, the others are the fragment's length."},
      {"rtcm3", "RTCM 3 (GNSS, NTRIP)", "structured header", "RTCM 10403.3 4",
       "length:offset=1,width=2,mask=0x3ff,trailer=3;magic=d3",
       "d3, six reserved bits, ten bits of length; behind the payload a CRC-24Q."},
      {"rsync-mux", "rsync multiplexed I/O", "structured header", "rsync io.c",
       "length:width=4,endian=little,mask=0xffffff",
       "Three bytes of length and a tag, behind the version lines and only once multiplexing is "
       "on."},
      {"adts", "AAC ADTS", "structured header", "ISO 14496-3 1.A.2",
       "switch:at=1,mask=0xf0,f0>(length:offset=3,width=3,shift=5,mask=0x1fff,counts=frame),min=1;"
       "magic=ff",
       "Twelve set bits, and 13 bits of frame length that span three bytes; the header has seven "
       "or nine bytes."},
      {"fcgi", "FastCGI record (Erlang fcgi)", "structured header", "FastCGI 1.0 3.3",
       "length:offset=4,width=2,plus=6/1,header=8,counts=payload",
       "Version, type, request, content length, padding length. The padding belongs to the payload "
       "that is delivered."},
      {"iscsi", "iSCSI PDU", "structured header", "RFC 7143 11.2",
       "length:offset=5,width=3,align=4,plus=4/1*4,header=48,counts=payload",
       "A 48-byte header; additional headers are counted in words, the data is padded to four "
       "bytes."},
      {"dbus", "D-Bus message", "structured header", "D-Bus spec Message Format",
       "length:offset=12,width=4,align=8,header=16,counts=payload,plus=4/"
       "4,endian=@0:l;preamble:before-line=6c01|6c02|6c03|6c04|4201|4202|4203|4204",
       "Byte order l or B, type, flags, version, body length, serial, length of the header fields, "
       "which are padded to eight bytes. Both sides' SASL lines come first.",
       "the survey passes over the client's lines up to BEGIN; the server answers them with lines "
       "of "
       "its own, and a stream that is picked up later has none (Authentication Protocol)"},
      {"giop", "GIOP / IIOP (Erlang cdr)", "structured header", "CORBA 3.3 part 2 9.4",
       "length:offset=8,width=4,endian=@6.0;magic=47494f50",
       "GIOP, version, flags (bit 0: little-endian, bit 1: more fragments), type, and the length "
       "of the rest."},
      {"dcerpc", "DCE/RPC over TCP", "structured header", "C706 12.6.3",
       "length:offset=8,width=2,counts=frame,endian=@4.4;magic=05;join:last=3.1",
       "Version 5, type, flags (first and last fragment), byte order, and the size of the whole "
       "fragment."},
      {"stun-turn-tcp", "STUN / TURN over TCP", "structured header",
       "RFC 8489 5, 6.2.2; RFC 8656 12.5",
       "switch:at=0,mask=0xc0,00>(length:offset=2,width=2,header=20,counts=payload),40>(length:"
       "offset=2,width=2,align=4)",
       "The two top bits tell STUN messages from channel data, which is padded to four bytes."},
      {"websocket", "WebSocket frame", "structured header", "RFC 6455 5.2",
       "length:offset=1,width=1,mask=0x7f,ext=126:2/"
       "127:8,header=ext,if=1.7:+4;preamble:until=0d0a0d0a;xor=key",
       "An HTTP upgrade first. Seven bits of length, or 16 or 64 behind 126 and 127; a client's "
       "payload is masked with four bytes in front of it."},
      {"ber", "BER/DER TLV (LDAP, SNMP/TCP; Erlang asn1)", "self-describing TLV", "X.690 8.1",
       "walk:ber", "Tag and length of one value; an indefinite length ends at two zero bytes."},
      {"rdp-fastpath", "RDP: TPKT or fast-path", "structured header", "MS-RDPBCGR 2.2.9.1",
       "switch:at=0,03>(length:offset=2,width=2,counts=frame),else>(length:offset=1,width="
       "1,mask=0x7f,ext=bit7:15be,counts=frame)",
       "A first byte of 3 is TPKT; else a size of 7 or 15 bits for the whole PDU."},
      {"coap-tcp", "CoAP over TCP", "structured header", "RFC 8323 3.2",
       "length:width=1,shift=4,mask=0xf,ext=13:1+13/14:2+269/"
       "15:4+65805,header=ext+1,counts=payload,plus=0/1&0xf",
       "Length and token length share the first byte; 13, 14 and 15 say that 1, 2 or 4 more bytes "
       "hold the length."},
      {"zmtp", "ZMTP 3.x", "structured header", "ZMTP 3.1 (rfc.zeromq.org 37)",
       "length:offset=1,width=1,ext=@0.1:8;preamble='\\xff'/8/'\\x7f'/54",
       "A 64-byte greeting. Flags (bit 0: more, bit 1: long, bit 2: command) and a length of one "
       "or eight bytes."},
      {"capnp", "Cap'n Proto stream", "segment table",
       "capnproto.org encoding: serialization over a stream",
       "table:count=0/4,count-adjust=1,entry=4,unit=8,align=8,endian=little",
       "Number of segments less one, their sizes in words of eight bytes, padding, the segments."},
      {"ogg", "Ogg page", "segment table", "RFC 3533 6",
       "table:header=27,count=26/1,entry=1;magic=4f676753",
       "OggS, version, position, serial, number, checksum, and up to 255 sizes that add up to the "
       "page's data."},
      {"avro-netty", "Avro NettyTransport", "segment table", "avro NettyTransportCodec",
       "list:header=8,count=4/4,entry=4",
       "A serial number, a number of buffers, and a length before each of them."},
      {"avro-http", "Avro RPC framing", "chunk list", "Avro 1.11 Message Framing",
       "chunks:width=4,end=zero",
       "Buffers with a length before each; an empty one ends the message."},
      {"bolt", "Neo4j Bolt", "chunk list", "Bolt message spec: chunking",
       "chunks:width=2,end=zero;preamble:client='\\x60\\x60\\xb0\\x17'/16,server=4",
       "A handshake of 20 bytes from the client, 4 from the server. Chunks with their length; an "
       "empty one ends the message, and alone it is a NOOP."},
      {"mqtt", "MQTT 3.1.1 / 5", "length prefix", "MQTT 5.0 2.1.4", "varint:offset=1,max-bytes=4",
       "Packet type and flags, then the remaining length in one to four bytes of seven bits."},
      {"protobuf-delimited", "Protobuf writeDelimitedTo; libp2p (unsigned-varint <= 9 bytes)",
       "length prefix", "protobuf encoding; multiformats unsigned-varint", "varint",
       "One message behind each varint. libp2p allows varints of nine bytes."},
      {"minecraft", "Minecraft Java", "length prefix", "minecraft.wiki protocol",
       "varint:max-bytes=3",
       "A varint of at most three bytes. Compression puts another one in front of the body; "
       "encryption hides everything."},
      {"capsule", "HTTP Capsule / HTTP/3 frame", "length prefix", "RFC 9297 3.2, RFC 9114 7.1",
       "varint:quic,after=varint", "Type and length are QUIC's variable-length integers."},
      {"tarantool", "Tarantool IPROTO", "length prefix", "Tarantool binary protocol",
       "varint:msgpack;preamble:server='Tarantool '/118",
       "A greeting of 128 bytes from the server; then the size as MessagePack writes an unsigned "
       "integer."},
      {"netstring", "netstring (SCGI header, Qmail, Mongrel2)", "length prefix",
       "cr.yp.to/proto/netstrings.txt", "ascii:base=10,until=':',trailer=','",
       "Decimal digits without leading zeros, a colon, the bytes, a comma."},
      {"syslog-octet", "syslog octet counting", "length prefix", "RFC 6587 3.4.1, RFC 5425 4.3",
       "ascii:base=10,until=' '",
       "Decimal digits, a space, the message. rsyslog counts a line feed at its end."},
      {"git-pkt-line", "git pkt-line", "length prefix", "gitprotocol-common",
       "ascii:base=16,width=4,counts=frame,bare=0/1/2,max=65516",
       "Four hexadecimal digits that count themselves: at most fff0. 0000, 0001 and 0002 stand "
       "alone: flush, delimiter, end of response."},
      {"adb-host", "ADB smart socket request", "length prefix", "adb OVERVIEW",
       "ascii:base=16,width=4",
       "Four hexadecimal digits and the request. A reply starts with OKAY or FAIL and may have a "
       "length."},
      {"iso8583-ascii", "ISO 8583 4-digit ASCII", "length prefix", "jPOS ASCIIChannel",
       "ascii:base=10,width=4", "Four decimal digits and the message."},
      {"fix", "FIX tag=value", "length prefix", "FIX 4.4 vol 1 Standard Header/Trailer",
       "ascii:base=10,start='8=FIX',after='\\x019=',until='\\x01',trailer='10='/3/'\\x01'",
       "8=FIX.4.4 or the like, then the length, which counts up to the checksum field: 10=, three "
       "digits and SOH."},
      {"http-chunk", "HTTP/1.1 chunked body", "chunk list", "RFC 9112 7.1",
       "chunks:ascii=16,until=crlf,trailer=crlf,end=zero",
       "Hexadecimal size, extensions, CRLF, data, CRLF; the size 0 is the last, trailer fields may "
       "follow, at most 64 KiB. A size line has at most 4 KiB."},
      {"beep", "BEEP", "counted line", "RFC 3080 2.2.1",
       "line:eol=crlf-only,verbs=MSG|RPY|ERR|ANS|NUL,nocase,count=token[5],trailer='END\\r\\n'",
       "A header line whose fifth number is the payload's size, the payload, and END with CRLF."},
      {"lsp", "LSP / DAP / JSON-RPC Content-Length", "structured header",
       "LSP 3.17 base protocol; DAP base protocol", "headers:length=Content-Length,start-line=none",
       "Header lines, an empty line, and as many bytes (not characters) as Content-Length says."},
      {"sip-tcp", "SIP over TCP", "structured header", "RFC 3261 18.3, RFC 5626 4.4.1",
       "headers:length=Content-Length|l,default=0,skip=crlf,version='SIP/',nocase,names=padded,"
       "values=quoted,fold=always",
       "Content-Length may be called l. Lines may be folded, blanks may stand before a colon. "
       "Empty "
       "lines between messages keep the connection alive."},
      {"http1", "HTTP/1.1 message", "structured header", "RFC 9112 6",
       "headers:length=Content-Length,chunked=Transfer-Encoding,bodiless=1xx|204|304,eof='HTTP/',"
       "skip=crlf,version='HTTP/',fold=responses",
       "A request without a length has no body; a response without one goes on to the end of the "
       "connection, unless its status says that it has none. A response to HEAD looks as if it had "
       "one: bodiless=xxx reads a stream of those. Folded lines are read in responses alone. "
       "Header "
       "and trailer fields are at most 64 KiB each, a chunk's size line 4 KiB.",
       "the survey has no bodiless, eof and skip: a 304 has no body whatever its fields say, a "
       "response without a length ends with the connection, a blank line may stand before a "
       "message "
       "(RFC 9112 6.3, 2.2)"},
      {"rtsp-interleaved", "RTSP with interleaved binary", "structured header", "RFC 2326 10.12",
       "switch:at=0,24>(length:offset=2,width=2),else>(headers:length=Content-Length,"
       "default=0,skip=eol,version='RTSP/',nocase,names=padded,fold=always)",
       "A $ starts binary data with channel and length; anything else is a text message with "
       "Content-Length. Its lines may be folded and end with LF; empty ones between messages are "
       "passed over."},
      {"stomp", "STOMP", "structured header", "STOMP 1.2",
       "headers:length=content-length,else=until(00),trailer=zero,skip=eol,names=octets,values="
       "octets",
       "Command, headers, an empty line, a body that ends with a zero byte or has a "
       "content-length. Line ends between frames are heart-beats."},
      {"nats", "NATS client", "counted line", "docs.nats.io client protocol",
       "line:eol=crlf-only,verbs=PUB|HPUB|MSG|HMSG,nocase,count=token[-1],trailer=crlf",
       "Lines; PUB, HPUB, MSG and HMSG, in upper or lower case, say at their end how many bytes "
       "and "
       "a CRLF follow."},
      {"memcached-text", "memcached text", "counted line", "memcached protocol.txt",
       "line:eol=crlf-only,verbs=set|add|replace|append|prepend|cas|VALUE@3|ms@2|VA@1,count=token["
       "4],"
       "trailer=crlf",
       "Lines; those that store, VALUE and VA say how many bytes and a CRLF follow.",
       "the survey counts the lines of requests only; a reply's VALUE line has its size in the "
       "fourth token (protocol.txt, Retrieval command), the meta commands' ms in the third and VA "
       "in the second"},
      {"beanstalkd", "beanstalkd", "counted line", "beanstalkd protocol.txt",
       "line:eol=crlf-only,verbs=put@4|RESERVED@2|FOUND@2|OK@1,trailer=crlf",
       "Lines; put, RESERVED, FOUND and OK say how many bytes and a CRLF follow.",
       "the survey has put alone; RESERVED and FOUND have their size in the third token, OK in the "
       "second (protocol.txt)"},
      {"imap-literal", "IMAP", "counted line", "RFC 9051 4.3",
       "line:eol=crlf-only,count=tail('{','}')",
       "A line that ends with {N} or {N+} goes on with N bytes and then more line."},
      {"line-lf", "lines (LF)", "delimiter", "POSIX; Erlang line (keeps LF)", "delim:end=0a",
       "The line feed is dropped; a carriage return before it stays."},
      {"line-crlf", "lines (CRLF): IRC, SMTP/FTP/POP commands, Twisted LineReceiver", "delimiter",
       "RFC 5234 CRLF; RFC 1459 2.3 (512)", "delim:end=0d0a",
       "A lone CR or LF is part of the line. Many receivers also take a lone LF: kind line does."},
      {"jsonl", "JSON Lines / NDJSON (GELF uses NUL)", "delimiter", "jsonlines.org",
       "delim:end=0a,tail=deliver",
       "One JSON text a line; the last may lack its line feed. U+2028 is no line end."},
      {"json-seq", "JSON text sequences", "delimiter", "RFC 7464", "walk:json-seq",
       "A record separator, a JSON text, a line feed.",
       "the survey ends a text at its first line feed; texts may have some inside, as jq --seq "
       "writes them (RFC 7464 2.1)"},
      {"nul", "NUL-terminated (GELF TCP, Flash XMLSocket)", "delimiter", "GELF spec",
       "delim:end=00", "A payload cannot have a zero byte."},
      {"syslog-lf", "syslog non-transparent framing", "delimiter", "RFC 6587 3.4.2", "delim:end=0a",
       "Some senders end with a zero byte or CRLF instead."},
      {"syslog-auto", "syslog TCP receiver auto-detect", "delimiter",
       "rsyslog imtcp / RFC 6587 3.4",
       "switch:at=0,digit>(ascii:base=10,until=' '),else>(delim:end=0a)",
       "A digit first: octets are counted; anything else, usually <, goes up to a line feed."},
      {"mllp", "HL7 MLLP", "delimiter", "HL7 MLLP R1", "delim:start=0b,end=1c0d",
       "A vertical tab, the message, file separator and carriage return. There are no escapes: the "
       "payload cannot have the end mark."},
      {"nmea", "NMEA 0183 / AIS", "delimiter", "NMEA 0183 5.3",
       "delim:start=24|21,end=0d0a,max=79;check=xor-hex",
       "$ or !, fields, *, two hexadecimal digits, CRLF: at most 82 characters."},
      {"jt808", "JT/T 808 (vehicle terminals)", "delimiter", "JT/T 808-2019 4.4",
       "delim:start=7e,end=7e;check=xor8,over=1..;unescape=map(7d01>7d,7d02>7e)",
       "A flag at both ends; 7d 02 stands for 7e, 7d 01 for 7d; the last byte is all others, "
       "xored."},
      {"can-slcan", "CAN over a serial line (LAWICEL)", "delimiter",
       "LAWICEL CANUSB manual, ASCII commands", "switch:07>(fixed:size=1),else>(delim:end=0d)",
       "ASCII lines that end with CR; BEL alone is the answer to a wrong command."},
      {"proxy-v1", "HAProxy PROXY v1", "delimiter", "proxy-protocol.txt 2.1",
       "line:eol=crlf-only,max=105;once;magic='PROXY '",
       "PROXY, addresses and ports in one line of at most 107 bytes. Once; then the connection's "
       "own bytes."},
      {"sse", "Server-Sent Events", "delimiter", "WHATWG HTML 9.2",
       "delim:end=0a0a|0a0d0a|0a0d|0d0a0a|0d0a0d0a|0d0a0d|0d0d0a|0d0d;skip=0d|0a",
       "Fields in lines; an empty line ends the event, and more of them are nothing. Lines end "
       "with "
       "LF, CRLF or CR, in any mix."},
      {"annexb", "H.264 Annex B", "delimiter", "ITU-T H.264 Annex B", "delim:start=000001|00000001",
       "A start code before each unit, often with a zero in front; inside it 000003 stands for "
       "0000."},
      {"slip", "SLIP (OSC 1.1 over TCP)", "delimiter", "RFC 1055",
       "delim:end=c0,skip-empty;unescape=slip",
       "END at the end, usually at the start too. DB DC stands for C0, DB DD for DB."},
      {"hdlc", "HDLC-like / PPP async", "delimiter", "RFC 1662 4",
       "delim:end=7e,skip-empty;unescape=hdlc;check=fcs16",
       "A flag at both ends, which neighbours may share; 7d escapes; a frame check sequence of two "
       "bytes."},
      {"cobs", "COBS", "delimiter", "Cheshire & Baker 1999",
       "delim:end=00,skip-empty;unescape=cobs",
       "A zero ends, and may start; inside, each code byte says how far the next zero was."},
      {"smtp-data", "SMTP DATA / POP3 / NNTP dot block", "delimiter", "RFC 5321 4.5.2, RFC 1939 3",
       "switch:at=0,2e>(switch:at=1,0d>(switch:at=2,0a>(delim:end=2e0d0a),else>(delim:end="
       "0d0a2e0d0a)),else>(delim:end=0d0a2e0d0a)),else>(delim:end=0d0a2e0d0a);unescape=dot",
       "Ends at a line with a dot alone; other dots at the start of a line are doubled.",
       "the survey looks for CRLF, dot, CRLF; an empty block is a dot and CRLF (RFC 5321 4.1.1.4)"},
      {"gdb-rsp", "GDB remote serial", "delimiter", "GDB manual E.1",
       "switch:at=0,2b>(fixed:size=1),2d>(fixed:size=1),03>(fixed:size=1),else>(delim:"
       "start=24|25,end=23,trailer=2)",
       "$ or, for a notification, %, packet, #, two hexadecimal digits. +, - and 03 stand alone "
       "between packets.",
       "the survey has packets alone; a stub's notifications start with % (GDB manual E.1, E.8)"},
      {"dle-stx", "DLE/STX/ETX (DF1, TSIP, BSC)", "delimiter", "AB 1770-6.5.16",
       "delim:start=1002,end=1003;unescape=dle",
       "Starts with 10 02, ends with 10 03; inside, 10 is doubled."},
      {"mpeg-ts", "MPEG transport stream", "fixed size", "ISO 13818-1 2.4.3.2",
       "fixed:size=188,sync=47",
       "47, flags and packet id, counter, 184 bytes. Files of 192 or 204 bytes a packet exist."},
      {"fixed-n", "fixed-size records (telemetry structs, Modbus-like polls; EEP-34 fixed)",
       "fixed size", "", "fixed", "Every frame has size bytes: give size."},
      {"resp", "Redis RESP2/RESP3", "self-describing", "redis.io RESP spec", "walk:resp",
       "A type byte and a line; strings say their length, arrays, maps and sets how many values "
       "follow. Other lines are inline commands."},
      {"msgpack", "MessagePack / MessagePack-RPC / Fluentd forward", "self-describing",
       "msgpack spec", "walk:msgpack", "One value after another."},
      {"cbor-seq", "CBOR sequence", "self-describing", "RFC 8742", "walk:cbor",
       "One data item after another."},
      {"json-concat", "concatenated JSON (OVSDB, jq streams)", "self-describing", "RFC 7047 4",
       "walk:json", "A top-level value ends where its brackets close."},
      {"bencode", "bencode (DHT/tracker streams, nREPL)", "self-describing", "BEP 3",
       "walk:bencode",
       "Integers i...e, strings with their length and a colon, lists l...e, dictionaries d...e."},
  };
  return presets;
}

const Preset* FindPreset(std::string_view name) {
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

}  // namespace unstick::inline v0
