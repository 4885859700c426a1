// A byte stream that does what a script says, on a clock that only moves when someone waits.

#ifndef UNSTICK_TESTS_SUPPORT_SCRIPTED_STREAM_H_
#define UNSTICK_TESTS_SUPPORT_SCRIPTED_STREAM_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "unstick/core/bytes.h"
#include "unstick/net/byte_stream.h"
#include "unstick/net/deadline.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::testing {

// One thing that happens on one direction of the stream.
struct Step {
  enum class Kind : std::uint8_t { kBytes, kTakes, kEnd, kCut, kFails, kSilence };
  Kind kind;
  std::string bytes = {};      // kBytes: they arrive
  std::size_t count = 0;       // kTakes: one write moves at most so many bytes
  int error = 0;               // kFails
  net::Duration silence = {};  // kSilence: nothing can be moved until so long was waited
};

inline Step Arrive(std::string bytes) {
  return {.kind = Step::Kind::kBytes, .bytes = std::move(bytes)};
}
inline Step Takes(std::size_t n) { return {.kind = Step::Kind::kTakes, .count = n}; }
inline Step Ends() { return {.kind = Step::Kind::kEnd}; }
inline Step IsCut() { return {.kind = Step::Kind::kCut}; }
inline Step Fails(int error) { return {.kind = Step::Kind::kFails, .error = error}; }
inline Step Silence(net::Duration time) { return {.kind = Step::Kind::kSilence, .silence = time}; }
inline Step NotYet() { return Silence(net::Duration::zero()); }

// What will happen, and what has happened. After the last step, reads are silent for ever and
// writes take everything.
struct Script {
  std::deque<Step> reads;
  std::deque<Step> writes;
  net::Deadline now{std::chrono::hours(1)};
  net::Duration asking_takes = {};  // a read that finds nothing takes so long
  std::function<void()> on_wait;    // runs whenever someone starts to wait

  std::string written;
  int write_calls = 0;
  bool write_was_shut = false;
  bool was_aborted = false;
  bool was_closed = false;
};

class ScriptedStream {
 public:
  explicit ScriptedStream(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  net::IoResult ReadSome(ByteSpan into) {
    if (script_->was_closed) return net::IoResult::Error(EBADF);
    if (script_->reads.empty()) {
      script_->now += script_->asking_takes;
      return net::IoResult::WouldBlock();
    }
    Step& step = script_->reads.front();
    switch (step.kind) {
      case Step::Kind::kBytes:
        return Give(step, into);
      case Step::Kind::kEnd:
        return net::IoResult::End();  // an end stays the end
      case Step::Kind::kCut:
        return net::IoResult::Cut();
      default:
        if (step.kind == Step::Kind::kSilence && script_->asking_takes > net::Duration::zero()) {
          return Ask(step, into);
        }
        return Refuse(script_->reads);
    }
  }

  net::IoResult WriteSome(std::span<const ByteView> parts) {
    ++script_->write_calls;
    std::size_t most = static_cast<std::size_t>(-1);
    if (!script_->writes.empty()) {
      if (script_->writes.front().kind != Step::Kind::kTakes) return Refuse(script_->writes);
      most = script_->writes.front().count;
      script_->writes.pop_front();
    }
    std::size_t taken = 0;
    for (const ByteView part : parts) {
      const std::string_view bytes = AsText(part).substr(0, most - taken);
      script_->written += bytes;
      taken += bytes.size();
    }
    return net::IoResult::Bytes(taken);
  }

  int WaitReadable(net::Deadline until) { return Wait(script_->reads, until); }
  int WaitWritable(net::Deadline until) { return Wait(script_->writes, until); }
  int ShutdownWrite() {
    script_->write_was_shut = true;
    return 0;
  }
  void Abort() { script_->was_aborted = true; }
  void Close() { script_->was_closed = true; }
  net::Deadline Now() const { return script_->now; }

 private:
  net::IoResult Give(Step& step, ByteSpan into) {
    const std::size_t n = std::min(step.bytes.size(), into.size());
    std::copy_n(AsBytes(step.bytes).begin(), n, into.begin());
    step.bytes.erase(0, n);
    if (step.bytes.empty()) script_->reads.pop_front();
    return net::IoResult::Bytes(n);
  }

  // Time passes; a silence that is over by then is none any more.
  net::IoResult Ask(Step& step, ByteSpan into) {
    if (step.silence <= net::Duration::zero()) {
      script_->reads.pop_front();
      return ReadSome(into);
    }
    const net::Duration passed = std::min(script_->asking_takes, step.silence);
    script_->now += passed;
    step.silence -= passed;
    return net::IoResult::WouldBlock();
  }

  static net::IoResult Refuse(std::deque<Step>& steps) {
    if (steps.front().kind == Step::Kind::kSilence) return net::IoResult::WouldBlock();
    const int error = steps.front().error;
    if (error == EINTR) steps.pop_front();  // any other error stays
    return net::IoResult::Error(error);
  }

  int Wait(std::deque<Step>& steps, net::Deadline until) {
    if (script_->on_wait) script_->on_wait();
    if (script_->now >= until) return ETIMEDOUT;
    if (!steps.empty() && steps.front().kind != Step::Kind::kSilence) return 0;
    const net::Duration silence = steps.empty() ? net::kForever : steps.front().silence;
    const net::Deadline ends = net::DeadlineFrom(script_->now, silence);
    if (ends <= until && ends != net::kNoDeadline) {
      script_->now = ends;
      steps.pop_front();
      return 0;
    }
    if (until == net::kNoDeadline) return EDEADLK;  // the test would hang
    if (!steps.empty()) steps.front().silence -= until - script_->now;
    script_->now = until;
    return ETIMEDOUT;
  }

  std::shared_ptr<Script> script_;
};
static_assert(net::ByteStream<ScriptedStream>);
static_assert(net::TellsTime<ScriptedStream>);

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_SUPPORT_SCRIPTED_STREAM_H_
