// One connection, two framings: a proxy's line first (PROXY protocol, version 1), then frames.

#include <iostream>
#include <utility>

#include "unstick/unstick.h"

using unstick::AnyFramer;
using unstick::AsBytes;
using unstick::DecodeResult;
using unstick::FrameDecoder;
using unstick::FrameView;

int main() {
  const auto proxy = AnyFramer::FromSpec("line:eol=crlf,max=105");
  const auto frames = AnyFramer::FromSpec("length:width=1");
  if (!proxy.ok() || !frames.ok()) return 2;

  // What the first read happened to bring: the line, a whole frame, and a part of another.
  const std::string_view first_read = "PROXY TCP4 192.0.2.1 192.0.2.2 4000 443\r\n\5hello\5wo";

  FrameDecoder line(*proxy);
  const auto stop_behind_it = [](const FrameView& frame) {
    std::cout << frame.text() << '\n';
    return false;
  };
  if (!line.Push(AsBytes(first_read), stop_behind_it)) return 3;

  FrameDecoder decoder(*frames, std::move(line).TakeRemaining());
  const auto print = [](const FrameView& frame) {
    std::cout << frame.text() << " at " << frame.stream_offset() << '\n';
  };
  (void)decoder.Drain(print);                 // what had been read already
  (void)decoder.Push(AsBytes("rld"), print);  // what comes now
  return decoder.mid_frame() ? 3 : 0;
}

// Output:
//   PROXY TCP4 192.0.2.1 192.0.2.2 4000 443
//   hello at 41
//   world at 47
