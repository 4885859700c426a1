// Messages out of text: the input of `encode`.

#ifndef UNSTICK_SRC_CLI_MESSAGE_READER_H_
#define UNSTICK_SRC_CLI_MESSAGE_READER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "unstick/core/bytes.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0::cli {

enum class MessageFormat : std::uint8_t {
  kJsonl,  // an object a line, with `payload` in hex or `text`; what `decode` writes
  kLines,  // a line is a message; LF or CR LF ends it
  kHex,    // a line of hex digits is a message
  kRaw,    // everything is one message
};

// Takes the bytes of a text as they come and hands on the messages in it. A last line needs no end.
class MessageReader {
 public:
  // Called with each message, and what is to stand around it if the text says so; with the bytes of
  // a preamble; or with those between two frames. Answer false to stop.
  struct Sinks {
    std::function<bool(ByteView payload, const FrameEnds* ends)> message;
    std::function<bool(ByteView bytes)> preamble;
    std::function<bool(ByteView bytes)> filler;
  };

  MessageReader(MessageFormat format, Sinks sinks);

  // kDataLoss for a line that is no message, with its number; kCancelled when the sink said stop.
  absl::Status Take(ByteView bytes);
  absl::Status Finish();

  std::uint64_t line() const { return line_; }  // of the last message, counted from 1; 0 for kRaw

 private:
  bool Line(std::string_view line);
  bool JsonLine(std::string_view line);
  bool Said(bool go_on);
  bool Refuse(const std::string& why);
  absl::Status Came(const DecodeResult& result) const;

  MessageFormat format_;
  Sinks sinks_;
  FrameDecoder<DelimiterFramer> lines_;
  std::string raw_;
  std::uint64_t line_ = 0;
  absl::Status status_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_MESSAGE_READER_H_
