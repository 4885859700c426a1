#include "unstick/asio/stream.h"

#include <asio/error.hpp>
#include <asio/ssl/error.hpp>
#include <cerrno>

#include "unstick/asio/outcome.h"
#include "unstick/net/io_result.h"

namespace unstick::inline v0::aio {
namespace {

using Kind = TransportResult::Kind;

absl::StatusCode CodeOf(HandshakeFault fault) {
  switch (fault) {
    case HandshakeFault::kPeerRefused:
      return absl::StatusCode::kUnauthenticated;
    case HandshakeFault::kRefusedByPeer:
      return absl::StatusCode::kPermissionDenied;
    case HandshakeFault::kNothingInCommon:
      return absl::StatusCode::kUnimplemented;
    case HandshakeFault::kProtocol:
      return absl::StatusCode::kDataLoss;
    case HandshakeFault::kLost:
      break;
  }
  return absl::StatusCode::kUnavailable;
}

}  // namespace

TransportResult Stream::Try(What what, ByteSpan room, ByteView bytes) {
  if (!socket_.is_open()) return {.kind = Kind::kError, .error = {EBADF, std::system_category()}};
  const int fd = socket_.native_handle();
  switch (what) {
    case What::kHandshake:
      return transport_ ? transport_->Handshake(fd) : TransportResult{};
    case What::kCloseWrite: {
      if (transport_ && !torn_) return transport_->CloseWrite(fd);
      std::error_code gone;  // one that is gone already has told its peer the end
      socket_.shutdown(Socket::shutdown_send, gone);
      return {};
    }
    case What::kRead:
      return room.empty() ? TransportResult{} : transport_->Read(fd, room);
    case What::kWrite:
      if (torn_) return {.kind = Kind::kError, .error = {EPIPE, std::system_category()}};
      return bytes.empty() ? TransportResult{} : transport_->Write(fd, bytes);
  }
  return {};
}

std::error_code Stream::Judge(const TransportResult& result) {
  switch (result.kind) {
    case Kind::kEnd:
      return ::asio::error::eof;
    case Kind::kCut:
      return ::asio::ssl::error::stream_truncated;
    case Kind::kError:
      fault_ = result.fault;
      return result.error;
    default:
      return {};
  }
}

void Stream::Close() {
  std::error_code ignored;
  socket_.close(ignored);
}

absl::Status Stream::ErrorStatus(const std::error_code& error, std::string_view what) const {
  const std::string words = transport_ && error.value() == EPROTO ? transport_->Explain() : "";
  if (!words.empty()) return {CodeOf(fault_), std::string(what) + ": " + words};
  const absl::Status status = ToStatus(error);
  return {status.code(),
          std::string(what) + ": " +
              (error == ::asio::error::eof                    ? "the connection ended"
               : status.code() == absl::StatusCode::kDataLoss ? std::string(status.message())
                                                              : error.message())};
}

std::string Stream::peer_subject() const { return transport_ ? transport_->PeerSubject() : ""; }

}  // namespace unstick::inline v0::aio
