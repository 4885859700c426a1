#!/bin/bash -eu
# How OSS-Fuzz builds the fuzz targets: it sets CXX, CXXFLAGS, LIB_FUZZING_ENGINE, OUT, SRC and WORK. Its
# image must have the packages of scripts/install_packages.sh's group `build`, and zip.
#
# Elsewhere:
#   CXX=clang++-19 CXXFLAGS='-O1 -fsanitize=fuzzer-no-link,address' LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
#   OUT=/tmp/out WORK=/tmp/work fuzz/build.sh

tree=$(cd "$(dirname "$0")/.." && pwd)

# The libraries of the image's packages are built against libstdc++; so must the targets be.
CXXFLAGS=${CXXFLAGS//-stdlib=libc++/}
export CXX CXXFLAGS

cmake -G Ninja -S "$tree" -B "$WORK/unstick" \
  -D CMAKE_CXX_COMPILER_LAUNCHER= \
  -D UNSTICK_DEVELOPER_MODE=ON -D UNSTICK_BUILD_TESTS=OFF -D UNSTICK_BUILD_CLI=OFF \
  -D UNSTICK_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" \
  -D CMAKE_BUILD_RPATH="\$ORIGIN/lib" -D CMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags
cmake --build "$WORK/unstick"

mkdir -p "$OUT/lib"
for source in "$tree"/fuzz/*.cc; do
  name=$(basename "$source" .cc)
  [[ $name != replay_main ]] || continue
  cp "$WORK/unstick/fuzz/$name" "$OUT/"

  # The targets run where these packages are not installed: what they are linked with goes along.
  ldd "$WORK/unstick/fuzz/$name" | sed -nE 's/^[[:space:]]*lib(absl|isal|hwy|protobuf|z)[^ ]* => ([^ ]+) .*/\2/p' |
    xargs -r cp -L -t "$OUT/lib"

  dictionary=$tree/fuzz/dict/$name.dict
  [[ ! -e $dictionary ]] || cp "$dictionary" "$OUT/"
  corpus=$tree/fuzz/corpus/$name
  [[ ! -d $corpus ]] || (cd "$corpus" && zip -q -r "$OUT/${name}_seed_corpus.zip" .)
done
