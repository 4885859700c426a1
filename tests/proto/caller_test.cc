// Replies find their requests, in whatever order they come.

#include "unstick/proto/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "tests/proto/test_messages.h"
#include "unstick/core/frame_cursor.h"
#include "unstick/core/header_framer.h"
#include "unstick/proto/dispatcher.h"
#include "unstick/proto/metadata.h"
#include "unstick/v1/echo.pb.h"

namespace unstick::proto {
namespace {

using EchoResult = absl::StatusOr<v1::EchoReply>;

v1::Envelope Reply(const v1::Envelope& request, const std::string& text) {
  v1::EchoReply message;
  message.set_text(text);
  v1::Envelope reply;
  reply.mutable_metadata()->set_reply_to_id(request.metadata().message_id());
  reply.mutable_metadata()->set_type_name("unstick.v1.EchoReply");
  reply.set_payload(message.SerializeAsString());
  return reply;
}

TEST(Caller, EachReplyFindsItsRequestInAnyOrder) {
  std::vector<int> order(5);
  std::iota(order.begin(), order.end(), 0);
  do {
    Caller caller;
    std::vector<v1::Envelope> requests;
    std::map<int, std::string> replies;
    for (int i = 0; i < 5; ++i) {
      auto request = caller.Ask<v1::EchoReply>(Request(1, std::to_string(i)), [&, i](EchoResult r) {
        ASSERT_TRUE(r.ok());
        EXPECT_TRUE(replies.emplace(i, r->text()).second);
      });
      ASSERT_TRUE(request.ok());
      EXPECT_EQ(request->metadata().type_name(), "unstick.v1.EchoRequest");
      EXPECT_EQ(request->payload(), Request(1, std::to_string(i)).SerializeAsString());
      requests.push_back(*request);
    }
    std::size_t left = 5;
    for (const int i : order) {
      const v1::Envelope reply = Reply(requests[static_cast<std::size_t>(i)], std::to_string(i));
      EXPECT_TRUE(caller.Deliver(reply));
      EXPECT_EQ(replies[i], std::to_string(i));
      EXPECT_EQ(caller.waiting(), --left);
      EXPECT_FALSE(caller.Deliver(reply));  // a second time: nobody waits
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Caller, NobodyWaitsForWhatIsNoReply) {
  Caller caller;
  EXPECT_FALSE(caller.Deliver(v1::Envelope()));
  auto request = caller.Ask<v1::EchoReply>(Request(1, "a"), [](EchoResult) { FAIL(); });
  ASSERT_TRUE(request.ok());
  EXPECT_NE(request->metadata().message_id(), 0);
  EXPECT_FALSE(caller.Deliver(*request));  // our own request, come back
  v1::Envelope foreign;
  foreign.mutable_metadata()->set_reply_to_id(request->metadata().message_id() + 1);
  EXPECT_FALSE(caller.Deliver(foreign));
  EXPECT_EQ(caller.waiting(), 1);
  EXPECT_TRUE(caller.Forget(request->metadata().message_id()));
  EXPECT_FALSE(caller.Forget(request->metadata().message_id()));
  EXPECT_FALSE(caller.Deliver(Reply(*request, "late")));
  EXPECT_EQ(caller.waiting(), 0);
}

TEST(Caller, HearsWhatWentWrong) {
  struct Case {
    void (*change)(v1::Envelope&);
    absl::StatusCode code;
  };
  for (const Case& c : std::initializer_list<Case>{
           {[](v1::Envelope& r) { r.mutable_metadata()->mutable_status()->set_code(5); },
            absl::StatusCode::kNotFound},
           {[](v1::Envelope& r) { r.mutable_metadata()->set_type_name("unstick.v1.EchoRequest"); },
            absl::StatusCode::kDataLoss},
           {[](v1::Envelope& r) { r.set_payload(std::string(kNoMessage)); },
            absl::StatusCode::kDataLoss}}) {
    Caller caller;
    absl::Status heard;
    auto request =
        caller.Ask<v1::EchoReply>(Request(1, "a"), [&heard](EchoResult r) { heard = r.status(); });
    ASSERT_TRUE(request.ok());
    v1::Envelope reply = Reply(*request, "a");
    c.change(reply);
    EXPECT_TRUE(caller.Deliver(reply));
    EXPECT_THAT(heard, HasCode(c.code));
  }
}

TEST(Caller, WhoeverWaitsHearsThatNoMoreWillCome) {
  Caller caller;
  std::vector<absl::Status> heard;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(caller
                    .Ask<v1::EchoReply>(Request(1, "a"),
                                        [&](EchoResult r) {
                                          heard.push_back(r.status());
                                          // May ask again; that one hears nothing now.
                                          (void)caller.Ask<v1::EchoReply>(
                                              Request(2, "b"),
                                              [&](EchoResult s) { heard.push_back(s.status()); });
                                        })
                    .ok());
  }
  caller.FailAll(absl::DataLossError("cut"));
  EXPECT_THAT(heard, ::testing::ElementsAre(absl::DataLossError("cut"), absl::DataLossError("cut"),
                                            absl::DataLossError("cut")));
  EXPECT_EQ(caller.waiting(), 3);
  heard.clear();
  caller.FailAll(absl::OkStatus());
  ASSERT_EQ(heard.size(), 3);
  EXPECT_THAT(heard[0], HasCode(absl::StatusCode::kUnavailable));
}

TEST(Caller, MeetsADispatcherOverTheNativeHeader) {
  const HeaderFramer framer;
  Dispatcher dispatcher;
  ASSERT_TRUE(dispatcher
                  .Handle<v1::EchoRequest>([](const v1::EchoRequest& request) -> EchoResult {
                    if (request.text().empty()) return absl::NotFoundError("say something");
                    v1::EchoReply reply;
                    reply.set_text(request.text());
                    return reply;
                  })
                  .ok());
  Caller caller;
  StreamBuffer requests;
  std::vector<std::string> heard;
  for (const char* text : {"a", "", "c"}) {
    const v1::EchoRequest request = Request(1, text);
    const v1::FrameMetadata metadata = caller.Expect<v1::EchoReply>(request, [&](EchoResult r) {
      heard.push_back(r.ok() ? r->text() : std::string(r.status().message()));
    });
    ASSERT_TRUE(AppendMessage(framer, metadata, request, requests).ok());
  }
  StreamBuffer replies;
  FrameCursor<HeaderFramer> incoming(framer, requests.readable());
  while (DecodeResult frame = incoming.Next()) {
    ASSERT_TRUE(dispatcher.AppendAnswer(framer, *frame, replies).ok());
  }
  FrameCursor<HeaderFramer> back(framer, replies.readable());
  v1::FrameMetadata metadata;
  while (DecodeResult frame = back.Next()) {
    ASSERT_TRUE(ReadMetadata(framer, *frame, metadata).ok());
    EXPECT_TRUE(caller.Deliver(metadata, frame->payload()));
  }
  EXPECT_THAT(heard, ::testing::ElementsAre("a", "say something", "c"));
}

TEST(Caller, MayBeUsedByManyThreads) {
  Caller caller;
  std::atomic<int> heard = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto request = caller.Ask<v1::EchoReply>(Request(1, "a"), [&](EchoResult r) {
          EXPECT_TRUE(r.ok());
          ++heard;
        });
        ASSERT_TRUE(request.ok());
        EXPECT_TRUE(caller.Deliver(Reply(*request, "a")));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(heard, 800);
  EXPECT_EQ(caller.waiting(), 0);
}

}  // namespace
}  // namespace unstick::proto
