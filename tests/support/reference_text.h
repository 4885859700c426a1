// The contract's counted lines, header blocks and frames with a start mark alone, decoded slowly.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_TEXT_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_TEXT_H_

#include <string>
#include <vector>

#include "tests/support/reference_delim.h"
#include "tests/support/reference_found.h"
#include "tests/support/reference_parts.h"

namespace reference {

// `delim` with end marks, and `line` without a count, which is that with marks of its own.
struct Marked {
  Delim delim = {};
  std::string line = "";  // the word for its end, if this is a `line`

  std::string Text(const std::string& limits) const {
    std::string text;
    std::string before = ",end=";
    for (const std::string& end : delim.ends) {
      if (line.empty()) text += before + HexPairs(end);
      before = "|";
    }
    if (!line.empty() && line != "lf") text += ",eol=" + line;
    before = ",start=";
    for (const std::string& start : delim.starts) {
      text += before + HexPairs(start);
      before = "|";
    }
    if (delim.keep) text += ",keep";
    if (delim.skip_empty) text += ",skip-empty";
    text += Said("trailer", static_cast<long>(delim.trailer), 0);
    if (delim.tail != "error") text += ",tail=" + delim.tail;
    return KindText(line.empty() ? "delim" : "line", text + limits);
  }
};

inline Found Judge(const Marked& m, const Limits& limits, const std::string& rest) {
  Delim delim = m.delim;
  delim.min = limits.min;
  delim.max = limits.max;
  const Verdict kept = Judge(delim, rest);
  delim.keep = false;
  const Verdict verdict = Judge(delim, rest);
  const std::size_t start = delim.starts.empty() ? 0 : delim.starts.front().size();
  Found found{.code = verdict.code,
              .wire = verdict.wire_size,
              .header = start,
              .filler = verdict.pass_over,
              .needed = verdict.needed};
  if (verdict.code == "payload_too_large") found.known_end = Wide(DropSize(delim, rest));
  if (verdict.code.empty() && !found.filler) {
    found.payload = rest.substr(start, verdict.payload_size);
    const std::size_t end = start + verdict.payload_size;
    found.behind = rest.substr(end, kept.payload_size - verdict.payload_size);
  }
  return found;
}

// `delim` with one start mark and no end: up to the next start, or the end of the input.
struct Started {
  std::string start = "";
  std::string Options() const { return ",start=" + HexPairs(start); }
};

inline Found Judge(const Started& s, const Limits& limits, const std::string& rest) {
  const std::size_t size = s.start.size();
  for (std::size_t i = 0; i < size && i < rest.size(); ++i) {
    if (rest[i] != s.start[i]) return Wrong("bad_magic");
  }
  if (rest.size() < size) return CutOff();
  std::size_t end = rest.find(s.start, size);
  if (end == std::string::npos) end = rest.size();
  const std::string beyond = Beyond(limits, Wide(end - size));
  if (!beyond.empty()) return Wrong(beyond);
  return {.wire = end, .header = size, .payload = rest.substr(size, end - size)};
}

// `line` with bodies that are counted.
struct Counted {
  struct Verb {
    std::string name;
    int token = 99;  // 99: the one that all have
  };
  std::string eol = "lf";
  bool keep = false;
  std::vector<Verb> verbs = {};
  int token = 99;  // 99: none
  std::string open = "", close = "";
  int trailer = 0;
  std::string constant = "";  // the trailer, where it is checked

  std::string Options() const {
    std::string text = eol == "lf" ? "" : ",eol=" + eol;
    if (keep) text += ",keep";
    std::string before = ",verbs=";
    for (const Verb& verb : verbs) {
      text += before + verb.name;
      if (verb.token != 99) text += "@" + std::to_string(verb.token);
      before = "|";
    }
    if (token != 99) text += ",count=token[" + std::to_string(token) + "]";
    if (!close.empty()) text += ",count=tail('" + open + "','" + close + "')";
    return text + SaidTrailer(trailer, constant);
  }
};

inline std::vector<std::string> Words(const std::string& line) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : line) {
    const bool space = c == ' ' || c == '\t';
    if (!space && !inside) words.emplace_back();
    if (!space) words.back() += c;
    inside = !space;
  }
  return words;
}

