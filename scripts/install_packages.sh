#!/usr/bin/env bash
# scripts/install_packages.sh GROUP...: installs the Debian 12 packages of these groups that are missing,
# says which, and asks nothing. With nothing missing it needs no network and no rights.
#
#   build  compiler, CMake and the libraries that unstick stands on
#   test   what the tests need on top
#   bench  what the benchmarks need on top
#   instructions   counts the instructions of the hot paths
#   profile   where the time of a benchmark goes
#   clang  the pinned clang: sanitizers, fuzzing, coverage
#   mutants   clang's syntax tree, for ./run mutants
#   check  what else .ci/run looks through the code with
#   bench-peers    what the benchmarks are set beside
#   interop-short, interop   foreign peers for tests/interop: the small ones, all of them
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config
  libabsl-dev libisal-dev libhwy-dev libasio-dev libprotobuf-dev protobuf-compiler libssl-dev
  libcli11-dev)
test=(libgtest-dev libgmock-dev python3 strace iproute2 libuv1-dev libevent-dev)
bench=(libbenchmark-dev)
instructions=(valgrind)
profile=(linux-perf)
clang=(clang-19 libclang-rt-19-dev llvm-19)
mutants=(python3-clang-19)
check=(clang-format-19 clang-tidy-19 libclang-19-dev llvm-19-dev shellcheck git zip)
interop_short=(python3 openssl erlang-base python3-twisted python3-protobuf redis-server redis-tools mosquitto
  mosquitto-clients)
interop=("${interop_short[@]}" python3-h11 python3-hiredis python3-cbor2 nodejs golang-go default-jdk-headless libnetty-java libprotobuf-java
  memcached beanstalkd nats-server python3-thrift python3-zmq slapd ldap-utils
  mariadb-server-core mariadb-client-core
  postgresql clangd-19 nghttp2-server nghttp2-client python3-grpcio libtirpc-dev
  rustc cargo librust-tokio-dev librust-tokio-util-dev librust-futures-dev)
bench_peers=(libevent-dev libzmq3-dev golang-go default-jdk-headless libnetty-java rustc cargo
  librust-tokio-dev librust-tokio-util-dev librust-futures-dev)
# An older clang, whose warnings differ: Debian 12 has it.
[[ $(. /etc/os-release 2>/dev/null && echo "${VERSION_ID-}") != 12 ]] || check+=(clang-14)
command -v npm >/dev/null || interop+=(npm) # nodejs may have come with its own

wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    instructions) wanted+=("${instructions[@]}") ;;
    profile) wanted+=("${profile[@]}") ;;
    clang) wanted+=("${clang[@]}") ;;
    mutants) wanted+=("${mutants[@]}") ;;
    check) wanted+=("${check[@]}") ;;
    bench-peers) wanted+=("${bench_peers[@]}") ;;
    interop-short) wanted+=("${interop_short[@]}") ;;
    interop) wanted+=("${interop[@]}") ;;
    *) echo "install_packages: there is no group '$group'" >&2; exit 2 ;;
  esac
done

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  # Not Debian: the packages may be there under other names, and CMake tells if one is not.
  echo "install_packages: this is no Debian, installing nothing. Needed: ${wanted[*]}" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "install_packages: neither root nor sudo. As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Some packages are servers; whoever wants one running starts it. Debian asks this file before it does.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$log"; "${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null >"$log" 2>&1 || {
    cat "$log" >&2
    echo "install_packages: 'apt-get $*' failed" >&2
    exit 1
  }
}
apt update
apt install --no-install-recommends "${missing[@]}"
