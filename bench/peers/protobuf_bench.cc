// Protocol Buffers' delimited messages: a varint length, then a message with one bytes field.

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <google/protobuf/wrappers.pb.h>

#include <string>

#include "bench/support/row.h"

namespace unstick::bench {
namespace {

using google::protobuf::BytesValue;

// A message that takes about `size` bytes.
BytesValue MessageOf(std::size_t size) {
  BytesValue message;
  message.set_value(std::string(size - std::min<std::size_t>(size, 2), 'x'));
  return message;
}

void Parse(benchmark::State& state, PayloadSize size) {
  std::string stream;
  {
    google::protobuf::io::StringOutputStream out(&stream);
    Sizes sizes(size);
    while (static_cast<std::size_t>(out.ByteCount()) < StreamSize(size)) {
      google::protobuf::util::SerializeDelimitedToZeroCopyStream(MessageOf(sizes.Next()), &out);
    }
  }
  BytesValue message;
  ReadAgainAndAgain(state, AsBytes(stream), [&](ByteView bytes, Consumer& consumer) {
    google::protobuf::io::ArrayInputStream from(bytes.data(), static_cast<int>(bytes.size()),
                                                65536);
    bool at_end = false;
    while (google::protobuf::util::ParseDelimitedFromZeroCopyStream(&message, &from, &at_end)) {
      consumer(AsBytes(message.value()));
    }
  });
}

void Serialize(benchmark::State& state, PayloadSize size) {
  const BytesValue message = MessageOf(size);
  const std::size_t room = std::max(StreamSize(size), 2 * size);
  std::string memory(room + size + 64, ' ');
  std::int64_t frames = 0;
  for (auto _ : state) {
    google::protobuf::io::ArrayOutputStream out(memory.data(), static_cast<int>(memory.size()));
    for (; static_cast<std::size_t>(out.ByteCount()) < room; ++frames) {
      google::protobuf::util::SerializeDelimitedToZeroCopyStream(message, &out);
    }
    benchmark::ClobberMemory();
  }
  Report(state, frames, static_cast<std::uint64_t>(frames) * size);
}

const bool kAdded = Rows([] {
  AddRows("varint-64K", "protobuf", {16, 64, 200, 1024, 16384, kMix}, Parse);
  AddRows("length-encode", "protobuf", {16, 64, 256, 1024, 16384, 1048576}, Serialize);
});

}  // namespace
}  // namespace unstick::bench
