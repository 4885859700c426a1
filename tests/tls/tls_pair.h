// Two ends of a TLS connection over loopback.

#ifndef UNSTICK_TESTS_TLS_TLS_PAIR_H_
#define UNSTICK_TESTS_TLS_TLS_PAIR_H_

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "tests/net/loopback.h"
#include "tests/support/certificates.h"
#include "unstick/tls/context.h"
#include "unstick/tls/stream.h"

namespace unstick::inline v0::testing {

using certificates::Authority;
using certificates::CertificateSpec;
using certificates::Encrypted;
using certificates::Issued;
using certificates::SelfSigned;

inline const Authority& TrustedAuthority() {
  static const Authority authority("the authority");
  return authority;
}

inline tls::Identity IdentityOf(const Issued& issued) {
  return {tls::Pem::Text(issued.certificate), tls::Pem::Text(issued.key)};
}

inline tls::Context ServerContext(const Issued& issued, const Authority* client_ca = nullptr) {
  tls::ServerOptions options{.identity = IdentityOf(issued)};
  if (client_ca != nullptr) options.client_ca = tls::Pem::Text(client_ca->certificate());
  absl::StatusOr<tls::Context> context = tls::Context::ForServer(options);
  EXPECT_TRUE(context.ok()) << context.status();
  return *std::move(context);
}

inline tls::Context ClientContext(const Issued* issued = nullptr,
                                  const Authority& ca = TrustedAuthority()) {
  tls::ClientOptions options{.ca = tls::Pem::Text(ca.certificate())};
  if (issued != nullptr) options.identity = IdentityOf(*issued);
  absl::StatusOr<tls::Context> context = tls::Context::ForClient(options);
  EXPECT_TRUE(context.ok()) << context.status();
  return *std::move(context);
}

inline const Issued& GoodCertificate() {
  static const Issued issued = TrustedAuthority().Issue();
  return issued;
}

struct Handshake {
  absl::StatusOr<tls::Stream> client;
  absl::StatusOr<tls::Stream> server;
};

// Both ends shake hands on a connection of sockets.
inline Handshake ShakeHands(Connection sockets, const tls::Context& client,
                            const tls::Context& server, const std::string& host = "localhost") {
  std::future<absl::StatusOr<tls::Stream>> accepting = std::async(std::launch::async, [&] {
    return tls::Stream::Accept(std::move(sockets.server), server, Soon());
  });
  absl::StatusOr<tls::Stream> connected =
      tls::Stream::Connect(std::move(sockets.client), client, host, Soon());
  return {std::move(connected), accepting.get()};
}

struct Pair {
  tls::Stream client;
  tls::Stream server;
};
inline Pair ConnectedPair(const tls::Context& client = ClientContext(),
                          const tls::Context& server = ServerContext(GoodCertificate())) {
  Handshake made = ShakeHands(Connected(), client, server);
  EXPECT_TRUE(made.client.ok()) << made.client.status();
  EXPECT_TRUE(made.server.ok()) << made.server.status();
  return {*std::move(made.client), *std::move(made.server)};
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_TLS_TLS_PAIR_H_
