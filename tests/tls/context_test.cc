// What a context refuses to be made of.

#include "unstick/tls/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <fstream>
#include <string>

#include "tests/tls/tls_pair.h"

namespace unstick::inline v0::tls {
namespace {

using testing::GoodCertificate;
using ::testing::HasSubstr;
using testing::IdentityOf;
using testing::Issued;
using testing::TrustedAuthority;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

void ExpectRefused(const Identity& identity, absl::StatusCode code, const std::string& words) {
  const absl::Status status = Context::ForServer({.identity = identity}).status();
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  EXPECT_EQ(Context::ForClient({.identity = identity}).status(), status);
}

class Files : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = SocketIn(directory_, name).path;
    std::ofstream(path) << text;
    return path;
  }
  testing::TemporaryDirectory directory_;
};

TEST(TlsContext, RefusesWhatIsNoCertificateOrNotItsKey) {
  const Issued& good = GoodCertificate();
  const Issued other = TrustedAuthority().Issue();
  ExpectRefused({Pem::Text("rubbish"), Pem::Text(good.key)}, kInvalid,
                "the certificates: there is no certificate in PEM in it");
  ExpectRefused({Pem::Text(""), Pem::Text(good.key)}, kInvalid, "there is no certificate");
  ExpectRefused({Pem::Text(good.certificate), Pem::Text("")}, kInvalid, "the key: there is no");
  ExpectRefused({Pem::Text(good.certificate), Pem::Text(good.certificate)}, kInvalid,
                "there is no private key");
  ExpectRefused({Pem::Text(good.certificate), Pem::Text(other.key)}, kInvalid,
                "it is not the key of the first certificate");
  ExpectRefused({Pem::Text(good.certificate), Pem::Text(testing::Encrypted(good.key))}, kInvalid,
                "that is not encrypted");
  std::string broken = good.certificate;
  broken.replace(broken.find('\n') + 20, 4, "AAAA");
  ExpectRefused({Pem::Text(good.certificate + broken), Pem::Text(good.key)}, kInvalid,
                "a certificate is broken");
}

TEST(TlsContext, RefusesAKeyThatIsTooWeak) {
  ExpectRefused(IdentityOf(TrustedAuthority().Issue({.rsa_bits = 1024})), kInvalid,
                "key too small");
}

TEST(TlsContext, RefusesAuthoritiesThatAreNone) {
  EXPECT_EQ(Context::ForClient({.ca = Pem::Text("x")}).status().code(), kInvalid);
  EXPECT_EQ(
      Context::ForServer({.identity = IdentityOf(GoodCertificate()), .client_ca = Pem::Text("x")})
          .status()
          .code(),
      kInvalid);
}

TEST_F(Files, AreNamedWhenTheyCannotBeReadOrAreNotWhatTheyShouldBe) {
  const Issued& good = GoodCertificate();
  const std::string certificate = Write("cert.pem", good.certificate);
  const std::string key = Write("key.pem", good.key);
  const std::string none = SocketIn(directory_, "none.pem").path;
  ASSERT_TRUE(Context::ForServer({.identity = {Pem::File(certificate), Pem::File(key)}}).ok());
  ExpectRefused({Pem::File(none), Pem::File(key)}, absl::StatusCode::kNotFound, none);
  ExpectRefused({Pem::File(certificate), Pem::File(none)}, absl::StatusCode::kNotFound, none);
  ExpectRefused({Pem::File(key), Pem::File(key)}, kInvalid, key + ": there is no certificate");
  ExpectRefused({Pem::File(certificate), Pem::File(certificate)}, kInvalid,
                certificate + ": there is no private key");
  const std::string directory = SocketIn(directory_, ".").path;
  EXPECT_FALSE(Context::ForClient({.ca = Pem::File(directory)}).ok());
  EXPECT_FALSE(Context::ForClient({.ca = Pem::File("/dev/null")}).ok());
}

TEST(TlsContext, HasAFloorAndTheSystemsAuthorities) {
  const absl::StatusOr<Context> context = Context::ForClient();
  ASSERT_TRUE(context.ok()) << context.status();
  SSL_CTX* const raw = context->native_handle();
  EXPECT_GE(SSL_CTX_get_min_proto_version(raw), TLS1_2_VERSION);
  EXPECT_GE(SSL_CTX_get_security_level(raw), 2);
  EXPECT_NE(SSL_CTX_get_options(raw) & SSL_OP_NO_RENEGOTIATION, 0U);
  EXPECT_NE(SSL_CTX_get_verify_mode(raw) & SSL_VERIFY_PEER, 0);
}

}  // namespace
}  // namespace unstick::inline v0::tls
