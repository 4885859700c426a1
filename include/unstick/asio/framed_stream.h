// Frames on any Asio stream: sockets, TLS, pipes, test streams.

#ifndef UNSTICK_ASIO_FRAMED_STREAM_H_
#define UNSTICK_ASIO_FRAMED_STREAM_H_

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/compose.hpp>
#include <asio/error.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/posix/descriptor_base.hpp>
#include <asio/post.hpp>
#include <asio/socket_base.hpp>
#include <asio/use_awaitable.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "unstick/asio/detail/abi.h"  // IWYU pragma: keep
#include "unstick/asio/message.h"
#include "unstick/asio/outcome.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/framer.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::aio {

// Payloads of at least so many bytes are written from where they lie; shorter ones are copied
// behind their header, which is cheaper than one more buffer in the system call.
inline constexpr std::size_t kGatherFrom = std::size_t{1} << 10;

// A stream that can be asked without memory at hand whether there is something to read.
template <typename S>
concept WaitableStream = requires(S& s, std::error_code& error, ::asio::mutable_buffer room) {
  s.non_blocking(true, error);
  s.read_some(room, error);
  s.async_wait(::asio::socket_base::wait_read, [](std::error_code) {});
};

// A stream that takes bytes before they are out, in another form: a write that failed has lost the
// end of what it took, and what would follow it is noise to the peer. asio::ssl::stream is one;
// specialize it for others.
template <typename S>
inline constexpr bool kFailedWritesAreFinal = requires(S& s) {
  typename S::handshake_type;
  s.next_layer();
};

// A stream over a descriptor that is no socket: a pipe, a terminal. To write to one whose reader is
// gone raises SIGPIPE, and Asio does not prevent that; so FramedStream writes to it by itself. A
// class of one's own over such streams is not seen through: give it a native_handle().
template <typename S>
concept DescriptorStream = requires(S& s) {
  { s.native_handle() } -> std::same_as<int>;
} && !requires { typename S::protocol_type; };

namespace detail {

// Waits until a descriptor can be written to, with the stream's own wait or, where it has none,
// with a copy of the descriptor.
template <typename S>
concept WaitsToWrite = requires(S& s) {
  s.async_wait(::asio::posix::descriptor_base::wait_write, [](std::error_code) {});
};

template <typename S>
struct WriteWaiter {};
template <typename S>
  requires(DescriptorStream<S> && !WaitsToWrite<S>)
struct WriteWaiter<S> {
  std::optional<::asio::posix::basic_stream_descriptor<typename S::executor_type>> copy;
};

}  // namespace detail

// Receives and sends frames on `AsyncStream`, any model of Asio's AsyncReadStream and
// AsyncWriteStream, or a reference to one.
//
//     aio::FramedStream stream(std::move(socket), LengthFieldFramer());
//     while (aio::ReceiveResult message = co_await stream.Receive()) {
//       aio::SendResult sent = co_await stream.Send(message->payload());
//       if (!sent.ok()) co_return;
//     }
//
// Both take any completion token; without one they are awaitables that do not throw. Deadlines are
// the caller's: cancel the operation (its cancellation slot, awaitable_operators' ||). A cancelled
// Receive() has lost nothing and can be repeated. A Send() that failed between the first and the
// last byte leaves a torn frame: from then on only FinishSend() or closing is possible. On
// asio::ssl::stream only closing is, wherever the Send() failed (kFailedWritesAreFinal): both then
// say kFailedPrecondition for good, and Receive() goes on.
//
// At most one Receive() and one Send() may be under way, on one strand; a second one fails and
// touches nothing. The stream must stay where it is until they complete. While a socket has nothing
// to read, no receive buffer is held (it is put into non-blocking mode for that). A peer that never
// ceases to send keeps nobody else from running, and no cancellation from coming.
// Thread-compatible.
template <FrameScanner F, typename AsyncStream>
class FramedStream {
 public:
  using next_layer_type = std::remove_reference_t<AsyncStream>;
  using executor_type = typename next_layer_type::executor_type;

  FramedStream(AsyncStream stream, F framer, OnError on_error = OnError::kFail)
      : stream_(std::forward<AsyncStream>(stream)), decoder_(std::move(framer), on_error) {}

  // void(ReceiveResult): the next message.
  template <typename Token = ::asio::use_awaitable_t<>>
  auto Receive(Token&& token = {}) {
    return ::asio::async_compose<Token, void(ReceiveResult)>(ReceiveOp{this}, token, stream_);
  }

  // The next message (or end, gap, error) that needs no reading, if there is one.
  std::optional<ReceiveResult> TakeBuffered();

