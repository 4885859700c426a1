#include "unstick/asio/framed_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "unstick/core/append_frame.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/length_field_framer.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/core/varint_framer.h"

namespace unstick::inline v0::testing {
namespace {

using aio::FramedStream;
using aio::ReceiveResult;
using aio::SendResult;
using ::asio::awaitable;
using ::testing::ElementsAre;
using Local = ::asio::local::stream_protocol::socket;
using Kind = ReceiveResult::Kind;

template <Framer F>
std::string Encode(const F& framer, std::string_view payload) {
  StreamBuffer out;
  EXPECT_FALSE(AppendFrame(framer, AsBytes(payload), out).has_value());
  return std::string(AsText(out.readable()));
}
std::string Encode(std::string_view payload) { return Encode(LengthFieldFramer(), payload); }

// Runs until nothing is left to do, and fails if that takes too long.
void RunAll(::asio::io_context& context) {
  context.restart();
  context.run_for(std::chrono::seconds(60));
  EXPECT_TRUE(context.stopped()) << "something waits for ever";
}

// Runs `body` to its end; an exception is a failure.
void RunToEnd(::asio::io_context& context, awaitable<void> body) {
  bool done = false;
  ::asio::co_spawn(context, std::move(body), [&](std::exception_ptr failure) {
    EXPECT_EQ(failure, nullptr);
    done = true;
  });
  RunAll(context);
  EXPECT_TRUE(done);
}

// Gives `input` in reads of at most `read_size`, then the end; takes writes of at most `write_size`
// and fails when `fails_at` bytes are out.
class ScriptedStream {
 public:
  using executor_type = ::asio::io_context::executor_type;
  explicit ScriptedStream(::asio::io_context& context) : executor_(context.get_executor()) {}

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& room, Handler handler) {
    const std::size_t n =
        ::asio::buffer_copy(room, ::asio::buffer(input), std::min(read_size, input.size()));
    input.erase(0, n);
    Complete(std::move(handler), n > 0 ? std::error_code() : end, n);
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& bytes, Handler handler) {
    std::string all(::asio::buffer_size(bytes), '\0');
    ::asio::buffer_copy(::asio::buffer(all), bytes);
    const std::size_t left = fails_at - std::min(fails_at, output.size());
    if (left == 0) return Complete(std::move(handler), ::asio::error::connection_reset, 0);
    const std::size_t n = std::min({all.size(), write_size, left});
    output += all.substr(0, n);
    Complete(std::move(handler), {}, n);
  }
  executor_type get_executor() { return executor_; }

  std::string input;
  std::size_t read_size = 1 << 20;
  std::error_code end = ::asio::error::eof;
  std::string output;
  std::size_t write_size = 1 << 20;
  std::size_t fails_at = 1 << 30;

