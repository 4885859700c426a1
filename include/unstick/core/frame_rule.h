// Which rule of its code an error broke: one short, stable word for programs and for people.

#ifndef UNSTICK_CORE_FRAME_RULE_H_
#define UNSTICK_CORE_FRAME_RULE_H_

#include <cstdint>
#include <string_view>

#include "unstick/core/attributes.h"

namespace unstick::inline v0 {

// A code says what kind of thing is wrong, a rule says which one. kNone: the code says it all.
enum class FrameRule : std::uint8_t {
  kNone,

  // A length in digits (kMalformedLength), also the value of a header field (kBadHeader).
  kNotADigit,     // a byte that is no digit stands where one must be
  kNoDigits,      // there is no digit at all
  kLeadingZero,   // a number of several digits starts with 0
  kSign,          // a number with + or - in front
  kOverflow,      // a number that does not fit in 64 bits
  kNoEnd,         // the mark that ends the digits, or starts them, is not there
  kMissingCount,  // a counted line without its count

  // A binary length (kMalformedLength).
  kOverlong,      // a varint in more bytes than its number needs
  kTooManyBytes,  // a varint that goes on after its last possible byte
  kReserved,      // a value that the format reserves
  kBeyondFrame,   // something is said to stand after the end of the frame

  // A header block (kBadHeader).
  kDuplicateLength,   // the length is given twice
  kDuplicateField,    // a field that may be given once is given twice
  kLengthAndChunked,  // a length beside a transfer encoding
  kTransferEncoding,  // a transfer encoding that does not say where the body ends
  kMissingLength,     // no field says how long the body is
  kBareCr,            // a CR without its LF
  kBareLf,            // an LF without its CR
  kNoColon,           // a field line without a colon
  kFieldName,         // a field name with a byte that names do not have, or none
  kFieldValue,        // a field value with a byte that values do not have
  kFolded,            // a line that continues the one before
  kEmptyBlock,        // an empty line where the first line must be
  kBlockTooLong,      // the header block is longer than max-header
  kStartLine,         // a first line that the protocol does not have
  kTrailerField,      // a trailer field that must not stand behind a chunked body
  kTrailersTooLong,   // trailer fields longer than their limit
  kChunkLineTooLong,  // a chunk's size line longer than its limit

  // A constant (kBadMagic).
  kMagic,      // the magic clause's
  kStart,      // a start mark
  kEnd,        // an end mark or the end clause's bytes
  kTrailer,    // constant bytes after a payload
  kSync,       // a record's first bytes
  kPreamble,   // the stream's first bytes
  kSeparator,  // constant bytes inside a header

  // A self-delimiting value (kMalformedValue).
  kBadByte,     // a byte that cannot stand there
  kTooDeep,     // nested deeper than the limit
  kUnbalanced,  // an end without its beginning, or of another kind
  kBadNumber,   // a number that the format does not have
  kBadString,   // a string that the format does not have

  // An escape (kBadEscape).
  kUnknownEscape,  // an escape byte before one that it does not escape
  kCutEscape,      // an escape byte at the end of the frame
  kUnescapedByte,  // a byte that must be escaped and is not

  // A checksum (kBadChecksum).
  kMismatch,  // another one was computed
  kNoRoom,    // the frame is too short to hold one

  // A limit (kPayloadTooLarge).
  kFrameTooLarge,     // the whole frame, not its payload, is over its limit
  kTooManyFragments,  // of one message

  // The framer itself (kMalformedLength, kBadMagic).
  kWrongOptions,  // it was made with options that no framing has, and refuses everything
};

// "duplicate-length", ...; empty for kNone. Stable: programs may compare it.
UNSTICK_EXPORT std::string_view RuleName(FrameRule rule);

// The rule in words, for the middle of a sentence: "the length is given twice"; empty for kNone.
UNSTICK_EXPORT std::string_view RuleText(FrameRule rule);

}  // namespace unstick::inline v0

#endif  // UNSTICK_CORE_FRAME_RULE_H_
