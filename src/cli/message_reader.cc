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
  return object.IsTrue("end") || object.IsTrue("gap") || object.IsTrue("preamble") ||
         object.IsTrue("filler");
}

}  // namespace

MessageReader::MessageReader(MessageFormat format, Sinks sinks)
    : format_(format), sinks_(std::move(sinks)), lines_(LineFramer()) {}

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
    return sinks_.message(AsBytes(raw_), nullptr) ? absl::OkStatus() : absl::CancelledError("");
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
  return Said(sinks_.message(AsBytes(line), nullptr));
}

bool MessageReader::Said(bool go_on) {
  if (!go_on) status_ = absl::CancelledError("");
  return go_on;
}

bool MessageReader::JsonLine(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return true;
  absl::StatusOr<JsonObject> object = JsonObject::Parse(line);
  if (!object.ok()) return Refuse(MessageOf(object.status()));
  // The bytes of a member in hex; none if it is not there.
  std::string wrong;
  const auto bytes_of = [&](const char* key) -> std::optional<std::string> {
    const JsonValue* value = object->Find(key);
    if (value == nullptr) return std::nullopt;
    if (value->kind != JsonValue::Kind::kString) {
      wrong = "\"" + std::string(key) + "\" is a string";
      return std::nullopt;
    }
    std::optional<std::string> bytes = ParseHex(value->text);
    if (!bytes) {
      wrong = "\"" + std::string(key) + "\" is pairs of hex digits, as in \"68656c6c6f\"";
    }
    return bytes;
  };
  const bool has_payload = object->Find("payload") != nullptr;
  const JsonValue* text = object->Find("text");
  if (!has_payload && text == nullptr) {
    const bool filler = object->IsTrue("filler");
    if ((filler || object->IsTrue("preamble")) && object->Find("bytes") != nullptr) {
      const std::optional<std::string> bytes = bytes_of("bytes");
      if (!bytes) return Refuse(wrong);
      return Said((filler ? sinks_.filler : sinks_.preamble)(AsBytes(*bytes)));
    }
    if (IsOtherEvent(*object)) return true;
    if (const JsonValue* message = object->Find("message"); object->Find("error") && message) {
      return Refuse("decoding stopped here, so that messages are missing: " + message->text);
    }
    return Refuse("an object needs \"payload\" (hex) or \"text\"");
  }
  if (has_payload && text != nullptr) {
    return Refuse("an object has either \"payload\" or \"text\"");
  }
  if (text != nullptr && text->kind != JsonValue::Kind::kString) {
    return Refuse("\"payload\" and \"text\" are strings");
  }
  const std::optional<std::string> payload = text != nullptr ? text->text : bytes_of("payload");
  const std::optional<std::string> header = bytes_of("header");
  const std::optional<std::string> trailer = bytes_of("trailer");
  if (!payload || !wrong.empty()) return Refuse(wrong);
  const FrameEnds ends{AsBytes(header ? std::string_view(*header) : ""),
                       AsBytes(trailer ? std::string_view(*trailer) : "")};
  return Said(sinks_.message(AsBytes(*payload), header || trailer ? &ends : nullptr));
}

bool MessageReader::Refuse(const std::string& why) {
  const std::string message = "line " + std::to_string(line_) + ": " + why;
  status_ = absl::DataLossError(message);
  return false;
}

}  // namespace unstick::inline v0::cli
