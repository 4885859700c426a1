// A framing described by a value, for programs that put descriptions together.
//
//     const Framing framing{.kind = framing::Length{.offset = 2, .width = 2, .mask = 0x3fff},
//                           .magic = "\xca\xfe"};
//     const auto framer = AnyFramer::FromSpec(framing.spec());
//
// The value says what a spec text says and nothing else: docs/framer-spec.md has the meaning of
// each part under the same names, and FromSpec() is the one judge of what is allowed.

#ifndef UNSTICK_CORE_FRAMING_H_
#define UNSTICK_CORE_FRAMING_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "unstick/core/attributes.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/trailer.h"

namespace unstick::inline v0 {

namespace framing {

using v0::Trailer;  // constant bytes and counts of any bytes: {"10=", 3, "\x01"}

// Bit 0 is the least significant one. `byte` counts from the frame's first.
struct Bit {
  std::size_t byte = 0;
  std::size_t bit = 0;
};

// Where a stream says that its numbers are little-endian: this bit is set; this byte is this
// character; a frame that has these bytes there (or their mirror image) tells for those after it;
// the preamble starts with a pcap file's magic.
struct OrderByCharacter {
  std::size_t byte = 0;
  char is = 'l';
};
struct OrderByMagic {
  std::size_t byte = 0;
  std::string bytes;
};
struct OrderByFileMagic {};
using ByteOrder = std::variant<std::endian, Bit, OrderByCharacter, OrderByMagic, OrderByFileMagic>;

// A longer length field, where the field has this value, where this bit of the frame is set, or
// where this bit of the field itself is (`width` counts bits then). It stands behind the field, or
// at `at`; `bias` is added to what it says.
struct OwnBit {
  std::size_t bit = 7;
};
struct Extension {
  std::variant<std::uint64_t, Bit, OwnBit> when;
  std::size_t width = 0;
  std::uint64_t bias = 0;
  std::optional<std::size_t> at = {};
};

// A second number that adds to the frame.
struct Plus {
  std::size_t offset = 0;
  std::size_t width = 1;
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t unit = 1;
};

struct HeaderWithExtension {
  std::size_t and_bytes = 0;
};
struct LongerHeader {
  Bit if_set;
  std::size_t by = 0;
};

struct Length {
  std::size_t offset = 0;
  std::size_t width = 4;
  ByteOrder order = std::endian::big;
  Counts counts = Counts::kAfter;
  std::int64_t adjust = 0;
  std::variant<std::monostate, std::size_t, HeaderWithExtension> header = {};  // offset + width
  std::size_t shift = 0;
  std::optional<std::uint64_t> mask = {};
  std::uint64_t unit = 1;
  std::size_t align = 1;
  std::vector<Plus> plus = {};
  std::vector<Extension> ext = {};
  std::optional<LongerHeader> longer = {};
  bool zero_is_rest = false;
  Trailer trailer = {};
  std::optional<std::size_t> strip = {};  // the header
};

struct Varint {
  enum class Form : std::uint8_t { kLeb128, kBig7, kQuic, kMsgpack };
  Form form = Form::kLeb128;
  std::size_t offset = 0;
  std::optional<std::size_t> max_bytes = {};
  Counts counts = Counts::kAfter;
  std::optional<std::size_t> header = {};
  Trailer trailer = {};
  bool after_varint = false;
  bool lenient = false;
};

struct Ascii {
  unsigned base = 10;
  std::size_t width = 0;  // or
  std::string until = {};
  Counts counts = Counts::kAfter;
  std::int64_t adjust = 0;
  Trailer trailer = {};
  std::string start = {};
  std::string after = {};
  std::vector<std::uint64_t> bare = {};
};

struct Headers {
  std::vector<std::string> length = {"Content-Length"};
  std::optional<std::uint64_t> if_missing = {};
  std::string chunked = {};
  std::vector<std::string> bodiless = {};
  std::string eof = {};
  std::string else_until = {};
  enum class Skip : std::uint8_t { kNothing, kEol, kCrlf } skip = Skip::kNothing;
  std::string version = {};  // first lines start with it, or their last word does
  bool nocase = false;       // so it is compared
  enum class StartLine : std::uint8_t { kAny, kNone } start_line = StartLine::kAny;
  enum class Names : std::uint8_t { kToken, kPadded, kOctets } names = Names::kToken;
  enum class Values : std::uint8_t { kText, kQuoted, kOctets } values = Values::kText;
  enum class Fold : std::uint8_t { kNever, kResponses, kAlways } fold = Fold::kNever;
  bool lf = false;
  Trailer trailer = {};
  std::size_t max_header = std::size_t{64} << 10;
};

struct Delimiter {
  std::vector<std::string> ends = {};
  std::vector<std::string> starts = {};
  bool keep = false;
  bool skip_empty = false;
  Trailer trailer = {};
  Tail tail = Tail::kError;
};

// A line; one that starts with a verb is followed by as many bytes as a token of it says (from the
// last one back, if negative), or as its end says between two marks.
struct Verb {
  std::string name;
  std::optional<std::size_t> token = {};
};
struct Line {
  // kCrlfOnly: CR LF, and neither of the two anywhere else in a line.
  enum class Eol : std::uint8_t { kLf, kCrlf, kLfOnly, kCrlfOnly } eol = Eol::kLf;
  bool keep = false;
  Tail tail = Tail::kError;
  std::vector<Verb> verbs = {};
  bool nocase = false;
  std::optional<int> count_token = {};
  std::string count_open = {}, count_close = {};
  Trailer trailer = {};
};

struct Fixed {
  std::size_t size = 0;
  std::string sync = {};
};

// A count, then as many sizes and then the parts; or sizes and parts alternately.
struct Parts {
  bool alternately = false;
  std::size_t header = 0;
  std::size_t count_offset = 0;
  std::size_t count_width = 4;
  std::int64_t count_adjust = 0;
  std::size_t entry = 4;
  std::size_t unit = 1;
  std::size_t align = 1;
  std::endian order = std::endian::big;
};

struct Chunks {
  std::size_t width = 0;  // of a binary size, or
  unsigned base = 0;      // digits up to `until`
  std::string until = {};
  std::string trailer = {};
  std::endian order = std::endian::big;
};

struct Walk {
  std::string walker;  // "resp", "json", ...
};

struct Native {
  bool checksum = true;
};

struct SwitchCase;
struct Switch {
  std::size_t at = 0;
  std::uint8_t mask = 0xff;
  std::vector<SwitchCase> cases;  // no initializer: the type is not complete yet
};

using Kind = std::variant<Length, Varint, Ascii, Headers, Delimiter, Line, Fixed, Parts, Chunks,
                          Walk, Native, Switch>;

struct Digit {};
struct Else {};
struct SwitchCase {
  std::variant<std::uint8_t, Digit, Else> when;
  Kind kind;
};

// The first `count` frames of one side.
struct First {
  Kind kind;
  std::size_t count = 1;
};

// Bytes in front of the first frame: so many; these; all up to these; whole lines before the first
// one that starts so, or up to its end; constants among bytes of any value.
struct UpTo {
  std::string bytes;
};
struct BeforeLine {
  std::vector<std::string> starts;
};
struct ThroughLine {
  std::vector<std::string> starts;
};
struct Pattern {
  Trailer parts;
};
using Preamble =
    std::variant<std::monostate, std::size_t, std::string, UpTo, BeforeLine, ThroughLine, Pattern>;

enum class Check : std::uint8_t {
  kNone,
  kCrc32c,
  kCrc32,
  kAdler32,
  kSum8,
  kXorHex,
  kFcs16,
  kCrc16Ccitt,
  kSum8Binary,
  kSum16,
  kXor8,
  kLrc
};

// A CRC by its parameters: `poly` without its top bit, not reflected.
struct Crc {
  unsigned width = 16;
  std::uint64_t poly = 0;
  std::uint64_t init = 0;
  bool refin = false;
  bool refout = false;
  std::uint64_t xorout = 0;
};

// What is summed how, and where the sum stands. Made from any of the three: Check::kCrc32c,
// "crc16-modbus" (a CRC of the catalogue), Crc{...}.
struct Checksum {
  Checksum(Check check = Check::kNone) : sum(check) {}    // NOLINT: each is one
  Checksum(const char* name) : sum(std::string(name)) {}  // NOLINT
  Checksum(const Crc& parameters) : sum(parameters) {}    // NOLINT

