#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "unstick/asio/server_stats.h"
#include "unstick/core/frame_error.h"

namespace unstick::inline v0::aio {
namespace {

std::string_view ReasonName(FrameErrorCode code) { return CodeName(code); }

void Head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP unstick_").append(name).append(" ").append(help).append("\n# TYPE unstick_");
  text.append(name).append(" ").append(type).append("\n");
}

void Add(std::string& text, std::string_view name, std::string_view type, std::string_view help,
         std::uint64_t value) {
  Head(text, name, type, help);
  text.append("unstick_").append(name).append(" ").append(std::to_string(value)).append("\n");
}

template <typename Reason, std::size_t n>
void Add(std::string& text, std::string_view name, std::string_view help,
         const CountBy<Reason, n>& counts) {
  Head(text, name, "counter", help);
  for (std::size_t i = 0; i < n; ++i) {
    const std::string_view reason = ReasonName(static_cast<Reason>(i));
    text.append("unstick_").append(name).append("{reason=\"").append(reason).append("\"} ");
    text.append(std::to_string(counts.counts[i])).append("\n");
  }
}

}  // namespace

std::string_view ReasonName(CloseReason reason) {
  static constexpr std::array<std::string_view, kCloseReasons> kNames = {
      "end",           "closed",        "aborted",          "stopped",           "framing_error",
      "io_error",      "transport_cut", "handshake_failed", "handshake_timeout", "idle_timeout",
      "frame_timeout", "write_timeout", "memory_budget",    "stop_timeout",      "handler_failed"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view ReasonName(HandshakeFault fault) {
  static constexpr std::array<std::string_view, kHandshakeFaults> kNames = {
      "lost", "peer_refused", "refused_by_peer", "nothing_in_common", "protocol"};
  return kNames[static_cast<std::size_t>(fault)];
}

std::string_view ReasonName(RefuseReason reason) {
  static constexpr std::array<std::string_view, kRefuseReasons> kNames = {"connections", "address",
                                                                          "descriptors"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view ReasonName(ReplyRefusal reason) {
  static constexpr std::array<std::string_view, kReplyRefusals> kNames = {"unencodable", "bytes",
                                                                          "frames", "closed"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string CloseInfo::ToString() const {
  switch (reason) {
    case CloseReason::kEnd:
      return "the peer closed the connection";
    case CloseReason::kClosed:
      return "closed by this side";
    case CloseReason::kAborted:
      return "aborted by this side";
    case CloseReason::kStopped:
      return "closed because the server stopped";
    case CloseReason::kFramingError:
      return frame_error ? frame_error->ToString() : "the bytes broke the framing";
    case CloseReason::kIoError:
      return "the connection failed: " + (detail.empty() ? io_error.message() : detail);
    case CloseReason::kTransportCut:
      return "the connection was cut off, not ended";
    case CloseReason::kHandshakeFailed:
      return "the handshake failed: " + (detail.empty() ? io_error.message() : detail);
    case CloseReason::kHandshakeTimeout:
      return "the handshake took too long";
    case CloseReason::kIdleTimeout:
      return "nothing came for too long";
    case CloseReason::kFrameTimeout:
      return "a frame took too long to arrive";
    case CloseReason::kWriteTimeout:
      return "the peer did not read its replies";
    case CloseReason::kMemoryBudget:
      return "memory for frames that are not whole yet was short, and this one came slowly";
    case CloseReason::kStopTimeout:
      return "cut off because the server stopped";
    case CloseReason::kHandlerFailed:
      return "the handler threw an exception";
  }
  return "";
}

std::string ServerStats::ToPrometheus() const {
  std::string text;
  Add(text, "connections_accepted_total", "counter", "Connections taken.", accepted);
  Add(text, "connections_open", "gauge", "Connections open now.", open);
  Add(text, "connections_closed_total", "Connections that are over, by reason.", closed);
  Add(text, "connections_refused_total", "Connections closed as they came, by limit.", refused);
  Add(text, "handshake_failures_total", "Handshakes of the transport that failed, by reason.",
      handshake_failures);
  Add(text, "accept_failures_total", "counter", "Times that no descriptor was left.",
      accept_failures);
  Add(text, "frames_received_total", "counter", "Frames given to the handler.", frames_in);
  Add(text, "frames_queued_total", "counter", "Replies queued.", frames_out);
  Add(text, "received_bytes_total", "counter", "Bytes read.", bytes_in);
  Add(text, "sent_bytes_total", "counter", "Bytes written.", bytes_out);
  Add(text, "gaps_total", "Bad stretches that were passed over, by error.", gaps);
  Add(text, "skipped_bytes_total", "counter", "Bytes in those.", skipped_bytes);
  Add(text, "frame_errors_total", "Framing errors that ended a connection.", frame_errors);
  Add(text, "replies_refused_total", "Replies that were not queued, by reason.", replies_refused);
  Add(text, "unsent_bytes_total", "counter", "Bytes of replies lost with their connection.",
      unsent_bytes);
  Add(text, "unread_bytes_total", "counter",
      "Bytes dropped that came too late or were no frame when a connection ended.", unread_bytes);
  Add(text, "read_pauses_total", "counter", "Times a peer that did not read was not read from.",
      read_pauses);
  Add(text, "memory_pauses_total", "counter", "Times a peer was not read from for want of memory.",
      memory_pauses);
  Add(text, "buffered_bytes", "gauge", "Memory held in connections' buffers.", buffered);
  Add(text, "partial_frame_bytes", "gauge", "Memory held for frames not yet whole.",
      partial_frames);
  return text;
}

}  // namespace unstick::inline v0::aio
