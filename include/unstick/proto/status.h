// absl::Status on the wire.

#ifndef UNSTICK_PROTO_STATUS_H_
#define UNSTICK_PROTO_STATUS_H_

#include "absl/status/status.h"
#include "unstick/core/attributes.h"
#include "unstick/v1/status.pb.h"

namespace unstick::inline v0::proto {

// Code and message. A message that is not UTF-8, which a protobuf string must be, arrives with '?'
// in place of each byte that is not ASCII.
UNSTICK_EXPORT v1::Status ToProto(const absl::Status& status);

// The reverse. A code that absl does not know is kUnknown.
UNSTICK_EXPORT absl::Status FromProto(const v1::Status& status);

}  // namespace unstick::inline v0::proto

#endif  // UNSTICK_PROTO_STATUS_H_
