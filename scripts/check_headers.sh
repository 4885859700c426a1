#!/usr/bin/env bash
# scripts/check_headers.sh [--together] COMPILER [LAYER...]: each public header compiles by itself, twice in a row,
# and without one warning. --together: all headers of a layer in one file, for a second compiler, whose warnings are
# its own and whose standard library is the same. A layer is a directory below include/unstick/; all of them by
# default. What compiled is in ccache, where there is one.
set -euo pipefail
cd "$(dirname "$0")/.."

together=false
[[ $1 != --together ]] || { together=true; shift; }
compiler=$1
shift
layers=("$@")
if ((${#layers[@]} == 0)); then
  for directory in include/unstick/*/; do layers+=("$(basename "$directory")"); done
fi

flags=(-std=c++20 -O0 -c -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude)
# What FindAsio.cmake says, to clang and to all.
flags+=(-DASIO_STANDALONE -DASIO_HAS_STD_ALIGNED_ALLOC)
[[ $compiler == clang* ]] && flags+=(-DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE)
# The generated messages, if some build made them.
for generated in build/*/proto/generated; do
  [[ -f $generated/unstick/v1/frame.pb.h ]] && flags+=(-isystem "$generated") && break
done

launcher=()
if command -v ccache >/dev/null; then
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  launcher=(ccache)
fi

# Each file to compile is named after the header, or the layer, whose include lines it holds.
directory=build/headers/$compiler
rm -rf "$directory"
mkdir -p "$directory"
mapfile -t headers < <(cd include && find "${layers[@]/#/unstick/}" -name '*.h' | LC_ALL=C sort)
((${#headers[@]} > 0)) || { echo "check_headers: no header in: ${layers[*]}" >&2; exit 1; }
for header in "${headers[@]}"; do
  name=${header//\//.}
  if $together; then name=$(cut -d/ -f2 <<<"$header"); fi
  printf '#include "%s"\n#include "%s"\n' "$header" "$header" >>"$directory/$name.cc"
done

check() {
  local file=$1
  shift
  "$@" "$file" -o "${file%.cc}.o" || { echo "${file##*/} does not compile by itself" >&2; return 1; }
}
export -f check

printf '%s\0' "$directory"/*.cc |
  xargs -0 -P "$(nproc)" -I '{}' bash -c 'check "$@"' bash '{}' "${launcher[@]}" "$compiler" "${flags[@]}"
echo "${#headers[@]} headers compile by themselves with $compiler"
