// Lines of names and values, read slowly from text that is all there: header blocks and the
// trailers of chunked bodies.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_FIELDS_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_FIELDS_H_

#include <string>
#include <vector>

#include "tests/support/reference_found.h"

namespace reference {

inline std::string Small(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

struct FieldLines {
  std::vector<std::string> length = {};
  std::string coding = "";
  std::vector<std::string> bodiless = {};
  std::string eof = "";
  std::string version = "";
  bool nocase = false;
  std::string start_line = "";  // none; "-": there is none and must be none, in trailers
  std::string names = "";       // padded, octets
  std::string values = "";      // quoted, octets
  std::string fold = "";        // responses, always
  bool lf = false;
};

// What a block has said.
struct Told {
  std::string code = "";  // "truncated": it is not all there
  std::size_t end = 0;    // behind the empty line
  Wide length = -1;
  bool coded = false, chunked = false;
  bool response = false, bodiless = false, to_end = false, old = false;
};

inline bool Blank(char c) { return c == ' ' || c == '\t'; }

inline std::string Bare(std::string text) {
  while (!text.empty() && Blank(text.back())) text.pop_back();
  while (!text.empty() && Blank(text.front())) text.erase(0, 1);
  return text;
}

inline bool NameByte(const FieldLines& h, char c) {
  if (h.names == "octets") return c != '\0' && c != '\r' && c != '\n' && c != ':';
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && std::string("!#$%&'*+-.^_`|~").find(c) != std::string::npos);
}

inline bool ValueByte(const FieldLines& h, const std::string& text, std::size_t i) {
  const auto c = static_cast<unsigned char>(text[i]);
  if ((c >= 32 && c != 127) || c == '\t') return true;
  if (h.values == "quoted") return i > 0 && text[i - 1] == '\\';
  return h.values == "octets" && c != 0;
}

// Where `text` stops being a name and blanks that may follow it; at its colon, if it is a field.
inline std::size_t NameEnd(const FieldLines& h, const std::string& text) {
  std::size_t i = 0;
  while (i < text.size() && NameByte(h, text[i])) ++i;
  while (i > 0 && h.names == "padded" && i < text.size() && Blank(text[i])) ++i;
  return i;
}

inline std::string WordAt(const std::string& line, std::size_t index) {
  std::vector<std::string> words = {""};
  for (const char c : line) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return index < words.size() ? words[index] : "";
}

inline bool Begins(const std::string& text, const std::string& mark, bool nocase) {
  if (mark.empty()) return false;
  const std::string front = text.substr(0, mark.size());
  return nocase ? Small(front) == Small(mark) : front == mark;
}

inline std::string ReadStartLine(const FieldLines& h, const std::string& line, Told& said) {
  std::string last = Bare(line);
  if (last.find_last_of(" \t") == std::string::npos) last = "";
  last = last.substr(last.find_last_of(" \t") + 1);
  const std::string first = WordAt(line, 0);
  said.response = Begins(line, h.version, h.nocase) || Begins(line, h.eof, false);
  if (h.version.empty() && h.eof.empty()) said.response = first.find('/') != std::string::npos;
  if (!h.version.empty() && !said.response && !Begins(last, h.version, h.nocase)) {
    return "bad_header";
  }
  const std::string version = said.response ? first : last;
  const auto digit = [](const std::string& text, std::size_t i) {
    return i < text.size() && Digit(text[i], 10) >= 0;
  };
  if (Begins(version, h.version, h.nocase)) {
    const std::string number = version.substr(h.version.size());
    const bool two = number.size() == 3 && digit(number, 0) && number[1] == '.' && digit(number, 2);
    if (h.version.back() == '/' && !two) return "bad_header";
    const std::string status = line.substr(std::min(first.size() + 1, line.size()));
    const bool three = digit(status, 0) && digit(status, 1) && digit(status, 2) &&
                       (status.size() == 3 || status[3] == ' ');
    if (said.response && !three) return "bad_header";
    said.old = number == "1.0" || number.substr(0, 2) == "0.";
  } else if (said.response && !h.bodiless.empty() && line.substr(first.size(), 2) == "  ") {
    return "bad_header";
  }
  said.to_end = Begins(line, h.eof, false);
  std::string word = WordAt(line, 1);
  if (line.find(' ') == std::string::npos) word = WordAt(line, 0);
  for (const std::string& known : h.bodiless) {
    bool same = word.size() == known.size();
    for (std::size_t i = 0; same && i < word.size(); ++i) {
      same = word[i] == known[i] || (known[i] == 'x' && Digit(word[i], 10) >= 0);
    }
    said.bodiless |= same && said.response;
  }
  return "";
}

// "chunked" at the end of a clean list: 1; clean and without it: 0; anything else: -1.
inline int LastChunked(const std::string& codings) {
  std::vector<std::string> list = {""};
  for (const char c : Small(codings)) {
    if (c == ',') {
      list.emplace_back();
    } else {
      list.back() += c;
    }
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string coding = Bare(list[i]);
    if (coding.empty()) return -1;
    if (coding == "chunked") return i + 1 == list.size() ? 1 : -1;
    if (coding.substr(0, coding.find_first_of(" \t;")) == "chunked") return -1;
  }
  return 0;
}

// A field's text, folded lines joined, as far as it is there.
inline std::string ReadField(const FieldLines& h, const std::string& text, bool whole, Told& said) {
  const std::size_t colon = NameEnd(h, text);
  if (colon == text.size()) return whole || colon == 0 ? "bad_header" : "";
  if (text[colon] != ':' || colon == 0) return "bad_header";
  const std::string name =
      Small(h.names == "padded" ? Bare(text.substr(0, colon)) : text.substr(0, colon));
  bool is_length = false;
  for (const std::string& known : h.length) is_length |= Small(known) == name;
  const bool is_coding = !is_length && !h.coding.empty() && Small(h.coding) == name;
  if (is_length && h.start_line == "-") return "bad_header";
  if (is_length && (said.coded || said.length >= 0)) return "bad_header";
  if (is_coding && (said.chunked || said.length >= 0)) return "bad_header";
  for (const std::string& known : h.length) {  // a name for some readers alone
    if (h.names == "octets" && !is_length && Bare(name) == Small(known)) return "bad_header";
  }
  Wide number = -1;
  bool behind = false;
  for (std::size_t i = colon + 1; i < text.size(); ++i) {
    if (!ValueByte(h, text, i)) return "bad_header";
    if (!is_length) continue;
    if (Blank(text[i])) {
      behind = number >= 0;
      continue;
    }
    if (behind || Digit(text[i], 10) < 0) return "bad_header";
    number = (number < 0 ? 0 : number) * 10 + Digit(text[i], 10);
    if (number >= Wide{1} << 64) return "malformed_length";
  }
  if (!whole) return "";
  if (is_length && number < 0) return "bad_header";
  if (is_length) said.length = number;
  if (!is_coding) return "";
  const int last = LastChunked(text.substr(colon + 1));
  said.coded = true;
  said.chunked = last == 1;
  return last < 0 || said.old ? "bad_header" : "";
}

// The block that starts at `begin`.
inline Told ReadBlock(const FieldLines& h, const std::string& bytes, std::size_t begin,
                      std::size_t most) {
  Told said;
  const std::string text = bytes.substr(0, begin + most);
  const auto ends = [&](const std::string& code) {
    said.code = code.empty() ? text.size() == begin + most ? "bad_header" : "truncated" : code;
    return said;
  };
  std::string field;  // in progress, if folded lines may follow
  bool open = false;
  bool first = h.start_line != "-";
  for (std::size_t at = begin;;) {
    if (at == text.size()) return ends("");
    const bool folds = h.fold == "always" || (h.fold == "responses" && said.response);
    const bool blank = Blank(text[at]) && h.names != "octets";
    if (first && Blank(text[at])) return ends("bad_header");
    if (!first && blank && !(open && folds)) return ends("bad_header");
    if (open && !blank) {
      const std::string code = ReadField(h, field, true, said);
      if (!code.empty()) return ends(code);
      open = false;
    }
    const std::size_t stop = std::min(text.find_first_of("\r\n", at), text.size());
    const std::string line = text.substr(at, stop - at);
    const bool is_last = line.empty();
    // What of it is there may be wrong already.
    bool starts = false;
    if (first && !is_last) {
      const std::size_t shown = NameEnd(h, line);
      starts = shown == line.size() || line[shown] != ':' || shown == 0;
      if (h.start_line == "none") starts = false;
      for (std::size_t i = shown; starts && i < line.size(); ++i) {
        if (!ValueByte(h, line, i)) return ends("bad_header");
      }
    }
    if (!starts && !is_last) {
      field = blank ? field + " " + line : line;
      Told trial = said;
      const std::string code = ReadField(h, field, false, trial);
      if (!code.empty()) return ends(code);
      if (blank && Bare(line).empty() && stop < text.size()) return ends("bad_header");
    }
    if (stop == text.size()) return ends("");
    std::size_t next = stop + 1;
    if (text[stop] == '\r') {
      if (next == text.size()) return ends("");
      if (text[next++] != '\n') return ends("bad_header");
    } else if (!h.lf) {
      return ends("bad_header");
    }
    if (is_last && first) return ends("bad_header");
    const bool to_end = said.response && said.to_end;
    if (is_last && said.coded && !said.chunked && !to_end) return ends("bad_header");
    if (is_last) {
      said.end = next;
      return said;
    }
    if (starts) {
      const std::string code = ReadStartLine(h, line, said);
      if (!code.empty()) return ends(code);
    } else if (h.fold == "always" || (h.fold == "responses" && said.response)) {
      if (NameEnd(h, field) == field.size()) return ends("bad_header");  // no colon
      open = true;
    } else {
      const std::string code = ReadField(h, field, true, said);
      if (!code.empty()) return ends(code);
    }
    first = false;
    at = next;
  }
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_FIELDS_H_
