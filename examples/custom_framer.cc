// A framing of one's own works wherever the built-in ones do.

#include <iostream>
#include <string>

#include "examples/ts_scanner.h"
#include "unstick/unstick.h"

using unstick::AsBytes;
using unstick::DecodeResult;
using unstick::FrameDecoder;
using unstick::FrameView;

namespace {

// A packet whose payload is `text`, pushed to the packet's end by an adaptation field.
std::string Packet(const std::string& text) {
  const std::size_t stuffing = 188 - 5 - text.size();
  std::string packet("\x47\x01\x00\x30", 4);
  packet += static_cast<char>(stuffing);
  packet += std::string(stuffing, '\xff');
  return packet + text;
}

}  // namespace

int main() {
  const std::string stream = Packet("a frame of video") + Packet("and some sound") + "no packet";

  FrameDecoder decoder{TsScanner()};
  const auto print = [](const FrameView& packet) { std::cout << packet.text() << '\n'; };
  for (const char& byte : stream) {  // the worst network there is: one byte at a time
    DecodeResult next = decoder.Push(AsBytes({&byte, 1}), print);
    if (next.kind() == DecodeResult::Kind::kError) {
      std::cout << next.error().ToString() << '\n';
      break;
    }
  }
}

// Output:
//   a frame of video
//   and some sound
//   bad_magic at offset 376: byte 0 of the frame must be 47
