// A server's connection over a transport that does what the input says: short counts, waits for
// either direction at any call, an end, a cut or an error at any byte. Handlers reply at once, from
// a coroutine, or later through a session that they kept. Then:
//
//   - whole frames reach the handler in order, up to the first that breaks the framing;
//   - every reply that Reply() took is written, whole and in order, unless writing fails;
//   - none is refused because the stream has ended, as long as the session is kept;
//   - the connection ends once, for the reason that the transport and the bytes give.
//
// Input: four bytes of choices, 24 of what reads do, 16 of what writes do, then the stream.

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "src/asio/worker.h"
#include "unstick/asio/detail/peer.h"
#include "unstick/asio/server_options.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/delimiter_framer.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::fuzz {
namespace {

using aio::CloseReason;
using aio::TransportResult;
using Kind = TransportResult::Kind;

constexpr std::size_t kMostStream = std::size_t{1} << 16;

// What the transport is going to do, and what was done with it.
struct Script {
  std::size_t handshake_waits = 0;
  std::size_t close_waits = 0;
  std::deque<std::size_t> reads;
  std::deque<std::size_t> writes;
  std::string stream;
  Kind last = Kind::kEnd;  // what reading comes to behind the stream

  std::string given;
  std::string written;
  bool write_failed = false;
  bool write_shut = false;
  std::size_t taken = 0;  // of the stream
};

class ScriptedTransport final : public aio::Transport {
 public:
  explicit ScriptedTransport(Script& script) : script_(script) {}

  TransportResult Handshake(int) override { return Count(script_.handshake_waits); }
  TransportResult CloseWrite(int) override {
    const TransportResult result = Count(script_.close_waits);
    if (!result.waits()) script_.write_shut = true;
    return result;
  }

  TransportResult Read(int, ByteSpan into) override {
    if (into.empty()) Fail("a read without room");
    const std::size_t step = Pop(script_.reads, 63);
    if (step % 8 == 1) return {.kind = Kind::kWaitRead};
    if (step % 8 == 2) return {.kind = Kind::kWaitWrite};
    const std::size_t left = script_.stream.size() - script_.taken;
    const std::size_t n = std::min({left, into.size(), step + 1});
    if (n == 0) {
      return {.kind = script_.last, .error = {ECONNRESET, std::system_category()}};
    }
    std::memcpy(into.data(), script_.stream.data() + script_.taken, n);
    script_.taken += n;
    return {.bytes = n};
  }

  TransportResult Write(int, ByteView bytes) override {
    if (bytes.empty()) Fail("a write without bytes");
    if (script_.write_shut) Fail("a write behind the end of output");
    if (script_.write_failed) Fail("a write after one that failed");
    const std::size_t step = Pop(script_.writes, 255);
    if (step % 8 == 1) return {.kind = Kind::kWaitWrite};
    if (step % 8 == 2) return {.kind = Kind::kWaitRead};
    if (step == 3) {
      script_.write_failed = true;
      return {.kind = Kind::kError, .error = {EPIPE, std::system_category()}};
    }
    const std::size_t n = std::min(bytes.size(), step == 255 ? bytes.size() : step + 1);
    script_.written += AsText(bytes.first(n));
    return {.bytes = n};
  }

 private:
  static TransportResult Count(std::size_t& waits) {
    if (waits == 0) return {};
    return {.kind = --waits % 2 == 0 ? Kind::kWaitRead : Kind::kWaitWrite};
  }
  static std::size_t Pop(std::deque<std::size_t>& steps, std::size_t without) {
    if (steps.empty()) return without;
    const std::size_t step = steps.front();
    steps.pop_front();
    return step;
  }

  Script& script_;
};

// What the handlers saw and said.
struct Record {
  const AnyFramer* framer = nullptr;
  std::size_t pauses = 0;  // before a late reply
  std::vector<std::string> frames;
  std::string replies;  // as framed
  AnyFramer::State sent{};
  std::size_t refused = 0;
  std::vector<CloseReason> ends;

