#!/usr/bin/env bash
# What the tests of the program share. Each runs it on bytes and compares standard output, standard error
# and exit code with what they have to be. A test goes on after a failed check and fails at its end.

set -uo pipefail
: "${UNSTICK:?the program under test, set by ctest}"
checks=0
failures=0

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$*" >&2
}

# run ARGUMENT...: the program with the bytes of the file `in`; sets out, err (files) and code
run() {
  "$UNSTICK" "$@" <in >out 2>err
  code=$?
}

# same WHAT EXPECTED: the file `out` has exactly the text EXPECTED
same() {
  checks=$((checks + 1))
  printf '%s' "$2" >expected
  cmp -s out expected || fail "$1: expected
$(head -c 2000 expected)
but got
$(head -c 2000 out)"
}

# emits WHAT COMMAND...: the file `out` has exactly what the command prints
emits() {
  local what=$1
  shift
  "$@" >expected
  checks=$((checks + 1))
  cmp -s out expected || fail "$what: expected
$(head -c 2000 expected)
but got
$(head -c 2000 out)"
}

# exits WHAT CODE [TEXT]: the exit code, and a part of standard error (none: it is empty)
exits() {
  checks=$((checks + 1))
  ((code == $2)) || fail "$1: expected exit code $2, got $code; $(cat err)"
  if [[ -z ${3-} ]]; then
    [[ ! -s err ]] || fail "$1: nothing was to be said, but: $(cat err)"
  else
    grep -qF -- "$3" err || fail "$1: expected \"$3\" on standard error, got: $(cat err)"
  fi
}

# The lines of `decode --output jsonl`.
hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }
frame() { # NUMBER OFFSET WIRE_SIZE PAYLOAD_OFFSET TEXT
  printf '{"frame":%s,"offset":%s,"wire_size":%s,"payload_offset":%s,"payload_size":%s,"payload":"%s"}\n' \
    "$1" "$2" "$3" "$4" "${#5}" "$(hex "$5")"
}
gap() { printf '{"gap":true,"code":"%s","offset":%s,"skipped":%s}\n' "$@"; }         # CODE OFFSET SKIPPED
end() { printf '{"end":true,"offset":%s,"frames":%s}\n' "$@"; }                      # OFFSET FRAMES
error() { printf '{"error":"%s","offset":%s,"message":"%s"}\n' "$@"; }               # CODE OFFSET MESSAGE
truncated() {                                                                        # OFFSET BUFFERED NEEDED MESSAGE
  printf '{"error":"truncated","offset":%s,"buffered":%s,"needed":%s,"message":"%s"}\n' "$@"
}

# every_cut WHAT ARGUMENT...: standard output, standard error and exit code are those of the last run() for
# each way of cutting the input
every_cut() {
  local what=$1 cut expected=$code
  shift
  cp out whole
  cp err whole_err
  for cut in "--chunk 1" "--chunk 2" "--chunk 3" "--chunk 5" "--chunk-random 0" "--chunk-random 7"; do
    # shellcheck disable=SC2086
    run "$@" $cut
    checks=$((checks + 1))
    cmp -s out whole && cmp -s err whole_err && ((code == expected)) ||
      fail "$what: $cut changes what comes out: $(head -c 1000 out) $(cat err)"
  done
}

# finish: the end of every test
finish() {
  printf '%d checks, %d failed\n' "$checks" "$failures"
  ((failures == 0 && checks > 0)) || exit 1
}
