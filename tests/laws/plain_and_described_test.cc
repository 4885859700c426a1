// A framing that is both a plain type and a description is one framing: the same frames, the same
// errors at the same places, the same bytes when it encodes.

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/append_frame.h"
#include "unstick/core/presets.h"
#include "unstick/core/stream_buffer.h"
#include "unstick/testing/stream_events.h"

namespace unstick::inline v0 {
namespace {

bool IsPlain(const AnyFramer& framer) {
  return framer.Visit([](const auto& chosen) {
    return !std::is_same_v<std::decay_t<decltype(chosen)>, DescribedFramer>;
  });
}

// Frames that `framer` writes, then some of their bytes changed.
std::string SomeStream(const AnyFramer& framer, std::mt19937_64& random) {
  StreamBuffer out;
  AnyFramer::State sent;
  for (int i = 0; i < 4; ++i) {
    std::string payload(random() % 40, 'x');
    for (char& c : payload)
      c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 3);
    (void)AppendFrame(framer, AsBytes(payload), out, sent);
  }
  std::string stream(AsText(out.readable()));
  while (stream.size() < 20) stream += static_cast<char>(random() % 4);
  for (std::size_t changes = random() % 3; changes > 0; --changes) {
    stream[random() % stream.size()] = static_cast<char>(random());
  }
  if (random() % 2 == 0) stream.resize(random() % stream.size());
  return stream;
}

std::string Encoded(const auto& framer, const std::string& payload) {
  StreamBuffer out;
  AnyFramer::State sent;
  const auto refused = AppendFrame(framer, AsBytes(payload), out, sent);
  return refused ? "refused" : std::string(AsText(out.readable()));
}

void ExpectTheSame(const std::string& spec, std::mt19937_64& random) {
  const auto plain = AnyFramer::FromSpec(spec);
  const auto described = DescribedFramer::FromSpec(spec);
  ASSERT_TRUE(plain.ok() && described.ok()) << spec;
  EXPECT_EQ(described->spec(), plain->spec()) << spec;
  for (int i = 0; i < 200; ++i) {
    const std::string stream = SomeStream(*plain, random);
    for (const OnError on_error : {OnError::kFail, OnError::kSkip}) {
      ASSERT_EQ(testing::EventsOf(*plain, AsBytes(stream), on_error),
                testing::EventsOf(*described, AsBytes(stream), on_error))
          << spec << " " << testing::Hex(AsBytes(stream));
    }
    const std::string payload = stream.substr(0, random() % 20);
    ASSERT_EQ(Encoded(*plain, payload), Encoded(*described, payload)) << spec;
  }
}

TEST(PlainAndDescribed, PresetsThatAreBothAreOne) {
  std::mt19937_64 random(testing::TestSeed());
  std::size_t both = 0;
  for (const Preset& preset : Presets()) {
    const std::string spec(preset.name == "fixed-n" ? "fixed-n,size=5" : preset.name);
    const auto framer = AnyFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << spec;
    if (!IsPlain(*framer)) continue;
    ++both;
    ExpectTheSame(spec, random);
    const bool one_size = spec.find("fixed") == 0 || spec == "mpeg-ts";
    if (!one_size) ExpectTheSame(spec + ",max=30,min=3", random);
  }
  EXPECT_GT(both, 40);
}

TEST(PlainAndDescribed, EveryOptionOfThePlainKindsMeansTheSame) {
  std::mt19937_64 random(testing::TestSeed());
  for (const char* spec : {"length:width=1",
                           "length:offset=2,width=3,endian=little,max=50",
                           "length:width=8",
                           "length:width=2,counts=frame,adjust=-1,header=5,max=99",
                           "length:width=1,align=4,trailer=2",
                           "length:width=1,counts=payload,header=3,strip=1",
                           "length:width=1,strip=none,min=2",
                           "length:width=1,strip=6,trailer=5",
                           "varint",
                           "varint:offset=2,max-bytes=2,trailer=1,max=40",
                           "varint:lenient,min=1",
                           "delim:end=61|6162,max=10",
                           "delim:end=78,start=61,skip-empty",
                           "delim:end=62,keep,tail=deliver",
                           "line",
                           "line:eol=crlf,max=9",
                           "line:eol=lf-only,keep",
                           "fixed:size=3,sync=61",
                           "unstick",
                           "unstick:crc=off,max=20"}) {
    ASSERT_TRUE(IsPlain(*AnyFramer::FromSpec(spec))) << spec;
    ExpectTheSame(spec, random);
  }
}

}  // namespace
}  // namespace unstick::inline v0
