#include "unstick/core/frame_error.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "src/core/signatures.h"

namespace unstick::inline v0 {
namespace {

std::string Hex(std::byte b) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[std::to_integer<std::size_t>(b >> 4)],
          kDigits[std::to_integer<std::size_t>(b & std::byte{15})]};
}

std::string Hex(ByteView bytes) {
  std::string hex;
  for (const std::byte b : bytes) hex += Hex(b);
  return hex;
}

std::string Number(std::uint64_t n) { return std::to_string(n); }

std::string WhatStandsInTheWay(const FrameError& error) {
  const std::string found = Number(error.found);
  switch (error.obstacle) {
    case Obstacle::kSize:
      if (error.allowed == 0) return "a payload of " + found + " bytes: no length says that";
      return "a payload of " + found + " bytes; allowed are " +
             (error.found > error.allowed ? "at most " : "at least ") + Number(error.allowed);
    case Obstacle::kBytes:
      return "this payload: its bytes would not be read back";
    case Obstacle::kPreamble:
      return "this payload yet: its stream starts with a preamble that is yours to send";
    case Obstacle::kByteOrder:
      return "this payload: the stream tells the byte order, in bytes that are yours to send";
    case Obstacle::kOnlyFrame:
      return "a second payload: there is only one frame";
    case Obstacle::kNoPreamble:
      return "these " + found + " bytes as a preamble here: no stream of it starts so";
    case Obstacle::kNoFiller:
      return "these " + found + " bytes between frames: they would not be passed over";
    case Obstacle::kNoEnd:
      return "more: the frame before goes on to the end of the input";
    case Obstacle::kOptions:
      return "anything";
    case Obstacle::kScratch:
      break;  // none when encoding
  }
  return "this payload";
}

std::string What(const FrameError& error) {
  const std::string found = Number(error.found);
  const std::string allowed = Number(error.allowed);
  switch (error.code) {
    case FrameErrorCode::kPayloadTooLarge:
      if (error.obstacle == Obstacle::kScratch) {
        return "this framing puts payloads together, for which a frame of " + found +
               " bytes takes as much scratch; given were " + allowed;
      }
      if (error.found == 0) return "payload of more than " + allowed + " bytes, the limit";
      return "payload of " + found + " bytes, more than the limit of " + allowed;
    case FrameErrorCode::kPayloadTooSmall:
      return "payload of " + found + " bytes, less than the least allowed, " + allowed;
    case FrameErrorCode::kMalformedLength:
      return "malformed length";
    case FrameErrorCode::kLengthBelowHeader:
      return "length " + found + " does not cover its own header; the least possible is " + allowed;
    case FrameErrorCode::kMalformedValue:
      return "malformed value";
    case FrameErrorCode::kBadMagic:
      return "byte " + found + " of the frame must be " +
             Hex(static_cast<std::byte>(error.allowed));
    case FrameErrorCode::kBadVersion:
      return "version " + found + ", but this side speaks " + allowed;
    case FrameErrorCode::kBadChecksum:
      if (error.rule == FrameRule::kNoRoom || error.found == ~std::uint64_t{0}) {
        return "no checksum on the wire";
      }
      return "checksum " + found + " on the wire, " + allowed + " computed";
    case FrameErrorCode::kBadEscape:
      return "bad escape sequence";
    case FrameErrorCode::kBadHeader:
      return "bad header block";
    case FrameErrorCode::kTruncated:
      if (error.allowed == 0) return "input ended inside a frame, after " + found + " bytes of it";
      return "input ended inside a frame, after " + found + " of its " + allowed + " bytes";
    case FrameErrorCode::kTrailingBytes:
      return "bytes after the only frame";
    case FrameErrorCode::kUnencodable:
      return "the framing cannot carry " + WhatStandsInTheWay(error);
  }
  return "unknown error";
}

// `found` is the index of the byte at fault.
bool FoundIsAPlace(FrameErrorCode code) {
  return code == FrameErrorCode::kMalformedLength || code == FrameErrorCode::kMalformedValue ||
         code == FrameErrorCode::kBadHeader || code == FrameErrorCode::kBadEscape;
}

