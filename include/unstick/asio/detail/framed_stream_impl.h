// The operations of FramedStream. Included by framed_stream.h alone.

#ifndef UNSTICK_ASIO_DETAIL_FRAMED_STREAM_IMPL_H_
#define UNSTICK_ASIO_DETAIL_FRAMED_STREAM_IMPL_H_

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "unstick/asio/framed_stream.h"
#include "unstick/net/descriptor.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::aio {
namespace detail {

// After this many reads in a row without a frame, other work gets its turn.
inline constexpr int kReadsPerTurn = 16;

}  // namespace detail

template <FrameScanner F, typename AsyncStream>
std::optional<ReceiveResult> FramedStream<F, AsyncStream>::TakeBuffered() {
  const DecodeResult next = decoder_.Next();
  switch (next.kind()) {
    case DecodeResult::Kind::kFrame:
      return ReceiveResult(Message(*next));
    case DecodeResult::Kind::kGap:
      return ReceiveResult(next.gap());
    case DecodeResult::Kind::kError:
      return ReceiveResult(next.error());
    case DecodeResult::Kind::kEnd:
      return ReceiveResult();
    case DecodeResult::Kind::kNeedMore:
      break;
  }
  return std::nullopt;
}

template <FrameScanner F, typename AsyncStream>
std::optional<ReceiveResult> FramedStream<F, AsyncStream>::Arrived(std::error_code error,
                                                                   std::size_t n) {
  if (n > 0) decoder_.Commit(n);
  if (error == ::asio::error::eof) decoder_.Finish();
  std::optional<ReceiveResult> result = TakeBuffered();
  if (!result && error && error != ::asio::error::eof) result = ReceiveResult(error);
  return result;
}

//     kStart --nothing buffered--> read --would block--> kWaited --> read ...
//        |                          |                       (sockets only)
//        '--> kDone (posted) <------'--> kRead --> a result, or read again
//                                   '--> kYielded (posted): a read of many that led to nothing
template <FrameScanner F, typename AsyncStream>
template <typename Self>
void FramedStream<F, AsyncStream>::ReceiveOp::operator()(Self& self, std::error_code error,
                                                         std::size_t n) {
  switch (step) {
    case Step::kStart:
      self.reset_cancellation_state(::asio::enable_total_cancellation());
      if (stream->receiving_) {
        result = ReceiveResult(std::error_code(::asio::error::already_started));
        step = Step::kDone;
        ::asio::post(stream->stream_.get_executor(), std::move(self));
        return;
      }
      stream->receiving_ = true;
      if (auto buffered = stream->TakeBuffered()) return Later(self, std::move(*buffered));
      break;
    case Step::kYielded:
      if (Cancelled(self)) return;
      break;
    case Step::kWaited:
      if (error) return Complete(self, ReceiveResult(error));
      break;
    case Step::kRead:
      if (auto arrived = stream->Arrived(error, n)) return Complete(self, std::move(*arrived));
      break;
    case Step::kDone:
      return self.complete(std::move(result));
  }
  Read(self);
}

template <FrameScanner F, typename AsyncStream>
template <typename Self>
void FramedStream<F, AsyncStream>::ReceiveOp::Read(Self& self) {
  auto& next_layer = stream->stream_;
  if constexpr (WaitableStream<next_layer_type>) {
    for (int reads = 0;; ++reads) {
      if (reads == detail::kReadsPerTurn) {
        step = Step::kYielded;
        ::asio::post(stream->stream_.get_executor(), std::move(self));
        return;
      }
      std::error_code error;
      if (!next_layer.non_blocking()) next_layer.non_blocking(true, error);
      const ByteSpan room = stream->decoder_.Prepare();
      const std::size_t n =
          error ? 0 : next_layer.read_some(::asio::buffer(room.data(), room.size()), error);
      if (error == ::asio::error::would_block || error == ::asio::error::try_again) break;
      if (error == ::asio::error::interrupted) continue;
      if (auto arrived = stream->Arrived(error, n)) return Later(self, std::move(*arrived));
    }
    if (stream->decoder_.Unread().empty()) stream->decoder_.Trim();
    if (Cancelled(self)) return;
    step = Step::kWaited;
    next_layer.async_wait(::asio::socket_base::wait_read, std::move(self));
  } else {
    if (Cancelled(self)) return;
    const ByteSpan room = stream->decoder_.Prepare();
    step = Step::kRead;
    next_layer.async_read_some(::asio::buffer(room.data(), room.size()), std::move(self));
  }
}

