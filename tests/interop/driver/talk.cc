#include "tests/interop/driver/talk.h"

#include <algorithm>

#include "unstick/core/frame_error.h"
#include "unstick/net/io_result.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::interop {
namespace {

// Where two messages differ, for people.
absl::Status Different(std::uint64_t number, const std::string& expected, const std::string& came) {
  const auto at = std::ranges::mismatch(expected, came).in1 - expected.begin();
  return absl::DataLossError("message " + std::to_string(number) + ": expected " +
                             std::to_string(expected.size()) + " bytes, got " +
                             std::to_string(came.size()) + ", the first difference at " +
                             std::to_string(at));
}

}  // namespace

absl::Status Talk::Open(std::span<const Step> steps) {
  for (const Step& step : steps) {
    absl::Status status;
    switch (step.kind) {
      case Step::Kind::kSend:
        status = Send(step.bytes);
        break;
      case Step::Kind::kExpect:
        status = SendWaiting();
        if (status.ok()) status = Expect(step.bytes);
        break;
      case Step::Kind::kSkipTo:
        status = SendWaiting();
        for (bool found = false; status.ok() && !found;) {
          const absl::StatusOr<std::string> message = Receive();
          status = message.status();
          found = message.ok() && message->starts_with(step.bytes);
        }
        break;
    }
    if (!status.ok()) return status;
  }
  if (absl::Status out = SendWaiting(); !out.ok()) return out;
  socket_.ShutdownWrite();
  return ExpectEnd();
}

absl::Status Talk::Echo(std::span<const Step> steps) {
  for (const Step& step : steps) {
    if (step.kind != Step::Kind::kSend) continue;
    absl::Status status = Expect(step.bytes);
    if (status.ok()) status = Send(step.bytes);
    if (status.ok()) status = SendWaiting();
    if (!status.ok()) return status;
  }
  absl::Status ended = ExpectEnd();
  socket_.ShutdownWrite();
  return ended;
}

absl::Status Talk::Send(const std::string& message) {
  ++sent_;
  if (const auto refused = encoder_.Append(AsBytes(message), waiting_)) {
    return absl::InvalidArgumentError("message " + std::to_string(sent_) + ": " + *refused);
  }
  return absl::OkStatus();
}

absl::Status Talk::SendWaiting() {
  const net::SendResult out = net::WriteAll(socket_, waiting_.readable(), until_);
  waiting_.Consume(out.bytes_sent);
  return out.status;
}

absl::StatusOr<std::string> Talk::Receive() {
  for (;;) {
    const DecodeResult next = decoder_.Next();
    if (next) {
      ++received_;
      return MessageIn(*next, own_);
    }
    if (next.kind() == DecodeResult::Kind::kError) return ToStatus(next.error());
    if (next.kind() == DecodeResult::Kind::kEnd) return absl::OutOfRangeError("the stream ended");
    const net::IoResult io = socket_.ReadSome(decoder_.Prepare());
    switch (io.kind()) {
      case net::IoResult::Kind::kBytes:
        ++reads_;
        decoder_.Commit(io.bytes());
        break;
      case net::IoResult::Kind::kWouldBlock:
        if (const int error = socket_.WaitReadable(until_); error != 0) {
          return net::StatusFromErrno(error,
                                      "waiting for message " + std::to_string(received_ + 1));
        }
        break;
      case net::IoResult::Kind::kEnd:
      case net::IoResult::Kind::kCut:
        decoder_.Finish();
        break;
      case net::IoResult::Kind::kError:
        return net::StatusFromErrno(io.error_code(), "receive");
    }
  }
}

absl::Status Talk::Expect(const std::string& message) {
  const absl::StatusOr<std::string> came = Receive();
  if (!came.ok()) return came.status();
  return *came == message ? absl::OkStatus() : Different(received_, message, *came);
}

absl::Status Talk::ExpectEnd() {
  const absl::StatusOr<std::string> more = Receive();
  if (more.ok()) return absl::DataLossError("a message too many");
  return absl::IsOutOfRange(more.status()) ? absl::OkStatus() : more.status();
}

}  // namespace unstick::inline v0::interop
