// Splits standard input into its messages: a decoder and nothing else, no library I/O.

#include <unistd.h>

#include <iostream>

#include "unstick/unstick.h"

using unstick::ByteSpan;
using unstick::DecodeResult;
using unstick::FrameDecoder;
using unstick::FrameView;
using unstick::LengthFieldFramer;

int main() {
  // Four bytes of length in network byte order, then the payload, at most 8 MiB of it.
  FrameDecoder decoder{LengthFieldFramer()};
  for (;;) {
    const ByteSpan room = decoder.Prepare();  // the read lands in the decoder's own memory
    const ssize_t n = ::read(STDIN_FILENO, room.data(), room.size());
    if (n < 0) return 4;
    if (n == 0) decoder.Finish();
    decoder.Commit(static_cast<std::size_t>(n));

    DecodeResult next = decoder.Drain(
        [](const FrameView& frame) { std::cout << "message: " << frame.text() << '\n'; });
    if (next.kind() == DecodeResult::Kind::kEnd) return 0;
    if (next.kind() == DecodeResult::Kind::kError) {
      std::cout << next.error().ToString() << '\n';
      return 3;
    }
  }
}

// Input:
//   \0\0\0\5hello\0\0\0\0\0\0\0\5wo
// Output:
//   message: hello
//   message:
//   truncated at offset 13: input ended inside a frame, after 6 of its 9 bytes
