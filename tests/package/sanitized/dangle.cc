// Keeps a view of a frame longer than it lives. Its argument says how the next bytes come; "good"
// does not read the view.

#include <algorithm>
#include <iostream>
#include <string_view>

#include "unstick/core/frame_decoder.h"
#include "unstick/core/length_field_framer.h"

int main(int, char** arguments) {
  const std::string_view how = arguments[1];
  const std::string_view frame("\0\0\0\5hello", 9);
  unstick::FrameDecoder decoder{unstick::LengthFieldFramer()};
  const unstick::ByteSpan room = decoder.Prepare();
  std::copy_n(unstick::AsBytes(frame).begin(), frame.size(), room.begin());
  decoder.Commit(frame.size());
  const unstick::DecodeResult first = decoder.Next();
  const std::string_view kept = first->text();
  if (how == "feed") {
    (void)decoder.Feed(unstick::AsBytes(frame));
  } else {
    (void)decoder.Prepare();
  }
  std::cout << (how == "good" ? frame.substr(4) : kept) << '\n';
}
