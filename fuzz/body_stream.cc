// A frame received in pieces is the frame that FrameDecoder gives, and one sent in pieces has the
// bytes that AppendFrame() writes: for any bytes, any short counts, interruptions and deadlines, at
// any byte.
//
// Input: a framing, a limit, 32 bytes of what the stream does, then the bytes.

#include "unstick/net/body_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/head_framer.h"
#include "unstick/core/header_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::fuzz {
namespace {

constexpr std::size_t kMostStream = std::size_t{1} << 18;

// Moves 1 to 64 bytes at a time, or says EINTR, or would block; a wait may end at its deadline.
class Fickle {
 public:
  Fickle(std::vector<std::size_t> steps, std::string_view input)
      : steps_(std::move(steps)), input_(input) {}

  net::IoResult ReadSome(ByteSpan into) {
    const std::size_t step = Next();
    if (step % 16 == 1 && Hinders()) return net::IoResult::Error(EINTR);
    if (step % 16 == 2 && Hinders()) return net::IoResult::WouldBlock();
    const std::size_t n = std::min({Size(step), input_.size(), into.size()});
    if (n == 0) return net::IoResult::End();
    std::copy_n(AsBytes(input_).begin(), n, into.begin());
    input_.remove_prefix(n);
    return net::IoResult::Bytes(n);
  }
  net::IoResult WriteSome(std::span<const ByteView> parts) {
    const std::size_t step = Next();
    if (step % 16 == 1 && Hinders()) return net::IoResult::Error(EINTR);
    if (step % 16 == 2 && Hinders()) return net::IoResult::WouldBlock();
    std::size_t left = Size(step);
    std::size_t taken = 0;
    for (const ByteView part : parts) {
      const ByteView some = part.first(std::min(part.size(), left));
      output_ += AsText(some);
      left -= some.size();
      taken += some.size();
    }
    return net::IoResult::Bytes(taken);
  }
  int WaitReadable(net::Deadline until) { return Wait(until); }
  int WaitWritable(net::Deadline until) { return Wait(until); }
  int ShutdownWrite() { return 0; }
  void Abort() {}
  void Close() {}

  const std::string& output() const { return output_; }

 private:
  std::size_t Next() { return steps_.empty() ? 255 : steps_[at_++ % steps_.size()]; }
  static std::size_t Size(std::size_t step) { return step >= 240 ? kMostStream : step % 64 + 1; }
  int Wait(net::Deadline until) {
    return until != net::kNoDeadline && Next() % 2 == 1 && Hinders() ? ETIMEDOUT : 0;
  }
  // A bounded number of times: a caller that tries again gets on.
  bool Hinders() { return hindrances_ < 200 && ++hindrances_ > 0; }

  int hindrances_ = 0;