  void Reply(aio::Session& session, const std::string& text) {
    StreamBuffer frame;
    AnyFramer::State then = sent;
    const bool carried = !AppendFrame(*framer, AsBytes(text), frame, then);
    if (!session.Reply(AsBytes(text)).ok()) {
      refused += carried ? 1 : 0;
      return;
    }
    if (!carried) Fail("a reply was taken that the framing cannot carry");
    sent = then;
    replies += AsText(frame.readable());
  }
  void ReplyLater(std::shared_ptr<aio::Session> session, std::string text, std::size_t pause) {
    const auto executor = session->get_executor();
    ::asio::post(executor, [this, session = std::move(session), text = std::move(text), pause] {
      if (pause == 0) return Reply(*session, text);
      ReplyLater(session, text, pause - 1);
    });
  }
};

struct Plain {
  Record* record;
  bool later;
  void operator()(aio::Session& session, const FrameView& frame) const {
    record->frames.push_back(frame.CopyPayload());
    if (!later) return record->Reply(session, frame.CopyPayload());
    record->ReplyLater(session.shared_from_this(), frame.CopyPayload(), record->pauses);
  }
};

struct Coroutine {
  Record* record;
  ::asio::awaitable<void> operator()(aio::Session& session, aio::Message message) const {
    record->frames.emplace_back(message.text());
    for (std::size_t i = 0; i < record->pauses; ++i) {
      co_await ::asio::post(session.get_executor(), ::asio::use_awaitable);
    }
    record->Reply(session, std::string(message.text()));
  }
};

// What the bytes are, and how they end: nothing where the decoder asks for more.
std::vector<std::string> Expected(const AnyFramer& framer, const Script& script, OnError on_error,
                                  std::optional<DecodeResult::Kind>& how) {
  FrameDecoder decoder(framer, on_error);
  std::vector<std::string> frames;
  ByteView rest = AsBytes(script.stream);
  for (;;) {
    rest = rest.subspan(decoder.Feed(rest));  // as much as fits in front of the next frame
    if (rest.empty() && script.last == Kind::kEnd) decoder.Finish();
    const DecodeResult next = decoder.Next();
    if (next.kind() == DecodeResult::Kind::kNeedMore && rest.empty()) return frames;
    if (next.kind() == DecodeResult::Kind::kNeedMore) continue;
    if (next.kind() == DecodeResult::Kind::kGap) continue;
    if (!next) {
      how = next.kind();
      return frames;
    }
    frames.push_back(next->CopyPayload());
  }
}

CloseReason ExpectedReason(const Script& script, std::optional<DecodeResult::Kind> how) {
  if (how == DecodeResult::Kind::kError) return CloseReason::kFramingError;
  if (script.last == Kind::kCut) return CloseReason::kTransportCut;
  return script.last == Kind::kEnd ? CloseReason::kEnd : CloseReason::kIoError;
}

void Judge(const AnyFramer& framer, const Script& script, const Record& record, OnError on_error) {
  std::optional<DecodeResult::Kind> how;
  const std::vector<std::string> frames = Expected(framer, script, on_error, how);
  if (record.ends.size() != 1) Fail("a connection does not end once");
  if (!record.replies.starts_with(script.written)) Fail("what was written is not the replies");
  if (script.write_failed) {
    if (record.frames.size() > frames.size()) Fail("more frames than there are");
    return;
  }
  const CloseReason reason = ExpectedReason(script, how);
  if (record.ends[0] != reason) {
    Fail("it ended as " + std::string(ReasonName(record.ends[0])) + ", not as " +
         std::string(ReasonName(reason)));
  }
  if (record.frames != frames) Fail("the handler saw other frames");
  // A peer that resets the connection, be it while the last replies go out, need hear no more.
  if (script.last == Kind::kError) return;
  if (record.refused > 0) Fail("a reply was refused");
  if (script.written != record.replies) Fail("replies are missing");
  if (!script.write_shut) Fail("the peer was not told the end");
}

enum class Handling : std::uint8_t { kAtOnce, kLater, kCoroutine };

void Run(const AnyFramer& framer, Script& script, Record& record, Handling handling,
         aio::ServerOptions options) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) return;
  const net::UniqueFd peer(fds[1]);
  if (::write(peer.get(), "x", 1) != 1) return;  // so that each wait is over at once

  options.transport = [&script] { return std::make_unique<ScriptedTransport>(script); };
  aio::detail::Worker* running = nullptr;
  options.on_close = [&](aio::Session&, const aio::CloseInfo& why) {
    record.ends.push_back(why.reason);
    ::asio::post(running->executor(), [&running] { running->Drain(); });
  };
  aio::detail::PeerFactory make_peer =
      handling == Handling::kCoroutine
          ? aio::detail::MakePeerFactory(framer, Coroutine{&record}, options.on_error)
          : aio::detail::MakePeerFactory(framer, Plain{&record, handling == Handling::kLater},
                                         options.on_error);
  aio::detail::ServerShared shared(options, std::move(make_peer));
  aio::detail::Worker worker(shared);
  running = &worker;
  net::UniqueFd mine(fds[0]);
  const net::SocketAddress from = net::SocketAddress::PeerOf(fds[1]);
  if (shared.admission.Enter(from.data())) Fail("the only connection is refused");
  ::asio::post(worker.executor(),
               [&] { worker.Add({.fd = std::move(mine), .peer = from, .id = 1}); });
  worker.Run();
}

}  // namespace
}  // namespace unstick::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  using fuzz::Kind;
  fuzz::FuzzInput input(data, size);
  static const AnyFramer framers[] = {
      LengthFieldFramer({.width = 1, .max_payload = 100}), LengthFieldFramer({.width = 2}),
      DelimiterFramer({.ends = {"\n"}, .tail = Tail::kDeliver, .max_payload = 40}),
      DelimiterFramer({.ends = {"||"}})};
  const AnyFramer& framer = input.OneOf(framers);
  const std::size_t how = input.Byte();
  const std::size_t waits = input.Byte();
  const std::size_t limits = input.Byte();

  fuzz::Script script;
  constexpr Kind kLast[] = {Kind::kEnd, Kind::kCut, Kind::kError, Kind::kEnd};
  script.last = kLast[how % 4];
  script.handshake_waits = waits % 4;
  script.close_waits = waits / 4 % 4;
  for (int i = 0; i < 24; ++i) script.reads.push_back(input.Byte());
  for (int i = 0; i < 16; ++i) script.writes.push_back(input.Byte());
  script.stream = input.Rest(fuzz::kMostStream);

  fuzz::Record record;
  record.framer = &framer;
  record.pauses = waits / 16;
  aio::ServerOptions options;
  options.on_error = limits % 2 == 0 ? OnError::kFail : OnError::kSkip;
  options.output_high_water = 1 + limits / 2 * 16;
  using fuzz::Handling;
  constexpr Handling kHandling[] = {Handling::kAtOnce, Handling::kLater, Handling::kCoroutine};
  // Of each byte there are: the stream, the frame that the handler keeps and replies with, the
  // output twice.
  const fuzz::Bounded bounded(2'000 * size + 1'000'000, 16 * size + (256 << 10));
  fuzz::Run(framer, script, record, kHandling[how / 4 % 3], options);
  fuzz::Judge(framer, script, record, options.on_error);
  return 0;
}
