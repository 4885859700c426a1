// Length prefixes by hand. Like everything in this directory these loops trust their input: no
// limit, no overflow, no error. They are what is measured against, not what anyone should ship.
//
// A parser takes what is readable and returns how much of it was whole frames.

#ifndef UNSTICK_BENCH_LIMITS_LENGTH_LIMITS_H_
#define UNSTICK_BENCH_LIMITS_LENGTH_LIMITS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "unstick/core/bytes.h"

namespace unstick::bench {

inline std::size_t LoadBig32(const std::byte* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof(value));
  return __builtin_bswap32(value);
}

// The chain: load, swap, add. `Ahead` bytes further on, memory is asked for early: mixed sizes
// beyond the second cache wait for it.
template <std::size_t Ahead>
struct LengthChain {
  template <typename Consume>
  std::size_t operator()(ByteView bytes, Consume&& consume) {
    const std::byte* at = bytes.data();
    const std::byte* const end = at + bytes.size();
    while (end - at >= 4) {
      const std::size_t size = LoadBig32(at);
      if (static_cast<std::size_t>(end - at) - 4 < size) break;
      if constexpr (Ahead > 0) __builtin_prefetch(at + Ahead);
      consume(ByteView(at + 4, size));
      at += size + 4;
    }
    return static_cast<std::size_t>(at - bytes.data());
  }
};
using LengthLoop = LengthChain<0>;
using LengthLoopPrefetch = LengthChain<2048>;

// Guesses that the next length equals the last one, which takes the load out of the chain.
struct LengthLoopGuess {
  template <typename Consume>
  std::size_t operator()(ByteView bytes, Consume&& consume) {
    const std::byte* at = bytes.data();
    const std::byte* const end = at + bytes.size();
    std::size_t guess = 0;
    while (end - at >= 4) {
      const std::size_t size = LoadBig32(at);
      // Through an asm, else the compiler sees that both are equal from here on, and takes `size`.
      if (size != guess) asm volatile("" : "=r"(guess) : "0"(size));
      if (static_cast<std::size_t>(end - at) - 4 < guess) break;
      consume(ByteView(at + 4, guess));
      at += guess + 4;
    }
    return static_cast<std::size_t>(at - bytes.data());
  }
};

// A call through a table for each frame.
struct LengthLoopVirtual {
  struct Sink {
    virtual ~Sink() = default;
    virtual void Take(ByteView payload) = 0;
  };

  template <typename Consume>
  std::size_t operator()(ByteView bytes, Consume& consume) {
    struct Forward final : Sink {
      explicit Forward(Consume& c) : consume(c) {}
      void Take(ByteView payload) override { consume(payload); }
      Consume& consume;
    };
    Forward forward(consume);
    Sink* sink = &forward;
    asm("" : "+r"(sink));  // else the compiler knows whom it calls
    return LengthLoop()(bytes, [sink](ByteView payload) { sink->Take(payload); });
  }
};

// Up to 128 views into an array, then the consumer over the array.
struct LengthLoopBatch {
  template <typename Consume>
  std::size_t operator()(ByteView bytes, Consume&& consume) {
    std::array<ByteView, 128> views;
    std::size_t at = 0;
    for (;;) {
      std::size_t n = 0;
      for (; n < views.size() && bytes.size() - at >= 4; ++n) {
        const std::size_t size = LoadBig32(bytes.data() + at);
        if (bytes.size() - at - 4 < size) break;
        views[n] = {bytes.data() + at + 4, size};
        at += 4 + size;
      }
      asm volatile("" : : "r"(views.data()) : "memory");
      for (std::size_t i = 0; i < n; ++i) consume(views[i]);
      if (n < views.size()) return at;
    }
  }
};

// Base 128, least significant group first.
struct VarintLoop {
  template <typename Consume>
  std::size_t operator()(ByteView bytes, Consume&& consume) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      std::size_t size = std::to_integer<std::size_t>(bytes[at]);
      std::size_t header = 1;
      if (size >= 128) {
        size &= 127;
        for (unsigned shift = 7;; shift += 7) {
          if (at + header == bytes.size()) return at;
          const auto group = std::to_integer<std::size_t>(bytes[at + header++]);
          size |= (group & 127) << shift;
          if (group < 128) break;
        }
      }
      if (bytes.size() - at - header < size) break;
      consume(ByteView(bytes.data() + at + header, size));
      at += header + size;
    }
    return at;
  }
};

}  // namespace unstick::bench

#endif  // UNSTICK_BENCH_LIMITS_LENGTH_LIMITS_H_