  // void(SendResult): one frame. `payload` must live until the operation completes.
  template <typename Token = ::asio::use_awaitable_t<>>
    requires FrameEncoder<F>
  auto Send(ByteView payload, Token&& token = {}) {
    return ::asio::async_compose<Token, void(SendResult)>(SendOp{this, payload, false}, token,
                                                          stream_);
  }

  // void(SendResult): the rest of a torn frame; the stream has kept a copy of it. `bytes_out`
  // counts from the frame's first byte.
  template <typename Token = ::asio::use_awaitable_t<>>
  auto FinishSend(Token&& token = {}) {
    return ::asio::async_compose<Token, void(SendResult)>(SendOp{this, {}, true}, token, stream_);
  }
  bool torn() const { return !sending_ && (final_ || !out_.empty()); }

  next_layer_type& next_layer() UNSTICK_LIFETIME_BOUND { return stream_; }
  const F& framer() const UNSTICK_LIFETIME_BOUND { return decoder_.framer(); }
  executor_type get_executor() { return stream_.get_executor(); }
  std::uint64_t stream_offset() const { return decoder_.stream_offset(); }
  // Bytes read that no frame has taken yet, for whoever goes on with the stream after the framing.
  ByteView Unread() const UNSTICK_LIFETIME_BOUND { return decoder_.Unread(); }
  std::size_t memory() const {
    return decoder_.memory() + out_.capacity();
  }  // bytes of buffer held

 private:
  using Buffers = std::array<::asio::const_buffer, 3>;

  struct ReceiveOp {
    enum class Step : std::uint8_t { kStart, kYielded, kWaited, kRead, kDone };
    FramedStream* stream;
    Step step = Step::kStart;
    ReceiveResult result{};

    template <typename Self>
    void operator()(Self& self, std::error_code error = {}, std::size_t n = 0);
    template <typename Self>
    void Read(Self& self);
    template <typename Self>
    bool Cancelled(Self& self);
    template <typename Self>
    void Later(Self& self, ReceiveResult what);
    template <typename Self>
    void Complete(Self& self, ReceiveResult what) {
      stream->receiving_ = false;
      self.complete(std::move(what));
    }
  };

  struct SendOp {
    enum class Step : std::uint8_t { kStart, kWrote, kWaited, kDone };
    FramedStream* stream;
    ByteView payload;
    bool finish;
    Step step = Step::kStart;
    bool waited = false;
    SendResult result{};

    template <typename Self>
    void operator()(Self& self, std::error_code error = {}, std::size_t n = 0);
    template <typename Self>
    bool Wrote(Self& self, std::error_code error, std::size_t n);
    template <typename Self>
    void Write(Self& self);
    absl::Status Begin();
  };

  // What has arrived, as far as it goes; `n` bytes have just been put into the room of Prepare().
  std::optional<ReceiveResult> Arrived(std::error_code error, std::size_t n);
  // Puts the frame, or its parts round `payload`, into out_.
  absl::Status Encode(ByteView payload);
  template <FrameWrapper W>
  std::optional<FrameError> EncodeRound(const W& framer, ByteView payload);
  // The frame in progress without its first sent_ bytes.
  Buffers Rest(ByteView payload) const;
  // The send is over: keeps what was not sent of a torn frame, forgets any other.
  void Settle(ByteView payload);

  AsyncStream stream_;
  FrameDecoder<F> decoder_;
  [[no_unique_address]] StreamState<F> sent_before_{};  // frames that went out, a torn one included
  [[no_unique_address]] StreamState<F> sent_then_{};    // the same with the one being sent
  [[no_unique_address]] detail::WriteWaiter<next_layer_type> waiter_{};
  StreamBuffer out_;            // the frame that is being sent, or what remains of a torn one
  std::size_t split_ = 0;       // a payload written from where it lies belongs here in out_
  std::size_t sent_ = 0;        // bytes of that frame
  std::size_t frame_size_ = 0;  // all its bytes
  bool receiving_ = false;
  bool sending_ = false;
  bool final_ = false;    // a write failed that nothing may follow
  bool gathers_ = false;  // the payload is written from where it lies
};

template <FrameScanner F, typename S>
FramedStream(S, F) -> FramedStream<F, S>;
template <FrameScanner F, typename S>
FramedStream(S, F, OnError) -> FramedStream<F, S>;

}  // namespace unstick::inline v0::aio

#include "unstick/asio/detail/framed_stream_impl.h"  // IWYU pragma: export

#endif  // UNSTICK_ASIO_FRAMED_STREAM_H_
