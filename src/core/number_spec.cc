#include "src/core/number_spec.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "src/core/spec_values.h"

namespace unstick::inline v0::detail {
namespace {

Take TakeOrder(NumberOptions& o) {
  return [&o](const SpecOption& option) -> absl::Status {
    const std::string_view v = option.value;
    const auto wrong = [] {
      return Invalid(
          "must be big, little, native, @BYTE.BIT, @BYTE:CHAR, magic@BYTE:HEX or file-magic");
    };
    o.told = {};
    o.order = std::endian::big;
    if (v == "big") return absl::OkStatus();
    if (v == "little" || v == "native") {
      o.order = v == "little" ? std::endian::little : std::endian::native;
      return absl::OkStatus();
    }
    if (v == "file-magic") {
      o.told.how = ToldOrder::How::kPreamble;
      return absl::OkStatus();
    }
    if (v.starts_with("magic@")) {
      const std::size_t colon = v.find(':');
      const auto at = Number(v.substr(6, std::min(colon, v.size()) - 6));
      const auto mark = colon == std::string_view::npos ? absl::StatusOr<std::string>("")
                                                        : ParseBytes(v.substr(colon + 1));
      if (!at || !mark.ok() || mark->empty()) return wrong();
      o.told = {.how = ToldOrder::How::kMagic, .at = *at, .mark = *mark};
      return absl::OkStatus();
    }
    if (v.starts_with('@') && v.size() >= 4 && v[v.size() - 2] == ':') {
      const auto at = Number(v.substr(1, v.size() - 3));
      if (!at) return wrong();
      o.told = {.how = ToldOrder::How::kCharacter, .at = *at, .mark = std::string(1, v.back())};
      return absl::OkStatus();
    }
    o.told.how = ToldOrder::How::kBit;
    if (!v.starts_with('@') || !TakeBit(v.substr(1), o.told.at, o.told.bit)) return wrong();
    return absl::OkStatus();
  };
}

Take TakeHeader(NumberOptions& o) {
  return [&o](const SpecOption& option) -> absl::Status {
    o.header = std::nullopt;
    o.header_behind = 0;
    std::string_view v = option.value;
    if (v.starts_with("ext")) {
      v.remove_prefix(3);
      if (v.empty()) return absl::OkStatus();
      const auto behind = v.starts_with('+') ? Number(v.substr(1)) : std::nullopt;
      if (!behind || *behind > 65535) return Invalid("must be a number, ext or ext+N");
      o.header_behind = *behind;
      return absl::OkStatus();
    }
    const auto header = Number(v);
    if (!header) return Invalid("must be a number, ext or ext+N");
    o.header = header;
    return absl::OkStatus();
  };
}

// "OFF/WIDTH[&MASK][*UNIT]+..."
Take TakePlus(std::vector<AddedLength>& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    to.clear();
    for (std::string_view term : Split(option.value, "+")) {
      AddedLength added;
      const std::size_t times = term.find('*');
      const auto unit = times == std::string_view::npos ? std::optional<std::uint64_t>(1)
                                                        : Number(term.substr(times + 1));
      term = term.substr(0, times);
      const std::size_t with = term.find('&');
      const auto mask = with == std::string_view::npos ? std::optional<std::uint64_t>(added.mask)
                                                       : Number(term.substr(with + 1));
      const auto where = Pair(term.substr(0, with), '/');
      if (!unit || !mask || !where) return Invalid("must be OFF/WIDTH[&MASK][*UNIT], joined by +");
      to.push_back({.offset = where->first, .width = where->second, .mask = *mask, .unit = *unit});
    }
    return absl::OkStatus();
  };
}

// "VALUE:WIDTH[+BIAS]/...", "VALUE:@OFF/WIDTH", "@BYTE.BIT:WIDTH", "bit7:15be".
Take TakeExt(std::vector<ExtendedLength>& to) {
  return [&to](const SpecOption& option) -> absl::Status {
    to.clear();
    const auto wrong = [] {
      return Invalid(
          "must be VALUE:WIDTH[+BIAS]/..., VALUE:@OFF/WIDTH, @BYTE.BIT:WIDTH or bitN:Mbe");
    };
    std::vector<std::string_view> parts = Split(option.value, "/");
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t colon = parts[i].find(':');
      if (colon == std::string_view::npos) return wrong();
      const std::string_view when = parts[i].substr(0, colon);
      std::string_view what = parts[i].substr(colon + 1);
      ExtendedLength ext;
      if (when.starts_with('@')) {
        if (!TakeBit(when.substr(1), ext.flag_byte, ext.flag_bit)) return wrong();
      } else if (when.starts_with("bit")) {
        const auto bit = Number(when.substr(3));
        if (!bit || *bit > 7 || !what.ends_with("be")) return wrong();
        ext.in_field = true;
        ext.flag_bit = *bit;
        what.remove_suffix(2);
      } else {
        ext.value = Number(when);
        if (!ext.value) return wrong();
      }
      if (what.starts_with('@') && i + 1 < parts.size()) {
        const auto at = Number(what.substr(1));
        if (!at) return wrong();
        ext.at = at;
        what = parts[++i];
      }
      const std::size_t plus = what.find('+');
      const auto width = Number(what.substr(0, plus));
      const auto bias = plus == std::string_view::npos ? std::optional<std::uint64_t>(0)
                                                       : Number(what.substr(plus + 1));
      if (!width || !bias) return wrong();
      ext.width = *width;
      ext.bias = *bias;
      to.push_back(ext);
    }
    return absl::OkStatus();
  };
}

