// The framing is a text: from a configuration file, a command line, a user.

#include <iostream>
#include <string>
#include <vector>

#include "unstick/unstick.h"

using unstick::AnyFramer;
using unstick::AsBytes;
using unstick::DecodeResult;
using unstick::FrameCursor;

namespace {

void Show(const std::string& spec, const std::string& bytes) {
  const absl::StatusOr<AnyFramer> framer = AnyFramer::FromSpec(spec);
  if (!framer.ok()) {
    std::cout << framer.status().message() << '\n';
    return;
  }
  std::cout << framer->spec() << ":";
  framer->Visit([&](const auto& chosen) {  // dispatched once, not once per frame
    // Where it is unescaped or joined from pieces, a payload is put together here.
    std::vector<std::byte> scratch(bytes.size());
    FrameCursor cursor(chosen, AsBytes(bytes), scratch);
    DecodeResult frame = cursor.Next();
    for (; frame; frame = cursor.Next()) std::cout << " [" << frame->text() << "]";
    if (frame.kind() == DecodeResult::Kind::kError) std::cout << ' ' << frame.error().ToString();
  });
  std::cout << '\n';
}

}  // namespace

int main() {
  Show("length:endian=little,width=2", {"\5\0hello\2\0ok", 11});
  Show("delim:end='||',max=64KiB", "hello||ok||");
  Show("line:max=8MiB", "hello\nok\r\n");
  Show("cobs", {"\6hello\0\3ok\0", 11});
  Show("line", "ok\ncut");
  Show("length:width=9", "");
}

// Output:
//   length:width=2,endian=little: [hello] [ok]
//   delim:end=7c7c,max=64KiB: [hello] [ok]
//   line: [hello] [ok]
//   delim:end=00,skip-empty;unescape=cobs: [hello] [ok]
//   line: [ok] truncated at offset 3: input ended inside a frame, after 3 bytes of it
//   wrong spec "length:width=9": at character 7, "width=9": width is 1 to 8 bytes
