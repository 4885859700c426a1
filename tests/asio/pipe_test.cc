// FramedStream on pipes: a reader that is gone is an error and no signal, however the stream waits.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/socket_base.hpp>
#include <asio/writable_pipe.hpp>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "unstick/asio/framed_stream.h"
#include "unstick/core/length_field_framer.h"

namespace unstick::inline v0::testing {
namespace {

// A pipe's writing end as two kinds of Asio's streams: one can be waited for, the other cannot.
::asio::posix::stream_descriptor Make(::asio::io_context& context, int fd,
                                      ::asio::posix::stream_descriptor*) {
  return {context, fd};
}
::asio::writable_pipe Make(::asio::io_context& context, int fd, ::asio::writable_pipe*) {
  return {context, fd};
}

template <typename Stream>
class Pipes : public ::testing::Test {
 protected:
  Pipes() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read_ = ends[0];
    stream_.emplace(Make(context_, ends[1], static_cast<Stream*>(nullptr)), LengthFieldFramer());
  }
  ~Pipes() override { CloseReader(); }
  void CloseReader() {
    if (read_ >= 0) ::close(std::exchange(read_, -1));
  }
  void Run() {
    context_.restart();
    context_.run();
  }
  std::string ReadAll() {
    std::string all;
    std::array<char, 4096> some{};
    for (ssize_t n = 0; (n = ::read(read_, some.data(), some.size())) > 0;) {
      all.append(some.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

  ::asio::io_context context_;
  int read_ = -1;
  std::optional<aio::FramedStream<LengthFieldFramer, Stream>> stream_;
  std::optional<aio::SendResult> sent_;
};

using Streams = ::testing::Types<::asio::posix::stream_descriptor, ::asio::writable_pipe>;
TYPED_TEST_SUITE(Pipes, Streams);

TYPED_TEST(Pipes, CarryFrames) {
  this->stream_->Send(AsBytes("hello"), [this](aio::SendResult r) { this->sent_ = std::move(r); });
  EXPECT_FALSE(this->sent_.has_value()) << "completed inside the call";
  this->Run();
  ASSERT_TRUE(this->sent_.has_value());
  EXPECT_TRUE(this->sent_->ok()) << this->sent_->status;
  this->stream_.reset();
  EXPECT_EQ(this->ReadAll(), std::string("\0\0\0\5hello", 9));
}

TYPED_TEST(Pipes, WithoutAReaderAreAnErrorAndNoSignal) {
  this->CloseReader();
  this->stream_->Send(AsBytes("hello"), [this](aio::SendResult r) { this->sent_ = std::move(r); });
  this->Run();
  ASSERT_TRUE(this->sent_.has_value());
  EXPECT_EQ(this->sent_->bytes_out, 0U);
  EXPECT_EQ(this->sent_->io_error, ::asio::error::broken_pipe);
  EXPECT_TRUE(absl::IsUnavailable(this->sent_->status)) << this->sent_->status;
}

// The pipe is full, so the write happens when the event loop says so.
TYPED_TEST(Pipes, WhoseReaderGoesWhileTheSenderWaitsAreAnErrorAndNoSignal) {
  const std::string much(1'000'000, 'x');
  this->stream_->Send(AsBytes(much), [this](aio::SendResult r) { this->sent_ = std::move(r); });
  while (this->context_.poll() > 0) {
  }
  ASSERT_FALSE(this->sent_.has_value());
  this->CloseReader();
  this->Run();
  ASSERT_TRUE(this->sent_.has_value());
  EXPECT_EQ(this->sent_->io_error, ::asio::error::broken_pipe);
  EXPECT_GT(this->sent_->bytes_out, 0U);
  EXPECT_TRUE(this->stream_->torn());
}

TYPED_TEST(Pipes, CarryFramesLargerThanThemselves) {
  const std::string much(1'000'000, 'x');
  this->stream_->Send(AsBytes(much), [this](aio::SendResult r) { this->sent_ = std::move(r); });
  std::string got;
  std::array<char, 4096> some{};
  while (got.size() < much.size() + 4) {
    this->context_.restart();
    while (this->context_.poll() > 0) {
    }
    const ssize_t n = ::read(this->read_, some.data(), some.size());
    ASSERT_GT(n, 0);
    got.append(some.data(), static_cast<std::size_t>(n));
  }
  this->Run();
  ASSERT_TRUE(this->sent_.has_value());
  EXPECT_TRUE(this->sent_->ok()) << this->sent_->status;
  EXPECT_TRUE(got.substr(4) == much);
}

// ---- A peer that never ceases to send ----------------------------------------------------------

// What there is to read is always more of a frame that is passed over.
struct Endless {
  using executor_type = ::asio::io_context::executor_type;
  executor_type executor;

  executor_type get_executor() const { return executor; }
  bool non_blocking() const { return true; }
  void non_blocking(bool, std::error_code&) {}
  std::size_t read_some(const ::asio::mutable_buffer& room, std::error_code&) {
    std::memset(room.data(), 0xff, room.size());
    return room.size();
  }
  template <typename Handler>
  void async_wait(::asio::socket_base::wait_type, Handler&&) {}
};

TEST(EndlessPeer, KeepsNobodyElseFromRunningNorACancellationFromComing) {
  ::asio::io_context context;
  aio::FramedStream stream(Endless{context.get_executor()},
                           LengthFieldFramer({.width = 8, .max_payload = 10}), OnError::kSkip);
  ::asio::cancellation_signal cancel;
  std::optional<std::error_code> outcome;
  stream.Receive(::asio::bind_cancellation_slot(
      cancel.slot(), [&](const aio::ReceiveResult& result) { outcome = result.io_error(); }));
  ::asio::post(context, [&] { cancel.emit(::asio::cancellation_type::total); });
  context.run();
  EXPECT_EQ(outcome, ::asio::error::operation_aborted);
}

}  // namespace
}  // namespace unstick::inline v0::testing
