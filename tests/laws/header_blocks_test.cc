// Hostile header blocks and chunked bodies, cut at random, against a reader that has all of them.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "fuzz/described_laws.h"
#include "tests/support/seed.h"
#include "tests/support/slow_build.h"

namespace unstick::inline v0::testing {
namespace {

using namespace std::string_literals;

class Words {
 public:
  explicit Words(std::uint64_t seed) : random_(seed) {}

  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool Seldom(std::size_t n) { return Below(n) == 0; }
  std::string OneOf(const std::vector<std::string>& words) { return words[Below(words.size())]; }

  // Mostly what a field, a first line or a chunk may look like, with one thing wrong here and
  // there.
  std::string Odd() {
    return OneOf({"\r",   "\n",   "\0"s,    " ",     "\t",    ":", ";",
                  ",",    "\x7f", "\x80",   "\"",    "\\",    "+", "0",
                  "\r\n", "\n\r", "\r\r\n", " \r\n", "\r\n ", "x", "99999999999999999999",
                  "-1"});
  }
  std::string Eol() {
    return Seldom(40) ? OneOf({"\n", "\r\r\n", "\r", "\n\n", "\r\n \t"}) : "\r\n";
  }
  std::string Start() {
    return OneOf({"", "POST / H/1.1\r\n", "H/1.1 200 OK\r\n", "H/1.1 204 x\r\n", "H/1.0 200 OK\r\n",
                  "POST 204 H/1.1\r\n", "h/1.1 204\r\n", "SEND\r\n", "GET x:y H/1.0 \r\n", " x\r\n",
                  "H/1.1  204 x\r\n", "H/1.1 2040\r\n", "H/1.1 +20 x\r\n", "POST / H/0.9\r\n",
                  "POST / H//1.1\r\n"});
  }
  std::string Field() {
    const std::string name =
        Seldom(3) ? OneOf({"L", "l", "T", "my key", "L ", " l", "T\t", "", "LL", "\xe4"})
                  : OneOf({"L", "T", "a", "b"});
    std::string value = name == "L" ? " 2" : name == "T" ? " chunked" : " b";
    if (Seldom(4)) {
      value = OneOf({" 02 ", "chunked", " x, chunked", " x", "chunked,x", "b", "", " 3,3", "\r\n 2",
                     "\r\n\tchunked", "18446744073709551616", "b\r\n c", "\\\1"});
    }
    return name + (Seldom(60) ? "" : ":") + value + Eol();
  }
  std::string Chunk() {
    if (!Seldom(4)) return OneOf({"2\r\nhi\r\n", "1;x=y\r\nh\r\n"});
    return OneOf({"2\r\nhi", "00002;a=\"b\"\r\nhi\r\n", "1 ;x\r\nh\r\n", "3;\r\nhi\n\r\n",
                  "0x2\r\nhi\r\n", "2;\"\r\nhi\r\n", "ffffffffffffffffff\r\n"});
  }
  std::string Stream() {
    std::string text;
    for (std::size_t messages = 1 + Below(3); messages > 0; --messages) {
      text += Start();
      for (std::size_t fields = Below(3); fields > 0; --fields) text += Field();
      text += Eol();
      for (std::size_t chunks = Below(4); chunks > 0; --chunks) text += Chunk();
      if (Seldom(2)) text += "0\r\n" + (Seldom(2) ? Field() : "") + Eol();
      if (Seldom(3)) text += OneOf({"hi", "\0"s, "\r\n", "\n"});
    }
    if (Seldom(3)) text.insert(Below(text.size() + 1), Odd());
    if (Seldom(6)) text.resize(Below(text.size() + 1));
    return text;
  }

  reference::Described Framing() {
    reference::Headers h;
    h.length = {"L"};
    if (Seldom(2)) h.if_missing = static_cast<int>(Below(3));
    if (Seldom(2)) h.chunked = "T";
    if (Seldom(4)) h.until = Seldom(2) ? "\0"s : "hi";
    if (Seldom(3)) h.bodiless = {"204"};
    if (Seldom(3)) h.eof = "H/";
    if (Seldom(3)) h.version = "H/";
    h.nocase = Seldom(3);
    if (Seldom(3) && h.bodiless.empty() && h.eof.empty() && h.version.empty()) {
      h.start_line = "none";
    }
    h.skip = OneOf({"", "crlf", "eol"});
    h.lf = Seldom(4);
    h.names = OneOf({"", "", "padded", "octets"});
    h.values = OneOf({"", "", "quoted", "octets"});
    if (h.names != "octets") h.fold = OneOf({"", "responses", "always"});
    if (Seldom(6)) h.max_header = static_cast<int>(16 + Below(40));
    reference::Described d{.kind = {h}};
    if (Seldom(8)) {
      d.kind = {reference::Chunks{.ascii = Seldom(2) ? 10 : 16,
                                  .until = OneOf({"\r\n", "\r\n", "\n", ":"}),
                                  .trailer = OneOf({"\r\n", "\r\n", "\n", ""})}};
    }
    if (Seldom(3)) {
      d.limits.max = static_cast<long>(1 + Below(8));
      d.limits_text = ",max=" + std::to_string(static_cast<long>(d.limits.max));
    }
    return d;
  }

  std::vector<std::size_t> Cuts(std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < size; ++at) {
      if (Seldom(5)) cuts.push_back(at);
    }
    return cuts;
  }

 private:
  std::mt19937_64 random_;
};

TEST(HeaderBlocks, SayWhatTheReferenceSaysHoweverTheyAreCut) {
  Words words(TestSeed());
  std::map<std::string, int> ends;
  const int rounds = kSlowBuild ? 1500 : 12'000;
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    const reference::Described described = words.Framing();
    std::optional<DescribedFramer> framer;
    ASSERT_EQ(fuzz::MakeDescribed(described, framer), "");
    refused += framer ? 0 : 1;
    if (!framer) continue;
    const std::string stream = words.Stream();
    const Way way = Way::Number(words.Below(Way::kCount));
    ASSERT_EQ(fuzz::CheckDescribed(described, *framer, stream, words.Cuts(stream.size()), way,
                                   OnError::kFail),
              "");
    for (const reference::Event& e : Decode(described, stream, reference::Mode::kFail)) {
      ++ends[e.kind + " " + e.code];
    }
  }
  std::printf("%d refused specs:", refused);
  for (const auto& [end, count] : ends) std::printf(" %s%d", (end + " ").c_str(), count);
  std::printf("\n");
  for (const char* end : {"frame ", "end ", "error bad_header", "error malformed_length",
                          "error truncated", "error bad_magic", "error payload_too_large"}) {
    EXPECT_GT(ends[end], kSlowBuild ? 0 : 10) << end;
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
