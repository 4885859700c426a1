// A framing put together by the program, and one that has a name.

#include <iostream>

#include "unstick/unstick.h"

using unstick::AnyFramer;
using unstick::AppendFrame;
using unstick::AsBytes;
using unstick::Framing;

int main() {
  // | CA FE | 14 bits of length | payload |
  const Framing described{.kind = unstick::framing::Length{.offset = 2, .width = 2, .mask = 0x3fff},
                          .max_payload = 1000,
                          .magic = "\xca\xfe"};
  for (const std::string& spec : {described.spec(), std::string("netstring")}) {
    const auto framer = AnyFramer::FromSpec(spec);
    if (!framer.ok()) return 2;
    unstick::StreamBuffer out;
    AnyFramer::State sent;  // what this stream has had: some framings begin in their own way
    for (const char* message : {"hello", "ok"}) {
      if (AppendFrame(*framer, AsBytes(message), out, sent)) return 3;
    }
    std::cout << spec << ": " << out.size() << " bytes\n";
  }
}

// Output:
//   length:offset=2,width=2,mask=0x3fff,max=1000;magic=cafe: 15 bytes
//   netstring: 13 bytes
