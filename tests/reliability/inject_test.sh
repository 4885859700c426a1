#!/usr/bin/env bash
# The program's own server, whose system calls fail one at a time (strace -e inject): every call index, every
# error. What can be gone on with must not be noticed; what cannot costs one connection, and no more.
set -uo pipefail
: "${UNSTICK:?the program under test, set by ctest}"

if ! strace -qq -o /dev/null -e trace=none true 2>/dev/null; then
  echo "skipped: strace cannot trace here"
  exit 77
fi

# Under AddressSanitizer the program's search for leaks would want to trace it too; nobody but strace can.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
cells=0
wrong=0
expected=$(printf 'one\ntwo\nthree')

# cell CALL ERROR INDEX harmless|fatal
cell() {
  local name="$1 $2 at call $3" server port line got code client hurt=0 allowed=0
  [[ $4 == harmless ]] || allowed=1
  coproc strace -D -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:error=$2:when=$3" \
    "$UNSTICK" echo serve tcp:127.0.0.1:0 --framing line 2>"$errors"
  server=$COPROC_PID
  if ! read -r -t 20 line <&"${COPROC[0]}"; then
    echo "$name: the server does not start: $(cat "$errors")" >&2
    wrong=$((wrong + 1))
    kill -KILL "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    return
  fi
  port=${line##*:}
  # The call that fails is one client's, and costs that one at most what it had not received yet.
  for client in 1 2 3 4; do
    got=$(timeout 20 "$UNSTICK" echo call "tcp:127.0.0.1:$port" --framing line one two three 2>/dev/null)
    code=$?
    if ((code > 4)) || [[ ${expected:0:${#got}} != "$got" ]]; then
      echo "$name: client $client: exit $code, got: $got" >&2
      wrong=$((wrong + 1))
    elif [[ $code != 0 || $got != "$expected" ]]; then
      hurt=$((hurt + 1))
    fi
  done
  if ((hurt > allowed)); then
    echo "$name: $hurt of 4 clients were not served" >&2
    wrong=$((wrong + 1))
  fi
  kill -INT "$server"
  wait "$server"
  code=$?
  if ((code != 0)); then
    echo "$name: the server ended with $code: $(cat "$errors")" >&2
    wrong=$((wrong + 1))
  fi
  cells=$((cells + 1))
}

indices=${1-4}
for ((index = 1; index <= indices; ++index)); do
  for call in recvfrom sendto; do
    for error in EINTR EAGAIN; do cell $call $error $index harmless; done
    for error in ECONNRESET ETIMEDOUT ENOBUFS EPIPE; do cell $call $error $index fatal; done
  done
  cell epoll_wait EINTR $index harmless
done
for error in EINTR EAGAIN ECONNABORTED EPROTO EMFILE ENFILE ENOBUFS ENOMEM; do
  cell accept4 $error 1 harmless
done
echo "$cells cells, $wrong wrong"
((wrong == 0))