  std::variant<Check, std::string, Crc> sum;
  std::optional<std::endian> order = {};  // as its protocols send it
  bool over_payload = false;
  // Else from byte `from` of the frame up to byte `to` (negative: counted from the frame's end), or
  // up to the checksum.
  std::int64_t from = 0;
  std::optional<std::int64_t> to = {};
  bool before_end = false;
};

enum class Unescape : std::uint8_t { kNone, kSlip, kCobs, kHdlc, kDot, kDle };
struct EscapePair {
  std::string wire;  // stands for
  char plain = 0;
};

// The fragment that ends a message: this bit is set; this byte is one of these characters; this bit
// is not set; it is not of the full size.
struct LastBit {
  Bit bit;
};
struct LastCharacter {
  std::size_t byte = 0;
  std::string any_of;
};
struct MoreBit {
  Bit bit;
};
struct FullSize {
  std::uint64_t size = 0;
  std::optional<std::size_t> number = {};  // this byte of the header counts a message's fragments
};
using Join = std::variant<std::monostate, LastBit, LastCharacter, MoreBit, FullSize>;

}  // namespace framing

struct Framing {
  framing::Kind kind = {};
  std::uint64_t max_payload = kDefaultMaxPayload;
  std::uint64_t min_payload = 0;

  framing::Preamble preamble = {};         // of both sides, or of
  framing::Preamble client_preamble = {};  // one
  framing::Preamble server_preamble = {};
  std::optional<framing::First> first_of_client = {};
  std::optional<framing::First> first_of_server = {};
  std::string skip = {};  // any of these bytes is passed over in front of a frame
  bool once = false;
  std::string magic = {};
  std::size_t magic_at = 0;
  std::string end = {};
  framing::Checksum check = {};
  framing::Join join = {};
  framing::Unescape unescape = framing::Unescape::kNone;
  std::vector<framing::EscapePair> unescape_map = {};  // instead
  bool xor_key = false;

  // As a text for FromSpec(). Whether it makes sense, that says.
  UNSTICK_EXPORT std::string spec() const;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAMING_H_
