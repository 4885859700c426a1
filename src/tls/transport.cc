#include "src/tls/transport.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>

namespace unstick::inline v0::tls {
namespace {

bool MeansLater(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

Transport& Of(BIO* bio) { return *static_cast<Transport*>(BIO_get_data(bio)); }

}  // namespace

BIO* Transport::NewBio() {
  const BIO_METHOD* const method = Method();
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

const BIO_METHOD* Transport::Method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "unstick");
    if (made != nullptr) {
      BIO_meth_set_read(made, OnRead);
      BIO_meth_set_write(made, OnWrite);
      BIO_meth_set_ctrl(made, OnControl);
    }
    return made;
  }();
  return method;
}

int Transport::OnRead(BIO* bio, char* into, int size) {
  Transport& self = Of(bio);
  BIO_clear_retry_flags(bio);
  for (;;) {
    const ssize_t n = ::recv(self.fd_, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (n > 0) {
      self.received_ += static_cast<std::size_t>(n);
      return static_cast<int>(n);
    }
    // To OpenSSL an end without close_notify is fatal: it would not write any more, and what the
    // peer asked for before would stay unanswered. So it is told that nothing has come.
    if (n == 0) {
      self.ended_ = true;
      BIO_set_retry_read(bio);
      return -1;
    }
    if (errno == EINTR) continue;
    if (MeansLater(errno)) {
      self.starved_ = true;
      BIO_set_retry_read(bio);
    } else {
      self.read_error_ = errno;
    }
    return -1;
  }
}

int Transport::OnWrite(BIO* bio, const char* bytes, int size) {
  Transport& self = Of(bio);
  BIO_clear_retry_flags(bio);
  const ByteView all = AsBytes({bytes, static_cast<std::size_t>(size)});
  const int flushed = self.Flush();
  if (flushed == EAGAIN && self.held_.size() >= kMaxHeld) {
    BIO_set_retry_write(bio);
    return -1;
  }
  const std::size_t out = flushed == 0 ? self.Write(all) : 0;
  if (self.write_error_ == 0) self.held_.Append(all.subspan(out));
  return size;
}

long Transport::OnControl(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

std::size_t Transport::Write(ByteView bytes) {
  std::size_t out = 0;
  while (out < bytes.size() && write_error_ == 0) {
    const ByteView rest = bytes.subspan(out);
    const ssize_t n = ::send(fd_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      out += static_cast<std::size_t>(n);
    } else if (MeansLater(errno)) {
      break;
    } else if (errno != EINTR) {
      write_error_ = errno;
    }
  }
  return out;
}

int Transport::Flush() {
  held_.Consume(Write(held_.readable()));
  if (write_error_ != 0) held_.Consume(held_.size());
  if (!held_.empty()) return EAGAIN;
  held_.Trim();
  return write_error_;
}

int Transport::ShutdownWrite() { return ::shutdown(fd_, SHUT_WR) == 0 ? 0 : errno; }

}  // namespace unstick::inline v0::tls
