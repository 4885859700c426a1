// Two TLS engines and whatever stands between them: a network that hands bytes on in any pieces, is
// full or silent at any call, changes bytes, adds some, loses the rest, ends or is reset. Then:
//
//   - what one end reads is what the other wrote, from its first byte on, and all of it where
//     nothing was changed or lost;
//   - the end is kEnd iff the close_notify came, and kCut iff the transport ended without it;
//   - nothing is read or written before the handshake, errors stay, and say why in one line;
//   - no call asks the transport more often than the bytes that it finds explain, no engine sends
//     more than what was written accounts for, or holds more than its bound.
//
// Input: flags (who takes part, a handshake first), four times 8 bytes of what the transport does,
// then actions, a byte each with what they need.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "fuzz/bounds.h"
#include "fuzz/fuzz_input.h"
#include "unstick/tls/context.h"
#include "unstick/tls/engine.h"

namespace unstick::fuzz {
namespace {

using Kind = net::IoResult::Kind;

// One direction of the transport.
struct Pipe {
  std::string bytes;  // under way
  bool ended = false;
  bool reset = false;
  bool tampered = false;
  bool lost = false;  // at least the close_notify
  bool cut = false;   // and what was still to be sent
  std::uint64_t sent = 0;
  std::deque<std::size_t> sends;
  std::deque<std::size_t> receives;
  std::uint64_t calls = 0;

  static std::size_t Pop(std::deque<std::size_t>& steps) {
    if (steps.empty()) return 255;
    const std::size_t step = steps.front();
    steps.pop_front();
    return step;
  }
  static std::size_t Size(std::size_t step) { return step == 255 ? 1 << 20 : step * step + 1; }
};

constexpr int kClient = 1000, kServer = 1001;  // descriptors that no system call sees
std::array<Pipe, 2>* network = nullptr;        // what each end sends
Pipe& FromEnd(int fd) { return (*network)[static_cast<std::size_t>(fd - kClient)]; }
Pipe& ToEnd(int fd) { return (*network)[static_cast<std::size_t>(kServer - fd)]; }

int FailWith(int error) {
  errno = error;
  return -1;
}

template <typename T>
std::string PemOf(int (*write)(BIO*, T*), T* what) {
  BIO* const bio = BIO_new(BIO_s_mem());
  if (write(bio, what) != 1) Fail("no PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string pem(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}
int WriteCertificate(BIO* bio, X509* certificate) { return PEM_write_bio_X509(bio, certificate); }
int WriteKey(BIO* bio, EVP_PKEY* key) {
  return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
}

struct Contexts {
  tls::Context client;
  tls::Context server;
};

// A certificate for localhost that has signed itself, and those who believe it.
Contexts MakeContexts() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const made = X509_new();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), 365L * 24 * 3600);
  X509_set_pubkey(made, key);
  X509_NAME* const name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(made, name);
  X509_EXTENSION* const names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(made, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(made, key, EVP_sha256());
  const std::string certificate = PemOf(WriteCertificate, made);
  const std::string secret = PemOf(WriteKey, key);
  X509_free(made);
  EVP_PKEY_free(key);

  auto server =
      tls::Context::ForServer({.identity = {tls::Pem::Text(certificate), tls::Pem::Text(secret)}});
  auto client = tls::Context::ForClient({.ca = tls::Pem::Text(certificate)});
  if (!server.ok() || !client.ok()) Fail("no contexts");
  return {*std::move(client), *std::move(server)};
}

constexpr std::uint64_t kMostHeld = std::uint64_t{320} << 10;  // of an engine's heap

class End {
 public:
  End(int fd, const Contexts& contexts)
      : fd_(fd),
        engine_(fd == kClient ? tls::Engine::ForClient(fd, contexts.client, "localhost")
                              : tls::Engine::ForServer(fd, contexts.server)) {
    if (!engine_.ok()) Fail("no engine");
  }

