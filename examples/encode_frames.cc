// Payloads become frames at the end of a buffer; what the framing cannot carry is refused.

#include <algorithm>
#include <iostream>
#include <string>

#include "unstick/unstick.h"

using unstick::AppendFrame;
using unstick::AsBytes;
using unstick::AsText;
using unstick::ByteSpan;
using unstick::DelimiterFramer;
using unstick::StreamBuffer;

int main() {
  const DelimiterFramer framer({.ends = {"||"}});
  StreamBuffer out;

  // A payload that exists is copied behind what is there. One that does not is written in place.
  if (AppendFrame(framer, AsBytes("hello"), out)) return 1;
  const auto write_payload = [](ByteSpan place) { std::fill_n(place.begin(), 3, std::byte{'z'}); };
  if (AppendFrame(framer, 3, write_payload, out)) return 1;

  // "a|" with "||" behind it would be read as "a", with a stray '|' in front of the next message.
  if (const auto refused = AppendFrame(framer, AsBytes("a|"), out)) {
    std::cout << refused->ToString() << '\n';
  }
  std::cout << AsText(out.readable()) << '\n';
}

// Output:
//   unencodable: the framing cannot carry this payload: its bytes would not be read back
//   hello||zzz||