  std::vector<std::size_t> steps_;
  std::size_t at_ = 0;
  std::string_view input_;
  std::string output_;
};

// Far away: only the stream says that it has passed.
net::Deadline Later() { return net::DeadlineIn(std::chrono::hours(1)); }

// Repeats what a deadline has cut short.
template <typename Call>
auto Patiently(Call call) {
  for (;;) {
    auto result = call();
    if (!absl::IsDeadlineExceeded(result.status())) return result;
  }
}

// The frames that come, up to the first result that is not a frame.
struct Frames {
  std::vector<std::string> payloads;
  bool clean = false;  // the end came between two frames
};

template <typename F>
Frames InPieces(const HeadFramer<F>& heads, std::vector<std::size_t> steps,
                std::string_view stream) {
  net::BodyStream<F, Fickle> bodies(Fickle(std::move(steps), stream), heads);
  Holder holder(3 * bodies.kPiece);  // of however large a frame
  Frames frames;
  for (;;) {
    const auto head =
        Patiently([&] { return holder.During([&] { return bodies.ReceiveHead(Later()); }); });
    if (!head.ok()) return frames;
    if (!*head) {
      frames.clean = true;
      return frames;
    }
    std::string payload;
    for (;;) {
      const auto piece =
          Patiently([&] { return holder.During([&] { return bodies.ReceivePiece(Later()); }); });
      if (!piece.ok()) return frames;
      if (piece->empty()) break;
      if (piece->size() > bodies.kPiece) Fail("a piece is too large");
      payload += AsText(*piece);
    }
    if (payload.size() != (*head)->payload_size) Fail("a payload is not what its head said");
    frames.payloads.push_back(std::move(payload));
  }
}

template <typename F>
Frames Whole(const F& framer, std::string_view stream) {
  FrameDecoder<F> decoder(framer);
  Frames frames;
  ByteView rest = AsBytes(stream);
  for (;;) {
    rest = rest.subspan(decoder.Feed(rest));  // as much as fits in front of the next frame
    if (rest.empty()) decoder.Finish();
    const DecodeResult next = decoder.Next();
    if (next.kind() == DecodeResult::Kind::kNeedMore) continue;
    if (!next) {
      frames.clean = next.kind() == DecodeResult::Kind::kEnd;
      return frames;
    }
    frames.payloads.emplace_back(next->text());
  }
}

template <typename F>
void RequireSent(const F& framer, const HeadFramer<F>& heads, std::vector<std::size_t> steps,
                 const std::vector<std::string>& payloads) {
  StreamBuffer expected;
  net::BodyStream<F, Fickle> bodies(Fickle(std::move(steps), {}), heads);
  for (const std::string& payload : payloads) {
    if (AppendFrame(framer, AsBytes(payload), expected)) Fail("what was received cannot be sent");
    net::SendResult sent = bodies.SendHead(payload.size(), Later());
    ByteView rest = AsBytes(payload);
    while (!sent.ok() || bodies.left_to_send() > 0) {
      if (!sent.ok() && !absl::IsDeadlineExceeded(sent.status)) Fail("sending failed");
      sent = bodies.SendPiece(rest, Later());
      rest = rest.subspan(sent.bytes_sent);
    }
  }
  if (bodies.stream().output() != AsText(expected.readable())) Fail("other bytes were sent");
}

template <typename F>
void RequireAll(const F& framer, std::uint64_t max, const std::vector<std::size_t>& steps,
                const std::string& stream) {
  const absl::StatusOr<HeadFramer<F>> heads = HeadFramer<F>::Create(framer, max);
  if (!heads.ok()) return;
  const Frames pieces = InPieces(*heads, steps, stream);
  RequireBounded(framer, stream, OnError::kFail);
  const Frames whole = Whole(framer, stream);
  if (pieces.payloads != whole.payloads) Fail("other frames in pieces than whole");
  if (pieces.clean != whole.clean) Fail("another end in pieces than whole");
  RequireSent(framer, *heads, steps, whole.payloads);
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  fuzz::FuzzInput input(data, size);
  const std::size_t framing = input.Below(5);
  constexpr std::uint64_t kLimits[] = {10, 300, 70'000, 1 << 20};
  const std::uint64_t max = input.OneOf(kLimits);
  std::vector<std::size_t> steps;
  for (int i = 0; i < 32; ++i) steps.push_back(input.Byte());
  const std::string stream = input.Rest(fuzz::kMostStream);
  switch (framing) {
    case 0:
      fuzz::RequireAll(LengthFieldFramer({.width = 1, .max_payload = max}), max, steps, stream);
      break;
    case 1:
      fuzz::RequireAll(LengthFieldFramer({.width = 4, .max_payload = max}), max, steps, stream);
      break;
    case 2:
      fuzz::RequireAll(LengthFieldFramer({.width = 2, .align = 4, .max_payload = max}), max, steps,
                       stream);
      break;
    case 3:
      fuzz::RequireAll(VarintFramer({.max_payload = max}), max, steps, stream);
      break;
    default:
      fuzz::RequireAll(*HeaderFramer::Create(HeaderLayout::Native(), {.max_payload = max}), max,
                       steps, stream);
  }
  return 0;
}
