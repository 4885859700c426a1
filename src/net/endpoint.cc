#include "unstick/net/endpoint.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/absl_compat.h"
#include "unstick/net/io_result.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {
namespace {

constexpr std::array<std::pair<std::string_view, Endpoint::Scheme>, 4> kSchemes = {{
    {"tcp", Endpoint::Scheme::kTcp},
    {"udp", Endpoint::Scheme::kUdp},
    {"tls", Endpoint::Scheme::kTls},
    {"unix", Endpoint::Scheme::kUnix},
}};

constexpr std::size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Wrong(std::string_view text, const std::string& why) {
  return absl::InvalidArgumentError("endpoint '" + std::string(text) + "': " + why);
}

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

absl::StatusOr<std::uint16_t> ParsePort(std::string_view text, std::string_view port) {
  std::uint16_t value = 0;
  const char* const begin = port.data();
  const char* const end = begin + port.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stopped != end) {
    return Wrong(text, "port " + Quoted(port) + " is not a number from 0 to 65535");
  }
  return value;
}

// HOST:PORT, [HOST]:PORT.
absl::Status ParseHostPort(std::string_view text, std::string_view rest, Endpoint& endpoint) {
  const std::size_t colon = rest.rfind(':');
  const bool bracketed = rest.starts_with('[');
  const std::size_t bracket = rest.rfind(']');
  if (bracketed && bracket == std::string_view::npos) {
    return Wrong(text, "host " + Quoted(rest) + " has no closing ']'");
  }
  if (colon == std::string_view::npos || (bracketed && colon < bracket)) {
    return Wrong(text, "the port is missing; write " + std::string(SchemeName(endpoint.scheme)) +
                           ":HOST:PORT");
  }
  std::string_view host = rest.substr(0, colon);
  if (bracketed) {
    if (bracket + 1 != colon || bracket == 1) {
      return Wrong(text, "host " + Quoted(host) + " is not an IPv6 address in brackets");
    }
    host = host.substr(1, bracket - 1);
  } else if (host.find(':') != std::string_view::npos) {
    return Wrong(text, "host " + Quoted(host) + " has a colon; write an IPv6 address in brackets");
  }
  if (host.find('\0') != std::string_view::npos) return Wrong(text, "the host has a NUL byte");
  absl::StatusOr<std::uint16_t> port = ParsePort(text, rest.substr(colon + 1));
  if (!port.ok()) return port.status();
  endpoint.host = host;
  endpoint.port = *port;
  return absl::OkStatus();
}

absl::Status CheckPath(std::string_view text, std::string_view path) {
  if (path.empty()) return Wrong(text, "the path is missing; write unix:PATH");
  if (path.size() > kMaxPath) {
    return Wrong(text, "the path has " + std::to_string(path.size()) + " bytes; at most " +
                           std::to_string(kMaxPath) + " are possible");
  }
  if (path.find('\0') != std::string_view::npos) return Wrong(text, "the path has a NUL byte");
  return absl::OkStatus();
}

SocketAddress UnixAddress(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return {reinterpret_cast<const sockaddr*>(&address), size};
}

absl::Status LookupFailed(const Endpoint& endpoint, int error) {
  const std::string what = "look up " + Quoted(endpoint.host);
  if (error == EAI_SYSTEM) return StatusFromErrno(errno, what);
  const std::string message = what + ": " + ::gai_strerror(error);
  if (error == EAI_AGAIN) return absl::UnavailableError(message);
  return absl::NotFoundError(message);
}

}  // namespace

std::string_view SchemeName(Endpoint::Scheme scheme) {
  for (const auto& [name, value] : kSchemes) {
    if (value == scheme) return name;
  }
  return {};
}

absl::StatusOr<Endpoint> Endpoint::Parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon);
  for (const auto& [name, value] : kSchemes) {
    if (name != scheme || colon == std::string_view::npos) continue;
    const std::string_view rest = text.substr(colon + 1);
    Endpoint endpoint{.scheme = value, .host = {}, .port = 0, .path = {}};
    absl::Status parsed;
    if (value == Scheme::kUnix) {
      parsed = CheckPath(text, rest);
      endpoint.path = rest;
    } else {
      parsed = ParseHostPort(text, rest, endpoint);
    }
    if (!parsed.ok()) return parsed;
    return endpoint;
  }
  return Wrong(text, "scheme " + Quoted(scheme) + " is none of tcp, udp, tls, unix");
}

std::string Endpoint::ToString() const {
  std::string text(SchemeName(scheme));
  text += ':';
  if (scheme == Scheme::kUnix) return text + path;
  text += host.find(':') == std::string::npos ? host : "[" + host + "]";
  return text + ":" + std::to_string(port);
}

Endpoint Endpoint::Of(Scheme scheme, const SocketAddress& address) {
  if (address.family() == AF_UNIX) {
    return {.scheme = Scheme::kUnix, .host = {}, .port = 0, .path = address.path()};
  }
  return {.scheme = scheme, .host = address.host(), .port = address.port(), .path = {}};
}

absl::StatusOr<std::vector<SocketAddress>> Resolve(const Endpoint& endpoint, ResolveFor purpose) {
  if (endpoint.scheme == Endpoint::Scheme::kUnix) {
    absl::Status fits = CheckPath(endpoint.ToString(), endpoint.path);
    if (!fits.ok()) return fits;
    return std::vector<SocketAddress>{UnixAddress(endpoint.path)};
  }
  const bool any_interface = purpose == ResolveFor::kListen && endpoint.host.empty();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = endpoint.scheme == Endpoint::Scheme::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (any_interface ? AI_PASSIVE : 0);
  const std::string port = std::to_string(endpoint.port);
  addrinfo* list = nullptr;
  const char* host = endpoint.host.empty() ? nullptr : endpoint.host.c_str();
  if (const int error = ::getaddrinfo(host, port.c_str(), &hints, &list); error != 0) {
    return LookupFailed(endpoint, error);
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);

  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    // One IPv6 socket serves every interface for IPv4 too, so that one is tried first.
    const bool first = any_interface && entry->ai_family == AF_INET6;
    addresses.insert(first ? addresses.begin() : addresses.end(),
                     SocketAddress(entry->ai_addr, entry->ai_addrlen));
  }
  return addresses;
}

}  // namespace unstick::inline v0::net
