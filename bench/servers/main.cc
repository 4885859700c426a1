// servers NAME [UNIX-PATH]: serves until it is ended; prints "port N" once it listens.

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "bench/servers/servers.h"

int main(int argc, char** argv) {
  using namespace unstick::bench;
  const std::string_view name = argc > 1 ? argv[1] : "";
  const std::string path = argc > 2 ? argv[2] : "";
  if (name == "raw-epoll") ServeRawEpoll(path);
  if (name == "raw-block") ServeRawBlocking(path, false);
  if (name == "raw-spin") ServeRawBlocking(path, true);
  if (name == "raw-naive") ServeRawNaive(path);
  if (name == "unstick-stream") ServeStream(path, {});
  if (name == "unstick-spin") ServeStream(path, std::chrono::milliseconds(10));
  if (name == "unstick-server") ServeFramed(path);
  if (name == "asio-header-body") ServeAsioHeaderBody(path);
  std::fprintf(stderr, "servers: there is no server '%s', or it ended\n", argc > 1 ? argv[1] : "");
  return 1;
}
