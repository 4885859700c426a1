#!/usr/bin/env bash
# scripts/check_layers.sh [TREE]: the layers stand on each other one way only, the core knows no operating
# system, and the library never prints, aborts or throws. Prints "file:line: reason" for each place where
# that does not hold, and fails if there is one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${1-$here/..}"

# What core may include of the standard library and of the compiler: nothing that asks the operating system,
# a clock or a locale, that starts threads or that prints.
core_std="algorithm array atomic bit bitset cassert climits compare concepts cstddef cstdint cstdlib cstring charconv
  cmath functional initializer_list iterator limits memory new numeric optional ranges span string string_view
  tuple type_traits utility variant vector version immintrin.h nmmintrin.h"

# files DIRECTORY...: the C++ files below those of the directories that exist
files() {
  local directories=()
  for directory in "$@"; do [[ -d $directory ]] && directories+=("$directory"); done
  ((${#directories[@]} == 0)) || find "${directories[@]}" -name '*.h' -o -name '*.cc' | LC_ALL=C sort
}

# check LAYER LAYERS PACKAGES RULES: the layer's files include, of unstick's layers and of the packages, only
# these. RULES: "library" (no printing, aborting, throwing), "std=NAMES" (only these standard headers).
check() {
  local layer=$1 sources=()
  mapfile -t sources < <(files "include/unstick/$layer" "src/$layer")
  ((${#sources[@]} == 0)) || LC_ALL=C awk -f "$here/check_layers.awk" \
    -v layer="$layer" -v layers="$2" -v packages="$3" -v library="$4" -v std="${5-}" "${sources[@]}"
}

check_ascii() {
  local sources=()
  mapfile -t sources < <(files include src tests fuzz bench examples)
  ((${#sources[@]} == 0)) || LC_ALL=C awk '/[^\t -~]/ {
    printf "%s:%d: a character that is not ASCII: write it as an escape\n", FILENAME, FNR
  }' "${sources[@]}"
}

violations=$(
  #     layer    may include layers          and packages                    library  standard headers
  check core     "core"                      "absl isa-l hwy"                yes      "$core_std"
  check testing  "core testing"              "absl gtest gmock"              no
  check net      "core net"                  "absl"                          yes
  check tls      "core net tls"              "absl openssl"                  yes
  check asio     "core net tls asio"         "absl asio openssl"             yes
  check proto    "core net proto v1"         "absl google"                   yes
  check cli      "core net tls asio proto cli v1" "absl asio google openssl CLI" no
  check_ascii
)

if [[ -n $violations ]]; then
  printf '%s\n' "$violations"
  exit 1
fi
