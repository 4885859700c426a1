// Endpoints as people write them: tcp:localhost:4000, udp:[::1]:53, unix:/run/app.sock.

#ifndef UNSTICK_NET_ENDPOINT_H_
#define UNSTICK_NET_ENDPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "unstick/core/attributes.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {

// A way of talking and a place to do it:
//
//     tcp:HOST:PORT   udp:HOST:PORT   tls:HOST:PORT   unix:PATH
//
// HOST is a name, an IPv4 address, an IPv6 address in brackets, or empty: every interface when
// listening, the loopback one when connecting. PORT is 0..65535; 0 means any free port, for
// listening only. A Unix path has 1..107 bytes; it is a stream or a datagram socket as the one who
// opens it likes.
struct UNSTICK_EXPORT Endpoint {
  enum class Scheme : std::uint8_t { kTcp, kUdp, kTls, kUnix };

  Scheme scheme = Scheme::kTcp;
  std::string host;        // without brackets
  std::uint16_t port = 0;  // in this machine's byte order
  std::string path;        // kUnix only

  // kInvalidArgument names the offending part and what is allowed. Looks no name up.
  static absl::StatusOr<Endpoint> Parse(std::string_view text);
  // Parse(e.ToString()) == e.
  std::string ToString() const;

  // What `address` is called; a Unix address keeps its path alone.
  static Endpoint Of(Scheme scheme, const SocketAddress& address);

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "tcp", "udp", "tls", "unix".
UNSTICK_EXPORT std::string_view SchemeName(Endpoint::Scheme scheme);

enum class ResolveFor : std::uint8_t { kConnect, kListen };

// The addresses behind an endpoint, at least one, in the order in which they should be tried
// (getaddrinfo(3)). Names are looked up without a time limit. Errors: kNotFound for a name that
// nobody knows, kUnavailable when the lookup itself failed.
UNSTICK_EXPORT absl::StatusOr<std::vector<SocketAddress>> Resolve(const Endpoint& endpoint,
                                                                  ResolveFor purpose);

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_ENDPOINT_H_
