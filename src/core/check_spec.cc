#include "src/core/check_spec.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "src/core/kinds/digits.h"
#include "src/core/spec_text.h"
#include "src/core/spec_values.h"

namespace unstick::inline v0::detail {
namespace {

using Form = FrameCheck::Form;
using How = Checksum::How;
using enum std::endian;

constexpr std::uint64_t kOnes64 = ~std::uint64_t{0};

// A CRC as the catalogue has it (reveng.sourceforge.io/crc-catalogue), and the byte order in which
// its protocols send it: least significant byte first where bits are reflected, but for the CRCs
// that have always stood in network order here.
struct NamedCrc {
  std::string_view name;
  std::string_view title;
  CrcParameters crc;
  std::endian order;
};

constexpr NamedCrc kCrcs[] = {
    {"crc8", "CRC-8", {8, 0x07}, big},
    {"crc8-autosar", "CRC-8/AUTOSAR", {8, 0x2f, 0xff, false, false, 0xff}, big},
    {"crc8-darc", "CRC-8/DARC", {8, 0x39, 0, true, true}, big},
    {"crc8-ebu", "CRC-8/TECH-3250", {8, 0x1d, 0xff, true, true}, big},
    {"crc8-itu", "CRC-8/I-432-1", {8, 0x07, 0, false, false, 0x55}, big},
    {"crc8-maxim", "CRC-8/MAXIM-DOW", {8, 0x31, 0, true, true}, big},
    {"crc8-rohc", "CRC-8/ROHC", {8, 0x07, 0xff, true, true}, big},
    {"crc8-sae-j1850", "CRC-8/SAE-J1850", {8, 0x1d, 0xff, false, false, 0xff}, big},
    {"crc16-arc", "CRC-16/ARC", {16, 0x8005, 0, true, true}, little},
    {"crc16-aug-ccitt", "CRC-16/SPI-FUJITSU", {16, 0x1021, 0x1d0f}, big},
    {"crc16-buypass", "CRC-16/UMTS", {16, 0x8005}, big},
    {"crc16-ccitt-false", "CRC-16/IBM-3740", {16, 0x1021, 0xffff}, big},
    {"crc16-cdma2000", "CRC-16/CDMA2000", {16, 0xc867, 0xffff}, big},
    {"crc16-dnp", "CRC-16/DNP", {16, 0x3d65, 0, true, true, 0xffff}, little},
    {"crc16-en-13757", "CRC-16/EN-13757", {16, 0x3d65, 0, false, false, 0xffff}, big},
    {"crc16-genibus", "CRC-16/GENIBUS", {16, 0x1021, 0xffff, false, false, 0xffff}, big},
    {"crc16-kermit", "CRC-16/KERMIT", {16, 0x1021, 0, true, true}, little},
    {"crc16-mcrf4xx", "CRC-16/MCRF4XX", {16, 0x1021, 0xffff, true, true}, little},
    {"crc16-modbus", "CRC-16/MODBUS", {16, 0x8005, 0xffff, true, true}, little},
    {"crc16-profibus", "CRC-16/PROFIBUS", {16, 0x1dcf, 0xffff, false, false, 0xffff}, big},
    {"crc16-t10-dif", "CRC-16/T10-DIF", {16, 0x8bb7}, big},
    {"crc16-usb", "CRC-16/USB", {16, 0x8005, 0xffff, true, true, 0xffff}, little},
    {"crc16-x25", "CRC-16/IBM-SDLC", {16, 0x1021, 0xffff, true, true, 0xffff}, little},
    {"crc16-xmodem", "CRC-16/XMODEM", {16, 0x1021}, big},
    {"crc24-openpgp", "CRC-24/OPENPGP", {24, 0x864cfb, 0xb704ce}, big},
    {"crc32", "CRC-32", {32, 0x04c11db7, 0xffffffff, true, true, 0xffffffff}, big},
    {"crc32-autosar",
     "CRC-32/AUTOSAR",
     {32, 0xf4acfb13, 0xffffffff, true, true, 0xffffffff},
     little},
    {"crc32-bzip2", "CRC-32/BZIP2", {32, 0x04c11db7, 0xffffffff, false, false, 0xffffffff}, big},
    {"crc32-jamcrc", "CRC-32/JAMCRC", {32, 0x04c11db7, 0xffffffff, true, true}, little},
    {"crc32-mpeg2", "CRC-32/MPEG-2", {32, 0x04c11db7, 0xffffffff}, big},
    {"crc32-posix", "CRC-32/CKSUM", {32, 0x04c11db7, 0, false, false, 0xffffffff}, big},
    {"crc32-xfer", "CRC-32/XFER", {32, 0xaf}, big},
    {"crc32c", "CRC-32C", {32, 0x1edc6f41, 0xffffffff, true, true, 0xffffffff}, big},
    {"crc32d", "CRC-32/BASE91-D", {32, 0xa833982b, 0xffffffff, true, true, 0xffffffff}, little},
    {"crc32q", "CRC-32/AIXM", {32, 0x814141ab}, big},
    {"crc40-gsm", "CRC-40/GSM", {40, 0x0004820009, 0, false, false, 0xffffffffff}, big},
    {"crc64-ecma", "CRC-64/ECMA-182", {64, 0x42f0e1eba9ea3693}, big},
    {"crc64-go-iso", "CRC-64/GO-ISO", {64, 0x1b, kOnes64, true, true, kOnes64}, little},
    {"crc64-we", "CRC-64/WE", {64, 0x42f0e1eba9ea3693, kOnes64, false, false, kOnes64}, big},
    {"crc64-xz", "CRC-64/XZ", {64, 0x42f0e1eba9ea3693, kOnes64, true, true, kOnes64}, little},
};

// Other names, which print as the first one.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"crc16-ccitt", "crc16-ccitt-false"},
    {"crc16-ibm-3740", "crc16-ccitt-false"},
    {"crc16-ibm-sdlc", "crc16-x25"},
    {"crc16-ccitt-true", "crc16-kermit"},
    {"crc16-umts", "crc16-buypass"},
    {"crc16-spi-fujitsu", "crc16-aug-ccitt"},
    {"crc8-smbus", "crc8"},
    {"crc8-maxim-dow", "crc8-maxim"},
    {"crc32-iso-hdlc", "crc32"},
    {"crc32-iscsi", "crc32c"},
    {"crc32-cksum", "crc32-posix"},
    {"crc64-ecma-182", "crc64-ecma"},
};

// What is no CRC, or one that has a place of its own.
struct NamedSum {
  std::string_view name;
  std::string_view title;
  Form form;
  How how;
  std::size_t bytes;
  bool over_payload;
};

constexpr NamedSum kSums[] = {
    {"adler32", "Adler-32", Form::kBinary, How::kAdler32, 4, false},
    {"sum8", "sum", Form::kHex, How::kSum, 1, true},
    {"sum8-binary", "sum", Form::kBinary, How::kSum, 1, false},
    {"sum16", "sum", Form::kBinary, How::kSum, 2, false},
    {"xor8", "xor", Form::kBinary, How::kXor, 1, false},
    {"lrc", "LRC", Form::kBinary, How::kNegatedSum, 1, false},
    {"xor-hex", "", Form::kStarHex, How::kXor, 1, true},
};

constexpr std::string_view kFcs16 = "fcs16";

const NamedCrc* FindCrc(std::string_view name) {
  for (const auto& [other, first] : kAliases) {
    if (name == other) name = first;
  }
  const auto* found = std::ranges::find(kCrcs, name, &NamedCrc::name);
  return found == std::end(kCrcs) ? nullptr : found;
}

const NamedCrc* FindCrc(const CrcParameters& crc) {
  const auto* found = std::ranges::find(kCrcs, crc, &NamedCrc::crc);
  return found == std::end(kCrcs) ? nullptr : found;
}

const NamedSum* FindSum(const FrameCheck& check) {
  const auto* found = std::ranges::find_if(kSums, [&](const NamedSum& named) {
    return named.form == check.form && named.how == check.sum->how() &&
           named.bytes == check.sum->bytes();
  });
  return found == std::end(kSums) ? nullptr : found;
}

std::string Names() {
  std::string names = "crc32c, crc32, adler32, sum8, xor-hex, fcs16, sum8-binary, sum16, xor8, lrc";
  for (const NamedCrc& crc : kCrcs) {
    if (crc.name != "crc32c" && crc.name != "crc32") names += ", " + std::string(crc.name);
  }
  return names + ", crc16-ccitt or crc(width=16,poly=1021,init=ffff,...)";
}

std::optional<std::uint64_t> Hex(std::string_view text) {
  return ParseDigits(text.starts_with("0x") ? text.substr(2) : text, 16);
}

// Takes `number` into the parameter `key` of `crc`. False if there is none of that name, or the
// number is too large for it.
bool TakeCrcParameter(std::string_view key, std::uint64_t number, CrcParameters& crc) {
  if (key == "poly") {
    crc.poly = number;
  } else if (key == "init") {
    crc.init = number;
  } else if (key == "xorout") {
    crc.xorout = number;
  } else if (key == "width" && number >= 1 && number <= 64) {
    crc.width = static_cast<unsigned>(number);
  } else if ((key == "refin" || key == "refout") && number <= 1) {
    (key == "refin" ? crc.refin : crc.refout) = number == 1;
  } else {
    return false;
  }
  return true;
}

// "crc(width=16,poly=1021,init=ffff,refin=0,refout=0,xorout=0,endian=big)", without its ends.
absl::Status ReadCrc(std::string_view options, CrcParameters& crc, std::endian& order) {
  const auto wrong = [] {
    return Invalid(
        "must be crc(width=1..64,poly=HEX,init=HEX,refin=0|1,refout=0|1,xorout=HEX,"
        "endian=big|little), every number within the width");
  };
  for (const std::string_view option : Split(options, ",")) {
    const std::size_t equals = std::min(option.find('='), option.size());
    const std::string_view key = option.substr(0, equals);
    const std::string_view value = option.substr(std::min(equals + 1, option.size()));
    const auto number = key == "width" ? Number(value) : Hex(value);
    if (key == "endian" && (value == "big" || value == "little")) {
      order = value == "big" ? big : little;
    } else if (!number || !TakeCrcParameter(key, *number, crc)) {
      return wrong();
    }
  }
  const std::uint64_t most = kOnes64 >> (64 - crc.width);
  const bool fits = crc.poly <= most && crc.init <= most && crc.xorout <= most;
  if (crc.poly == 0 || !fits) return wrong();
  return absl::OkStatus();
}

absl::Status ReadName(std::string_view name, FrameCheck& check) {
  check.form = Form::kBinary;
  if (name == kFcs16) {
    check.in_payload = check.over_payload = true;
    name = "crc16-x25";
  }
  if (const NamedCrc* crc = FindCrc(name)) {
    check.sum = std::make_shared<const Checksum>(crc->crc);
    check.order = crc->order;
    return absl::OkStatus();
  }
  if (name.starts_with("crc(") && name.ends_with(')')) {
    CrcParameters crc;
    absl::Status read = ReadCrc(name.substr(4, name.size() - 5), crc, check.order);
    if (read.ok()) check.sum = std::make_shared<const Checksum>(crc);
    return read;
  }
  for (const NamedSum& sum : kSums) {
    if (sum.name != name) continue;
    check.form = sum.form;
    check.sum = std::make_shared<const Checksum>(sum.how, sum.bytes);
    check.over_payload = sum.over_payload;
    check.in_payload = sum.form == Form::kStarHex;
    return absl::OkStatus();
  }
  return Invalid("must be one of " + Names());
}

// "" for what is not said, "5", "-2".
bool ReadPlace(std::string_view text, std::optional<std::int64_t>& place) {
  if (text.empty()) return true;
  const bool back = text.starts_with('-');
  const auto number = Number(back ? text.substr(1) : text);
  if (!number || *number > (std::uint64_t{1} << 30) || (back && *number == 0)) return false;
  place = back ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
  return true;
}

absl::Status ReadOver(std::string_view value, FrameCheck& check) {
  if (check.in_payload) return Invalid("over is fixed for fcs16 and xor-hex: the payload");
  check.over_payload = value == "payload";
  check.from = 0;
  check.to = std::nullopt;
  if (check.over_payload) return absl::OkStatus();
  const std::size_t dots = value.find("..");
  std::optional<std::int64_t> from;
  const bool read = dots != std::string_view::npos && ReadPlace(value.substr(0, dots), from) &&
                    ReadPlace(value.substr(dots + 2), check.to);
  check.from = from.value_or(0);
  const bool same_end = check.to && (*check.to < 0) == (check.from < 0);
  if (!read || check.to == 0 || (same_end && *check.to <= check.from)) {
    return Invalid(
        "over is FROM..TO, from byte FROM up to (and without) byte TO of the frame, "
        "either may be left out, -N counts from the end; or payload");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FrameCheck> ReadCheck(std::string_view value) {
  const std::vector<std::string_view> parts = Split(value, ",");
  FrameCheck check;
  if (absl::Status read = ReadName(parts[0], check); !read.ok()) return read;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (part.starts_with("over=")) {
      if (absl::Status read = ReadOver(part.substr(5), check); !read.ok()) return read;
    } else if (part == "at=end" || part == "at=before-end") {
      check.before_end = part == "at=before-end";
    } else if (part == "endian=big" || part == "endian=little") {
      check.order = part == "endian=big" ? big : little;
    } else {
      return Invalid(
          "takes over=FROM..TO or over=payload, at=end or at=before-end, endian=big or little "
          "after its name");
    }
  }
  return check;
}

std::string PrintCheck(const FrameCheck& check) {
  std::string text;
  std::endian usual = big;
  bool usually_over_payload = false;
  if (check.sum->how() == How::kCrc) {
    const CrcParameters& crc = check.sum->crc();
    if (check.in_payload) {
      text = kFcs16;
      usual = little;
      usually_over_payload = true;
    } else if (const NamedCrc* named = FindCrc(crc)) {
      text = named->name;
      usual = named->order;
    } else {
      text = "crc(width=" + std::to_string(crc.width) + ",poly=" + PrintDigits(crc.poly, 16);
      if (crc.init != 0) text += ",init=" + PrintDigits(crc.init, 16);
      if (crc.refin) text += ",refin=1";
      if (crc.refout) text += ",refout=1";
      if (crc.xorout != 0) text += ",xorout=" + PrintDigits(crc.xorout, 16);
      text += ")";
    }
  } else if (const NamedSum* named = FindSum(check)) {
    text = named->name;
    usually_over_payload = named->over_payload;
  }
  if (check.over_payload) {
    if (!usually_over_payload) text += ",over=payload";
  } else if (usually_over_payload || check.from != 0 || check.to) {
    const std::string from =
        check.from != 0 || !check.to ? std::to_string(check.from) : std::string();
    text += ",over=" + from + ".." + (check.to ? std::to_string(*check.to) : "");
  }
  if (check.before_end) text += ",at=before-end";
  if (check.order != usual && check.sum->bytes() > 1) {
    text += check.order == big ? ",endian=big" : ",endian=little";
  }
  return text;
}

std::string CheckTitle(const FrameCheck& check) {
  if (check.sum->how() != How::kCrc) {
    const NamedSum* named = FindSum(check);
    return named != nullptr ? std::string(named->title) : "checksum";
  }
  const NamedCrc* named = FindCrc(check.sum->crc());
  return named != nullptr ? std::string(named->title)
                          : "CRC of " + std::to_string(check.sum->crc().width) + " bits";
}

absl::StatusOr<Escaping> ReadEscaping(std::string_view value) {
  static constexpr std::pair<std::string_view, Escape> kWays[] = {{"slip", Escape::kSlip},
                                                                  {"cobs", Escape::kCobs},
                                                                  {"hdlc", Escape::kHdlc},
                                                                  {"dot", Escape::kDot},
                                                                  {"dle", Escape::kDle}};
  for (const auto& [name, way] : kWays) {
    if (value == name) return Escaping(way);
  }
  if (!value.starts_with("map(") || !value.ends_with(')')) {
    return Invalid("must be one of slip, cobs, hdlc, dot, dle, map(WIRE>BYTE,...)");
  }
  std::vector<EscapeMap::Pair> pairs;
  for (const std::string_view part : Split(value.substr(4, value.size() - 5), ",")) {
    const std::size_t arrow = EndOfPart(part, 0, ">");
    if (arrow == part.size()) return Invalid("must be map(WIRE>BYTE,...), as map(7d02>7e,7d01>7d)");
    absl::StatusOr<std::string> wire = ParseBytes(part.substr(0, arrow));
    absl::StatusOr<std::string> plain = ParseBytes(part.substr(arrow + 1));
    if (!wire.ok()) return wire.status();
    if (!plain.ok()) return plain.status();
    if (plain->size() != 1) return Invalid("must have one byte to the right of each >");
    pairs.push_back({*wire, static_cast<std::byte>((*plain)[0])});
  }
  if (const char* why = EscapeMap::Refuse(pairs)) return Invalid(why);
  return Escaping(std::make_shared<const EscapeMap>(std::move(pairs)));
}

std::string PrintEscaping(const Escaping& escaping) {
  switch (escaping.how) {
    case Escape::kNone:
      break;
    case Escape::kSlip:
      return "slip";
    case Escape::kCobs:
      return "cobs";
    case Escape::kHdlc:
      return "hdlc";
    case Escape::kDot:
      return "dot";
    case Escape::kDle:
      return "dle";
    case Escape::kMap: {
      std::string text;
      const auto hex = [&text](std::byte byte) {
        text += PrintDigits(std::to_integer<std::uint64_t>(byte), 16, 2);
      };
      for (const EscapeMap::Pair& pair : escaping.map->pairs()) {
        text += text.empty() ? "map(" : ",";
        for (const std::byte byte : AsBytes(pair.wire)) hex(byte);
        text += ">";
        hex(pair.plain);
      }
      return text + ")";
    }
  }
  return {};
}

}  // namespace unstick::inline v0::detail
