// What a user writes first: prints the frames of a buffer of length-prefixed messages.

#include <cstdio>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/unstick.h"

int main() {
  using namespace std::string_view_literals;
  const unstick::LengthFieldFramer framer(unstick::LengthFieldFramer::Options{.width = 2});
  unstick::FrameCursor frames(framer, unstick::AsBytes("\0\5hello\0\0\0\2ok\0\7cut"sv));

  auto frame = frames.Next();
  for (; frame; frame = frames.Next()) std::printf("frame %s\n", frame->CopyPayload().c_str());
  if (frame.kind() != unstick::DecodeResult::Kind::kError) return 1;
  const absl::Status status = ToStatus(frame.error());
  std::printf("error %s\n", status.code() == absl::StatusCode::kDataLoss ? "data loss" : "other");

  // A compiler that follows the literal into the scanner must not warn.
  unstick::FrameDecoder decoder(framer);
  const auto ignore = [](const unstick::FrameView&) {};
  const unstick::DecodeResult more = decoder.Push(unstick::AsBytes("abc"), ignore);
  return more.kind() == unstick::DecodeResult::Kind::kNeedMore ? 0 : 1;
}
