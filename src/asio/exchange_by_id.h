// Requests and replies that find each other by the ids in the native header's metadata.

#ifndef UNSTICK_SRC_ASIO_EXCHANGE_BY_ID_H_
#define UNSTICK_SRC_ASIO_EXCHANGE_BY_ID_H_

#include <cstdint>
#include <optional>
#include <string>

#include "unstick/asio/detail/exchange.h"
#include "unstick/core/header_framer.h"

namespace unstick::inline v0::aio::detail {

// unstick.v1.FrameMetadata in bytes (proto/unstick/v1/frame.proto), as far as a client must know
// it. This layer has no Protocol Buffers, and needs two numbers:
//
//     | 08 | message_id | 10 | reply_to_id | other fields ...      each id a varint; any order
//
// Protobuf reads the last of several values of a field, so what is appended counts.
void AppendMessageId(std::uint64_t id, std::string& metadata);
// 0 where there is none. Nothing for bytes that are no protobuf message.
std::optional<std::uint64_t> FindReplyToId(ByteView metadata);

class ById final : public InOrder<HeaderFramer> {
 public:
  using InOrder::InOrder;
  absl::Status Append(std::uint64_t id, ByteView metadata, ByteView payload,
                      StreamBuffer& out) override;
  Addressee AddresseeOf(const Message& message) const override;
  bool in_order() const override { return false; }
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_SRC_ASIO_EXCHANGE_BY_ID_H_
