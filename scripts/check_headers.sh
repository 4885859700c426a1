#!/usr/bin/env bash
# scripts/check_headers.sh COMPILER [LAYER...]: each public header compiles by itself, twice in a row,
# and without one warning. A layer is a directory below include/unstick/; all of them by default.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=$1
shift
layers=("$@")
if ((${#layers[@]} == 0)); then
  for directory in include/unstick/*/; do layers+=("$(basename "$directory")"); done
fi

flags=(-std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude)
# What FindAsio.cmake says, to clang and to all.
flags+=(-DASIO_STANDALONE -DASIO_HAS_STD_ALIGNED_ALLOC)
[[ $compiler == clang* ]] && flags+=(-DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE)
# The generated messages, if some build made them.
for generated in build/*/proto/generated; do
  [[ -f $generated/unstick/v1/frame.pb.h ]] && flags+=(-isystem "$generated") && break
done

check() {
  local header=$1
  shift
  printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
    "$@" -x c++ - || { echo "$header does not compile by itself" >&2; return 1; }
}
export -f check

mapfile -t headers < <(cd include && find "${layers[@]/#/unstick/}" -name '*.h' | LC_ALL=C sort)
((${#headers[@]} > 0)) || { echo "check_headers: no header in: ${layers[*]}" >&2; exit 1; }

printf '%s\0' "${headers[@]}" |
  xargs -0 -P "$(nproc)" -I '{}' bash -c 'check "$@"' bash '{}' "$compiler" "${flags[@]}"
echo "${#headers[@]} headers compile by themselves with $compiler"
