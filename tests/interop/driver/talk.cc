#include "tests/interop/driver/talk.h"

#include <algorithm>

#include "unstick/net/receive_result.h"
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

// The steps at the front that send.
std::span<const Step> Burst(std::span<const Step> steps) {
  const auto end =
      std::ranges::find_if(steps, [](const Step& step) { return step.kind != Step::Kind::kSend; });
  return steps.first(static_cast<std::size_t>(end - steps.begin()));
}

}  // namespace

template <net::ByteStream S>
absl::Status Talk<S>::Open(std::span<const Step> steps) {
  while (!steps.empty()) {
    const std::span<const Step> burst = Burst(steps);
    absl::Status status = own_.size > 0 ? SendOwn(burst) : SendAll(burst);
    steps = steps.subspan(burst.size());
    if (status.ok() && !steps.empty()) {
      const Step& answer = steps.front();
      status = answer.kind == Step::Kind::kExpect ? Expect(answer.bytes) : SkipTo(answer.bytes);
      steps = steps.subspan(1);
    }
    if (!status.ok()) return status;
  }
  absl::Status ended = stream_.CloseWrite();
  return ended.ok() ? ExpectEnd() : ended;
}

template <net::ByteStream S>
absl::Status Talk<S>::Echo(std::span<const Step> steps) {
  for (const Step& step : steps) {
    if (step.kind != Step::Kind::kSend) continue;
    absl::Status status = Expect(step.bytes);
    if (status.ok()) status = own_.size > 0 ? SendOwn({&step, 1}) : SendAll({&step, 1});
    if (!status.ok()) return status;
  }
  absl::Status ended = ExpectEnd();
  return ended.ok() ? stream_.CloseGracefully(until_) : ended;
}

template <net::ByteStream S>
absl::Status Talk<S>::SendAll(std::span<const Step> messages) {
  std::vector<ByteView> payloads;
  for (const Step& step : messages) payloads.push_back(AsBytes(step.bytes));
  const net::SendManyResult out = stream_.SendMany(payloads, until_);
  sent_ += out.frames_sent;
  return out.status;
}

template <net::ByteStream S>
absl::Status Talk<S>::SendOwn(std::span<const Step> messages) {
  StreamBuffer frames;
  for (const Step& step : messages) {
    if (const auto refused = encoder_.Append(AsBytes(step.bytes), frames)) {
      return absl::InvalidArgumentError("message " + std::to_string(sent_) + ": " + *refused);
    }
    ++sent_;
  }
  return net::WriteAll(stream_.stream(), frames.readable(), until_).status;
}

template <net::ByteStream S>
absl::StatusOr<std::string> Talk<S>::Receive() {
  const net::ReceiveResult next = stream_.Receive(until_);
  if (next) {
    ++received_;
    return MessageIn(*next, own_);
  }
  if (next.kind() == net::ReceiveResult::Kind::kEnd) return absl::OutOfRangeError("the end came");
  return next.status();
}

template <net::ByteStream S>
absl::Status Talk<S>::Expect(const std::string& message) {
  const absl::StatusOr<std::string> came = Receive();
  if (!came.ok()) return came.status();
  return *came == message ? absl::OkStatus() : Different(received_, message, *came);
}

template <net::ByteStream S>
absl::Status Talk<S>::SkipTo(const std::string& start) {
  for (;;) {
    const absl::StatusOr<std::string> message = Receive();
    if (!message.ok() || message->starts_with(start)) return message.status();
  }
}

template <net::ByteStream S>
absl::Status Talk<S>::ExpectEnd() {
  const absl::StatusOr<std::string> more = Receive();
  if (more.ok()) return absl::DataLossError("a message too many");
  return absl::IsOutOfRange(more.status()) ? absl::OkStatus() : more.status();
}

template class Talk<net::Socket>;
template class Talk<tls::Stream>;

}  // namespace unstick::inline v0::interop
