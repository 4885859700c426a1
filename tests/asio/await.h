// Runs a coroutine to its end from a test, bounded.

#ifndef UNSTICK_TESTS_ASIO_AWAIT_H_
#define UNSTICK_TESTS_ASIO_AWAIT_H_

#include <gtest/gtest.h>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace unstick::inline v0::testing {

// What `body` gives, or nothing (and a failure) if it throws or takes too long. Other work of `io`
// may go on afterwards, with the next call.
template <typename T>
std::optional<T> Await(::asio::io_context& io, ::asio::awaitable<T> body) {
  std::optional<T> result;
  bool done = false;
  ::asio::co_spawn(io, std::move(body), [&](const std::exception_ptr& failure, T value) {
    EXPECT_EQ(failure, nullptr);
    if (!failure) result.emplace(std::move(value));
    done = true;
  });
  io.restart();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done && io.run_one_until(patience) > 0) continue;
  EXPECT_TRUE(done) << "something waits for ever";
  if (!done) io.stop();
  return result;
}

}  // namespace unstick::inline v0::testing

#endif  // UNSTICK_TESTS_ASIO_AWAIT_H_