// A digit, behind spaces and a sign or not.
inline bool MeantAsNumber(const std::string& text) {
  std::size_t at = text.find_first_not_of(" \t");
  if (at != std::string::npos && (text[at] == '+' || text[at] == '-')) ++at;
  return at < text.size() && Digit(text[at], 10) >= 0;
}

// How many bytes a line announces; -1: it announces none, -2: it should and does not.
inline Wide Announced(const Counted& c, const std::string& line) {
  if (!c.close.empty()) {
    if (line.size() < c.close.size() || line.substr(line.size() - c.close.size()) != c.close) {
      return -1;
    }
    const std::string rest = line.substr(0, line.size() - c.close.size());
    const std::size_t open = rest.rfind(c.open);
    if (open == std::string::npos) return -1;
    std::string digits = rest.substr(open + c.open.size());
    if (!digits.empty() && digits != "+" && !MeantAsNumber(digits)) return -1;
    if (!digits.empty() && digits.back() == '+') digits.pop_back();
    const Wide number = Digits(digits, 10);
    return number < 0 || number >= Wide{1} << 64 ? -2 : number;
  }
  const std::vector<std::string> words = Words(line);
  int token = c.token;
  if (!c.verbs.empty()) {
    bool listed = false;
    for (const Counted::Verb& verb : c.verbs) {
      if (listed || words.empty() || words[0] != verb.name) continue;
      listed = true;
      if (verb.token != 99) token = verb.token;
    }
    if (!listed) return -1;
  }
  const int index = token < 0 ? static_cast<int>(words.size()) + token : token;
  if (index < 0 || index >= static_cast<int>(words.size())) return c.verbs.empty() ? -1 : -2;
  const std::string& word = words[static_cast<std::size_t>(index)];
  if (c.verbs.empty() && !MeantAsNumber(word)) return -1;
  const Wide number = Digits(word, 10);
  return number < 0 || number >= Wide{1} << 64 ? -2 : number;
}

inline Found Judge(const Counted& c, const Limits& limits, const std::string& rest) {
  const auto most = static_cast<std::size_t>(limits.max < kGiB ? limits.max : kGiB);
  std::size_t from = 0;
  for (;;) {
    // The line's text is [from, text_end), its end mark ends at `end`.
    std::size_t text_end = 0, end = 0;
    for (std::size_t i = from; i < rest.size() && end == 0; ++i) {
      if (c.eol == "crlf-only" && i <= most) {  // neither stands without the other
        const bool open = i + 1 == rest.size();
        if (rest[i] == '\r' && !open && rest[i + 1] != '\n') return Wrong("bad_magic");
        if (rest[i] == '\n' && (i == from || rest[i - 1] != '\r')) return Wrong("bad_magic");
      }
      if (rest[i] != '\n') continue;
      const bool cr = i > from && rest[i - 1] == '\r';
      if (c.eol.starts_with("crlf") && !cr) continue;
      text_end = cr && c.eol != "lf-only" ? i - 1 : i;
      end = i + 1;
    }
    Found too_large = Wrong("payload_too_large");
    too_large.known_end = -1;  // somewhere behind the limit; see Decode()
    if (end == 0) {
      const bool open = rest.size() <= most || (rest.size() == most + 1 && rest[most] == '\r' &&
                                                most >= from && c.eol != "lf-only");
      return open ? CutOff() : too_large;
    }
    if (text_end > most) return too_large;
    const Wide number = Announced(c, rest.substr(from, text_end - from));
    if (number == -2) return Wrong("malformed_length");
    if (number < 0 || number >= Wide{1} << 64) {
      const std::string beyond = Beyond(limits, Wide(text_end));
      if (!beyond.empty()) return Wrong(beyond);
      return {.wire = end, .payload = rest.substr(0, c.keep ? end : text_end)};
    }
    const Wide payload = Wide(end) + number;
    if (c.close.empty()) {
      const Wide wire = payload + TrailerSize(c.trailer, c.constant);
      return EndsWith(Sized(rest, limits, 0, payload, wire), rest, payload, c.constant);
    }
    if (payload > limits.max) return Wrong("payload_too_large");
    if (payload >= Wide(rest.size())) return CutOff();
    from = static_cast<std::size_t>(payload);
  }
}

