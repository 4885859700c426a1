// Whatever happens to a client's calls in whatever order, no request goes out twice, NotSent() is
// true of none that may have been executed, each call ends once, and a reply goes to its own call.
//
//     | in order? reconnect? | event, which call | event, which call | ...      a byte each

#include <cstddef>
#include <cstdint>

#include "fuzz/bounds.h"
#include "fuzz/client_model.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using unstick::fuzz::ClientModel;
  namespace fuzz = unstick::fuzz;
  unstick::fuzz::FuzzInput input(data, size);
  const fuzz::Bounded bounded(5'000 * size + 1'000'000, 2'000 * size + (256 << 10));
  const std::size_t flags = input.Byte();
  ClientModel model({.in_order = flags % 2 == 1, .reconnect = flags / 2 % 2 == 1});
  constexpr auto kEvents = static_cast<std::size_t>(ClientModel::Event::kEvents);
  for (int steps = 0; !input.empty() && steps < 1000; ++steps) {
    const std::size_t byte = input.Byte();
    (void)model.Take({static_cast<ClientModel::Event>(byte % kEvents), byte / kEvents});
    unstick::fuzz::Require(model.broken());
  }
  return 0;
}
