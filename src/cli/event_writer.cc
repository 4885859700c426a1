#include "src/cli/event_writer.h"

#include <charconv>
#include <cstddef>
#include <cstring>

#include "src/cli/hex.h"
#include "src/cli/json_text.h"
#include "src/cli/messages.h"
#include "src/cli/printable.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::size_t kJsonFrameRoom = 256;  // names, digits and punctuation of one frame's line

char* Put(std::string_view text, char* at) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}
char* Put(std::uint64_t number, char* at) { return std::to_chars(at, at + 20, number).ptr; }
std::string Hex(ByteView bytes) {
  std::string hex(2 * bytes.size(), '0');
  WriteHex(bytes, hex.data());
  return hex;
}
char* PutHex(ByteView bytes, char* at) {
  WriteHex(bytes, at);
  return at + 2 * bytes.size();
}

}  // namespace

bool EventWriter::JsonFrame(const FrameView& frame) {
  const ByteView payload = frame.payload();
  const std::size_t around = headers_ ? frame.header().size() + frame.trailer().size() : 0;
  const ByteSpan room = out_.buffer().Prepare(kJsonFrameRoom + 2 * (payload.size() + around));
  char* const start = reinterpret_cast<char*>(room.data());
  char* at = Put("{\"frame\":", start);
  at = Put(frames_, at);
  at = Put(",\"offset\":", at);
  at = Put(frame.stream_offset(), at);
  at = Put(",\"wire_size\":", at);
  at = Put(frame.wire_size(), at);
  at = Put(",\"payload_offset\":", at);
  at = Put(frame.payload_offset(), at);
  at = Put(",\"payload_size\":", at);
  at = Put(payload.size(), at);
  if (headers_) at = PutHex(frame.header(), Put(",\"header\":\"", at));
  at = PutHex(payload, Put(headers_ ? "\",\"payload\":\"" : ",\"payload\":\"", at));
  if (headers_) at = PutHex(frame.trailer(), Put("\",\"trailer\":\"", at));
  at = Put("\"}\n", at);
  out_.buffer().Commit(static_cast<std::size_t>(at - start));
  return out_.Appended();
}

bool EventWriter::Frame(const FrameView& frame) {
  bool ok = out_.ok();
  switch (format_) {
    case EventFormat::kJsonl:
      ok = JsonFrame(frame);
      break;
    case EventFormat::kText:
      text_.clear();
      AppendPrintable(frame.text(), text_);
      Line(text_);
      ok = out_.ok();
      break;
    case EventFormat::kHex:
      text_.resize(2 * frame.payload().size());
      WriteHex(frame.payload(), text_.data());
      Line(text_);
      ok = out_.ok();
      break;
    case EventFormat::kRaw:
      ok = out_.Append(frame.text());
      break;
    case EventFormat::kNone:
      break;
  }
  ++frames_;
  return ok;
}

void EventWriter::Preamble(std::uint64_t size, ByteView bytes) {
  if (format_ != EventFormat::kJsonl) return;
  std::string line = "{\"preamble\":true,\"offset\":0,\"size\":" + std::to_string(size);
  if (headers_) line += ",\"bytes\":\"" + Hex(bytes) + "\"";
  Line(line + "}");
}

void EventWriter::Filler(std::uint64_t offset, ByteView bytes) {
  if (format_ != EventFormat::kJsonl) return;
  Line("{\"filler\":true,\"offset\":" + std::to_string(offset) +
       ",\"size\":" + std::to_string(bytes.size()) + ",\"bytes\":\"" + Hex(bytes) + "\"}");
}

void EventWriter::OnGap(const Gap& gap) {
  ++gaps_;
  skipped_ += gap.skipped;
  if (format_ == EventFormat::kJsonl) {
    Line("{\"gap\":true,\"code\":\"" + std::string(CodeName(gap.why.code)) + "\",\"offset\":" +
         std::to_string(gap.why.offset) + ",\"skipped\":" + std::to_string(gap.skipped) + "}");
    return;
  }
  if (!out_.Flush()) return;
  Say("skipped " + Count(gap.skipped, "byte") + ": " + gap.why.ToString());
}

void EventWriter::Error(const FrameError& error) {
  std::string more;
  if (error.rule != FrameRule::kNone)
    more = ",\"rule\":\"" + std::string(RuleName(error.rule)) + "\"";
  if (error.code == FrameErrorCode::kTruncated) {
    more += ",\"buffered\":" + std::to_string(error.found) +
            ",\"needed\":" + (error.allowed == 0 ? "null" : std::to_string(error.allowed));
  }
  ErrorLine(CodeName(error.code), error.offset, more, error.ToString());
}

// Not where the frame in progress begins: while one is being skipped, that depends on the cuts.
void EventWriter::ReadError(std::uint64_t offset, const absl::Status& why) {
  ErrorLine("io", offset, "", MessageOf(why));
}

void EventWriter::ErrorLine(std::string_view code, std::uint64_t offset, const std::string& more,
                            const std::string& message) {
  if (format_ == EventFormat::kJsonl) {
    Line("{\"error\":\"" + std::string(code) + "\",\"offset\":" + std::to_string(offset) + more +
         ",\"message\":" + JsonString(message) + "}");
  }
  if (out_.Flush()) Say(message);
}

void EventWriter::End(std::uint64_t offset) {
  if (format_ != EventFormat::kJsonl) return;
  Line("{\"end\":true,\"offset\":" + std::to_string(offset) +
       ",\"frames\":" + std::to_string(frames_) + "}");
}

void EventWriter::SayGaps() const {
  if (gaps_ == 0) return;
  Say(Count(gaps_, "gap") + ", " + Count(skipped_, "byte") + " skipped");
}

void EventWriter::Line(const std::string& line) {
  out_.Append(line);
  out_.Append("\n");
}

}  // namespace unstick::inline v0::cli
