// Standard input that breaks in the middle: what has come is decoded, and the last line says why.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/cli/echo_fixture.h"
#include "tests/cli/program.h"
#include "unstick/core/bytes.h"
#include "unstick/net/listener.h"
#include "unstick/net/socket.h"
#include "unstick/net/transfer.h"

namespace unstick::inline v0::testing {
namespace {

TEST(Decode, TheLastLineSaysThatReadingFailed) {
  for (const std::string cut : {"1", "2", "100"}) {
    auto listener = net::Listener::Listen(At("tcp:127.0.0.1:0"));
    auto reset = net::Connect(listener->local_endpoint(), Soon());
    auto input = listener->Accept(Soon());
    ASSERT_TRUE(reset.ok() && input.ok());
    // A whole message, one that is skipped, and the beginning of another of that kind.
    Program decode = Program::Reading(
        input->Release(),
        {"decode", "line:max=3", "--on-error", "skip", "--output", "jsonl", "--chunk", cut});
    ASSERT_TRUE(net::WriteAll(*reset, AsBytes("one\nover-long\nover-lon"), Soon()).ok());
    EXPECT_NE(decode.out.Line().find("\"frame\":0"), std::string::npos);
    EXPECT_NE(decode.out.Line().find("\"gap\":true"), std::string::npos);
    reset->Abort();
    EXPECT_EQ(decode.out.All(),
              "{\"error\":\"io\",\"offset\":22,\"message\":\"cannot read standard input: "
              "Connection reset by peer\"}\n");
    EXPECT_EQ(decode.Wait(), 4);
    EXPECT_EQ(decode.error.All(),
              "unstick: cannot read standard input: Connection reset by peer\n"
              "unstick: 1 gap, 10 bytes skipped\n");
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
