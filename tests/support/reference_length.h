// The contract's `length`, `varint` and `fixed` kinds, decoded slowly.

#ifndef UNSTICK_TESTS_SUPPORT_REFERENCE_LENGTH_H_
#define UNSTICK_TESTS_SUPPORT_REFERENCE_LENGTH_H_

#include <string>

#include "tests/support/reference_event.h"

namespace reference {

struct Length {
  int offset = 0;
  int width = 4;
  bool little = false;
  std::string counts = "after";
  long adjust = 0;
  int header = -1;  // -1: offset + width
  int align = 1;
  int trailer = 0;
  int strip = -1;  // -1: header
  Wide min = 0;
  Wide max = 8 << 20;
};

// What is wrong with a length, or how large its frame is.
struct Judged {
  std::string code;  // empty: nothing
  Wide payload_end = 0;
  Wide wire_size = 0;
};

inline Judged Judge(const Length& spec, const std::string& bytes, std::size_t at) {
  Wide raw = 0;
  for (int i = 0; i < spec.width; ++i) {
    const int byte = spec.little ? spec.width - 1 - i : i;
    raw = raw * 256 + static_cast<unsigned char>(bytes[at + std::size_t(spec.offset + byte)]);
  }
  const Wide header = spec.header < 0 ? spec.offset + spec.width : spec.header;
  const Wide strip = spec.strip < 0 ? header : Wide{spec.strip};
  Wide end = raw + spec.adjust;
  if (spec.counts == "after") end += spec.offset + spec.width;
  if (spec.counts == "payload") end += header;
  if (end < header) return {"length_below_header"};
  const Wide payload = end - header;
  if (payload > spec.max || payload > kGiB) {
    return {"payload_too_large", end, RoundUp(end, spec.align) + spec.trailer};
  }
  if (payload < spec.min) return {"payload_too_small"};
  if (strip > end) return {"malformed_length"};
  return {"", end, RoundUp(end, spec.align) + spec.trailer};
}

inline Events Decode(const Length& spec, const std::string& bytes, Mode mode) {
  Events events;
  const std::size_t strip = static_cast<std::size_t>(
      spec.strip >= 0 ? spec.strip : (spec.header < 0 ? spec.offset + spec.width : spec.header));
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t left = bytes.size() - at;
    if (left < static_cast<std::size_t>(spec.offset + spec.width)) {
      events.push_back(Truncated(at, left));
      return events;
    }
    const Judged judged = Judge(spec, bytes, at);
    if (judged.code == "payload_too_large" && mode != Mode::kFail) {
      const std::size_t drop =
          judged.wire_size > Wide(left) ? left : static_cast<std::size_t>(judged.wire_size);
      events.push_back(Gap(at, drop, judged.code));
      at += drop;
      continue;
    }
    if (!judged.code.empty()) {
      events.push_back(Error(at, judged.code));
      return events;
    }
    const auto wire_size = static_cast<std::size_t>(judged.wire_size);
    if (wire_size > left) {
      events.push_back(Truncated(at, left, wire_size));
      return events;
    }
    const auto payload_end = static_cast<std::size_t>(judged.payload_end);
    events.push_back(Frame(at, wire_size, bytes.substr(at + strip, payload_end - strip)));
    at += wire_size;
  }
  events.push_back(End(at));
  return events;
}

struct Varint {
  int offset = 0;
  int max_bytes = 5;
  bool lenient = false;
  int trailer = 0;
  Wide min = 0;
  Wide max = 8 << 20;
};

inline Events Decode(const Varint& spec, const std::string& bytes, Mode mode) {
  Events events;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t left = bytes.size() - at;
    std::size_t used = static_cast<std::size_t>(spec.offset);  // bytes of the frame looked at
    Wide payload = 0;
    Wide weight = 1;
    std::string code;
    bool complete = false;
    for (int digit = 1; !complete && code.empty() && used < left; ++digit, ++used) {
      const int value = static_cast<unsigned char>(bytes[at + used]);
      payload += weight * (value % 128);
      weight *= 128;
      complete = value < 128;
      if (payload >= Wide{1} << 64) code = "malformed_length";
      if (complete && value == 0 && digit > 1 && !spec.lenient) code = "malformed_length";
      if (!complete && digit == spec.max_bytes) code = "malformed_length";
    }
    if (!complete && code.empty()) {
      events.push_back(Truncated(at, left));
      return events;
    }
    const Wide wire_size = Wide(used) + payload + spec.trailer;
    if (code.empty() && (payload > spec.max || payload > kGiB)) code = "payload_too_large";
    if (code.empty() && payload < spec.min) code = "payload_too_small";
    if (code == "payload_too_large" && mode != Mode::kFail) {
      const std::size_t drop = wire_size > Wide(left) ? left : static_cast<std::size_t>(wire_size);
      events.push_back(Gap(at, drop, code));
      at += drop;
      continue;
    }
    if (!code.empty()) {
      events.push_back(Error(at, code));
      return events;
    }
    if (wire_size > Wide(left)) {
      events.push_back(Truncated(at, left, static_cast<std::size_t>(wire_size)));
      return events;
    }
    events.push_back(Frame(at, static_cast<std::size_t>(wire_size),
                           bytes.substr(at + used, static_cast<std::size_t>(payload))));
    at += static_cast<std::size_t>(wire_size);
  }
  events.push_back(End(at));
  return events;
}

struct Fixed {
  std::size_t size = 1;
  std::string sync = "";
};

inline Events Decode(const Fixed& spec, const std::string& bytes, Mode) {
  Events events;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string record = bytes.substr(at, spec.size);
    if (record.substr(0, spec.sync.size()) != spec.sync.substr(0, record.size())) {
      events.push_back(Error(at, "bad_magic"));
      return events;
    }
    if (record.size() < spec.size) {
      events.push_back(Truncated(at, record.size(), spec.size));
      return events;
    }
    events.push_back(Frame(at, spec.size, record));
    at += spec.size;
  }
  events.push_back(End(at));
  return events;
}

}  // namespace reference

#endif  // UNSTICK_TESTS_SUPPORT_REFERENCE_LENGTH_H_