  void Handshake() {
    const int error = Calling([&] { return engine_->Handshake(); });
    if (handshaken_ && error != 0 && error != EAGAIN && write_error_ == 0) write_error_ = error;
    if (handshaken_) return;
    if (failed_ != 0 && error != failed_) Fail("a failed handshake fails otherwise");
    if (error == 0) handshaken_ = true;
    if (error != 0 && error != EAGAIN) {
      failed_ = error;
      RequireWords(error);
    }
    if (handshaken_ && !begun()) Fail("no version behind the handshake");
  }

  void Write(std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(serial_++ * 31 + (fd_ == kClient ? 1 : 2));
    const ByteView all = AsBytes(bytes);
    const ByteView parts[] = {all.first(size / 3), {}, all.subspan(size / 3)};
    const net::IoResult result = Calling([&] { return engine_->WriteSome(parts); });
    std::size_t taken = 0;
    if (result.kind() == Kind::kBytes) taken = result.bytes();
    if (taken > std::min<std::size_t>(size, 16384)) Fail("more is taken than a record");
    if (!begun() && taken > 0) Fail("something is written before the handshake");
    if (shut_ && taken > 0) Fail("something is written behind the end");
    if (done() && !shut_ && result.kind() == Kind::kError) write_error_ = result.error_code();
    serial_ -= size - taken;
    written_ += bytes.substr(0, taken);
  }

  void Read(std::size_t room) {
    std::string into(room, '\0');
    const net::IoResult result =
        Calling([&] { return engine_->ReadSome(std::as_writable_bytes(std::span(into))); });
    if (!begun() && result.kind() != Kind::kError) Fail("something is read before the handshake");
    if (!begun()) return;
    if (over_ && (result.kind() != *over_)) Fail("an end does not stay");
    if (result.kind() == Kind::kBytes) {
      read_ += into.substr(0, result.bytes());
    } else if (result.kind() != Kind::kWouldBlock) {
      over_ = result.kind();
    }
    if (result.kind() == Kind::kError) RequireWords(result.error_code());
  }

  void Flush() {
    const int error = Calling([&] { return engine_->Flush(); });
    if (done() && error != 0 && error != EAGAIN) write_error_ = error;
  }
  void Shut() {
    const int error = Calling([&] { return engine_->ShutdownWrite(); });
    if (!done() && error == 0) Fail("an end is told before the handshake");
    if (error == 0) shut_ = true;
    if (done() && error != 0) write_error_ = error;
  }
  void UpdateKeys() {
    if (!done() || shut_ || write_error_ != 0) return;
    SSL_key_update(engine_->native_handle(), SSL_KEY_UPDATE_REQUESTED);
    (void)Calling([&] { return engine_->Handshake(); });
    ++updates_;
  }

  bool done() const { return handshaken_; }
  bool begun() const { return !engine_->version().empty(); }  // what it said may be under way
  bool shut() const { return shut_; }
  bool broken() const { return failed_ != 0 || write_error_ != 0; }
  std::string WhatBroke() const {
    return std::string(
        engine_->ErrorStatus(failed_ != 0 ? failed_ : write_error_, "tls").message());
  }
  std::optional<Kind> over() const { return over_; }
  const std::string& written() const { return written_; }
  const std::string& read() const { return read_; }
  std::uint64_t Accounted() const {
    return 8192 + 2 * written_.size() + 64 * (serial_ + 4 * updates_);
  }

 private:
  template <typename Call>
  std::invoke_result_t<Call> Calling(Call call) {
    Pipe& in = ToEnd(fd_);
    const std::uint64_t calls = in.calls;
    const std::size_t there = in.bytes.size() + in.receives.size();
    const auto result = holder_.During(call);
    StepsBound().Require(in.calls - calls, 8 + there, " questions to the transport");
    return result;
  }

  void RequireWords(int error) {
    const absl::Status why = engine_->ErrorStatus(error, "tls");
    const std::string_view words(why.message().data(), why.message().size());
    if (why.ok() || !words.starts_with("tls: ") || words.find('\n') != words.npos) {
      Fail("an error without a word: " + std::string(words));
    }
  }