Take TakeIf(NumberOptions& o) {
  return [&o](const SpecOption& option) -> absl::Status {
    const std::size_t colon = option.value.find(":+");
    const auto adds =
        colon == std::string_view::npos ? std::nullopt : Number(option.value.substr(colon + 2));
    if (!adds || *adds > 255 || !TakeBit(option.value.substr(0, colon), o.if_byte, o.if_bit)) {
      return Invalid("must be BYTE.BIT:+N");
    }
    o.if_adds = *adds;
    return absl::OkStatus();
  };
}

Take TakeStrip(NumberOptions& o) {
  return [&o](const SpecOption& option) -> absl::Status {
    o.strip = std::nullopt;
    if (option.value == "header") return absl::OkStatus();
    const auto strip =
        option.value == "none" ? std::optional<std::uint64_t>(0) : Number(option.value);
    if (!strip) return Invalid("must be a number, header or none");
    o.strip = strip;
    return absl::OkStatus();
  };
}

}  // namespace

absl::StatusOr<NumberOptions> ReadLength(const SpecText& spec) {
  NumberOptions o;
  absl::Status read = spec.Read({{"offset", TakeNumber(o.offset)},
                                 {"width", TakeNumber(o.width)},
                                 {"endian", TakeOrder(o)},
                                 {"counts", TakeCounts(o.counts)},
                                 {"adjust", TakeSigned(o.adjust)},
                                 {"header", TakeHeader(o)},
                                 {"shift", TakeNumber(o.shift)},
                                 {"mask", TakeNumber(o.mask)},
                                 {"unit", TakeNumber(o.unit)},
                                 {"align", TakeNumber(o.align)},
                                 {"plus", TakePlus(o.plus)},
                                 {"ext", TakeExt(o.ext)},
                                 {"if", TakeIf(o)},
                                 {"zero", TakeWord<bool>({{"eof", true}}, o.zero_is_rest)},
                                 {"trailer", TakeTrailer(o.trailer)},
                                 {"strip", TakeStrip(o)},
                                 {"max", TakeSize(o.limits.max)},
                                 {"min", TakeSize(o.limits.min)}});
  if (!read.ok()) return read;
  return o;
}

}  // namespace unstick::inline v0::detail
