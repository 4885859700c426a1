// What the program's exit code says.

#ifndef UNSTICK_SRC_CLI_EXIT_CODE_H_
#define UNSTICK_SRC_CLI_EXIT_CODE_H_

namespace unstick::inline v0::cli {

inline constexpr int kDone = 0;     // the input ended at a frame boundary
inline constexpr int kUsage = 2;    // unknown option, wrong spec, wrong endpoint
inline constexpr int kFraming = 3;  // the bytes broke the framing, or a payload cannot be framed
inline constexpr int kIo = 4;       // cannot open, connect, bind, read, write

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_EXIT_CODE_H_
