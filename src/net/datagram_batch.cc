#include "unstick/net/datagram_batch.h"

#include <algorithm>
#include <cstddef>
#include <memory>

#include "unstick/core/attributes.h"

namespace unstick::inline v0::net {

void DatagramBatch::Prepare(std::size_t count, std::size_t at_least) {
  datagrams_.clear();
  rooms_filled_ = 0;
  const std::size_t stride = std::max(room_, at_least);
  if (count > from_.size() || stride != stride_) {
    from_.assign(std::max(count, from_.size()), SocketAddress());
    stride_ = stride;
    memory_size_ = from_.size() * stride_;
    memory_.reset();
    memory_ = std::make_unique_for_overwrite<std::byte[]>(memory_size_);
  }
}

void DatagramBatch::Add(std::size_t index, std::size_t size, std::size_t piece) {
  ++rooms_filled_;
  const std::size_t came = std::min(size, stride_);
  const ByteView bytes = room(index).first(came);
  if (piece == 0 || piece >= size) {  // one datagram, an empty one too
    datagrams_.push_back({bytes.first(std::min(came, room_)), size, &from_[index]});
    return;
  }
  for (std::size_t at = 0; at < came; at += piece) {
    const std::size_t whole = std::min(piece, came - at);
    datagrams_.push_back({bytes.subspan(at, std::min(whole, room_)), whole, &from_[index]});
  }
}

}  // namespace unstick::inline v0::net
