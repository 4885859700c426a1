#include "src/cli/message_reader.h"

#include <optional>
#include <utility>

#include "src/cli/hex.h"
#include "src/cli/json_object.h"
#include "src/cli/messages.h"

namespace unstick::inline v0::cli {
namespace {

DelimiterFramer LineFramer() {
  DelimiterFramer::Options options = DelimiterFramer::Lines();
  options.tail = Tail::kDeliver;
  options.max_payload = kMaxContiguousPayload;
  return DelimiterFramer(options);
}

// What `decode` writes beside frames, and nobody has to encode.
bool IsOtherEvent(const JsonObject& object) {
  return object.IsTrue("end") || object.IsTrue("gap") || object.IsTrue("preamble");
}

}  // namespace

MessageReader::MessageReader(MessageFormat format, Sink sink)
    : format_(format), sink_(std::move(sink)), lines_(LineFramer()) {}

absl::Status MessageReader::Take(ByteView bytes) {
  if (format_ == MessageFormat::kRaw) {
    if (raw_.size() + bytes.size() > kMaxContiguousPayload) {
      return absl::DataLossError("the input is longer than 1 GiB, which no frame can carry");
    }
    raw_ += AsText(bytes);
    return absl::OkStatus();
  }
  return Came(lines_.Push(bytes, [this](const FrameView& frame) { return Line(frame.text()); }));
}

absl::Status MessageReader::Finish() {
  if (format_ == MessageFormat::kRaw) {
    return sink_(AsBytes(raw_)) ? absl::OkStatus() : absl::CancelledError("");
  }
  lines_.Finish();
  return Came(lines_.Drain([this](const FrameView& frame) { return Line(frame.text()); }));
}

absl::Status MessageReader::Came(const DecodeResult& result) const {
  if (!status_.ok()) return status_;
  if (result.kind() == DecodeResult::Kind::kError) {
    return absl::DataLossError("line " + std::to_string(line_ + 1) + " is longer than 1 GiB");
  }
  return absl::OkStatus();
}

bool MessageReader::Line(std::string_view line) {
  ++line_;
  if (format_ == MessageFormat::kJsonl) return JsonLine(line);
  std::optional<std::string> bytes;
  if (format_ == MessageFormat::kHex) {
    bytes = ParseHex(line);
    if (!bytes) return Refuse("a message is pairs of hex digits, as in 68656c6c6f");
    line = *bytes;
  }
  if (sink_(AsBytes(line))) return true;
  status_ = absl::CancelledError("");
  return false;
}

bool MessageReader::JsonLine(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return true;
  absl::StatusOr<JsonObject> object = JsonObject::Parse(line);
  if (!object.ok()) return Refuse(MessageOf(object.status()));
  const JsonValue* payload = object->Find("payload");
  const JsonValue* text = object->Find("text");
  if (payload == nullptr && text == nullptr) {
    if (IsOtherEvent(*object)) return true;
    if (const JsonValue* message = object->Find("message"); object->Find("error") && message) {
      return Refuse("decoding stopped here, so that messages are missing: " + message->text);
    }
    return Refuse("an object needs \"payload\" (hex) or \"text\"");
  }
  if (payload != nullptr && text != nullptr) {
    return Refuse("an object has either \"payload\" or \"text\"");
  }
  const JsonValue& value = payload != nullptr ? *payload : *text;
  if (value.kind != JsonValue::Kind::kString) {
    return Refuse("\"payload\" and \"text\" are strings");
  }
  std::string_view bytes = value.text;
  std::optional<std::string> parsed;
  if (payload != nullptr) {
    parsed = ParseHex(payload->text);
    if (!parsed) return Refuse("\"payload\" is pairs of hex digits, as in \"68656c6c6f\"");
    bytes = *parsed;
  }
  if (sink_(AsBytes(bytes))) return true;
  status_ = absl::CancelledError("");
  return false;
}

bool MessageReader::Refuse(const std::string& why) {
  const std::string message = "line " + std::to_string(line_) + ": " + why;
  status_ = absl::DataLossError(message);
  return false;
}

}  // namespace unstick::inline v0::cli
