// Typed calls through a FramedClient, answered by a Dispatcher.

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tests/asio/await.h"
#include "tests/asio/server_fixture.h"
#include "unstick/asio/framed_client.h"
#include "unstick/core/header_framer.h"
#include "unstick/proto/call.h"
#include "unstick/proto/dispatcher.h"
#include "unstick/proto/metadata.h"
#include "unstick/v1/echo.pb.h"
#include "unstick/v1/frame.pb.h"

namespace unstick::inline v0::testing {
namespace {

using aio::FramedClient;
using v1::EchoReply;
using v1::EchoRequest;

// Answers, and keeps what the requests' metadata said, as protobuf reads it.
class Typed {
 public:
  Typed() {
    EXPECT_TRUE(dispatcher_
                    .Handle<EchoRequest>([](const EchoRequest& request) {
                      EchoReply reply;
                      reply.set_text(request.text());
                      return reply;
                    })
                    .ok());
  }
  void operator()(aio::Session& session, const FrameView& frame) {
    const HeaderFramer framer;
    v1::FrameMetadata metadata;
    EXPECT_TRUE(proto::ReadMetadata(framer, frame, metadata).ok());
    ids->push_back(metadata.message_id());
    StreamBuffer reply;
    EXPECT_TRUE(dispatcher_.AppendAnswer(framer, frame, reply).ok());
    EXPECT_TRUE(session.ReplyFrame(reply.readable()).ok());
  }
  std::shared_ptr<std::vector<std::uint64_t>> ids = std::make_shared<std::vector<std::uint64_t>>();

 private:
  proto::Dispatcher dispatcher_;
};

EchoRequest Request(std::string text) {
  EchoRequest request;
  request.set_text(std::move(text));
  return request;
}

TEST(TypedClient, CallsADispatcher) {
  Typed typed;
  const auto ids = typed.ids;
  RunningServer server(HeaderFramer(), std::move(typed));
  ::asio::io_context io;
  FramedClient client = FramedClient::ById(io.get_executor(), {server.endpoint()});
  std::vector<std::uint64_t> expected;
  for (std::uint64_t id = 1; id <= 300; ++id) {  // ids of one byte and of two
    const auto reply = Await(io, proto::Call<EchoReply>(client, Request(std::to_string(id))));
    ASSERT_TRUE(reply && reply->ok()) << reply->status();
    ASSERT_EQ((*reply)->text(), std::to_string(id));
    expected.push_back(id);
  }
  const auto unknown = Await(io, proto::Call<EchoReply>(client, EchoReply()));
  EXPECT_EQ(unknown->status().code(), absl::StatusCode::kUnimplemented) << unknown->status();
  EXPECT_FALSE(aio::NotSent(unknown->status()));
  const auto other = Await(io, proto::Call<EchoRequest>(client, Request("x")));
  EXPECT_EQ(other->status().code(), absl::StatusCode::kDataLoss) << other->status();
  const auto late = Await(io, proto::Call<EchoReply>(client, Request("x"), net::Clock::now()));
  EXPECT_EQ(late->status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(aio::NotSent(late->status()));
  EXPECT_EQ(Await(io, client.Close(net::DeadlineIn(kPatience))), absl::OkStatus());
  server.Stop();
  expected.insert(expected.end(), {301, 302});
  EXPECT_EQ(*ids, expected);
}

}  // namespace
}  // namespace unstick::inline v0::testing
