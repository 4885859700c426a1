// The part of a connection that knows its framing and its handler. The rest, which does the input
// and output, is compiled once, in the library.

#ifndef UNSTICK_ASIO_DETAIL_PEER_H_
#define UNSTICK_ASIO_DETAIL_PEER_H_

#include <asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "unstick/asio/message.h"
#include "unstick/asio/server_stats.h"
#include "unstick/asio/session.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/attributes.h"
#include "unstick/core/bytes.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/frame_view.h"
#include "unstick/core/framer.h"
#include "unstick/core/framer_ref.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::aio {

// Sees each frame as a view that is valid until it returns.
template <typename H>
concept PlainHandler = std::is_invocable_v<H&, Session&, const FrameView&> &&
                       std::is_void_v<std::invoke_result_t<H&, Session&, const FrameView&>>;

// Owns each message and may wait. Taking a FrameView instead does not compile: it would point into
// a buffer that is reused as soon as the coroutine waits.
template <typename H>
concept CoroutineHandler = std::is_invocable_r_v<::asio::awaitable<void>, H&, Session&, Message> &&
                           !std::is_invocable_v<H&, Session&, FrameView>;

namespace detail {

// Where a peer's decoder stands after a call.
struct Progress {
  DecodeResult::Kind kind = DecodeResult::Kind::kNeedMore;  // kFrame: the gate said halt
  bool has_message = false;                                 // a message waits for Drive()
  bool mid_frame = false;
  bool fresh = false;                 // what is in progress began in this call
  bool forgettable = false;           // nothing but `offset` would be lost with the peer
  std::size_t frames = 0;             // handed to the handler by this call
  std::uint64_t offset = 0;           // of the frame in progress
  std::size_t memory = 0;             // bytes of buffer held
  const FrameError* error = nullptr;  // for kError
  const Gap* gap = nullptr;           // for kGap
};

// A reply that did not become a frame.
struct Unqueued {
  ReplyRefusal why = ReplyRefusal::kUnencodable;
  FrameError error = {};  // for kUnencodable
};

// One virtual call per read and one per reply, none per frame.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  virtual Progress Take(ByteView chunk) = 0;  // decodes the stream's next bytes, in place
  virtual Progress Resume() = 0;              // decodes what is held
  virtual Progress Finish() = 0;              // no more bytes will come; decodes what is held
  // Room of its own for the next read, when a large frame is half there; then Commit() instead of
  // Take(). Empty: read into the shared room.
  virtual ByteSpan OwnRoom() = 0;
  virtual Progress Commit(std::size_t n) = 0;

  virtual std::size_t held() const = 0;  // bytes that no frame has taken yet
  // The same, and those that have been dropped of a frame that is passed over.
  virtual std::uint64_t progress() const = 0;
  virtual Message Keep(const FrameView& frame) = 0;
  virtual Remaining TakeRemaining() = 0;  // then only destruction is left

  // Append a frame to `out`, unless the framing cannot carry it, or `out` would be larger than
  // `limit` (kBytes): then all is as it was.
  virtual std::optional<Unqueued> Encode(ByteView payload, StreamBuffer& out,
                                         std::size_t limit) = 0;
  virtual std::optional<Unqueued> Encode(std::size_t size, FillRef fill, StreamBuffer& out,
                                         std::size_t limit) = 0;

  // Runs the coroutine handler on the waiting message and on those that `more()` then brings up.
  // REQUIRES: has_message.
  virtual ::asio::awaitable<void> Drive(std::shared_ptr<Session> session,
                                        void (*more)(Session&)) = 0;
};

template <Framer F>
class DecodingPeer : public Peer {
 public:
  DecodingPeer(const F& framer, Remaining from, OnError on_error)
      : framer_(framer), decoder_(FramerRef<F>(framer), std::move(from), on_error) {}

  ByteSpan OwnRoom() override {
    const std::size_t held = decoder_.Unread().size();
    return held >= kReadRoom && decoder_.bytes_needed() >= kReadRoom ? decoder_.Prepare()
                                                                     : ByteSpan();
  }
  std::size_t held() const override { return decoder_.Unread().size(); }
  std::uint64_t progress() const override { return decoder_.progress(); }
  Message Keep(const FrameView& frame) override {
    if (!owned_ || frame.wire_size() < kReadRoom) return Message(frame);
    owned_ = false;
    return Message(frame, decoder_.TakeMemory());
  }
  Remaining TakeRemaining() override { return std::move(decoder_).TakeRemaining(); }