// Errors that a stream of another protocol would cause.
bool MayBeAnother(FrameErrorCode code) {
  switch (code) {
    case FrameErrorCode::kPayloadTooLarge:
    case FrameErrorCode::kMalformedLength:
    case FrameErrorCode::kLengthBelowHeader:
    case FrameErrorCode::kMalformedValue:
    case FrameErrorCode::kBadMagic:
    case FrameErrorCode::kBadVersion:
    case FrameErrorCode::kBadHeader:
    case FrameErrorCode::kTruncated:
      return true;
    case FrameErrorCode::kPayloadTooSmall:
    case FrameErrorCode::kBadChecksum:
    case FrameErrorCode::kBadEscape:
    case FrameErrorCode::kTrailingBytes:
    case FrameErrorCode::kUnencodable:
      break;
  }
  return false;
}

// What the bytes look like, if they start like a stream or file of another kind.
std::string Hint(ByteView first_bytes) {
  const detail::Signature* signature = detail::FindSignature(first_bytes);
  if (signature == nullptr) return "";
  const std::string looks = "; this looks like ";
  const std::string name(signature->protocol);
  switch (signature->found) {
    case detail::Found::kConnection:
      break;
    case detail::Found::kFile:
      return looks + "the start of a file: " + name;
    case detail::Found::kCapture:
      return looks + "a capture file (" + name +
             "): take the streams out of it, as tcpflow -r does";
  }
  return looks + name + ", is a client on the wrong port?";
}

}  // namespace

std::string_view CodeName(FrameErrorCode code) {
  switch (code) {
    case FrameErrorCode::kPayloadTooLarge:
      return "payload_too_large";
    case FrameErrorCode::kPayloadTooSmall:
      return "payload_too_small";
    case FrameErrorCode::kMalformedLength:
      return "malformed_length";
    case FrameErrorCode::kLengthBelowHeader:
      return "length_below_header";
    case FrameErrorCode::kMalformedValue:
      return "malformed_value";
    case FrameErrorCode::kBadMagic:
      return "bad_magic";
    case FrameErrorCode::kBadVersion:
      return "bad_version";
    case FrameErrorCode::kBadChecksum:
      return "bad_checksum";
    case FrameErrorCode::kBadEscape:
      return "bad_escape";
    case FrameErrorCode::kBadHeader:
      return "bad_header";
    case FrameErrorCode::kTruncated:
      return "truncated";
    case FrameErrorCode::kTrailingBytes:
      return "trailing_bytes";
    case FrameErrorCode::kUnencodable:
      return "unencodable";
  }
  return "unknown";
}

std::string_view GuessProtocol(ByteView first_bytes) {
  const detail::Signature* signature = detail::FindSignature(first_bytes);
  return signature == nullptr ? std::string_view() : signature->protocol;
}

std::string FrameError::ToString() const {
  const ByteView first = ByteView(head).first(head_size);
  std::string text(CodeName(code));
  if (code != FrameErrorCode::kUnencodable) text += " at offset " + Number(offset);
  text += ": " + What(*this);
  const bool said = rule == FrameRule::kMismatch;  // both checksums are
  if (rule != FrameRule::kNone && !said) text += ": " + std::string(RuleText(rule));
  if (rule != FrameRule::kNone && FoundIsAPlace(code)) text += ", at byte " + Number(found);
  // What was cut off is told by its size; its first bytes are only good for a guess.
  const bool cut_off = code == FrameErrorCode::kTruncated;
  if (head_size > 0 && !cut_off) text += " (the frame starts with " + Hex(first) + ")";
  if (MayBeAnother(code) && !own_start) text += Hint(first);
  return text;
}

absl::Status ToStatus(const FrameError& error) {
  const std::string text = error.ToString();
  const absl::string_view message(text.data(), text.size());
  switch (error.code) {
    case FrameErrorCode::kPayloadTooLarge:
      return absl::ResourceExhaustedError(message);
    case FrameErrorCode::kUnencodable:
      return absl::InvalidArgumentError(message);
    default:
      return absl::DataLossError(message);
  }
}

}  // namespace unstick::inline v0