// A signal that came between two waits has met nothing that it could end.
template <FrameScanner F, typename AsyncStream>
template <typename Self>
bool FramedStream<F, AsyncStream>::ReceiveOp::Cancelled(Self& self) {
  if (step == Step::kStart ||
      self.get_cancellation_state().cancelled() == ::asio::cancellation_type::none)
    return false;
  Complete(self, ReceiveResult(std::error_code(::asio::error::operation_aborted)));
  return true;
}

// An operation that has not waited for anything must not complete inside the call that started it.
template <FrameScanner F, typename AsyncStream>
template <typename Self>
void FramedStream<F, AsyncStream>::ReceiveOp::Later(Self& self, ReceiveResult what) {
  if (step == Step::kWaited || step == Step::kYielded) return Complete(self, std::move(what));
  stream->receiving_ = false;
  result = std::move(what);
  step = Step::kDone;
  ::asio::post(stream->stream_.get_executor(), std::move(self));
}

template <FrameScanner F, typename AsyncStream>
absl::Status FramedStream<F, AsyncStream>::Encode(ByteView payload) {
  sent_then_ = sent_before_;
  gathers_ = false;
  std::optional<FrameError> refused;
  const auto gather = [&](const auto& framer) {
    if constexpr (FrameWrapper<std::decay_t<decltype(framer)>>) {
      refused = EncodeRound(framer, payload);
      gathers_ = true;
    }
  };
  if (payload.size() >= kGatherFrom) v0::detail::WithFramer(decoder_.framer(), gather);
  if (!gathers_) {
    refused = AppendFrame(decoder_.framer(), payload, out_, sent_then_);
    split_ = frame_size_ = out_.size();
  }
  return refused ? v0::ToStatus(*refused) : absl::OkStatus();
}

template <FrameScanner F, typename AsyncStream>
template <FrameWrapper W>
std::optional<FrameError> FramedStream<F, AsyncStream>::EncodeRound(const W& framer,
                                                                    ByteView payload) {
  if (payload.size() > kMaxContiguousPayload) return v0::detail::TooLargeToEncode(payload.size());
  const Overhead around = framer.OverheadFor(payload.size());
  const std::size_t size = around.header + around.trailer;
  const ByteSpan ends = out_.Prepare(size + 1).first(size);
  if (auto refused = framer.Wrap(payload, ends.first(around.header), ends.last(around.trailer))) {
    return refused;
  }
  out_.Commit(size);
  split_ = around.header;
  frame_size_ = size + payload.size();
  return std::nullopt;
}

template <FrameScanner F, typename AsyncStream>
auto FramedStream<F, AsyncStream>::Rest(ByteView payload) const -> Buffers {
  const ByteView ends = out_.readable();
  const ByteView parts[] = {ends.first(split_), payload, ends.subspan(split_)};
  const std::size_t all = ends.size() + payload.size();
  std::size_t skip = all - (frame_size_ - sent_);
  Buffers rest;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const std::size_t n = std::min(skip, parts[i].size());
    skip -= n;
    rest[i] = ::asio::const_buffer(parts[i].data() + n, parts[i].size() - n);
  }
  return rest;
}

template <FrameScanner F, typename AsyncStream>
void FramedStream<F, AsyncStream>::Settle(ByteView payload) {
  if (sent_ > 0 && sent_ < frame_size_ && !final_) {
    StreamBuffer rest;
    for (const ::asio::const_buffer& part : Rest(payload)) {
      rest.Append(ByteView(static_cast<const std::byte*>(part.data()), part.size()));
    }
    out_ = std::move(rest);
  } else {
    out_.Consume(out_.size());
    if (out_.capacity() > 2 * kGatherFrom) out_.Trim();
  }
  split_ = out_.size();
}

