#!/usr/bin/env bash
# Uses unstick as its users do, from projects outside the tree.
#
#   package_test.sh install static|shared              installs into a prefix, and moves that elsewhere
#   package_test.sh find_package static|shared         each of these builds, against that prefix
#   package_test.sh pkg_config static|shared           or against the tree, the program of consumer/,
#   package_test.sh sanitized static|shared            a program with AddressSanitizer on that prefix
#   package_test.sh add_subdirectory | fetch_content   without one warning, and compares what it prints
#
# Environment: TREE, the tree; WORK, how the directories begin in which things are built, kept so that a second run
# is quick; CXX, the compiler; WARNINGS, its flags; LAYERS, the layers that are built, as a CMake list.
#
# The library is compiled as the preset `release` compiles it, word for word and in a directory as deep, so that the
# compiler's cache has every object of it once that was built.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
how=$1
kind=${2-}
build=$WORK-$how${kind:+-$kind}
prefix=$WORK-prefix-$kind
export CCACHE_BASEDIR=$TREE CCACHE_NOHASHDIR=1

fail() {
  echo "package_test: $*" >&2
  exit 1
}

configure() {
  local launcher=()
  ! command -v ccache >/dev/null || launcher=(-D CMAKE_CXX_COMPILER_LAUNCHER=ccache)
  cmake -G Ninja -B "$build" -D CMAKE_CXX_COMPILER="$CXX" -D CMAKE_BUILD_TYPE=Release \
    -D CMAKE_CXX_FLAGS="$WARNINGS" -D CMAKE_COMPILE_WARNING_AS_ERROR=ON \
    "${launcher[@]}" "$@" 2>&1 | tee "$build.configure.log" || fail "cannot configure"
  ! grep -q 'CMake.*Warning' "$build.configure.log" || fail "configuring warns"
  cmake --build "$build" || fail "cannot build"
}

run_consumer() {
  "$@" | diff "$here/consumer/expected.txt" - || fail "the consumer printed something else"
}

# A project that only uses unstick sees what of it is built, and none of what we build it with.
check_options() {
  local options
  options=$(sed -nE 's/^(UNSTICK_[A-Z_]+):(BOOL|STRING|FILEPATH|PATH)=.*/\1/p' "$build/CMakeCache.txt" |
    grep -vxE 'UNSTICK_(BUILD_(NET|TLS|ASIO|PROTO|CLI)|INSTALL|SIMD|TREE)' || true)
  [[ -z $options ]] || fail "a consumer sees the options: $options"
  ! (cd "$build" && ctest --show-only) | grep -q 'Test *#' || fail "a consumer gets our tests"
}

install_unstick() {
  local shared=OFF
  [[ $kind == static ]] || shared=ON
  configure -S "$TREE" -D BUILD_SHARED_LIBS=$shared --install-prefix "$WORK-installed-here-$kind"
  rm -rf "$prefix" "$WORK-installed-here-$kind"
  cmake --install "$build" >/dev/null
  # Moved, so that whatever remembers where it was installed breaks.
  mv "$WORK-installed-here-$kind" "$prefix"
  ! grep -rIlE "$TREE|$WORK" "$prefix" || fail "these installed files hold a path of the build"
  ! grep -rIE '/usr/[^ ";]*\.(so|a)\b' "$prefix/lib/cmake" || fail "a library's own path is exported"
  if [[ -x $prefix/bin/unstick ]]; then
    "$prefix/bin/unstick" --version || fail "the installed program does not run"
  fi
}

use_find_package() {
  configure -S "$here/find_package" -D CMAKE_PREFIX_PATH="$prefix" -D LAYERS="$LAYERS"
  check_options
  run_consumer "$build/consumer"
}

use_pkg_config() {
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  mkdir -p "$build"
  local flags=(-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror) from_pkg_config=()
  read -ra from_pkg_config <<<"$(pkg-config --cflags --libs unstick-core)"
  "$CXX" "${flags[@]}" "$here/consumer/main.cc" -o "$build/consumer" "${from_pkg_config[@]}" ||
    fail "cannot build with pkg-config"
  LD_LIBRARY_PATH=$prefix/lib run_consumer "$build/consumer"

  # Every layer's headers, all at once, as plain headers: a warning in one would be a user's warning.
  local layer header
  for layer in ${LAYERS//;/ }; do
    for header in "$prefix/include/unstick/$layer"/*.h; do
      echo "#include \"${header#"$prefix/include/"}\""
    done >"$build/$layer.cc"
    echo 'int main() {}' >>"$build/$layer.cc"
    read -ra from_pkg_config <<<"$(pkg-config --cflags --libs "unstick-$layer")"
    "$CXX" "${flags[@]}" "$build/$layer.cc" -o "$build/$layer" "${from_pkg_config[@]}" ||
      fail "unstick-$layer does not compile cleanly with pkg-config"
  done
}

# A view kept across Prepare(), or beyond the handler's next frame, is a report although the library was
# built without the address sanitizer.
use_sanitized() {
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  mkdir -p "$build"
  local from_pkg_config=() case
  read -ra from_pkg_config <<<"$(pkg-config --cflags --libs unstick-core)"
  "$CXX" -std=c++20 -g -fsanitize=address "$here/sanitized/dangle.cc" -o "$build/dangle" \
    "${from_pkg_config[@]}" || fail "cannot build with the address sanitizer"
  for case in feed prepare; do
    ! LD_LIBRARY_PATH=$prefix/lib "$build/dangle" $case 2>"$build/report" || fail "$case: not noticed"
    grep -q 'heap-use-after-free' "$build/report" || fail "$case: another report: $(cat "$build/report")"
  done
  LD_LIBRARY_PATH=$prefix/lib "$build/dangle" good || fail "a program that keeps no view is reported"
}

use_tree() {
  configure -S "$here/$how" -D UNSTICK_TREE="$TREE"
  check_options
  run_consumer "$build/consumer"
}

case $how in
  install) install_unstick ;;
  find_package) use_find_package ;;
  pkg_config) use_pkg_config ;;
  sanitized) use_sanitized ;;
  add_subdirectory | fetch_content) use_tree ;;
  *) fail "there is no way of use '$how'" ;;
esac