 private:
  template <typename Handler>
  void Complete(Handler handler, std::error_code error, std::size_t n) {
    ::asio::post(executor_, [handler = std::move(handler), error, n]() mutable {
      std::move(handler)(error, n);
    });
  }
  executor_type executor_;
};

// What a stream says, in words.
template <typename Stream>
std::vector<std::string> ReceiveAll(::asio::io_context& context, Stream& stream) {
  std::vector<std::string> events;
  RunToEnd(context, [](Stream& from, std::vector<std::string>& to) -> awaitable<void> {
    for (;;) {
      ReceiveResult result = co_await from.Receive();
      switch (result.kind()) {
        case Kind::kFrame:
          to.push_back(std::to_string(result->stream_offset()) + ":" + std::string(result->text()));
          continue;
        case Kind::kGap:
          to.push_back("gap " + std::to_string(result.gap().skipped));
          continue;
        case Kind::kEnd:
          to.push_back("end");
          break;
        case Kind::kError:
          to.push_back("error " + std::string(CodeName(result.error().code)));
          break;
        case Kind::kIoError:
          to.push_back("io " + result.io_error().message());
          break;
      }
      co_return;
    }
  }(stream, events));
  return events;
}

// ---- Receiving ---------------------------------------------------------------------------------

TEST(Receive, IsTheSameForEveryReadSize) {
  const std::string whole = Encode("one") + Encode("") + Encode(std::string(300, 'x'));
  for (std::size_t size = 1; size <= whole.size(); ++size) {
    ::asio::io_context context;
    FramedStream stream(ScriptedStream(context), LengthFieldFramer{});
    stream.next_layer().input = whole;
    stream.next_layer().read_size = size;
    EXPECT_THAT(ReceiveAll(context, stream),
                ElementsAre("0:one", "7:", "11:" + std::string(300, 'x'), "end"));
  }
}

TEST(Receive, TellsTheEndsApart) {
  ::asio::io_context context;
  const auto events = [&](std::string input, std::error_code end, OnError on_error) {
    FramedStream stream(ScriptedStream(context), LengthFieldFramer({.max_payload = 5}), on_error);
    stream.next_layer().input = Encode("one") + std::move(input);
    stream.next_layer().end = end;
    return ReceiveAll(context, stream);
  };
  const std::error_code eof = ::asio::error::eof;
  EXPECT_THAT(events("", eof, OnError::kFail), ElementsAre("0:one", "end"));
  EXPECT_THAT(events("\1", eof, OnError::kFail), ElementsAre("0:one", "error truncated"));
  EXPECT_THAT(events(Encode("toolong"), eof, OnError::kFail),
              ElementsAre("0:one", "error payload_too_large"));
  EXPECT_THAT(events(Encode("toolong") + Encode("two"), eof, OnError::kSkip),
              ElementsAre("0:one", "gap 11", "18:two", "end"));
  EXPECT_THAT(events("\1", ::asio::error::connection_reset, OnError::kFail),
              ElementsAre("0:one", "io Connection reset by peer"));
}

TEST(Receive, ErrorsDoNotWearOff) {
  ::asio::io_context context;
  FramedStream stream(ScriptedStream(context), LengthFieldFramer({.max_payload = 5}));
  stream.next_layer().input = Encode("toolong") + Encode("two");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(ReceiveAll(context, stream), ElementsAre("error payload_too_large"));
  }
}

TEST(Receive, MessagesOutliveTheBuffer) {
  ::asio::io_context context;
  FramedStream stream(ScriptedStream(context), LengthFieldFramer{});
  for (int i = 0; i < 100; ++i) {
    stream.next_layer().input += Encode(std::string(100, static_cast<char>('a' + i % 26)));
  }
  stream.next_layer().read_size = 777;
  RunToEnd(context, [](auto& from) -> awaitable<void> {
    std::vector<aio::Message> kept;
    while (ReceiveResult result = co_await from.Receive()) kept.push_back(*std::move(result));
    EXPECT_EQ(kept.size(), 100);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const std::string payload(100, static_cast<char>('a' + i % 26));
      EXPECT_EQ(AsText(kept[i].view().wire()), Encode(payload));
      EXPECT_EQ(std::move(kept[i]).TakePayload(), payload);
    }
  }(stream));
}

TEST(Receive, NeverCompletesInsideTheCall) {
  ::asio::io_context context;
  Local ours(context);
  Local peer(context);
  ::asio::local::connect_pair(ours, peer);
  FramedStream<LengthFieldFramer, Local&> stream(ours, LengthFieldFramer());
  ::asio::write(peer, ::asio::buffer(Encode("one") + Encode("two")));
  for (const char* expected : {"one", "two"}) {  // from a read, then from the buffer
    bool returned = false;
    bool completed = false;
    stream.Receive([&](ReceiveResult result) {
      EXPECT_TRUE(returned);
      EXPECT_EQ(result->text(), expected);
      completed = true;
    });
    returned = true;
    RunAll(context);
    EXPECT_TRUE(completed);
  }
  EXPECT_FALSE(stream.TakeBuffered().has_value());
}

