// The descriptor below TLS, as OpenSSL sees it, and the output that it did not take.

#ifndef UNSTICK_SRC_TLS_TRANSPORT_H_
#define UNSTICK_SRC_TLS_TRANSPORT_H_

#include <openssl/bio.h>

#include <cstddef>
#include <utility>

#include "unstick/core/bytes.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0::tls {

// Reads straight from the descriptor. Writes always succeed as far as OpenSSL can tell: what the
// kernel does not take is kept, and an error is remembered, so that neither leaves a record that
// was encrypted but not accepted, which would have to be offered again byte for byte. Only when
// kMaxHeld bytes are held already, OpenSSL has to wait.
class Transport {
 public:
  // Holds at most this and what one call of OpenSSL writes, a record.
  static constexpr std::size_t kMaxHeld = std::size_t{64} << 10;

  explicit Transport(int fd) : fd_(fd) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // A BIO on this, for SSL_set_bio(). Null if memory is short.
  BIO* NewBio();

  // Hands on what is held. 0, EAGAIN, or the errno of the first write that failed.
  [[nodiscard]] int Flush();
  // The peer reads the end of the transport's stream. 0 or an errno.
  int ShutdownWrite();

  bool holds_output() const { return !held_.empty(); }
  int write_error() const { return write_error_; }
  int read_error() const { return read_error_; }
  bool ended() const { return ended_; }  // the transport's stream, which is no end of TLS's
  // The bytes read since this was last asked.
  std::size_t TakeReceived() { return std::exchange(received_, 0); }
  // Whether a read found nothing since this was set to false.
  bool starved() const { return starved_; }
  void set_starved(bool starved) { starved_ = starved; }

 private:
  static const BIO_METHOD* Method();
  static int OnRead(BIO* bio, char* into, int size);
  static int OnWrite(BIO* bio, const char* bytes, int size);
  static long OnControl(BIO* bio, int command, long number, void* pointer);

  std::size_t Write(ByteView bytes);  // returns how much went out; sets write_error_

  int fd_;
  StreamBuffer held_;
  std::size_t received_ = 0;
  int read_error_ = 0;
  int write_error_ = 0;
  bool ended_ = false;
  bool starved_ = false;
};

}  // namespace unstick::inline v0::tls

#endif  // UNSTICK_SRC_TLS_TRANSPORT_H_
