#include "unstick/proto/status.h"

#include <gtest/gtest.h>

#include <string>

#include "unstick/core/bytes.h"
#include "unstick/proto/message.h"

namespace unstick::proto {
namespace {

TEST(Statuses, GoThereAndBack) {
  for (const absl::Status& status :
       {absl::OkStatus(), absl::NotFoundError("no such user"), absl::DataLossError(""),
        absl::UnauthenticatedError("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80")}) {
    EXPECT_EQ(FromProto(ToProto(status)), status);
  }
  EXPECT_EQ(FromProto(v1::Status()), absl::OkStatus());
}

TEST(Statuses, ACodeFromTheFutureIsUnknown) {
  v1::Status proto;
  for (const int code : {17, -1, 1 << 30}) {
    proto.set_code(code);
    proto.set_message("strange");
    EXPECT_EQ(FromProto(proto), absl::UnknownError("strange"));
  }
}

// What is no UTF-8 would make the whole reply unreadable for its receiver.
TEST(Statuses, AMessageThatIsNotUtf8StillArrives) {
  for (const std::string bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xc3(", "\xe2(\xac"}) {
    const v1::Status proto = ToProto(absl::InternalError("x" + bad + "\xc3\xa4y"));
    EXPECT_EQ(proto.message().front(), 'x');
    EXPECT_EQ(proto.message().substr(proto.message().size() - 3), "?\?y");
    EXPECT_EQ(proto.message().size(), bad.size() + 4);
    v1::Status received;
    EXPECT_TRUE(ParseMessage(AsBytes(proto.SerializeAsString()), received).ok());
    EXPECT_EQ(received.message(), proto.message());
  }
  for (const std::string good : {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                 "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(ToProto(absl::InternalError(good)).message(), good);
  }
}

}  // namespace
}  // namespace unstick::proto