template <FrameScanner F, typename AsyncStream>
absl::Status FramedStream<F, AsyncStream>::SendOp::Begin() {
  if (stream->sending_) return absl::FailedPreconditionError("another send is under way");
  if (stream->final_) {
    return absl::FailedPreconditionError("a write failed after the stream had taken bytes: close");
  }
  if (finish) {
    if (!stream->torn()) return absl::FailedPreconditionError("there is no torn frame to finish");
    return absl::OkStatus();
  }
  if (stream->torn()) {
    return absl::FailedPreconditionError("an earlier frame was sent in part: finish it or close");
  }
  stream->sent_ = 0;
  absl::Status encoded;
  if constexpr (FrameEncoder<F>) encoded = stream->Encode(payload);
  if (!stream->gathers_) payload = {};  // it is in out_ now
  return encoded;
}

template <FrameScanner F, typename AsyncStream>
template <typename Self>
void FramedStream<F, AsyncStream>::SendOp::operator()(Self& self, std::error_code error,
                                                      std::size_t n) {
  switch (step) {
    case Step::kStart:
      self.reset_cancellation_state(::asio::enable_total_cancellation());
      result.status = Begin();
      if (!result.ok()) {
        step = Step::kDone;
        ::asio::post(stream->stream_.get_executor(), std::move(self));
        return;
      }
      stream->sending_ = true;
      step = Step::kWrote;
      break;
    case Step::kWrote:
      if (Wrote(self, error, n)) return self.complete(std::move(result));
      break;
    case Step::kWaited:
      if (error && Wrote(self, error, 0)) return self.complete(std::move(result));
      break;
    case Step::kDone:
      return self.complete(std::move(result));
  }
  if constexpr (DescriptorStream<next_layer_type>) {
    Write(self);
  } else {
    stream->stream_.async_write_some(stream->Rest(payload), std::move(self));
  }
}

// True when the send is over, one way or the other; `result` says which.
template <FrameScanner F, typename AsyncStream>
template <typename Self>
bool FramedStream<F, AsyncStream>::SendOp::Wrote(Self& self, std::error_code error, std::size_t n) {
  stream->sent_ += n;
  if constexpr (kFailedWritesAreFinal<next_layer_type>) stream->final_ = bool(error);
  if (stream->sent_ < stream->frame_size_ && !error) {
    if (self.get_cancellation_state().cancelled() == ::asio::cancellation_type::none) return false;
    error = ::asio::error::operation_aborted;  // between two writes
  }
  stream->sending_ = false;
  if (stream->sent_ > 0) stream->sent_before_ = stream->sent_then_;
  stream->Settle(payload);
  result.bytes_out = stream->sent_;
  if (stream->sent_ < stream->frame_size_) {
    result.io_error = error;
    result.status = aio::ToStatus(error);
  }
  return true;
}

// Asio's own write would raise SIGPIPE.
template <FrameScanner F, typename AsyncStream>
template <typename Self>
void FramedStream<F, AsyncStream>::SendOp::Write(Self& self) {
  auto& next_layer = stream->stream_;
  for (;;) {
    const Buffers rest = stream->Rest(payload);
    std::array<ByteView, std::tuple_size_v<Buffers>> parts;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      parts[i] = {static_cast<const std::byte*>(rest[i].data()), rest[i].size()};
    }
    const net::IoResult put = net::WriteToDescriptor(next_layer.native_handle(), parts);
    if (put.kind() == net::IoResult::Kind::kWouldBlock) break;
    const bool failed = put.kind() != net::IoResult::Kind::kBytes;
    const std::error_code error(failed ? put.error_code() : 0,
                                ::asio::error::get_system_category());
    if (!Wrote(self, error, failed ? 0 : put.bytes())) continue;
    if (waited) return self.complete(std::move(result));
    step = Step::kDone;
    ::asio::post(stream->stream_.get_executor(), std::move(self));
    return;
  }
  step = Step::kWaited;
  waited = true;
  constexpr auto kWritable = ::asio::posix::descriptor_base::wait_write;
  if constexpr (detail::WaitsToWrite<next_layer_type>) {
    next_layer.async_wait(kWritable, std::move(self));
  } else {
    auto& copy = stream->waiter_.copy;
    if (!copy) {
      copy.emplace(next_layer.get_executor());
      std::error_code error;
      copy->assign(::dup(next_layer.native_handle()), error);
    }
    copy->async_wait(kWritable, std::move(self));
  }
}

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_DETAIL_FRAMED_STREAM_IMPL_H_
