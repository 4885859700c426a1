// A spec costs neither stack nor time beyond its bounds: kinds nest at most 32 deep, a text has at
// most 64 KiB.

#include <gtest/gtest.h>
#include <pthread.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/support/slow_build.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/described_framer.h"
#include "unstick/core/explain.h"
#include "unstick/core/frame_decoder.h"
#include "unstick/core/stream_buffer.h"

namespace unstick::inline v0 {
namespace {

std::string Nested(std::size_t depth, const std::string& innermost = "fixed:size=1") {
  std::string spec;
  for (std::size_t i = 0; i < depth; ++i) spec += "switch:else>(";
  return spec + innermost + std::string(depth, ')');
}

// Runs `use` on a thread with so much stack.
template <typename Use>
void OnStackOf(std::size_t size, Use&& use) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, size), 0);
  pthread_t thread;
  auto run = [](void* given) -> void* {
    (*static_cast<std::decay_t<Use>*>(given))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &use), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

constexpr std::size_t kStack = (testing::kSlowBuild ? 8 : 1) * (std::size_t{128} << 10);

TEST(NestedSpecs, ThirtyTwoDeepFitIntoASmallStack) {
  OnStackOf(kStack, [] {
    const std::string first = "line;first:client=switch(else>(" + Nested(30) + "))";
    for (const std::string& spec : {Nested(32), first}) {
      auto framer = AnyFramer::FromSpec(spec, Side::kClient);
      ASSERT_TRUE(framer.ok()) << framer.status();
      const std::string canonical = framer->spec();
      EXPECT_EQ(AnyFramer::FromSpec(canonical)->spec(), canonical);
      EXPECT_TRUE(ExplainSpec(spec).ok());
    }
    auto framer = AnyFramer::FromSpec(Nested(32));
    StreamBuffer out;
    AnyFramer::State sent{};
    EXPECT_FALSE(framer->EncodeTo(AsBytes("x"), out, sent));
    FrameDecoder decoder(*framer, OnError::kResync);
    EXPECT_EQ(decoder.Feed(out.readable()), 1u);
    EXPECT_TRUE(decoder.Next());
  });
}

TEST(NestedSpecs, OneMoreIsRefusedWithItsPlace) {
  OnStackOf(kStack, [] {
    for (const std::size_t depth : {33U, 34U, 100U, 3000U}) {
      const std::string spec = Nested(depth);
      for (const auto& refused :
           {AnyFramer::FromSpec(spec).status(), DescribedFramer::FromSpec(spec).status(),
            DescribedFramer::ForEnd(spec, Side::kClient).status(), ExplainSpec(spec).status()}) {
        const std::string said(refused.message());
        EXPECT_NE(said.find("at character " + std::to_string(13 * 32 + 12) + ","),
                  std::string::npos)
            << said;
        EXPECT_NE(said.find("kinds nest at most 32 deep"), std::string::npos)
            << depth << " " << said;
        EXPECT_LT(said.size(), 2000u);
      }
    }
  });
}

TEST(NestedSpecs, ATextHas64KiBAtMost) {
  OnStackOf(kStack, [] {
    std::string most = "delim:end=0a";
    while (most.size() + 5 <= 65536) most += ",keep";
    most += ",keep";
    most.resize(65536 - 1);
    EXPECT_EQ(AnyFramer::FromSpec(most.substr(0, most.rfind(','))).status(), absl::OkStatus());
    for (const std::string& spec :
         {std::string(65537, ')'), std::string(100'000, '('), Nested(7000), most + ",keep"}) {
      const std::string said(AnyFramer::FromSpec(spec).status().message());
      EXPECT_NE(said.find("at character 65536"), std::string::npos) << said;
      EXPECT_NE(said.find("a spec has at most 65536 characters"), std::string::npos) << said;
      EXPECT_LT(said.size(), 2000u);
    }
  });
}

}  // namespace
}  // namespace unstick::inline v0
