// What is delivered of a frame (`strip`, `keep`) changes nothing else: not where frames end, not
// what limits and joining count, not which errors and gaps there are.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/seed.h"
#include "unstick/core/any_framer.h"
#include "unstick/core/frame_decoder.h"

namespace unstick::inline v0::testing {
namespace {

using std::string_literals::operator""s;

struct Told {
  std::string event;  // all but what was delivered
  std::string delivered = {};
  std::size_t offset = 0, size = 0;  // of a frame
};

// What a stream says, in pieces of `piece` bytes.
std::vector<Told> Decode(const AnyFramer& framer, const std::string& stream, OnError on_error,
                         std::size_t piece) {
  FrameDecoder<AnyFramer> decoder(framer, on_error);
  std::vector<Told> told;
  const auto frame = [&](const FrameView& view) {
    const std::size_t at = view.stream_offset();
    told.push_back({"frame@" + std::to_string(at) + "+" + std::to_string(view.wire_size()),
                    view.CopyPayload(), at, view.wire_size()});
  };
  const auto other = [&](DecodeResult result) {
    for (; result.kind() == DecodeResult::Kind::kGap; result = decoder.Drain(frame)) {
      told.push_back(
          {"gap " + result.gap().why.ToString() + "+" + std::to_string(result.gap().skipped)});
    }
    if (result.kind() == DecodeResult::Kind::kError) told.push_back({result.error().ToString()});
    return result.kind() == DecodeResult::Kind::kError;
  };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const std::size_t n = std::min(piece, stream.size() - at);
    if (other(decoder.Push(AsBytes(stream).subspan(at, n), frame))) return told;
  }
  decoder.Finish();
  other(decoder.Drain(frame));
  return told;
}

AnyFramer Made(const std::string& spec) {
  const auto framer = AnyFramer::FromSpec(spec);
  EXPECT_TRUE(framer.ok()) << framer.status().ToString();
  return framer.ok() ? *framer : AnyFramer(LengthFieldFramer());
}

// A kind and its clauses, with @ where options go; bytes that its streams are made of.
struct Case {
  const char* spec;
  std::vector<std::string> parts;
  bool transforms = false;  // delivered bytes are not the wire's
  bool trailer = false;     // `strip=none` of `length` leaves trailer and padding out
};

std::vector<Case> Cases() {
  const std::vector<std::string> counted = {"\0\0"s,   "\1\1a"s,     "\3\0abc"s, "\3\1xyz"s,
                                            "\2\1de"s, "\5\0hello"s, "\377"s};
  const std::vector<std::string> marked = {"a|", "bc|", "|", "abc|", "ab", "c|", "<abc|", "-a|"};
  const std::vector<std::string> numbered = {"1:a,", "3:abc,", "0:,", "2:de,", "5:hello,", "x"};
  return {
      {"length:width=1,header=2,counts=payload@;join:last=1.0", counted},
      {"length:width=1,header=2,counts=payload@;join:more=1.0", counted},
      {"length:width=1,header=2,counts=payload@;join:full=3", counted},
      {"length:width=1,header=2,counts=payload@;join:full=3,number=1", counted},
      {"length:width=1,header=2,counts=payload@", counted},
      {"length:width=1,header=2,counts=payload,trailer=1,align=2@;join:full=3", counted, false,
       true},
      {"length:width=1,header=2,counts=payload@;xor=key", counted, true},
      {"length:width=1,header=6,counts=payload,max=9@;xor=key",
       {"\3\0keysabc"s, "\0\0keys"s, "\1\1abcda"s},
       true},
      {"length:width=1,header=2,counts=payload@;unescape=slip;join:full=3",
       {"\3\1a\xdb\xdc"s, "\3\0abc"s, "\4\0ab\xdb\xdd"s, "\1\1a"s},
       true},
      {"length:width=1,header=2,counts=payload@;magic=00@1;join:full=3", counted},
      {"varint@;join:full=3", {"\3abc"s, "\0"s, "\2de"s, "\5hello"s}},
      {"varint:trailer=1@", {"\3abc."s, "\0."s, "\2de."s, "\5hello."s}},
      {"ascii:until=3a,trailer=','@;join:full=3", numbered},
      {"ascii:until=3a,trailer=','@", numbered},
      {"delim:end=7c@;join:last=@0:a", marked},
      {"delim:end=7c@;join:full=3", marked},
      {"delim:end=7c,start=3c@", marked},
      {"delim:end=7c@;unescape=slip", {"a|", "\xdb\xdc|", "b\xdb\xdd|", "\xdb|", "|"}, true},
      {"delim:end=7c@;unescape=dot;join:full=3", {"..a|", "abc|", ".|", "..|"}, true},
      {"line@;join:last=@3:' '", {"220-a\n", "220 b\r\n", "220", "\n", "2\n"}},
      {"headers:length=L@", {"L: 2\r\n\r\nab", "L: 0\r\n\r\n", "L: 9\r\n\r\n", "x"}},
      {"headers:length=L,chunked=T@",
       {"L: 2\r\n\r\nab", "T: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "x"}},
      {"chunks:width=1@", {"\1a\2bc\0"s, "\0"s, "\5hello\0"s}},
      {"list:count=0/1,entry=1,header=1@", {"\2\1a\1b"s, "\0"s, "\1\3abc"s}},
      {"table:count=0/1,entry=1@", {"\2\2\3abcde"s, "\0"s, "\1\1a"s}},
      {"walk:msgpack@",
       {"\xa3"
        "abc",
        "\x92\1\2", "\xc0", "\xc1"}},
      {"switch:at=0,7b>(walk:json),else>(length:width=1)@", {"{\"a\":1}", "\3abc"s, "\0"s}},
      {"fixed:size=3@;join:last=@0:a", {"abc", "bcd", "a"}},
  };
}

std::string With(const char* spec, const std::string& options) {
  std::string text(spec);
  const std::size_t at = text.find('@');
  const bool bare = text.substr(0, at).find(':') == std::string::npos;
  const std::string first = options.empty() ? "" : (bare ? ":" : ",") + options;
  return text.substr(0, at) + first + text.substr(at + 1);
}

bool IsFixed(const std::string& spec) { return spec.starts_with("fixed"); }

TEST(Delivery, ChangesNothingButTheBytesDelivered) {
  std::mt19937_64 random(TestSeed());
  std::size_t frames = 0, errors = 0;
  for (const Case& one : Cases()) {
    const std::string text(one.spec);
    std::vector<std::string> deliveries = {"strip=none"};
    if (text.starts_with("length")) deliveries.insert(deliveries.end(), {"strip=1", "strip=2"});
    if (text.starts_with("delim") || text.starts_with("line@")) deliveries.push_back("keep");
    for (const char* limits : {"", "max=2", "max=3", "max=5", "min=2", "min=1,max=4"}) {
      if (IsFixed(text) && *limits != '\0') continue;
      const std::string limited = *limits == '\0' ? "" : "," + std::string(limits);
      const AnyFramer usual = Made(With(one.spec, limits));
      for (const std::string& delivery : deliveries) {
        const std::string spec = With(one.spec, delivery + limited);
        const AnyFramer framer = Made(spec);
        EXPECT_EQ(Made(framer.spec()).spec(), framer.spec());
        for (int run = 0; run < 12; ++run) {
          std::string stream;
          for (std::size_t n = 1 + random() % 6; n > 0; --n) {
            stream += one.parts[random() % one.parts.size()];
          }
          for (const OnError on_error : {OnError::kFail, OnError::kSkip}) {
            const std::vector<Told> due = Decode(usual, stream, on_error, stream.size());
            const std::vector<Told> told = Decode(framer, stream, on_error, stream.size());
            const std::vector<Told> bytewise = Decode(framer, stream, on_error, 1);
            ASSERT_EQ(told.size(), bytewise.size());
            // A frame that is shorter than what is to be stripped ends it all.
            const bool cut = delivery != "strip=none" && told.size() <= due.size() &&
                             !told.empty() &&
                             told.back().event.find("malformed_length") != std::string::npos;
            if (!cut) {
              ASSERT_EQ(told.size(), due.size()) << spec << ::testing::PrintToString(stream);
            }
            for (std::size_t i = 0; i < told.size(); ++i) {
              ASSERT_EQ(told[i].event, bytewise[i].event) << spec;
              ASSERT_EQ(told[i].delivered, bytewise[i].delivered) << spec;
              if (cut && i + 1 == told.size()) break;
              ASSERT_EQ(told[i].event, due[i].event)
                  << spec << " " << ::testing::PrintToString(stream);
              const bool frame = told[i].size > 0;
              frames += frame ? 1 : 0;
              errors += frame ? 0 : 1;
              if (frame && delivery == "strip=none" && !one.transforms && !one.trailer) {
                ASSERT_EQ(told[i].delivered, stream.substr(told[i].offset, told[i].size)) << spec;
              }
            }
          }
        }
      }
    }
  }
  EXPECT_GT(frames, 5000u);
  EXPECT_GT(errors, 1000u);
}

// decode(encode(p)) == p, whatever is delivered.
TEST(Delivery, IsTakenBack) {
  std::mt19937_64 random(TestSeed());
  std::size_t taken = 0;
  for (const Case& one : Cases()) {
    const std::string spec = With(one.spec, "strip=none");
    const AnyFramer framer = Made(spec);
    for (int run = 0; run < 20; ++run) {
      std::string stream;
      for (std::size_t n = 1 + random() % 4; n > 0; --n) {
        stream += one.parts[random() % one.parts.size()];
      }
      for (const Told& told : Decode(framer, stream, OnError::kFail, stream.size())) {
        if (told.size == 0) continue;
        StreamBuffer out;
        AnyFramer::State sent;
        if (framer.EncodeTo(AsBytes(told.delivered), out, sent)) {
          EXPECT_TRUE(one.transforms) << spec << " " << ::testing::PrintToString(told.delivered);
          continue;
        }
        ++taken;
        const std::vector<Told> back =
            Decode(framer, std::string(AsText(out.readable())), OnError::kFail, out.size());
        ASSERT_EQ(back.size(), 1u) << spec;
        EXPECT_EQ(back[0].delivered, told.delivered) << spec;
      }
    }
  }
  EXPECT_GT(taken, 500u);
}

// ---- Bounds: one below, at, one above -----------------------------------------------------------

std::string LastEvent(const std::string& spec, const std::string& stream, std::size_t piece) {
  const std::vector<Told> told = Decode(Made(spec), stream, OnError::kFail, piece);
  return told.empty() ? "nothing" : told.back().event;
}

TEST(JoinBounds, ThePayloadsOfAMessageAreCountedTogether) {
  for (const char* strip : {"", ",strip=none", ",strip=1"}) {
    const std::string spec =
        "length:width=1,header=2,counts=payload,max=10" + std::string(strip) + ";join:last=1.0";
    for (const std::size_t size : {9u, 10u, 11u}) {
      const std::string stream =
          "\6\0abcdef"s + static_cast<char>(size - 6) + "\1"s + std::string(size - 6, 'x');
      const std::string event = LastEvent(spec, stream, 1);
      if (size <= 10) {
        EXPECT_EQ(event, "frame@0+" + std::to_string(size + 4)) << spec;
      } else {
        EXPECT_NE(event.find("payload of 11 bytes, more than the limit of 10"), std::string::npos)
            << event;
      }
    }
  }
}

// What fragments have beside their payloads is at most 1 MiB a message: so many of two bytes.
TEST(JoinBounds, FragmentsAreCounted) {
  constexpr std::size_t kMost = (std::size_t{1} << 20) / 2;
  for (const std::size_t fragments : {kMost - 1, kMost, kMost + 1}) {
    std::string stream;
    for (std::size_t i = 1; i < fragments; ++i) stream += "\0\0"s;
    stream += "\0\1"s;
    for (const std::size_t piece : {stream.size(), std::size_t{1} << 15}) {
      const std::string event =
          LastEvent("length:width=1,header=2,counts=payload;join:last=1.0", stream, piece);
      if (fragments <= kMost) {
        EXPECT_EQ(event, "frame@0+" + std::to_string(2 * fragments));
      } else {
        EXPECT_NE(event.find("more fragments than allowed"), std::string::npos) << event;
      }
    }
  }
}

TEST(PreambleBounds, TheMarkEndsInTheFirst64KiB) {
  constexpr std::size_t kMost = std::size_t{64} << 10;
  for (const char* preamble : {"until=2323", "through-line=2323", "before-line=2323"}) {
    const bool line = std::string_view(preamble).find("line") != std::string_view::npos;
    const bool before = std::string_view(preamble).starts_with("before");
    for (const std::size_t end : {kMost - 1, kMost, kMost + 1}) {
      // The mark's last byte that must be there is number `end`.
      std::string stream;
      if (!line) {
        stream = std::string(end - 2, 'x') + "##";
      } else if (before) {
        stream = std::string(end - 3, 'x') + "\n##";
      } else {
        stream = std::string(end - 4, 'x') + "\n##\n";
      }
      const std::string frame = before ? "" : "ab\n";
      if (before) stream += "\n";
      for (const std::size_t piece : {stream.size() + 3, std::size_t{4096}}) {
        const std::string event =
            LastEvent("line;preamble:" + std::string(preamble), stream + frame, piece);
        if (end <= kMost) {
          EXPECT_TRUE(event.starts_with("frame@")) << preamble << " " << end << ": " << event;
        } else {
          EXPECT_NE(event.find("does not start as it must"), std::string::npos)
              << preamble << ": " << event;
        }
      }
    }
  }
}

TEST(PreambleBounds, WhatIsNotThereIsNamed) {
  const auto first = [](const char* spec, const std::string& stream) {
    FrameDecoder<AnyFramer> decoder(Made(spec));
    (void)decoder.Feed(AsBytes(stream));
    const DecodeResult result = decoder.Next();
    return result.kind() == DecodeResult::Kind::kError ? result.error().rule : FrameRule::kNone;
  };
  EXPECT_EQ(first("line;preamble='abc'", "abd"), FrameRule::kPreamble);
  EXPECT_EQ(first("length:width=1;magic=6162@1", "\2ac"), FrameRule::kMagic);
  EXPECT_EQ(first("length:width=1;magic=6162@1", "\1a"), FrameRule::kMagic);
  EXPECT_EQ(first("length:width=1,trailer=1;end=2e", "\1a,"), FrameRule::kEnd);
}

}  // namespace
}  // namespace unstick::inline v0::testing
