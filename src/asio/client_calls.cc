#include "src/asio/client_calls.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/cord.h"
#include "unstick/asio/framed_client.h"

namespace unstick::inline v0::aio {
namespace {

constexpr char kNotSent[] = "unstick.aio/not_sent";

absl::Status Because(const absl::Status& why, std::string_view then) {
  return {why.code(), std::string(why.message()) + "; " + std::string(then)};
}

}  // namespace

bool NotSent(const absl::Status& failed) { return failed.GetPayload(kNotSent).has_value(); }

namespace detail {

absl::Status MarkNotSent(absl::Status status) {
  status.SetPayload(kNotSent, absl::Cord());
  return status;
}

ClientStats ClientCalls::stats() const {
  ClientStats now = stats_;
  now.open_calls = queued_.size() + handed_over_.size();
  return now;
}

// ---- Calls -------------------------------------------------------------------------------------

absl::Status ClientCalls::Judge(const Call& call, bool too_late, CallEnd& how) const {
  how = CallEnd::kRefused;
  if (closing_) return absl::FailedPreconditionError("call: the client is closed");
  if (!over_.ok()) {
    how = CallEnd::kNotSent;
    return Because(over_, "the request was not sent");
  }
  if (too_late) {
    how = CallEnd::kTimedOut;
    return absl::DeadlineExceededError("call: its deadline had passed before");
  }
  if (queued_.size() + handed_over_.size() >= rules_.max_calls) {
    return absl::ResourceExhaustedError("call: " + std::to_string(rules_.max_calls) +
                                        " calls wait already, the limit");
  }
  if (queued_bytes_ > rules_.max_queued_bytes ||
      call.size > rules_.max_queued_bytes - queued_bytes_) {
    return absl::ResourceExhaustedError(
        "call: " + std::to_string(queued_bytes_) + " bytes wait to be written, and " +
        std::to_string(call.size) + " more would be over the limit of " +
        std::to_string(rules_.max_queued_bytes));
  }
  return absl::OkStatus();
}

void ClientCalls::Admit(Call& call, bool too_late) {
  ++stats_.calls;
  CallEnd how = CallEnd::kRefused;
  if (absl::Status refused = Judge(call, too_late, how); !refused.ok()) {
    return Finish(call, how, MarkNotSent(std::move(refused)));
  }
  call.id_ = ++last_id_;
  call.place_ = Call::Place::kQueued;
  queued_.emplace(call.id_, &call);
  queued_bytes_ += call.size;
}

void ClientCalls::Leave(Call& call) {
  if (call.place_ == Call::Place::kQueued && queued_.erase(call.id_) > 0) {
    queued_bytes_ -= call.size;
  }
  if (call.place_ == Call::Place::kHandedOver) handed_over_.erase(call.id_);
  call.place_ = Call::Place::kNowhere;
}

void ClientCalls::Finish(Call& call, CallEnd how, absl::Status why) {
  Leave(call);
  call.place_ = Call::Place::kDone;
  call.why_ = std::move(why);
  ++stats_.ended.counts[static_cast<std::size_t>(how)];
  host_.OnDone(call);
}

void ClientCalls::FinishUnsent(Call& call, CallEnd how, const absl::Status& why) {
  Finish(call, how, MarkNotSent(Because(why, "the request was not sent")));
}

void ClientCalls::FinishSent(Call& call, CallEnd how, const absl::Status& why) {
  Finish(call, how,
         Because(why, call.end_ <= written_
                          ? "the request was sent and may have been executed"
                          : "the request was being sent and may have been executed"));
}

void ClientCalls::FailQueued(CallEnd how, const absl::Status& why) {
  while (!queued_.empty()) FinishUnsent(*queued_.begin()->second, how, why);
}

void ClientCalls::GiveUp(Call& call, bool cancelled, net::Deadline now) {
  const CallEnd how = cancelled ? CallEnd::kCancelled : CallEnd::kTimedOut;
  absl::Status why = cancelled ? absl::CancelledError("call: it was cancelled")
                               : absl::DeadlineExceededError("call: its deadline passed");
  if (call.place_ == Call::Place::kQueued) {
    if (connection_ == 0 && !last_failure_.ok())
      why = Because(why, std::string(last_failure_.message()));
    return FinishUnsent(call, how, why);
  }
  FinishSent(call, how, why);
  if (in_order_) {
    Lose(connection_, ConnectionEnd::kReplyTimeout,
         absl::UnavailableError("nobody waits any more for the reply to an earlier call, and it "
                                "could not be told from the next"));
  } else if (silent_since_ && now - *silent_since_ >= rules_.silence_timeout) {
    Lose(connection_, ConnectionEnd::kSilence,
         absl::UnavailableError("the connection has been silent for too long"));
  }
}

void ClientCalls::End(const absl::Status& why) {
  closing_ = true;
  if (over_.ok()) over_ = why;
  Lose(connection_, ConnectionEnd::kClosed, why);
  FailQueued(CallEnd::kCancelled, why);
}

// ---- The connection ----------------------------------------------------------------------------

ClientCalls::ConnectionId ClientCalls::Connected(bool in_order) {
  ++stats_.connects;
  last_failure_ = absl::OkStatus();
  in_order_ = in_order;
  handed_bytes_ = 0;
  written_ = 0;
  return connection_ = ++last_connection_;
}

void ClientCalls::ConnectFailed(const absl::Status& why, bool for_good) {
  ++stats_.connect_failures.counts[static_cast<std::size_t>(why.code())];
  last_failure_ = why;
  if (!for_good && rules_.reconnect) return;
  over_ = why;
  FailQueued(CallEnd::kNotSent, why);
}

void ClientCalls::Lose(ConnectionId connection, ConnectionEnd how, const absl::Status& why) {
  if (connection == 0 || connection != connection_) return;
  connection_ = 0;
  silent_since_.reset();
  ++stats_.connections_ended.counts[static_cast<std::size_t>(how)];
  const CallEnd end = over_.ok() ? CallEnd::kUnknown : CallEnd::kCancelled;
  while (!handed_over_.empty()) FinishSent(*handed_over_.begin()->second, end, why);
  if (over_.ok()) {
    last_failure_ = why;
    if (!rules_.reconnect) {
      over_ = why;
      FailQueued(CallEnd::kNotSent, why);
    }
  }
  host_.OnLost(how, why);
}

// ---- Requests ----------------------------------------------------------------------------------

ClientCalls::Call* ClientCalls::Next(ConnectionId connection) {
  if (connection != connection_ || queued_.empty()) return nullptr;
  return queued_.begin()->second;
}

void ClientCalls::HandOver(Call& call, std::size_t bytes, net::Deadline now) {
  Leave(call);
  call.place_ = Call::Place::kHandedOver;
  handed_over_.emplace(call.id_, &call);
  handed_bytes_ += bytes;
  call.end_ = handed_bytes_;
  if (!silent_since_) silent_since_ = now;
}

void ClientCalls::Refuse(Call& call, const absl::Status& why) {
  Finish(call, CallEnd::kRefused, MarkNotSent(why));
}

void ClientCalls::Wrote(ConnectionId connection, std::size_t bytes) {
  if (connection == connection_) written_ += bytes;
}

// ---- Replies -----------------------------------------------------------------------------------

ClientCalls::Call* ClientCalls::Answer(ConnectionId connection, const Addressee& to,
                                       net::Deadline now) {
  if (connection == 0 || connection != connection_) return nullptr;
  auto found = handed_over_.end();
  switch (to.kind) {
    case Addressee::Kind::kOldest:
      found = handed_over_.begin();
      if (found != handed_over_.end()) break;
      Lose(connection, ConnectionEnd::kUnaskedFrame,
           absl::DataLossError("a frame came that nobody had asked for"));
      return nullptr;
    case Addressee::Kind::kCall:
      found = handed_over_.find(to.id);
      if (found == handed_over_.end()) {
        ++(to.id <= last_id_ ? stats_.late_replies : stats_.unmatched);
      }
      break;
    case Addressee::Kind::kUnknown:
      ++stats_.unmatched;
      break;
    case Addressee::Kind::kNobody:
      ++stats_.messages;
      break;
  }
  Call* const call = found == handed_over_.end() ? nullptr : found->second;
  if (call != nullptr) Finish(*call, CallEnd::kReplied, absl::OkStatus());
  silent_since_.reset();
  if (!handed_over_.empty()) silent_since_ = now;
  return call;
}

}  // namespace detail
}  // namespace unstick::inline v0::aio
