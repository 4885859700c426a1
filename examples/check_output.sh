#!/usr/bin/env bash
# check_output.sh PROGRAM SOURCE: an example says in its last comment what it prints, and, if it reads
# standard input, what it is given ("Input:", with the escapes of printf). This runs it and compares; a
# time of day is HH:MM:SS.
set -euo pipefail
program=$1 source=$2

section() {  # section NAME: that part of the comment, without its indentation
  awk -v name="// $1:" '
    $0 == name { inside = 1; next }
    inside && !/^\/\/(   .*)?$/ { exit }
    inside { print substr($0, 6) }
  ' "$source"
}

expected=$(section Output)
[[ -n $expected ]] || { echo "$source does not say what it prints" >&2; exit 1; }
input=$(section Input)

# shellcheck disable=SC2059  # the input is a format on purpose
actual=$(printf "$input" | "$program" |
  sed -E 's/[0-2][0-9]:[0-5][0-9]:[0-6][0-9]/HH:MM:SS/; s/ *$//') || true
diff <(printf '%s\n' "$expected") <(printf '%s\n' "$actual")
