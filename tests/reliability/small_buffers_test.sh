#!/usr/bin/env bash
# small_buffers_test.sh PROGRAM...: the network tests once more, in a network of their own whose TCP buffers
# hold 4 KiB, so that nearly every read and write is short.
set -uo pipefail

if [[ ${1-} != --inside ]]; then
  if ! unshare --map-root-user --net true 2>/dev/null; then
    echo "skipped: this machine does not let one make a network namespace"
    exit 77
  fi
  exec unshare --map-root-user --net bash "$0" --inside "$@"
fi
shift
ip link set lo up || exit 77
for setting in tcp_rmem tcp_wmem; do
  echo "4096 4096 4096" >/proc/sys/net/ipv4/$setting || {
    echo "skipped: $setting cannot be set here"
    exit 77
  }
done

# What is left out brings about what it tests with one write that the kernel takes as a whole, or moves so much
# that it takes minutes here.
GTEST_FILTER='-HostilePeer.NeverReads:MemoryBudget.TheLargestThatDoNotSendAreClosedFirst'
GTEST_FILTER+=':MessageStreamTest.AGracefulCloseLosesNothing:MessageStreamTest.AMereCloseLosesReplies'
GTEST_FILTER+=':MessageStreamTest.AWriteTornByAPeerThatDoesNotReadCanBeFinished'
GTEST_FILTER+=':TlsServer.StoppingAnswersWhatCameWhileACoroutineWasBusy'
export GTEST_FILTER

failed=0
for program in "$@"; do
  if "$program" --gtest_brief=1 >output 2>&1; then
    echo "${program##*/}: $(tail -1 output)"
  else
    failed=1
    echo "${program##*/}: FAILED"
    cat output
  fi
done
exit $failed
