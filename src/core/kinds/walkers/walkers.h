// kind `walk`: values that say by themselves where they end. A frame is one whole value, and the
// whole value is the payload.

#ifndef UNSTICK_SRC_CORE_KINDS_WALKERS_WALKERS_H_
#define UNSTICK_SRC_CORE_KINDS_WALKERS_WALKERS_H_

#include <memory>
#include <span>
#include <string_view>

#include "src/core/kinds/frame_kind.h"

namespace unstick::inline v0::detail {

// "resp", "json", "msgpack", "cbor", "bencode", "ber".
std::span<const std::string_view> WalkerNames();

// The walker of that name, or nullptr if there is none. REQUIRES: 1 <= limits.max, limits.min <=
// limits.most().
std::unique_ptr<FrameKind> MakeWalker(std::string_view name, const PayloadLimits& limits);

// One file each, which says what of its format it checks.
std::unique_ptr<FrameKind> MakeRespWalker(const PayloadLimits& limits);
std::unique_ptr<FrameKind> MakeJsonWalker(const PayloadLimits& limits);
std::unique_ptr<FrameKind> MakeMsgpackWalker(const PayloadLimits& limits);
std::unique_ptr<FrameKind> MakeCborWalker(const PayloadLimits& limits);
std::unique_ptr<FrameKind> MakeBencodeWalker(const PayloadLimits& limits);
std::unique_ptr<FrameKind> MakeBerWalker(const PayloadLimits& limits);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_KINDS_WALKERS_WALKERS_H_
