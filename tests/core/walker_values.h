// Random values of the self-describing formats, each written down without the walkers' help.

#ifndef UNSTICK_TESTS_CORE_WALKER_VALUES_H_
#define UNSTICK_TESTS_CORE_WALKER_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace unstick::inline v0::testing {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : random_(seed) {}

  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  // A value of the format that the walker of this name walks, nested up to `depth` levels.
  std::string Of(std::string_view name, std::size_t depth) {
    if (name == "resp") return Resp(depth);
    if (name == "json") return Json(depth);
    if (name == "msgpack") return Msgpack(depth);
    if (name == "cbor") return Cbor(depth);
    if (name == "bencode") return Bencode(depth);
    return Ber(depth);
  }

 private:
  std::string Any(std::size_t most) {
    std::string bytes(Below(most + 1), '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }
  std::string Pick(const std::vector<std::string>& from) { return from[Below(from.size())]; }
  // `n` in `width` bytes, most significant first.
  static std::string Big(std::uint64_t n, std::size_t width) {
    std::string bytes(width, '\0');
    for (std::size_t i = width; i-- > 0; n >>= 8) bytes[i] = static_cast<char>(n & 0xff);
    return bytes;
  }
  static std::string Byte(std::size_t n) { return std::string(1, static_cast<char>(n)); }

  std::string Resp(std::size_t depth) {
    const std::string crlf = "\r\n";
    const auto sized = [&](std::string type, const std::string& body) {
      return type + std::to_string(body.size()) + crlf + body + crlf;
    };
    const auto values = [&](std::size_t n) {
      std::string all;
      while (n-- > 0) all += Resp(depth - 1);
      return all;
    };
    const std::size_t n = Below(4);
    switch (Below(depth == 0 ? 4 : 9)) {
      case 0:
        return Pick({"+OK", "-ERR no", "+", ":0", ":-12", "(123456789012345678901234567890", "_",
                     "#t", "#f", ",1.5e-7", ",inf", "$-1", "*-1", "*0", "%0"}) +
               crlf;
      case 1:
        return sized(Pick({"$", "!", "="}), Any(12));
      case 2:
        return sized("$", Any(300));
      case 3:
        return "$?" + crlf + ";2" + crlf + "ab" + crlf + ";0" + crlf;
      case 4:
        return Pick({"*", "~", ">"}) + std::to_string(n) + crlf + values(n);
      case 5:
        return "%" + std::to_string(n) + crlf + values(2 * n);
      case 6:
        return "|" + std::to_string(n) + crlf + values(2 * n) + Resp(depth - 1);
      case 7:
        return Pick({"*?", "~?"}) + crlf + values(n) + "." + crlf;
      default:
        return "%?" + crlf + values(2 * n) + "." + crlf;
    }
  }

  std::string Space() { return Pick({"", "", "", " ", "\n\t", "\r\n"}); }
  std::string JsonString() {
    std::string text = "\"";
    for (std::size_t n = Below(6); n > 0; --n) {
      text +=
          Pick({"a", "\\\"", "\\\\", "\\u00eF", "}", "]", "{", "[", ",", "\xc3\xa9", "\\n", " "});
    }
    return text + "\"";
  }
  std::string Json(std::size_t depth) {
    if (depth == 0 || Below(4) == 0) {
      if (Below(2) == 0) return JsonString();
      return Pick({"true", "false", "null", "0", "-0", "12", "-3.25", "1e9", "0.5E-3", "7e+1"});
    }
    const bool object = Below(2) == 0;
    std::string text = object ? "{" : "[";
    text += Space();
    for (std::size_t n = Below(4), i = 0; i < n; ++i) {
      if (i > 0) text += "," + Space();
      if (object) text += JsonString() + Space() + ":" + Space();
      text += Json(depth - 1) + Space();
    }
    return text + (object ? "}" : "]");
  }

  std::string Msgpack(std::size_t depth) {
    const auto values = [&](std::size_t n) {
      std::string all;
      while (n-- > 0) all += Msgpack(depth - 1);
      return all;
    };
    const auto sized = [&](std::size_t first, std::size_t width, std::size_t more) {
      const std::string body = Any(40);
      return Byte(first) + Big(body.size(), width) + std::string(more, 't') + body;
    };
    const std::size_t n = Below(4);
    switch (Below(depth == 0 ? 6 : 10)) {
      case 0:
        return Byte(Below(0x80));
      case 1:
        return Pick({"\xc0", "\xc2", "\xc3", "\xe0", "\xff"});
      case 2: {
        const std::string body = Any(31);
        return Byte(0xa0 + body.size()) + body;
      }
      case 3: {
        constexpr std::size_t kWidths[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17};
        const std::size_t which = Below(15);
        return Byte(0xca + which) + std::string(kWidths[which], '\xc1');
      }
      case 4: {
        const std::size_t log = Below(3);
        return Below(2) == 0 ? sized(0xc4 + log, std::size_t{1} << log, 0)
                             : sized(0xd9 + log, std::size_t{1} << log, 0);
      }
      case 5: {
        const std::size_t log = Below(3);
        return sized(0xc7 + log, std::size_t{1} << log, 1);
      }
      case 6:
        return Byte(0x90 + n) + values(n);
      case 7:
        return Byte(0x80 + n) + values(2 * n);
      case 8:
        return Below(2) == 0 ? "\xdc" + Big(n, 2) + values(n) : "\xdd" + Big(n, 4) + values(n);
      default:
        return Below(2) == 0 ? "\xde" + Big(n, 2) + values(2 * n)
                             : "\xdf" + Big(n, 4) + values(2 * n);
    }
  }

  std::string CborHead(std::size_t major, std::uint64_t n) {
    if (n < 24 && Below(2) == 0) return Byte(major << 5 | n);
    const std::size_t log = n < 256 ? Below(4) : 1 + Below(3);
    return Byte(major << 5 | (24 + log)) + Big(n, std::size_t{1} << log);
  }
  std::string CborString(std::size_t major) {
    const std::string body = Any(Below(8) == 0 ? 400 : 20);
    return CborHead(major, body.size()) + body;
  }
  std::string Cbor(std::size_t depth) {
    const auto values = [&](std::size_t n) {
      std::string all;
      while (n-- > 0) all += Cbor(depth - 1);
      return all;
    };
    const std::size_t n = Below(4);
    switch (Below(depth == 0 ? 4 : 9)) {
      case 0:
        return CborHead(Below(2), random_() >> Below(56) & 0xff);
      case 1:
        return Pick({"\xf4", "\xf6", "\xf8\x20", "\xf8\xff", "\xf9\x3c\xff", "\xfa\xff\xff\xff\xff",
                     "\xfb\xff\xff\xff\xff\xff\xff\xff\xff", "\xe0"});
      case 2:
        return CborString(2 + Below(2));
      case 3: {
        const std::size_t major = 2 + Below(2);
        std::string text = Byte(major << 5 | 31);
        for (std::size_t i = 0; i < n; ++i) text += CborString(major);
        return text + "\xff";
      }
      case 4:
        return CborHead(4, n) + values(n);
      case 5:
        return CborHead(5, n) + values(2 * n);
      case 6:
        return CborHead(6, Below(300)) + values(1);
      case 7:
        return "\x9f" + values(n) + "\xff";
      default:
        return "\xbf" + values(2 * n) + "\xff";
    }
  }

  std::string BencodeString() {
    const std::string body = Any(Below(8) == 0 ? 200 : 12);
    return std::to_string(body.size()) + ":" + body;
  }
  std::string Bencode(std::size_t depth) {
    std::string text;
    const std::size_t n = Below(4);
    switch (Below(depth == 0 ? 2 : 4)) {
      case 0:
        return Pick({"i0e", "i-1e", "i42e", "i123456789012345678901234567890e"});
      case 1:
        return BencodeString();
      case 2:
        for (std::size_t i = 0; i < n; ++i) text += Bencode(depth - 1);
        return "l" + text + "e";
      default:
        for (std::size_t i = 0; i < n; ++i) text += BencodeString() + Bencode(depth - 1);
        return "d" + text + "e";
    }
  }

  std::string Ber(std::size_t depth) {
    std::string contents;
    const bool indefinite = depth > 0 && Below(2) == 0;
    if (depth > 0) {
      for (std::size_t n = Below(4); n > 0; --n) contents += Ber(depth - 1);
    } else {
      contents = Any(Below(6) == 0 ? 300 : 10);
    }
    const std::size_t constructed = depth > 0 ? 0x20 : 0;
    std::string tag = Byte(constructed | (1 + Below(30)) | Below(4) << 6);
    if (Below(4) == 0) tag = Byte(constructed | 0x5f) + Pick({"\x01", "\x81\x01", "\xff\xff\x7f"});
    if (indefinite) return tag + "\x80" + contents + std::string(2, '\0');
    const std::size_t size = contents.size();
    if (size < 0x80 && Below(2) == 0) return tag + Byte(size) + contents;
    const std::size_t width = (size < 0x100 ? 1 : size < 0x10000 ? 2 : 3) + Below(8);
    return tag + Byte(0x80 | width) + Big(size, width) + contents;
  }

  std::mt19937_64 random_;
};

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_CORE_WALKER_VALUES_H_
