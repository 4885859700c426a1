#include "unstick/core/frame_rule.h"

#include <cstddef>
#include <iterator>

namespace unstick::inline v0 {
namespace {

struct Words {
  FrameRule rule;
  std::string_view name;
  std::string_view text;
};

// In the order of the enumeration.
constexpr Words kWords[] = {
    {FrameRule::kNone, "", ""},
    {FrameRule::kNotADigit, "not-a-digit", "a byte that is no digit stands where one must be"},
    {FrameRule::kNoDigits, "no-digits", "there is no digit"},
    {FrameRule::kLeadingZero, "leading-zero", "a number of several digits starts with 0"},
    {FrameRule::kSign, "sign", "the number has a sign"},
    {FrameRule::kOverflow, "overflow", "the number does not fit in 64 bits"},
    {FrameRule::kNoEnd, "no-end", "the mark around the digits is not there"},
    {FrameRule::kMissingCount, "missing-count", "the line has no count"},
    {FrameRule::kOverlong, "overlong", "the number is written in more bytes than it needs"},
    {FrameRule::kTooManyBytes, "too-many-bytes", "the number goes on after its last byte"},
    {FrameRule::kReserved, "reserved", "the format reserves this value"},
    {FrameRule::kBeyondFrame, "beyond-frame", "the frame ends before what it must hold"},
    {FrameRule::kDuplicateLength, "duplicate-length", "the length is given twice"},
    {FrameRule::kDuplicateField, "duplicate-field", "a field is given twice"},
    {FrameRule::kLengthAndChunked, "length-and-chunked",
     "a length stands beside a transfer encoding"},
    {FrameRule::kTransferEncoding, "transfer-encoding",
     "the transfer encoding does not say where the body ends"},
    {FrameRule::kMissingLength, "missing-length", "no field says how long the body is"},
    {FrameRule::kBareCr, "bare-cr", "a CR has no LF"},
    {FrameRule::kBareLf, "bare-lf", "an LF has no CR"},
    {FrameRule::kNoColon, "no-colon", "a field line has no colon"},
    {FrameRule::kFieldName, "field-name", "a field name is empty or has a byte that names lack"},
    {FrameRule::kFieldValue, "field-value", "a field value has a byte that values lack"},
    {FrameRule::kFolded, "folded", "a line continues the one before"},
    {FrameRule::kEmptyBlock, "empty-block", "an empty line stands where the first line must be"},
    {FrameRule::kBlockTooLong, "block-too-long", "the header block is longer than its limit"},
    {FrameRule::kStartLine, "start-line", "the first line is none that the protocol has"},
    {FrameRule::kTrailerField, "trailer-field", "a field must not stand after a chunked body"},
    {FrameRule::kTrailersTooLong, "trailers-too-long", "the trailer fields are over their limit"},
    {FrameRule::kChunkLineTooLong, "chunk-line-too-long", "a chunk's size line is over its limit"},
    {FrameRule::kMagic, "magic", "the magic is not there"},
    {FrameRule::kStart, "start", "the start mark is not there"},
    {FrameRule::kEnd, "end", "the end mark is not there"},
    {FrameRule::kTrailer, "trailer", "the constant after the payload is not there"},
    {FrameRule::kSync, "sync", "the record does not start as it must"},
    {FrameRule::kPreamble, "preamble", "the stream does not start as it must"},
    {FrameRule::kSeparator, "separator", "a constant in the header is not there"},
    {FrameRule::kBadByte, "bad-byte", "a byte that cannot stand there"},
    {FrameRule::kTooDeep, "too-deep", "the value is nested deeper than the limit"},
    {FrameRule::kUnbalanced, "unbalanced", "an end has no beginning"},
    {FrameRule::kBadNumber, "bad-number", "the format has no such number"},
    {FrameRule::kBadString, "bad-string", "the format has no such string"},
    {FrameRule::kUnknownEscape, "unknown-escape", "nothing is escaped like this"},
    {FrameRule::kCutEscape, "cut-escape", "the frame ends inside an escape"},
    {FrameRule::kUnescapedByte, "unescaped-byte", "a byte that must be escaped is not"},
    {FrameRule::kMismatch, "mismatch", "another checksum was computed"},
    {FrameRule::kNoRoom, "no-room", "the frame is too short to hold a checksum"},
    {FrameRule::kFrameTooLarge, "frame-too-large", "the whole frame is over its limit"},
    {FrameRule::kTooManyFragments, "too-many-fragments",
     "the message has more fragments than allowed"},
    {FrameRule::kWrongOptions, "wrong-options", "the framer was made with options that are wrong"},
};

const Words& WordsOf(FrameRule rule) {
  const auto index = static_cast<std::size_t>(rule);
  return kWords[index < std::size(kWords) ? index : 0];
}

}  // namespace

std::string_view RuleName(FrameRule rule) { return WordsOf(rule).name; }
std::string_view RuleText(FrameRule rule) { return WordsOf(rule).text; }

}  // namespace unstick::inline v0