  int fd_;
  Holder holder_{kMostHeld};
  absl::StatusOr<tls::Engine> engine_;
  bool handshaken_ = false;
  int failed_ = 0;
  int write_error_ = 0;
  bool shut_ = false;
  std::optional<Kind> over_;
  std::size_t serial_ = 0;
  std::size_t updates_ = 0;
  std::string written_;
  std::string read_;
};

struct Scene {
  std::array<Pipe, 2> pipes;
  std::unique_ptr<End> ends[2];
  bool takes_part[2] = {true, true};

  void Pump(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t i = 0; i < 2; ++i) {
        if (!takes_part[i]) continue;
        ends[i]->Handshake();
        ends[i]->Flush();
        if (ends[i]->done()) ends[i]->Read(4096);
      }
    }
  }
};

// What the network does to the bytes on their way.
void Interfere(Pipe& pipe, const End& sender, FuzzInput& input, std::size_t how) {
  if (how == 0 && !pipe.bytes.empty()) {  // changes one
    char& byte = pipe.bytes[input.Byte() * 7 % pipe.bytes.size()];
    byte = static_cast<char>(byte ^ 1 << input.Below(8));
    pipe.tampered = true;
  } else if (how == 1) {  // adds some
    const std::string more = input.Text();
    pipe.tampered = pipe.tampered || !more.empty();
    if (!pipe.ended) pipe.bytes += more;
  } else if (how == 2) {  // loses the rest
    const std::size_t kept = std::min(pipe.bytes.size(), input.Byte() * 8);
    pipe.lost = pipe.lost || kept < pipe.bytes.size() || !sender.shut();
    pipe.cut = true;
    pipe.bytes.resize(kept);
    pipe.ended = true;
  } else {
    pipe.reset = pipe.reset || input.Flag();
  }
}

void Act(Scene& scene, FuzzInput& input) {
  const std::size_t action = input.Byte();
  const std::size_t who = action % 2;
  End& end = *scene.ends[who];
  if (!scene.takes_part[who] && action / 2 % 10 < 6) return;
  switch (action / 2 % 10) {
    case 0:
      return end.Handshake();
    case 1:
      return end.Write(1 + input.Byte() * (action > 200 ? 150 : 3));
    case 2:
      return end.Read(input.Byte() * 16);
    case 3:
      return end.Flush();
    case 4:
      return action > 100 ? end.Shut() : end.UpdateKeys();
    case 5:
      return scene.Pump(1);
    default:
      return Interfere(scene.pipes[who], end, input, action / 2 % 10 - 6);
  }
}

void Judge(const Scene& scene) {
  bool any = false;  // trouble
  for (const Pipe& pipe : scene.pipes) any = any || pipe.tampered || pipe.cut || pipe.reset;
  for (std::size_t i = 0; i < 2; ++i) {
    const End& reader = *scene.ends[i];
    const End& writer = *scene.ends[1 - i];
    const Pipe& pipe = scene.pipes[1 - i];
    if (!writer.written().starts_with(reader.read())) Fail("plaintext that nobody wrote");
    if (scene.pipes[i].sent > reader.Accounted()) Fail("more is sent than was written");
    if (reader.over() == Kind::kEnd && (!writer.shut() || pipe.lost)) {
      Fail("an end that nobody told");
    }
    if (reader.over() == Kind::kCut && !pipe.cut && !pipe.tampered) {
      Fail("what was not cut is said to be");
    }
    if (any) continue;
    if (!scene.takes_part[0] || !scene.takes_part[1]) continue;
    if (!reader.done()) Fail("no handshake though nothing is in its way");
    if (reader.read() != writer.written()) Fail("plaintext is lost");
    if (writer.shut() != (reader.over() == Kind::kEnd)) Fail("the end is not what was told");
    if (reader.broken() && !reader.shut()) {
      Fail("an error though nothing is wrong: " + reader.WhatBroke());
    }
  }
}

}  // namespace
}  // namespace unstick::fuzz

