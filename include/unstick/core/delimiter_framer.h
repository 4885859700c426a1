// Delimiter: a byte string, one of several, ends each frame. Lines are the everyday case.

#ifndef UNSTICK_CORE_DELIMITER_FRAMER_H_
#define UNSTICK_CORE_DELIMITER_FRAMER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"

namespace unstick::inline v0 {

namespace detail {
class DelimiterMatcher;
}

// What bytes mean that no delimiter had ended when the input did.
enum class Tail : std::uint8_t {
  kError,    // kTruncated
  kDeliver,  // they are the last frame
  kDrop,     // they belong to no frame
};

//     | start | payload | end | trailer |        `start` and `trailer` are empty unless asked for
//
// Of several end marks the one that starts earliest wins, and among those that start at the same
// byte the first listed; where a longer mark is still possible, the answer waits for it. A payload
// over the limit is refused as soon as no mark can start within the limit, in one pass that looks
// at each byte at most twice, whatever the cuts (Aho and Corasick, 1975).
//
// The encoder writes the first start and the first end. It refuses a payload that would not read
// back: one that holds an end mark, or whose last bytes form one with the mark that follows ("ba"
// with delimiter "aa"). Thread-safe: immutable after construction; copies share the search tables.
class UNSTICK_EXPORT DelimiterFramer {
 public:
  struct Options {
    std::vector<std::string> ends = {"\n"};  // 1..16 marks of 1..256 bytes
    std::vector<std::string> starts = {};  // one of these must come first; all of one size, <= 256
    bool keep = false;                     // deliver the end mark with the payload
    bool skip_empty = false;               // pass over empty frames instead of delivering them
    std::size_t trailer = 0;               // bytes after the end mark, 0..65535
    Tail tail = Tail::kError;
    std::uint64_t min_payload = 0;  // bytes, marks not counted
    std::uint64_t max_payload = kDefaultMaxPayload;
    friend bool operator==(const Options&, const Options&) = default;
  };

  // LF lines, one CR before the LF dropped: what most text protocols mean by a line.
  static Options Lines() { return {.ends = {"\n", "\r\n"}}; }

  // Refuses options that could never frame anything (kInvalidArgument, naming the option).
  static absl::StatusOr<DelimiterFramer> Create(const Options& options);
  // For options known to be right. REQUIRES: Create(options) would succeed (asserted; wrong options
  // behave as Lines() otherwise).
  explicit DelimiterFramer(const Options& options);
  DelimiterFramer() : DelimiterFramer(Lines()) {}
  DelimiterFramer(const DelimiterFramer&) = default;
  DelimiterFramer(DelimiterFramer&&) noexcept = default;
  DelimiterFramer& operator=(const DelimiterFramer&) = default;
  DelimiterFramer& operator=(DelimiterFramer&&) noexcept = default;
  ~DelimiterFramer();

  ScanResult Scan(ByteView window, std::size_t resume) const;
  ScanResult ScanFinal(ByteView rest) const;
  SeekResult Seek(ByteView window, std::size_t resume, bool finished) const;
  std::size_t max_frame_size() const { return max_frame_size_; }

  Overhead OverheadFor(std::size_t payload_size) const;
  std::optional<FrameError> Wrap(ByteView payload, ByteSpan header, ByteSpan trailer) const;

  const Options& options() const { return options_; }

 private:
  DelimiterFramer(const Options& checked, int);
  std::optional<ScanResult> CheckStart(ByteView window) const;
  ScanResult Frame(ByteView window, std::size_t payload_size, std::size_t end_size) const;
  FrameError TooLarge(ByteView window) const;
  bool Carries(ByteView payload) const;

  Options options_;
  std::shared_ptr<const detail::DelimiterMatcher> matcher_;
  std::size_t start_size_ = 0;
  std::size_t max_payload_ = 0;
  std::size_t max_frame_size_ = 0;
};

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_DELIMITER_FRAMER_H_
