#include "unstick/proto/datagram_socket.h"

#include "absl/strings/str_cat.h"

namespace unstick::inline v0::proto::detail {

absl::Status NotOneMessage(std::size_t count) {
  return absl::DataLossError(
      absl::StrCat("bad message: a datagram with ", count, " frames where one belongs"));
}

}  // namespace unstick::inline v0::proto::detail