// The system, for the two descriptors.
extern "C" {

ssize_t __real_recv(int fd, void* into, std::size_t size, int flags);
ssize_t __wrap_recv(int fd, void* into, std::size_t size, int flags) {
  using namespace unstick::fuzz;
  if (network == nullptr || fd < kClient) return __real_recv(fd, into, size, flags);
  Pipe& pipe = ToEnd(fd);
  ++pipe.calls;
  if (pipe.reset) return FailWith(ECONNRESET);
  const std::size_t step = Pipe::Pop(pipe.receives);
  if (step % 8 == 1) return FailWith(EAGAIN);
  if (step % 8 == 2) return FailWith(EINTR);
  if (pipe.bytes.empty()) return pipe.ended ? 0 : FailWith(EAGAIN);
  const std::size_t n = std::min({Pipe::Size(step), pipe.bytes.size(), size});
  std::memcpy(into, pipe.bytes.data(), n);
  pipe.bytes.erase(0, n);
  return static_cast<ssize_t>(n);
}

ssize_t __real_send(int fd, const void* bytes, std::size_t size, int flags);
ssize_t __wrap_send(int fd, const void* bytes, std::size_t size, int flags) {
  using namespace unstick::fuzz;
  if (network == nullptr || fd < kClient) return __real_send(fd, bytes, size, flags);
  Pipe& pipe = FromEnd(fd);
  if (pipe.ended || pipe.reset) return FailWith(EPIPE);
  const std::size_t step = Pipe::Pop(pipe.sends);
  if (step % 8 == 1) return FailWith(EAGAIN);
  if (step % 8 == 2) return FailWith(EINTR);
  const std::size_t n = std::min(Pipe::Size(step), size);
  pipe.bytes.append(static_cast<const char*>(bytes), n);
  pipe.sent += n;
  return static_cast<ssize_t>(n);
}

int __real_shutdown(int fd, int how);
int __wrap_shutdown(int fd, int how) {
  using namespace unstick::fuzz;
  if (network == nullptr || fd < kClient) return __real_shutdown(fd, how);
  FromEnd(fd).ended = true;
  return 0;
}

}  // extern "C"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unstick;
  using fuzz::kClient;
  static const fuzz::Contexts* const contexts = [] {
    auto* const made = new fuzz::Contexts(fuzz::MakeContexts());
    fuzz::Scene first;  // what OpenSSL keeps for ever is nobody's
    fuzz::network = &first.pipes;
    for (int i = 0; i < 2; ++i) {
      first.ends[i] = std::make_unique<fuzz::End>(kClient + i, *made);
    }
    first.Pump(8);
    fuzz::network = nullptr;
    return made;
  }();

  fuzz::FuzzInput input(data, size);
  const std::size_t flags = input.Byte();
  fuzz::Scene scene;
  for (fuzz::Pipe& pipe : scene.pipes) {
    for (int i = 0; i < 8; ++i) pipe.sends.push_back(input.Byte());
    for (int i = 0; i < 8; ++i) pipe.receives.push_back(input.Byte());
  }
  fuzz::network = &scene.pipes;
  for (int i = 0; i < 2; ++i) scene.ends[i] = std::make_unique<fuzz::End>(kClient + i, *contexts);
  if (flags % 4 == 2) scene.takes_part[0] = false;  // hostile bytes are all that the other hears
  if (flags % 4 == 3) scene.takes_part[1] = false;
  if (flags % 4 == 0) scene.Pump(40);
  for (int i = 0; i < 100 && !input.empty(); ++i) fuzz::Act(scene, input);

  for (fuzz::Pipe& pipe : scene.pipes) {  // from here on it does all it can
    pipe.sends.clear();
    pipe.receives.clear();
  }
  std::size_t before = ~std::size_t{0};
  for (int round = 0; round < 200; ++round) {
    scene.Pump(1);
    const std::size_t now = scene.ends[0]->read().size() + scene.ends[1]->read().size() +
                            scene.pipes[0].sent + scene.pipes[1].sent +
                            scene.pipes[0].bytes.size() + scene.pipes[1].bytes.size();
    if (now == before) break;
    before = now;
  }
  scene.Pump(2);
  fuzz::Judge(scene);
  scene.ends[0].reset();
  scene.ends[1].reset();
  fuzz::network = nullptr;
  return 0;
}
