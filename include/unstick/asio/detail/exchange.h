// The part of a client's connection that knows its framing, and whose a reply is.

#ifndef UNSTICK_ASIO_DETAIL_EXCHANGE_H_
#define UNSTICK_ASIO_DETAIL_EXCHANGE_H_

#include <asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "unstick/asio/detail/addressee.h"
#include "unstick/asio/framed_stream.h"
#include "unstick/asio/outcome.h"
#include "unstick/asio/stream.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/bytes.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::aio::detail {

class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  virtual Stream& stream() = 0;
  virtual std::optional<ReceiveResult> TakeBuffered() = 0;
  virtual ::asio::awaitable<ReceiveResult> Receive() = 0;
  // kInvalidArgument, `out` as it was, for what the framing cannot carry.
  virtual absl::Status Append(std::uint64_t id, ByteView metadata, ByteView payload,
                              StreamBuffer& out) = 0;
  virtual Addressee AddresseeOf(const Message& message) const = 0;
  virtual bool in_order() const = 0;
};
using ExchangeFactory = std::function<std::unique_ptr<Exchange>(Stream)>;

template <Framer F>
class InOrder : public Exchange {
 public:
  InOrder(Stream stream, F framer) : frames_(std::move(stream), std::move(framer)) {}

  Stream& stream() override { return frames_.next_layer(); }
  std::optional<ReceiveResult> TakeBuffered() override { return frames_.TakeBuffered(); }
  ::asio::awaitable<ReceiveResult> Receive() override { return frames_.Receive(); }
  absl::Status Append(std::uint64_t, ByteView metadata, ByteView payload,
                      StreamBuffer& out) override {
    if (!metadata.empty()) return absl::InvalidArgumentError("in order there is no metadata");
    const auto refused = AppendFrame(frames_.framer(), payload, out, sent_);
    return refused ? v0::ToStatus(*refused) : absl::OkStatus();
  }
  Addressee AddresseeOf(const Message&) const override {
    return {.kind = Addressee::Kind::kOldest};
  }
  bool in_order() const override { return true; }

 protected:
  const F& framer() const { return frames_.framer(); }

 private:
  FramedStream<F, Stream> frames_;
  [[no_unique_address]] StreamState<F> sent_{};
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_ASIO_DETAIL_EXCHANGE_H_