  std::optional<Unqueued> Encode(ByteView payload, StreamBuffer& out, std::size_t limit) override {
    return Within(limit, out, [&] { return AppendFrame(framer_, payload, out, sent_); });
  }
  std::optional<Unqueued> Encode(std::size_t size, FillRef fill, StreamBuffer& out,
                                 std::size_t limit) override {
    return Within(limit, out, [&] { return AppendFrame(framer_, size, fill, out, sent_); });
  }

 protected:
  // Reads land in a room of the library, which may have been built without the address sanitizer: a
  // copy that goes when `run` is done makes a view kept too long a report.
  template <typename Run>
  static Progress WithOwnCopy(ByteView chunk, Run run) {
    std::vector<std::byte> copy;
    if (UNSTICK_ADDRESS_SANITIZER) {
      copy.assign(chunk.begin(), chunk.end());
      chunk = copy;
    }
    return run(chunk);
  }

  template <typename Append>
  std::optional<Unqueued> Within(std::size_t limit, StreamBuffer& out, Append append) {
    const std::size_t before = out.size();
    const StreamState<F> sent = sent_;
    if (const std::optional<FrameError> error = append()) return Unqueued{.error = *error};
    if (out.size() <= limit) return std::nullopt;
    out.Unwrite(out.size() - before);
    sent_ = sent;
    return Unqueued{.why = ReplyRefusal::kBytes};
  }

  // The next outcome; a frame goes to `sink`, and its memory may be given away meanwhile.
  template <typename Sink>
  DecodeResult One(Sink& sink, bool& go_on) {
    DecodeResult next = decoder_.Next();
    if (!next) return next;
    owned_ = true;
    go_on = sink(*next);
    owned_ = false;
    return DecodeResult::Frame({});
  }

  // What Push() does; a large frame that `chunk` ends is put together first, by itself.
  template <typename Sink>
  DecodeResult PushOwning(ByteView chunk, Sink& sink) {
    const std::size_t needed = decoder_.bytes_needed();
    if (decoder_.Unread().size() < kReadRoom || chunk.size() < needed) {
      return decoder_.Push(chunk, sink);
    }
    (void)decoder_.Feed(chunk.first(needed));
    bool go_on = false;
    const DecodeResult first = One(sink, go_on);
    if (go_on || first.kind() == DecodeResult::Kind::kNeedMore) {
      return decoder_.Push(chunk.subspan(needed), sink);
    }
    (void)decoder_.Feed(chunk.subspan(needed));
    return first;
  }

  // What Commit() and Drain() do, the same way.
  template <typename Sink>
  DecodeResult CommitOwning(std::size_t n, Sink& sink) {
    decoder_.Commit(n);
    bool go_on = false;
    const DecodeResult first = One(sink, go_on);
    return go_on ? decoder_.Drain(sink) : first;
  }

  Progress Report(const DecodeResult& result, std::size_t frames, bool has_message) {
    const DecodeResult::Kind kind = result.kind();
    const FrameError* error = kind == DecodeResult::Kind::kError ? &result.error() : nullptr;
    const Gap* gap = kind == DecodeResult::Kind::kGap ? &result.gap() : nullptr;
    if (!decoder_.mid_frame()) decoder_.Trim();  // an idle connection holds nothing
    const bool fresh = decoder_.progress_began() != began_;
    began_ = decoder_.progress_began();
    const bool forgettable = !decoder_.mid_frame() && !decoder_.finished() &&
                             kind == DecodeResult::Kind::kNeedMore && decoder_.at_rest() &&
                             sent_ == StreamState<F>();
    return {kind,        has_message, decoder_.mid_frame(),     fresh,
            forgettable, frames,      decoder_.stream_offset(), decoder_.memory(),
            error,       gap};
  }

  const F& framer_;
  FrameDecoder<FramerRef<F>> decoder_;
  [[no_unique_address]] StreamState<F> sent_{};
  std::uint64_t began_ = ~std::uint64_t{0};  // what was in progress after the call before
  bool owned_ = false;  // the frame that the handler looks at lies in the decoder's memory alone
};