TEST(Receive, CancelledAtAnyByteLosesNothing) {
  const std::string whole = Encode("hello") + Encode("world");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    ::asio::io_context context;
    Local ours(context);
    Local peer(context);
    ::asio::local::connect_pair(ours, peer);
    FramedStream<LengthFieldFramer, Local&> stream(ours, LengthFieldFramer());
    std::vector<std::string> got;
    std::optional<ReceiveResult> last;
    const auto note = [&](ReceiveResult result) {
      if (result) got.emplace_back(result->text());
      last = std::move(result);
    };
    ::asio::write(peer, ::asio::buffer(whole, cut));
    ::asio::cancellation_signal cancel;
    do {  // until it has to wait
      last.reset();
      stream.Receive(::asio::bind_cancellation_slot(cancel.slot(), note));
      context.restart();
      context.poll();
    } while (last);
    cancel.emit(::asio::cancellation_type::total);
    RunAll(context);
    ASSERT_TRUE(last.has_value());
    ASSERT_EQ(last->kind(), Kind::kIoError);
    EXPECT_EQ(last->status().code(), absl::StatusCode::kCancelled);
    ::asio::write(peer, ::asio::buffer(whole.substr(cut)));
    while (got.size() < 2) {
      stream.Receive(note);
      RunAll(context);
      ASSERT_EQ(last->kind(), Kind::kFrame);
    }
    EXPECT_THAT(got, ElementsAre("hello", "world"));
  }
}

