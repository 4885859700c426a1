// System calls that fail on purpose, below the library.

#ifndef UNSTICK_TESTS_RELIABILITY_FAULTS_H_
#define UNSTICK_TESTS_RELIABILITY_FAULTS_H_

#include <cstddef>

namespace unstick::inline v0::testing {

// What a call does instead of what it was asked.
enum class Fault {
  kNone,
  kInterrupted,  // EINTR
  kNotNow,       // EAGAIN
  kShort,        // moves one byte
  kReset,        // ECONNRESET
  kEnd,          // reads 0 bytes; writing: EPIPE
  kNoMemory,     // ENOBUFS
};

enum class Calls { kReceive, kSend, kAccept };

// The `index`-th call of this kind (from 0) on a thread that has said InjectHere() does that; those
// before and after are as ever. Counting starts anew. recv, recvmsg, send, sendmsg and accept4 are
// this program's own (see faults.cc), so that the library's every call passes here.
void Plan(Calls calls, std::size_t index, Fault fault);
// Calls of this kind since the last Plan().
std::size_t Made(Calls calls);
void InjectHere();

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_RELIABILITY_FAULTS_H_