// Calls `handler(Session&, const FrameView&)` for each frame, inside the read room.
template <Framer F, typename Handler>
class PlainPeer final : public DecodingPeer<F> {
 public:
  PlainPeer(const F& framer, Handler& handler, OnError on_error, Session& session, Gate& gate,
            Remaining from)
      : DecodingPeer<F>(framer, std::move(from), on_error),
        handler_(handler),
        session_(session),
        gate_(gate) {}

  Progress Take(ByteView bytes) override {
    return this->WithOwnCopy(bytes, [this](ByteView chunk) {
      return Run([&](auto sink) { return this->PushOwning(chunk, sink); });
    });
  }
  Progress Resume() override {
    return Run([&](auto sink) { return this->decoder_.Drain(sink); });
  }
  Progress Finish() override {
    this->decoder_.Finish();
    return Resume();
  }
  Progress Commit(std::size_t n) override {
    return Run([&](auto sink) { return this->CommitOwning(n, sink); });
  }
  ::asio::awaitable<void> Drive(std::shared_ptr<Session>, void (*)(Session&)) override {
    co_return;
  }

 private:
  template <typename Decode>
  Progress Run(Decode decode) {
    std::size_t frames = 0;
    const DecodeResult result = decode([this, &frames](const FrameView& frame) {
      if (frame.stream_offset() >= gate_.end_offset) return false;
      ++frames;
      handler_(session_, frame);
      return !gate_.halted;
    });
    return this->Report(result, frames, false);
  }

  Handler& handler_;
  Session& session_;
  Gate& gate_;
};

// Runs `handler(Session&, Message)` as a coroutine for each frame, one at a time and in order. What
// has arrived behind the frame that is being handled stays in the decoder as bytes.
template <Framer F, typename Handler>
class CoroutinePeer final : public DecodingPeer<F> {
 public:
  CoroutinePeer(const F& framer, Handler& handler, OnError on_error, Session&, Gate& gate,
                Remaining from)
      : DecodingPeer<F>(framer, std::move(from), on_error), handler_(handler), gate_(gate) {}

  Progress Take(ByteView bytes) override {
    return this->WithOwnCopy(bytes, [this](ByteView chunk) {
      return Run([&](auto sink) { return this->PushOwning(chunk, sink); });
    });
  }
  Progress Resume() override {
    return Run([&](auto sink) { return this->decoder_.Drain(sink); });
  }
  Progress Finish() override {
    this->decoder_.Finish();
    return Resume();
  }
  Progress Commit(std::size_t n) override {
    return Run([&](auto sink) { return this->CommitOwning(n, sink); });
  }
  ::asio::awaitable<void> Drive(std::shared_ptr<Session> session, void (*more)(Session&)) override {
    while (waiting_) {
      Message message = std::move(*waiting_);
      waiting_.reset();
      co_await handler_(*session, std::move(message));
      if (!gate_.halted) more(*session);
    }
  }

 private:
  template <typename Decode>
  Progress Run(Decode decode) {
    std::size_t frames = 0;
    const DecodeResult result = decode([this, &frames](const FrameView& frame) {
      if (frame.stream_offset() < gate_.end_offset) {
        ++frames;
        waiting_.emplace(this->Keep(frame));
      }
      return false;
    });
    return this->Report(result, frames, waiting_.has_value());
  }

  Handler& handler_;
  Gate& gate_;
  std::optional<Message> waiting_;
};

// Peers of one framing and handler, which it keeps: they are not copied per connection.
template <Framer F, typename Handler>
PeerFactory MakePeerFactory(F framer, Handler handler, OnError on_error) {
  using PeerType =
      std::conditional_t<PlainHandler<Handler>, PlainPeer<F, Handler>, CoroutinePeer<F, Handler>>;
  struct Shared {
    F framer;
    Handler handler;
  };
  auto shared = std::make_shared<Shared>(Shared{std::move(framer), std::move(handler)});
  return [shared, on_error](Session& session, Gate& gate, Remaining from) {
    return std::unique_ptr<Peer>(std::make_unique<PeerType>(
        shared->framer, shared->handler, on_error, session, gate, std::move(from)));
  };
}

}  // namespace detail

template <Framer F, typename Handler>
void Session::ChangeFraming(F framer, Handler handler) {
  static_assert(PlainHandler<Handler> || CoroutineHandler<Handler>,
                "a handler is void(Session&, const FrameView&) or "
                "asio::awaitable<void>(Session&, Message)");
  ChangePeer(detail::MakePeerFactory(std::move(framer), std::move(handler), on_error()));
}

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_DETAIL_PEER_H_
