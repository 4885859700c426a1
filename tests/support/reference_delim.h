// The contract's `delim` and `line` kinds, decoded slowly.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_DELIM_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_DELIM_H_

#include <string>
#include <vector>

#include "tests/support/reference_event.h"

namespace reference {

struct Delim {
  std::vector<std::string> ends = {"\n", "\r\n"};  // eol=lf
  std::vector<std::string> starts = {};
  bool keep = false;
  bool skip_empty = false;
  std::size_t trailer = 0;
  std::string tail = "error";
  Wide min = 0;
  Wide max = 8 << 20;
};

struct Mark {
  bool found = false;
  std::size_t at = 0;
  std::size_t size = 0;
};

// The end mark that starts earliest at or behind `from`; of those at one place, the first listed.
inline Mark FirstMark(const Delim& spec, const std::string& bytes, std::size_t from) {
  for (std::size_t at = from; at < bytes.size(); ++at) {
    for (const std::string& end : spec.ends) {
      if (bytes.compare(at, end.size(), end) == 0) return {true, at, end.size()};
    }
  }
  return {};
}

// Could bytes that are yet to come make an end mark that starts at `at`?
inline bool MarkPossible(const Delim& spec, const std::string& bytes, std::size_t at) {
  const std::string seen = bytes.substr(at);
  for (const std::string& end : spec.ends) {
    if (end.compare(0, seen.size(), seen) == 0 && seen.size() < end.size()) return true;
  }
  return false;
}

// What the bytes at `at`, a frame's first, turn out to be.
struct Verdict {
  std::string code;  // empty: a frame
  std::size_t wire_size = 0;
  std::size_t payload_size = 0;  // as delivered; it starts behind the start mark
  bool pass_over = false;        // a frame that is not delivered
  std::size_t needed = 0;        // "truncated": the frame's size where known
};

inline Verdict JudgeStart(const Delim& spec, const std::string& rest) {
  const std::size_t size = spec.starts.front().size();
  for (const std::string& start : spec.starts) {
    if (start.substr(0, rest.size()) == rest.substr(0, size)) {
      if (rest.size() >= size) return {};
      return spec.tail == "drop" ? Verdict{"", rest.size(), 0, true} : Verdict{"truncated"};
    }
  }
  return {"bad_magic"};
}

inline Verdict JudgeTail(const Delim& spec, std::size_t start, std::size_t size) {
  if (spec.tail == "error") return {"truncated"};
  if (spec.tail == "drop") return {"", start + size, 0, true};
  if (Wide(size) > spec.max || Wide(size) > kGiB) return {"payload_too_large"};
  if (size == 0 && spec.skip_empty) return {"", start + size, 0, true};
  if (Wide(size) < spec.min) return {"payload_too_small"};
  return {"", start + size, size};
}

inline Verdict Judge(const Delim& spec, const std::string& rest) {
  std::size_t start = 0;
  if (!spec.starts.empty()) {
    const Verdict verdict = JudgeStart(spec, rest);
    if (!verdict.code.empty() || verdict.pass_over) return verdict;
    start = spec.starts.front().size();
  }
  const Mark mark = FirstMark(spec, rest, start);
  const std::size_t size = (mark.found ? mark.at : rest.size()) - start;
  if (Wide(size) > spec.max && !mark.found) {
    bool undecided = false;
    for (Wide at = 0; at <= spec.max; ++at) {
      undecided |= MarkPossible(spec, rest, start + static_cast<std::size_t>(at));
    }
    return undecided ? JudgeTail(spec, start, size) : Verdict{"payload_too_large"};
  }
  if (!mark.found) return JudgeTail(spec, start, size);
  if (Wide(size) > spec.max) return {"payload_too_large"};
  const bool pass_over = size == 0 && spec.skip_empty;
  if (Wide(size) < spec.min && !pass_over) return {"payload_too_small"};
  const std::size_t wire_size = start + size + mark.size + spec.trailer;
  if (wire_size > rest.size()) return {"truncated", 0, 0, false, wire_size};
  return {"", wire_size, size + (spec.keep ? mark.size : 0), pass_over};
}

// How much of `rest` goes with an over-long frame: through the next end mark and its trailer.
inline std::size_t DropSize(const Delim& spec, const std::string& rest) {
  const std::size_t start = spec.starts.empty() ? 0 : spec.starts.front().size();
  const Mark mark = FirstMark(spec, rest, start + static_cast<std::size_t>(spec.max) + 1);
  if (!mark.found) return rest.size();
  const std::size_t size = mark.at + mark.size + spec.trailer;
  return size < rest.size() ? size : rest.size();
}

inline Events Decode(const Delim& spec, const std::string& bytes, Mode mode) {
  Events events;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string rest = bytes.substr(at);
    const Verdict verdict = Judge(spec, rest);
    if (verdict.code == "payload_too_large" && mode != Mode::kFail) {
      const std::size_t drop = DropSize(spec, rest);
      events.push_back(Gap(at, drop, verdict.code));
      at += drop;
      continue;
    }
    if (verdict.code == "truncated") {
      events.push_back(Truncated(at, rest.size(), verdict.needed));
      return events;
    }
    if (!verdict.code.empty()) {
      events.push_back(Error(at, verdict.code));
      return events;
    }
    if (!verdict.pass_over) {
      const std::size_t start = spec.starts.empty() ? 0 : spec.starts.front().size();
      events.push_back(Frame(at, verdict.wire_size, rest.substr(start, verdict.payload_size)));
    }
    at += verdict.wire_size;
  }
  events.push_back(End(at));
  return events;
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_DELIM_H_
