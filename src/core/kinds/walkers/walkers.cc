#include "src/core/kinds/walkers/walkers.h"

#include <array>

namespace unstick::inline v0::detail {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"resp", "json",    "msgpack",
                                                    "cbor", "bencode", "ber"};
constexpr std::array kMakers = {&MakeRespWalker, &MakeJsonWalker,    &MakeMsgpackWalker,
                                &MakeCborWalker, &MakeBencodeWalker, &MakeBerWalker};

}  // namespace

std::span<const std::string_view> WalkerNames() { return kNames; }

std::unique_ptr<FrameKind> MakeWalker(std::string_view name, const PayloadLimits& limits) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return kMakers[i](limits);
  }
  return nullptr;
}

}  // namespace unstick::inline v0::detail
