// Any bytes may stand in a frame: they parse as protobuf itself would have it or are a bad message,
// and either way every frame behind them arrives, whatever the cuts. What parses can be sent and
// comes back the same. Requests of any kind are answered, replies never.
//
// Input: a framing, a message type, 16 bytes of cuts, then payloads, each a size byte and its
// bytes.

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/header_framer.h"
#include "unstick/proto/caller.h"
#include "unstick/proto/dispatcher.h"
#include "unstick/proto/message.h"
#include "unstick/proto/metadata.h"
#include "unstick/v1/echo.pb.h"
#include "unstick/v1/envelope.pb.h"

namespace unstick::fuzz {
namespace {

using google::protobuf::MessageLite;

constexpr std::size_t kMostPayloads = 16;  // more show nothing new and cost time

// Protobuf is asked directly, for comparison.
bool by_itself = false;

// A proto2 string may be anything, so it is not refused; a debug build of protobuf, as Debian's is,
// writes about one that is not UTF-8, and nobody can keep it from that.
void RequireNoLog(google::protobuf::LogLevel, const char*, int, const std::string& message) {
  const bool proto2 = message.find("'google.protobuf.") != std::string::npos;
  if (!by_itself && !proto2) Fail("protobuf printed: " + message);
}

// The same bytes for the same message: map entries in order.
std::string Canonical(const MessageLite& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializePartialToCodedStream(&out);
  out.Trim();
  return bytes;
}

// What protobuf says of a payload, by another way in: a stream that brings a few bytes at a time.
template <typename T>
std::optional<std::string> Expected(const std::string& payload) {
  google::protobuf::io::ArrayInputStream pieces(payload.data(), static_cast<int>(payload.size()),
                                                7);
  T message;
  by_itself = true;
  const bool parsed = message.ParsePartialFromZeroCopyStream(&pieces);
  by_itself = false;
  if (!parsed || !message.IsInitialized()) return std::nullopt;
  return Canonical(message);
}

template <typename T>
void RequireParsed(ByteView payload, const std::string& sent) {
  T message;
  message.ParsePartialFromString("\x12\x03old");  // must be forgotten
  const bool good = proto::ParseMessage(payload, message).ok();
  const std::optional<std::string> expected = Expected<T>(sent);
  if (good != expected.has_value()) Fail("a payload is judged otherwise than protobuf does");
  if (Canonical(message) != expected.value_or("")) Fail("a message is not what was sent");
}

template <typename T>
void RequireComesBack(const AnyFramer& framer, const std::string& payload) {
  T message;
  if (!proto::ParseMessage(AsBytes(payload), message).ok()) return;
  StreamBuffer frame;
  AnyFramer::State sent;
  if (!proto::AppendMessage(framer, message, frame, sent).ok()) {
    if (!frame.empty()) Fail("a refused message left bytes behind");
    return;
  }
  FrameCursor<AnyFramer> cursor(framer, frame.readable());
  const DecodeResult next = cursor.Next();
  T back;
  if (!next || !proto::ParseMessage(next->payload(), back).ok() ||
      Canonical(back) != Canonical(message) || cursor.Next().kind() != DecodeResult::Kind::kEnd) {
    Fail("a message does not come back");
  }
}

// The payloads, and behind each a message that counts them, in one stream in pieces.
template <typename T>
void RequireInSync(const AnyFramer& framer, const std::vector<std::string>& payloads,
                   FuzzInput cuts_from) {
  StreamBuffer stream;
  AnyFramer::State state;
  std::vector<std::string> sent;
  for (const std::string& payload : payloads) {
    if (!AppendFrame(framer, AsBytes(payload), stream, state)) sent.push_back(payload);
    v1::EchoRequest counted;
    counted.set_sequence(sent.size());
    if (proto::AppendMessage(framer, counted, stream, state).ok()) {
      sent.push_back(counted.SerializeAsString());
    }
  }

  FrameDecoder decoder(framer);
  std::size_t received = 0;
  const auto take = [&](const FrameView& frame) {
    if (received == sent.size()) Fail("more frames than were sent");
    if (frame.text() != sent[received]) Fail("a frame is not what was sent");
    RequireParsed<T>(frame.payload(), sent[received]);
    RequireParsed<v1::EchoRequest>(frame.payload(), sent[received]);
    ++received;
  };
  const ByteView bytes = stream.readable();
  std::vector<std::size_t> cuts = TakeCuts(cuts_from, bytes.size());
  cuts.push_back(bytes.size());
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    if (decoder.Feed(bytes.subspan(at, cut - at)) != cut - at) Fail("bytes were not taken");
    at = cut;
    (void)decoder.Drain(take);
  }
  decoder.Finish();
  if (decoder.Drain(take).kind() != DecodeResult::Kind::kEnd || received != sent.size()) {
    Fail("the stream is out of step");
  }
  RequireBounded(framer, AsText(bytes), OnError::kFail);
}

// As a header's metadata the bytes are judged alike, and cost the payload behind them nothing.
void RequireMetadataIsJudgedApart(const std::string& bytes) {
  const HeaderFramer framer;
  HeaderValues values;
  values.sections[0] = AsBytes(bytes);
  StreamBuffer stream;
  if (AppendFrame(framer.With(values), AsBytes("payload"), stream)) Fail("a section was refused");
  FrameCursor<HeaderFramer> cursor(framer, stream.readable());
  const DecodeResult frame = cursor.Next();
  if (!frame || frame->text() != "payload") Fail("the payload is lost");
  v1::FrameMetadata metadata;
  metadata.set_message_id(99);  // must be forgotten
  const bool good = proto::ReadMetadata(framer, *frame, metadata).ok();
  const std::optional<std::string> expected = Expected<v1::FrameMetadata>(bytes);
  if (good != expected.has_value() || Canonical(metadata) != expected.value_or("")) {
    Fail("metadata is not what was sent");
  }
}

proto::Dispatcher EchoDispatcher() {
  proto::Dispatcher dispatcher;
  (void)dispatcher.Handle<v1::EchoRequest>(
      [](const v1::EchoRequest& request) -> absl::StatusOr<v1::EchoReply> {
        if (request.text() == "fail") return absl::NotFoundError("not \xff text");
        v1::EchoReply reply;
        reply.set_text(request.text());
        return reply;
      });
  return dispatcher;
}

void RequireAnswered(const std::string& payload) {
  static const proto::Dispatcher* const dispatcher = new proto::Dispatcher(EchoDispatcher());
  v1::Envelope request;
  const bool is_envelope = proto::ParseMessage(AsBytes(payload), request).ok();
  const v1::FrameMetadata& asked = request.metadata();
  const std::optional<v1::Envelope> reply = [&payload] {
    const Bounded bounded(1'000 * (payload.size() + 100), 100 * payload.size() + (16 << 10));
    return dispatcher->AnswerPayload(AsBytes(payload));
  }();
  const bool wanted = !is_envelope || (asked.message_id() != 0 && asked.reply_to_id() == 0);
  if (reply.has_value() != wanted) Fail("an answer is missing, or one too many");
  if (!reply) return;
  v1::Envelope read;
  if (!proto::ParseMessage(AsBytes(reply->SerializeAsString()), read).ok()) {
    Fail("an answer cannot be read");
  }
  if (read.metadata().reply_to_id() != asked.message_id()) Fail("an answer to something else");
  if (read.metadata().has_status() == !read.metadata().type_name().empty()) {
    Fail("an answer is a reply or an error");
  }
  if (dispatcher->Answer(read)) Fail("an answer was answered");
}

void RequireDelivered(const std::string& payload) {
  v1::Envelope reply;
  if (!proto::ParseMessage(AsBytes(payload), reply).ok()) return;
  proto::Caller caller;
  int heard = 0;
  (void)caller.Expect<v1::EchoReply>(v1::EchoRequest(),
                                     [&heard](const absl::StatusOr<v1::EchoReply>&) { ++heard; });
  const bool mine = reply.metadata().reply_to_id() == 1;
  if (caller.Deliver(reply) != mine || caller.Deliver(reply) || heard != (mine ? 1 : 0)) {
    Fail("a reply was not delivered exactly once");
  }
}

template <typename T>
void RequireAll(const AnyFramer& framer, const std::vector<std::string>& payloads,
                const FuzzInput& cuts) {
  RequireInSync<T>(framer, payloads, cuts);
  for (const std::string& payload : payloads) RequireComesBack<T>(framer, payload);
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  // Protobuf by itself logs every string that is not UTF-8; of proto3 strings that came through us
  // it has nothing to log.
  static auto* const before = google::protobuf::SetLogHandler(fuzz::RequireNoLog);
  (void)before;

  fuzz::FuzzInput input(data, size);
  static const AnyFramer framers[] = {VarintFramer(), LengthFieldFramer(), HeaderFramer(),
                                      DelimiterFramer({.ends = {"||", "\r\n\r\n"}})};
  const AnyFramer& framer = input.OneOf(framers);
  const std::size_t type = input.Below(4);
  const fuzz::FuzzInput cuts = input;
  for (int i = 0; i < 16; ++i) (void)input.Byte();
  std::vector<std::string> payloads;
  while (!input.empty() && payloads.size() < fuzz::kMostPayloads) payloads.push_back(input.Text());

  if (type == 0) fuzz::RequireAll<v1::EchoRequest>(framer, payloads, cuts);
  if (type == 1) fuzz::RequireAll<v1::FrameMetadata>(framer, payloads, cuts);
  if (type == 2) fuzz::RequireAll<v1::Envelope>(framer, payloads, cuts);
  if (type == 3) {  // proto2: with required fields
    fuzz::RequireAll<google::protobuf::FileDescriptorProto>(framer, payloads, cuts);
  }
  for (const std::string& payload : payloads) {
    fuzz::RequireMetadataIsJudgedApart(payload);
    fuzz::RequireAnswered(payload);
    fuzz::RequireDelivered(payload);
  }
  return 0;
}
