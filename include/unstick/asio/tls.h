// TLS under a server's connections and a client's.

#ifndef UNSTICK_ASIO_TLS_H_
#define UNSTICK_ASIO_TLS_H_

#include <string>

#include "unstick/asio/transport.h"
#include "unstick/core/attributes.h"
#include "unstick/tls/context.h"

namespace unstick::inline v0::aio {

// For ServerOptions::transport. The handshake is bounded by handshake_timeout; no frame is decoded
// and no handler is called before it has succeeded. A peer that was refused reads why, within
// linger_timeout. REQUIRES: a server's context.
//
//     options.transport = aio::TlsTransport(context);
//     server.Listen(*net::Endpoint::Parse("tls::4433"));
UNSTICK_EXPORT TransportFactory TlsTransport(tls::Context context);

// For a Stream that connects to `host`, whom the server's certificate must name. Connect() does it
// for `tls:` endpoints. REQUIRES: a client's context.
UNSTICK_EXPORT TransportFactory TlsTransport(tls::Context context, std::string host);

}  // namespace unstick::inline v0::aio

#endif  // UNSTICK_ASIO_TLS_H_