// `headers`.
struct Headers {
  std::vector<std::string> length = {"Content-Length"};
  int if_missing = -1;
  std::string chunked = "";
  std::string until = "";
  std::vector<std::string> bodiless = {};
  std::string eof = "";
  std::string skip = "";  // eol, crlf
  bool lf = false;
  int trailer = 0;
  std::string constant = "";  // the trailer, where it is checked
  int max_header = 64 << 10;
  std::string version = "";
  bool nocase = false;
  std::string start_line = "", names = "", values = "", fold = "";

  std::string Options() const {
    std::string text;
    const auto word = [&text](const std::string& key, const std::string& value) {
      if (!value.empty()) text += "," + key + "=" + value;
    };
    word("start-line", start_line);
    word("names", names);
    word("values", values);
    word("fold", fold);
    if (!version.empty()) text += ",version='" + version + "'";
    if (nocase) text += ",nocase";
    std::string before = ",length=";
    for (const std::string& name : length) {
      text += before + name;
      before = "|";
    }
    text += Said("default", if_missing, -1);
    if (!chunked.empty()) text += ",chunked=" + chunked;
    if (!until.empty()) text += ",else=until(" + HexPairs(until) + ")";
    if (!skip.empty()) text += ",skip=" + skip;
    for (std::size_t i = 0; i < bodiless.size(); ++i) {
      text += (i == 0 ? ",bodiless=" : "|") + bodiless[i];
    }
    if (!eof.empty()) text += ",eof='" + eof + "'";
    if (lf) text += ",eol=lf";
    return text + SaidTrailer(trailer, constant) + Said("max-header", max_header, 64 << 10);
  }
};

inline Found Judge(const Headers& h, const Limits& limits, const std::string& rest) {
  if (!h.skip.empty()) {
    if (h.skip == "eol" && rest[0] == '\n') return Filler(1);
    if (rest == "\r") return CutOff();
    if (rest.substr(0, 2) == "\r\n") return Filler(2);
  }
  const FieldLines rules{.length = h.length,
                         .coding = h.chunked,
                         .bodiless = h.bodiless,
                         .eof = h.eof,
                         .version = h.version,
                         .nocase = h.nocase,
                         .start_line = h.start_line,
                         .names = h.names,
                         .values = h.values,
                         .fold = h.fold,
                         .lf = h.lf || h.skip == "eol"};
  const auto most = static_cast<std::size_t>(h.max_header);
  const Told said = ReadBlock(rules, rest, 0, most);
  if (!said.code.empty()) return Wrong(said.code);
  const std::size_t body = said.end;
  if (said.chunked && !said.bodiless) {
    std::vector<std::string> refused = {"Content-Length", "Transfer-Encoding", h.chunked};
    for (const std::string& name : h.length) refused.push_back(name);
    const Chunks chunks{.ascii = 16, .until = "\r\n", .trailer = "\r\n"};
    return JudgeChunks(chunks, limits, rest, body, most, refused);
  }
  Wide length = said.bodiless ? 0 : said.length;
  if (length == -1 && said.to_end) length = -3;
  if (length == -1 && h.until.empty()) {
    length = h.if_missing < 0 && !h.chunked.empty() ? 0 : h.if_missing;
    if (length == -1) return Wrong("bad_header");
  }
  if (length >= 0) {
    const Wide end = Wide(body) + length;
    const Wide wire = end + TrailerSize(h.trailer, h.constant);
    return EndsWith(Sized(rest, limits, Wide(body), length, wire), rest, end, h.constant);
  }
  if (length == -3) {
    const Wide size = Wide(rest.size() - body);
    return Beyond(limits, size).empty() ? Sized(rest, limits, Wide(body), size, Wide(rest.size()))
                                        : Wrong(Beyond(limits, size));
  }
  const std::size_t hit = rest.find(h.until, body);
  const bool open = Wide(rest.size() - body) < limits.max + Wide(h.until.size());
  if (hit == std::string::npos) return open ? CutOff() : Wrong("payload_too_large");
  const Wide trailer = TrailerSize(h.trailer, h.constant);
  const Wide wire = Wide(hit) + (trailer > 0 ? trailer : Wide(h.until.size()));
  return EndsWith(Sized(rest, limits, Wide(body), Wide(hit - body), wire), rest, Wide(hit),
                  h.constant);
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_TEXT_H_
