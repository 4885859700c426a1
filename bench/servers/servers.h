// The servers that one load client drives. Each serves until it is ended; an empty path means TCP.

#ifndef UNSTICK_BENCH_SERVERS_SERVERS_H_
#define UNSTICK_BENCH_SERVERS_SERVERS_H_

#include <string>

#include "unstick/net/deadline.h"

namespace unstick::bench {

// By hand: one thread for all; one blocking connection after another; the same, asking without
// pause instead of waiting; two receives and one send for each frame.
void ServeRawEpoll(const std::string& unix_path);
void ServeRawBlocking(const std::string& unix_path, bool spin);
void ServeRawNaive(const std::string& unix_path);

// The library: net::MessageStream, one connection after another, which may spin before it sleeps;
// aio::FramedServer.
void ServeStream(const std::string& unix_path, net::Duration spin_for);
void ServeFramed(const std::string& unix_path);

// Asio as its examples have it: read a header, read a body, write.
void ServeAsioHeaderBody(const std::string& unix_path);

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_SERVERS_SERVERS_H_
