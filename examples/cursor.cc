// Messages in bytes that are all there: a datagram, a mapped file, a test. Nothing is copied.

#include <iostream>
#include <string>

#include "unstick/unstick.h"

using unstick::AsBytes;
using unstick::DecodeResult;
using unstick::DelimiterFramer;
using unstick::FrameCursor;

int main() {
  const std::string log = "one\r\ntwo\n\nfour\n";

  const DelimiterFramer lines;  // LF ends a line, and one CR before it is dropped
  FrameCursor cursor(lines, AsBytes(log));
  DecodeResult line = cursor.Next();
  for (; line; line = cursor.Next()) {
    std::cout << line->stream_offset() << ": '" << line->text() << "'\n";
  }
  if (line.kind() == DecodeResult::Kind::kError) std::cout << line.error().ToString() << '\n';
}

// Output:
//   0: 'one'
//   5: 'two'
//   9: ''
//   10: 'four'