// The signal comes when no read or wait is under way that it could end: one has just completed.
TEST(Receive, CancelledBetweenTwoReadsEndsAllTheSame) {
  const std::string whole = Encode("hello");
  for (std::size_t reads = 1; reads < whole.size(); ++reads) {
    ::asio::io_context context;
    FramedStream stream(ScriptedStream(context), LengthFieldFramer{});
    stream.next_layer().input = whole;
    stream.next_layer().read_size = 1;
    ::asio::cancellation_signal cancel;
    std::optional<ReceiveResult> last;
    const auto note = [&](ReceiveResult result) { last = std::move(result); };
    stream.Receive(::asio::bind_cancellation_slot(cancel.slot(), note));
    for (std::size_t i = 0; i + 1 < reads; ++i) context.poll_one();
    cancel.emit(::asio::cancellation_type::all);
    RunAll(context);
    ASSERT_TRUE(last && last->kind() == Kind::kIoError) << reads;
    EXPECT_EQ(last->status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(stream.Unread().size(), reads);
    stream.Receive(note);
    RunAll(context);
    ASSERT_TRUE(*last);
    EXPECT_EQ((*last)->text(), "hello");
  }
}

// Both directions become ready at once, and what the one completes cancels the other.
TEST(Receive, CancelledWhenItsSocketIsReadyEndsAllTheSame) {
  ::asio::io_context context;
  Local ours(context);
  Local peer(context);
  ::asio::local::connect_pair(ours, peer);
  FramedStream<LengthFieldFramer, Local&> stream(ours, LengthFieldFramer());
  ::asio::cancellation_signal cancel;
  std::optional<ReceiveResult> last;
  stream.Receive(::asio::bind_cancellation_slot(
      cancel.slot(), [&](ReceiveResult result) { last = std::move(result); }));
  std::string room(100'000, 'x');
  std::error_code full;
  while (!full) ours.write_some(::asio::buffer(room), full);
  ours.async_wait(::asio::socket_base::wait_write,
                  [&](std::error_code) { cancel.emit(::asio::cancellation_type::all); });
  context.poll();
  EXPECT_FALSE(last.has_value()) << "both wait";
  ::asio::write(peer, ::asio::buffer(Encode("hello"), 5));
  peer.non_blocking(true);
  for (std::error_code empty; !empty;) peer.read_some(::asio::buffer(room), empty);
  RunAll(context);
  ASSERT_TRUE(last && last->kind() == Kind::kIoError);
  EXPECT_EQ(last->status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(stream.Unread().size(), 5);
}

TEST(Receive, ASecondOneAtATimeIsRefused) {
  ::asio::io_context context;
  Local ours(context);
  Local peer(context);
  ::asio::local::connect_pair(ours, peer);
  FramedStream<LengthFieldFramer, Local&> stream(ours, LengthFieldFramer());
  std::vector<std::string> got;
  stream.Receive([&](ReceiveResult result) { got.emplace_back(result->text()); });
  stream.Receive([&](ReceiveResult result) {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    got.emplace_back("refused");
    ::asio::write(peer, ::asio::buffer(Encode("frame")));
  });
  RunAll(context);
  EXPECT_THAT(got, ElementsAre("refused", "frame"));
}

TEST(Receive, HoldsNoMemoryWhileASocketIsSilent) {
  ::asio::io_context context;
  Local ours(context);
  Local peer(context);
  ::asio::local::connect_pair(ours, peer);
  FramedStream<LengthFieldFramer, Local&> stream(ours, LengthFieldFramer());
  ::asio::write(peer, ::asio::buffer(Encode(std::string(50'000, 'x'))));
  int received = 0;
  for (int i = 0; i < 2; ++i) {
    stream.Receive([&](ReceiveResult) { ++received; });
    context.restart();
    context.poll();
  }
  EXPECT_EQ(received, 1);  // the second waits
  EXPECT_EQ(stream.memory(), 0);
  peer.close();
  RunAll(context);
  EXPECT_EQ(received, 2);
}

// ---- Sending -----------------------------------------------------------------------------------

SendResult SendNow(::asio::io_context& context, auto& stream, std::string_view payload) {
  SendResult result;
  stream.Send(AsBytes(payload), [&](SendResult sent) { result = std::move(sent); });
  RunAll(context);
  return result;
}

TEST(Send, IsTheSameForEveryWriteSize) {
  for (const std::size_t size : {std::size_t{20}, aio::kGatherFrom + 20}) {
    const std::string payload(size, 'p');
    for (std::size_t cut = 1; cut <= size + 4; cut += 1 + cut / 16) {
      ::asio::io_context context;
      FramedStream stream(ScriptedStream(context), LengthFieldFramer{});
      stream.next_layer().write_size = cut;
      const SendResult first = SendNow(context, stream, payload);
      EXPECT_TRUE(first.ok());
      EXPECT_EQ(first.bytes_out, size + 4);
      EXPECT_TRUE(SendNow(context, stream, "next").ok());
      EXPECT_EQ(stream.next_layer().output, Encode(payload) + Encode("next"));
    }
  }
}

TEST(Send, TornAtAnyByteCanOnlyBeFinished) {
  for (const std::size_t size : {std::size_t{20}, aio::kGatherFrom + 20}) {
    const LengthFieldFramer framer({.trailer = 3});
    for (std::size_t cut = 0; cut <= size + 7; cut += 1 + cut / 8) {
      ::asio::io_context context;
      FramedStream stream(ScriptedStream(context), framer);
      stream.next_layer().fails_at = cut;
      const bool whole = cut >= size + 7;
      {
        const std::string payload(size, 'p');  // gone before the rest is sent
        const SendResult sent = SendNow(context, stream, payload);
        EXPECT_EQ(sent.ok(), whole);
        EXPECT_EQ(sent.bytes_out, std::min(cut, size + 7));
        EXPECT_EQ(sent.status.code(),
                  whole ? absl::StatusCode::kOk : absl::StatusCode::kUnavailable);
      }
      ASSERT_EQ(stream.torn(), cut > 0 && !whole);
      stream.next_layer().fails_at = cut + 2;
      if (stream.torn()) {
        EXPECT_EQ(SendNow(context, stream, "x").status.code(),
                  absl::StatusCode::kFailedPrecondition);
        SendResult rest;
        do {  // two more bytes a time, so torn again and again
          stream.FinishSend([&](SendResult sent) { rest = std::move(sent); });
          RunAll(context);
          EXPECT_EQ(rest.bytes_out, std::min(stream.next_layer().fails_at, size + 7));
          stream.next_layer().fails_at += 2;
        } while (!rest.ok());
      }
      stream.next_layer().fails_at = 1 << 30;
      EXPECT_TRUE(SendNow(context, stream, "next").ok());
      const std::string first = cut > 0 ? Encode(framer, std::string(size, 'p')) : "";
      EXPECT_EQ(stream.next_layer().output, first + Encode(framer, "next"));
    }
  }
}

TEST(Send, CancelledBetweenTwoWritesEndsAllTheSame) {
  for (std::size_t writes = 1; writes < 24; ++writes) {
    ::asio::io_context context;
    FramedStream stream(ScriptedStream(context), LengthFieldFramer{});
    stream.next_layer().write_size = 1;
    ::asio::cancellation_signal cancel;
    std::optional<SendResult> sent;
    const std::string payload(20, 'p');
    stream.Send(AsBytes(payload),
                ::asio::bind_cancellation_slot(
                    cancel.slot(), [&](SendResult result) { sent = std::move(result); }));
    for (std::size_t i = 0; i + 1 < writes; ++i) context.poll_one();
    cancel.emit(::asio::cancellation_type::all);
    RunAll(context);
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->status.code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(sent->bytes_out, writes);
    ASSERT_TRUE(stream.torn());
    stream.FinishSend([&](SendResult result) { sent = std::move(result); });
    RunAll(context);
    EXPECT_TRUE(sent->ok()) << sent->status;
    EXPECT_EQ(stream.next_layer().output, Encode(payload));
  }
}

// Like asio::ssl::stream, by what the library looks for.
class TransformingStream : public ScriptedStream {
 public:
  enum handshake_type { client, server };
  using ScriptedStream::ScriptedStream;
  ScriptedStream& next_layer() { return *this; }
};

TEST(Send, WhereAFailedWriteIsFinalNothingFollowsIt) {
  static_assert(aio::kFailedWritesAreFinal<TransformingStream>);
  static_assert(!aio::kFailedWritesAreFinal<ScriptedStream> && !aio::kFailedWritesAreFinal<Local>);
  for (const std::size_t size : {std::size_t{20}, aio::kGatherFrom + 20}) {
    for (std::size_t cut = 0; cut < size + 4; cut += 1 + cut / 8) {
      ::asio::io_context context;
      FramedStream stream(TransformingStream(context), LengthFieldFramer{});
      stream.next_layer().fails_at = cut;
      const SendResult first = SendNow(context, stream, std::string(size, 'p'));
      EXPECT_EQ(first.status.code(), absl::StatusCode::kUnavailable);
      EXPECT_EQ(first.bytes_out, cut);
      EXPECT_TRUE(stream.torn());
      stream.next_layer().fails_at = 1 << 30;
      const auto expect_refused = [&](const SendResult& sent) {
        EXPECT_EQ(sent.status.code(), absl::StatusCode::kFailedPrecondition) << sent.status;
        EXPECT_EQ(sent.bytes_out, 0);
      };
      for (int i = 0; i < 2; ++i) {
        expect_refused(SendNow(context, stream, "next"));
        std::optional<SendResult> rest;
        stream.FinishSend([&](SendResult sent) { rest = std::move(sent); });
        RunAll(context);
        ASSERT_TRUE(rest.has_value());
        expect_refused(*rest);
      }
      EXPECT_EQ(stream.next_layer().output.size(), cut);
      stream.next_layer().input = Encode("hello");
      EXPECT_THAT(ReceiveAll(context, stream), ElementsAre("0:hello", "end"));
    }
  }
}

TEST(Send, RefusesWhatTheFramingCannotCarryBeforeAByteIsOut) {
  ::asio::io_context context;
  FramedStream stream(ScriptedStream(context), DelimiterFramer{});
  for (const std::string& payload : {std::string("a\nb"), std::string(5000, 'x') + "\n"}) {
    const SendResult sent = SendNow(context, stream, payload);
    EXPECT_EQ(sent.status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(sent.bytes_out, 0);
    EXPECT_EQ(stream.next_layer().output, "");
    EXPECT_FALSE(stream.torn());
  }
  EXPECT_TRUE(SendNow(context, stream, "fine").ok());
  EXPECT_EQ(stream.next_layer().output, "fine\n");
}

TEST(Send, TwoAtOnceNeverInterleave) {
  ::asio::io_context context;
  FramedStream stream(ScriptedStream(context), LengthFieldFramer{});
  stream.next_layer().write_size = 3;
  std::vector<absl::StatusCode> codes;
  for (const char* payload : {"first", "second"}) {
    stream.Send(AsBytes(payload),
                [&](const SendResult& sent) { codes.push_back(sent.status.code()); });
  }
  RunAll(context);
  EXPECT_THAT(codes, ElementsAre(absl::StatusCode::kFailedPrecondition, absl::StatusCode::kOk));
  EXPECT_EQ(stream.next_layer().output, Encode("first"));
}

// ---- Both ways, on real sockets ----------------------------------------------------------------

template <typename Socket>
void ConnectPair(Socket& a, Socket& b) {
  if constexpr (std::is_same_v<Socket, Local>) {
    ::asio::local::connect_pair(a, b);
  } else {
    using ::asio::ip::tcp;
    const tcp::endpoint any_port(::asio::ip::address_v4::loopback(), 0);
    tcp::acceptor acceptor(a.get_executor(), any_port);
    b.connect(acceptor.local_endpoint());
    acceptor.accept(a);
  }
}

template <typename Stream>
awaitable<void> EchoMessages(Stream stream) {
  while (ReceiveResult message = co_await stream.Receive()) {
    const SendResult sent = co_await stream.Send(message->payload());
    EXPECT_TRUE(sent.ok());
  }
  std::error_code ignored;
  stream.next_layer().shutdown(::asio::socket_base::shutdown_send, ignored);
}

template <typename Socket>
awaitable<void> WriteInPieces(Socket& socket, const std::string& all, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t n = std::min<std::size_t>(all.size() - at, 1 + random() % 5000);
    co_await ::asio::async_write(socket, ::asio::buffer(all.data() + at, n), ::asio::use_awaitable);
    at += n;
  }
  socket.shutdown(::asio::socket_base::shutdown_send);
}

template <typename Socket>
awaitable<void> ReadToEnd(Socket& socket, std::string& all) {
  std::string room(3000, '\0');
  for (;;) {
    std::error_code error;
    const std::size_t n = co_await socket.async_read_some(
        ::asio::buffer(room), ::asio::redirect_error(::asio::use_awaitable, error));
    if (error) co_return;
    all.append(room, 0, n);
  }
}

template <typename Socket, Framer F>
void EchoOver(const F& framer) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    ::asio::io_context context;
    Socket ours(context);
    Socket peer(context);
    ConnectPair(ours, peer);
    std::mt19937 random(seed);
    std::string all;
    for (int i = 0; i < 300; ++i) {
      const std::size_t size = i % 50 == 0 ? 200'000 : random() % 2000;
      all += Encode(framer, std::string(size, static_cast<char>('a' + i % 26)));
    }
    ::asio::co_spawn(context, EchoMessages(FramedStream(std::move(ours), framer)),
                     ::asio::detached);
    ::asio::co_spawn(context, WriteInPieces(peer, all, seed), ::asio::detached);
    std::string back;
    RunToEnd(context, ReadToEnd(peer, back));
    EXPECT_TRUE(back == all) << "seed " << seed;
  }
}

TEST(FramedStream, EchoesInRandomPieces) {
  EchoOver<Local>(LengthFieldFramer());
  EchoOver<Local>(DelimiterFramer());
  EchoOver<::asio::ip::tcp::socket>(LengthFieldFramer());
  EchoOver<::asio::ip::tcp::socket>(VarintFramer());
}

TEST(FramedStream, DeliversWhatCameBeforeAReset) {
  ::asio::io_context context;
  ::asio::ip::tcp::socket ours(context);
  ::asio::ip::tcp::socket peer(context);
  ConnectPair(ours, peer);
  FramedStream stream(std::move(ours), LengthFieldFramer{});
  ::asio::write(peer, ::asio::buffer(Encode("one") + Encode("two") + Encode("cut").substr(0, 5)));
  peer.set_option(::asio::socket_base::linger(true, 0));
  peer.close();
  EXPECT_THAT(ReceiveAll(context, stream),
              ElementsAre("0:one", "7:two", "io Connection reset by peer"));
}

}  // namespace
}  // namespace unstick::inline v0::testing
