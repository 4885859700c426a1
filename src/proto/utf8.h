// Strings that are not UTF-8, found before protobuf sees them: it would write about them to stderr.

#ifndef UNSTICK_SRC_PROTO_UTF8_H_
#define UNSTICK_SRC_PROTO_UTF8_H_

#include <google/protobuf/message_lite.h>

#include <string_view>

#include "unstick/core/bytes.h"

namespace unstick::inline v0::proto {

// Well-formed UTF-8 as RFC 3629 section 4 has it: no overlong form, no surrogate, up to U+10FFFF.
bool IsUtf8(std::string_view text);

// False if `bytes`, read as a message of the type of `prototype`, has a string that protobuf would
// refuse for not being UTF-8: a field of type string of a proto3 file, in nested messages and maps
// too, or if it is broken before its end: protobuf would judge what there is of a string that the
// end cuts off. True for types without descriptors (optimize_for = LITE_RUNTIME), of which nothing
// is known.
bool StringsAreUtf8(ByteView bytes, const google::protobuf::MessageLite& prototype);

// The same of a message that is to be sent.
bool StringsAreUtf8(const google::protobuf::MessageLite& message);

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_SRC_PROTO_UTF8_H_
