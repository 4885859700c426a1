#!/usr/bin/env bash
# scripts/check_layers.sh refuses each of these, with its place, and lets the good ones pass.
# Usage: check_layers_test.sh SCRIPT
set -euo pipefail
script=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# verdict FILE LINE: what the script says of a tree that has this one line, below an empty one
verdict() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/$(dirname "$1")"
  printf '\n%s\n' "$2" >"$tree/$1"
  "$script" "$tree" || true
}

refuses() {
  local said
  said=$(verdict "$1" "$2")
  [[ $said == "$1:2: "* ]] || { echo "not refused: $1: $2 (said: '$said')"; failures=$((failures + 1)); }
}

accepts() {
  local said
  said=$(verdict "$1" "$2")
  [[ -z $said ]] || { echo "refused: $said"; failures=$((failures + 1)); }
}

# Arrows that point up or sideways.
refuses include/unstick/core/a.h '#include "unstick/net/socket.h"'
refuses include/unstick/core/a.h '#  include <unstick/net/socket.h>'
refuses src/core/a.cc '#include "src/net/socket_util.h"'
refuses src/core/a.cc '#include "../net/socket_util.h"'
refuses src/core/a.cc '#include "unstick/unstick.h"'
refuses src/net/a.cc '#include "unstick/asio/server.h"'
refuses src/net/a.cc '#include "unstick/proto/dispatcher.h"'
refuses src/asio/a.cc '#include "unstick/proto/dispatcher.h"'
refuses src/asio/a.cc '#include "unstick/v1/frame.pb.h"'
refuses src/proto/a.cc '#include "unstick/asio/server.h"'
refuses src/net/a.cc '#include "unstick/tls/stream.h"'
refuses src/tls/a.cc '#include "unstick/asio/tls.h"'
refuses src/proto/a.cc '#include "src/cli/commands.h"'
refuses include/unstick/testing/a.h '#include "unstick/net/socket.h"'
accepts src/net/a.cc '#include "unstick/core/framer.h"'
accepts src/asio/a.cc '#include "unstick/net/endpoint.h"'
accepts src/asio/a.cc '#include "unstick/tls/engine.h"'
accepts src/tls/a.cc '#include <openssl/ssl.h>'
refuses src/net/a.cc '#include <openssl/ssl.h>'
accepts src/proto/a.cc '#include "unstick/v1/frame.pb.h"'
accepts src/cli/a.cc '#include "unstick/asio/server.h"'

# The core knows no operating system, clock, locale or thread.
for header in unistd.h sys/socket.h netinet/in.h arpa/inet.h poll.h errno.h cerrno pthread.h thread mutex \
  chrono filesystem iostream fstream sstream locale regex cstdio stdio.h ctime random; do
  refuses src/core/a.cc "#include <$header>"
done
accepts src/core/a.cc '#include <algorithm>'
accepts src/core/a.cc '#include <cstdlib>'
accepts src/core/a.cc '  memory = std::realloc(memory, size);'
refuses src/core/a.cc '  const char* home = std::getenv("HOME");'
refuses src/core/a.cc '  system("ls");'
accepts src/net/a.cc '  const char* home = std::getenv("HOME");'
accepts src/net/a.cc '#include <sys/socket.h>'
refuses src/net/a.cc '#include <iostream>'
accepts src/cli/a.cc '#include <iostream>'

# Packages of other layers.
refuses src/core/a.cc '#include "google/protobuf/message.h"'
refuses src/net/a.cc '#include <asio.hpp>'
refuses src/net/a.cc '#include <asio/ip/tcp.hpp>'
refuses src/asio/a.cc '#include <CLI/CLI.hpp>'
accepts src/core/a.cc '#include "absl/status/status.h"'
accepts src/core/a.cc '#include <isa-l/crc.h>'
accepts src/asio/a.cc '#include <asio.hpp>'

# The library never prints, aborts or throws.
refuses src/core/a.cc '  throw 1;'
refuses src/core/a.cc '  std::abort();'
refuses src/net/a.cc '  exit(1);'
refuses src/net/a.cc '  std::printf("x");'
refuses src/net/a.cc '  fprintf (out, "x");'
refuses src/proto/a.cc '  std::cerr << 1;'
refuses include/unstick/net/a.h '  if (bad) throw Bad();  // said in passing'
refuses include/unstick/net/a.h '  /* one */ throw 1; /* two */'
accepts src/core/a.cc '  // a decoder must never throw or abort()'
accepts src/core/a.cc '  Fail("cannot throw, abort() or printf()");'
accepts src/core/a.cc "  if (c == '\"') return throw_count;  // throw"
accepts src/net/a.cc '  std::snprintf(text, size, "%d", 1);'
accepts src/net/a.cc '  connection.AtExit(on_exit);'
accepts src/cli/a.cc '  std::printf("x");'

# ASCII only.
refuses tests/core/a_test.cc $'// \xe2\x86\x92'
refuses src/cli/a.cc $'  Print("\xc3\xa9");'

((failures == 0)) || { echo "$failures failed"; exit 1; }
