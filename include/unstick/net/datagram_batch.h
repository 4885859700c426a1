// Room for the datagrams that one call receives, and what came into it.

#ifndef UNSTICK_NET_DATAGRAM_BATCH_H_
#define UNSTICK_NET_DATAGRAM_BATCH_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {

struct IncomingDatagram {
  ByteView bytes;                       // as much of it as there was room for
  std::size_t true_size = 0;            // how much it was
  const SocketAddress* from = nullptr;  // in the batch
  bool truncated() const { return true_size > bytes.size(); }
};

// Memory that is used again for each batch. What came lives until the next one is received.
//
//     rooms   |....|....|....|....|      one datagram each, or with GRO many of one size:
//             |a.......|bbbbbbc..|       datagrams() is a, b, b, b, c
class UNSTICK_EXPORT DatagramBatch {
 public:
  // A datagram of more than `room` bytes is truncated.
  explicit DatagramBatch(std::size_t room = 65'536) : room_(room) {}

  std::span<const IncomingDatagram> datagrams() const UNSTICK_LIFETIME_BOUND { return datagrams_; }
  // How many rooms it came into.
  std::size_t rooms_filled() const { return rooms_filled_; }
  // All of the rooms: every IncomingDatagram::bytes lies in here.
  ByteView memory() const UNSTICK_LIFETIME_BOUND { return {memory_.get(), memory_size_}; }

 private:
  friend class DatagramChannel;

  // Forgets what came; `count` rooms of at least `at_least` bytes follow.
  void Prepare(std::size_t count, std::size_t at_least);
  // The next rooms are others, so that under the address sanitizer a view kept too long is a
  // report.
  void Move() { stride_ = 0; }
  ByteSpan room(std::size_t index) { return {memory_.get() + index * stride_, stride_}; }
  SocketAddress& from(std::size_t index) { return from_[index]; }
  // `size` bytes came into a room, in pieces of `piece` bytes, the last one of what is left.
  void Add(std::size_t index, std::size_t size, std::size_t piece);

  std::size_t room_;
  std::size_t stride_ = 0;
  std::size_t rooms_filled_ = 0;
  std::size_t memory_size_ = 0;
  std::unique_ptr<std::byte[]> memory_;
  std::vector<SocketAddress> from_;
  std::vector<IncomingDatagram> datagrams_;
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_DATAGRAM_BATCH_H_
