// Promises D6 and D7 for every framing: finding boundaries looks at each byte received at most
// twice (four times where a checksum is searched for), and the heap holds at most twice what is not
// delivered and 4 KiB, however the bytes arrive. All sources are compiled once more for this
// program so that every read is counted (work_count.h): no clock, the same figures every time.
//
// UNSTICK_WORK_TABLE=1 prints them for each framing.

#include "tests/laws/work_law.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "unstick/core/described_framer.h"
#include "unstick/core/presets.h"

namespace unstick::inline v0::testing {
namespace {

constexpr std::uint64_t kHeapSlack = 4096;
constexpr std::uint64_t kLookedPerFrame = 64;  // a header, read again where it comes in pieces
constexpr std::uint64_t kLookedAtOnce = 2048;  // in a stream: what is bounded, however long it is
constexpr std::uint64_t kSearchedAtOnce = std::uint64_t{72} << 10;  // for a checksum
constexpr std::uint64_t kStepsPerByte =
    600;  // all reads, writes and calls; a square has thousands of them
constexpr std::uint64_t kAssembledPerByte = 4;
constexpr std::size_t kShort = std::size_t{2} << 10;
constexpr std::size_t kLong = std::size_t{64} << 10;
constexpr std::size_t kVeryLong = std::size_t{4} << 20;

struct Row {
  std::string name;  // of a preset, or the spec itself
  std::string spec;
  Side side = Side::kEither;
  std::string head = {};  // bytes that a stream of it begins with, whole frames of it
  std::uint64_t factor = 2;
};

// What streams are made of, over and over: whatever some format takes for more of the same, or for
// a beginning.
const std::vector<std::string>& Fills() {
  static const std::vector<std::string> fills = [] {
    std::vector<std::string> all = {std::string(1, '\0'),
                                    "\xff",
                                    "a",
                                    " ",
                                    "\r",
                                    "\n",
                                    "0",
                                    "1",
                                    "\x1b",
                                    "\x80",
                                    "\x82\x80",
                                    "\x7e",
                                    "a ",
                                    "1 ",
                                    "a\r\n",
                                    "a: b\r\n",
                                    "a:b\n",
                                    "\r\n",
                                    "\r\na",
                                    "\n.",
                                    "1\r\na\r\n",
                                    "{1}\r\na",
                                    "a{",
                                    "[",
                                    "[1,",
                                    "{\"a\":",
                                    "\"a",
                                    "\x9f",
                                    "\x9f\x01",
                                    "\x81",
                                    "\xbf\x01",
                                    "\x5f\x41\x61",
                                    "\x92",
                                    "*1\r\n",
                                    "*?\r\n",
                                    "*9\r\n:1\r\n",
                                    "%?\r\n+a\r\n",
                                    "$?\r\n;1\r\na\r\n",
                                    "l",
                                    "d1:a",
                                    "\x30\x80",
                                    "1:a,",
                                    "PUB a 1\r\nb\r\n",
                                    "\x7d\x5d",
                                    "\xdb\xdc",
                                    "\x10\x02",
                                    "\x10\x10",
                                    "\x01\x61",
                                    "\xc0\xdb",
                                    "data: a\n"};
    all.push_back(std::string("\0\1\0", 3));
    // Values that nest, and come back.
    const auto nested = [&all](const std::string& open, std::size_t times,
                               const std::string& inside, const std::string& close) {
      std::string unit;
      for (std::size_t i = 0; i < times; ++i) unit += open;
      unit += inside;
      for (std::size_t i = 0; i < times; ++i) unit += close;
      all.push_back(unit);
    };
    for (const std::size_t depth : {9, 14, 400}) {
      nested("[", depth, "1", "]");
      nested("{\"a\":", depth, "1", "}");
      nested("\x9f", depth, "\x01\x82\x01\x81\x01", "\xff");
      nested("\xbf\x01", depth, "\x01", "\xff");
      nested("*?\r\n", depth, ":1\r\n", ".\r\n");
      nested("%?\r\n+a\r\n", depth, "*2\r\n:1\r\n:1\r\n", ".\r\n");
      nested("d1:a", depth, "i1e", "e");
      nested("\x30\x80", depth, std::string("\5\0", 2), std::string(2, '\0'));
    }
    nested("\x9f", 14, std::string(200, '\1'), "\xff");
    nested("*?\r\n", 14, "+" + std::string(900, 'a') + "\r\n", ".\r\n");
    all.push_back(std::string("\0\0\0\1a", 5));
    return all;
  }();
  return fills;
}

// A stream of any length: `head`, and then `unit` again and again.
struct Recipe {
  std::string what;
  std::string head;
  std::string unit;
  bool every_mode = true;

  std::string Made(std::size_t size) const {
    std::string stream = head;
    stream.reserve(size + unit.size());
    while (stream.size() < size) stream += unit;
    return stream;
  }
};

std::string Shown(const std::string& text) {
  std::string shown;
  for (const char c : text.substr(0, 24)) {
    char hex[8];
    std::snprintf(hex, sizeof(hex), c > ' ' && c < 0x7f ? "%c" : "\\x%02x",
                  static_cast<unsigned char>(c));
    shown += hex;
  }
  return text.size() > 24 ? shown + "..." : shown;
}

// Streams of frames whose payloads have this size, if the framing has any.
std::vector<Recipe> Encoded(const AnyFramer& framer, std::size_t size) {
  std::vector<Recipe> recipes;
  for (const char* const fill : {"a", "a\n", "1", "\x01", "\x7e\x7d\xdb\xc0\x10", "%d\r"}) {
    std::string payload;
    while (payload.size() < size) payload += fill;
    payload.resize(size);
    StreamBuffer out;
    AnyFramer::State sent{};
    if (framer.EncodeTo(AsBytes(payload), out, sent)) continue;
    const std::string first(AsText(out.readable()));
    if (framer.EncodeTo(AsBytes(payload), out, sent)) continue;
    recipes.push_back({"frames of " + std::to_string(size) + " bytes " + Shown(fill), first,
                       std::string(AsText(out.readable()).substr(first.size()))});
    if (recipes.size() == 2) break;
  }
  return recipes;
}

std::vector<Recipe> Valid(const Row& row, const AnyFramer& framer) {
  std::vector<Recipe> recipes;
  if (!row.head.empty()) recipes.push_back({"what others sent", "", row.head});
  for (const std::size_t size : {1, 50, 60000}) {
    const std::vector<Recipe> encoded = Encoded(framer, size);
    recipes.insert(recipes.end(), encoded.begin(), encoded.end());
  }
  return recipes;
}

std::vector<Recipe> Hostile(const Row& row, const AnyFramer& framer) {
  std::vector<Recipe> recipes;
  std::string head = row.head;
  std::vector<std::string> starts;  // of frames
  for (const std::size_t size : {3, 200, 60000}) {
    const std::vector<Recipe> encoded = Encoded(framer, size);
    if (encoded.empty()) continue;
    if (head.empty()) head = encoded[0].head;
    starts.push_back(encoded[0].unit);
  }
  std::set<std::size_t> sizes = {0, head.size() / 2, head.size()};
  sizes.insert(std::min<std::size_t>(4, head.size()));
  for (const std::size_t n : sizes) {
    const bool all = n == 0 || n == head.size();
    for (const std::string& fill : Fills()) {
      recipes.push_back(
          {"head of " + std::to_string(n) + " and " + Shown(fill), head.substr(0, n), fill, all});
    }
  }
  for (const std::string& start : starts) {
    for (const std::size_t n : {1, 2, 3, 4, 8, 12, 16, 24, 170}) {
      if (n > start.size()) break;
      const std::string unit = start.substr(0, n);
      recipes.push_back({"broken frame, and starts of frames " + Shown(unit), "\xee", unit});
      recipes.push_back({"starts of frames " + Shown(unit), "", unit});
    }
  }
  return recipes;
}

struct Trial {
  Recipe recipe;
  std::size_t piece;  // 0: the whole stream
  OnError on_error;
  double looked = 0;  // a byte
  std::uint64_t fed = 0;
};

struct Worst {
  double searched = 0, assembled = 0, steps = 0;
  std::uint64_t heap = 0;
  std::string broken;  // the first law that did not hold, and where
};

void Try(const AnyFramer& framer, const Row& row, Trial& trial, std::size_t size, Worst& worst) {
  const std::string stream = trial.recipe.Made(size);
  const std::size_t piece = trial.piece == 0 ? stream.size() : trial.piece;
  const Costs costs = CostsOf(framer, stream, piece, trial.on_error, 8 * row.factor);
  const auto fed = static_cast<double>(std::max<std::uint64_t>(costs.fed, 1));
  const bool seeks = trial.on_error == OnError::kResync && framer.can_resync();
  const std::uint64_t once =
      kLookedPerFrame * costs.frames + (seeks ? kSearchedAtOnce : kLookedAtOnce);
  const std::uint64_t allowed = row.factor * costs.fed + once;
  const std::uint64_t steps = kStepsPerByte * (costs.fed + costs.frames + kLookedAtOnce);
  trial.fed = costs.fed;
  trial.looked = static_cast<double>(costs.searched + costs.assembled) / (fed + 500);
  if (costs.fed >= 2000) {
    worst.searched = std::max(worst.searched, static_cast<double>(costs.searched) / fed);
    worst.assembled = std::max(worst.assembled, static_cast<double>(costs.assembled) / fed);
    worst.steps = std::max(worst.steps, static_cast<double>(costs.steps) / fed);
  }
  worst.heap = std::max(worst.heap, costs.heap_over);
  if (!worst.broken.empty()) return;
  std::string broken;
  if (costs.searched > allowed) broken = "looked at " + std::to_string(costs.searched) + " bytes";
  if (costs.assembled > kAssembledPerByte * costs.fed + once) {
    broken += " put together with " + std::to_string(costs.assembled) + " looks";
  }
  if (costs.steps > steps) broken += " in " + std::to_string(costs.steps) + " steps";
  if (costs.heap_over > kHeapSlack) {
    broken += " held " + std::to_string(costs.heap_over) + " beside";
  }
  if (broken.empty()) return;
  worst.broken = trial.recipe.what + ", pieces of " + std::to_string(piece) + ", mode " +
                 std::to_string(static_cast<int>(trial.on_error)) + ": " + broken + " of " +
                 std::to_string(costs.fed) + ", " + std::to_string(costs.frames) + " frames";
}

std::vector<Trial> TrialsOf(const Recipe& recipe) {
  std::vector<Trial> trials = {{recipe, 1, OnError::kFail}};
  if (recipe.every_mode) {
    trials.push_back({recipe, 0, OnError::kResync});
    trials.push_back({recipe, 7, OnError::kSkip});
    trials.push_back({recipe, 1, OnError::kResync});
  }
  return trials;
}

// All recipes at a short length; those that took the most work, and frames, at a long one.
Worst TryAll(const Row& row) {
  constexpr std::size_t kAgain = 4;
  Worst worst;
  const auto framer = AnyFramer::FromSpec(row.spec, row.side);
  if (!framer.ok()) {
    worst.broken = std::string(framer.status().message());
    return worst;
  }
  // What the library makes once for all, the tables of sums, is no stream's.
  (void)CostsOf(*framer, std::string(64, '\0'), 64, OnError::kResync, 1000);
  std::vector<Trial> trials;
  for (const Recipe& recipe : Hostile(row, *framer)) {
    for (Trial& trial : TrialsOf(recipe)) {
      Try(*framer, row, trial, kShort, worst);
      trials.push_back(std::move(trial));
    }
  }
  const auto again = trials.begin() + static_cast<std::ptrdiff_t>(std::min(kAgain, trials.size()));
  std::partial_sort(trials.begin(), again, trials.end(),
                    [](const Trial& a, const Trial& b) { return a.looked > b.looked; });
  trials.erase(again, trials.end());
  for (const Recipe& recipe : Valid(row, *framer)) {
    for (const std::size_t piece : {1, 7, 0}) trials.push_back({recipe, piece, OnError::kFail});
  }
  for (Trial& trial : trials) Try(*framer, row, trial, kLong, worst);
  return worst;
}

// Of each preset and side, some bytes that another program sent.
std::map<std::pair<std::string, Side>, std::string> GoldenHeads() {
  namespace fs = std::filesystem;
  std::map<std::pair<std::string, Side>, std::string> heads;
  for (const auto& entry : fs::recursive_directory_iterator(UNSTICK_GOLDEN_DIR)) {
    if (entry.path().extension() != ".golden") continue;
    std::ifstream about(entry.path());
    std::string preset, side;
    for (std::string line; std::getline(about, line);) {
      if (line.starts_with("preset: ")) preset = line.substr(8);
      if (line.starts_with("side: ")) side = line.substr(6);
    }
    if (preset.empty()) continue;
    std::ifstream file(fs::path(entry.path()).replace_extension(".bin"), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    bytes.resize(std::min<std::size_t>(bytes.size(), 600));
    std::string& head = heads[{preset, side == "client" ? Side::kClient : Side::kServer}];
    if (head.empty() || bytes < head) head = bytes;  // the same one, whatever the directory's order
  }
  return heads;
}

// Two looks a byte, four where a checksum is searched for. These need more, and docs/reliability.md
// says so too: the number is a bound for streams of any length.
struct Exception {
  std::string_view part;  // of the canonical text
  std::uint64_t looks;    // a byte
  std::string_view why;
};

constexpr Exception kExceptions[] = {
    {"walk:cbor", 512, "up to 256 items are walked again where levels nest that no note can hold"},
    {"walk:resp", 1100, "up to 1 KiB of lines, where levels nest that no note can hold"},
    {"-line=", 12, "the marks that may start a line, for each piece"},
    {"zero=eof", 16, "the header of a frame without end, for each piece"},
    {"join", 12, "the header of each fragment, and of those that are put together"},
    {"list", 12, "the size of each part"},
    {"chunk", 12, "the size line of each chunk"},
    {"until=", 12, "a mark of several bytes is compared wherever it might begin"},
    {"after=", 12, "a mark of several bytes is compared wherever it might begin"},
    {"start=", 24, "a mark of several bytes is compared wherever it might begin"},
    {"else=until", 12, "a mark of several bytes is compared wherever it might begin"},
    {"unstick", 8, "the magic is compared at each place, and its first wrong byte looked for"},
    {"switch", 8, "the byte that decides, for each piece and level"},
    {"headers", 6, "names are compared with those of the length"},
    {"walk:", 6, "words are compared"},
    {"unescape", 6, "escapes are measured once the end is known"},
    {"eol=crlf", 4, "two bytes of a mark are searched for at once"},
    {"end=", 4, "two bytes of a mark are searched for at once"},
    {"magic", 4, "the kind stands in front of the magic's end too"},
    {"count=", 4, "the words of a line are read once it has ended"},
};

std::uint64_t FactorOf(std::string_view spec, Side side) {
  const auto framer = DescribedFramer::FromSpec(spec, side);
  const std::string text = framer.ok() ? framer->spec() : std::string(spec);
  std::uint64_t factor = text.find("check=") != std::string::npos || text.starts_with("unstick") ||
                                 text.find('|') != std::string::npos
                             ? 4
                             : 2;
  for (const Exception& exception : kExceptions) {
    if (text.find(exception.part) != std::string::npos) factor = std::max(factor, exception.looks);
  }
  return factor;
}

std::vector<Row> PresetRows() {
  const auto heads = GoldenHeads();
  std::vector<Row> rows;
  for (const Preset& preset : Presets()) {
    const std::string name(preset.name == "fixed-n" ? "fixed-n,size=5" : preset.name);
    const auto client = DescribedFramer::FromSpec(name, Side::kClient);
    const auto server = DescribedFramer::FromSpec(name, Side::kServer);
    const bool alike = client.ok() && server.ok() &&
                       client->spec().find("client=") == std::string::npos &&
                       client->spec().find("server=") == std::string::npos;
    for (const Side side : {Side::kClient, Side::kServer}) {
      if (alike && side == Side::kServer) continue;
      const auto head = heads.find({name, side});
      rows.push_back({name + (side == Side::kClient ? " client" : " server"), name, side,
                      head == heads.end() ? "" : head->second, FactorOf(name, side)});
    }
  }
  return rows;
}

// What no preset has: each kind by itself and under each clause that makes it look again.
std::vector<Row> SpecRows() {
  std::vector<Row> rows;
  for (const char* spec : {"length:width=2",
                           "length:offset=9,width=4,header=13,counts=payload,trailer=2,max=64KiB;"
                           "magic=aa55;check=crc16-ccitt",
                           "length:offset=1,width=2,trailer=2;magic=41;check=crc16-ccitt",
                           "length:width=1;join=last=0.7",
                           "length:width=1;join=full=255",
                           "varint",
                           "varint:big7,max-bytes=10",
                           "varint:quic",
                           "varint:msgpack",
                           "ascii:base=16,width=4",
                           "ascii:until=':'",
                           "ascii:after='9=',until=01",
                           "headers",
                           "headers:else=until(00)",
                           "headers:chunked=Transfer-Encoding,trailer=0",
                           "delim:end=0a",
                           "delim:end=0d0a|0a",
                           "delim:end=616161616162",
                           "delim:start=7e",
                           "delim:end=0a,start=7e",
                           "delim:end=0a;join=last=@0:'.'",
                           "delim:end=0a;join=full=3",
                           "line;join=full=3",
                           "line:eol=crlf;join=last=@0:' '",
                           "line:eol=lf-only",
                           "line:count=token[-1],trailer=2",
                           "line:verbs=PUB,count=token[1],trailer=2;join=full=9",
                           "line:count=tail('{','}')",
                           "delim:end=0a;magic@6000=61",
                           "line;magic@6000=61",
                           "headers;magic@3000=61",
                           "delim:end=0a;check=sum8",
                           "delim:end=7e;unescape=hdlc;check=fcs16",
                           "delim:end=00;unescape=cobs",
                           "delim:end=c0;unescape=slip",
                           "delim:end='\\r\\n.\\r\\n';unescape=dot",
                           "fixed:size=5",
                           "fixed:size=5,sync=6162",
                           "table",
                           "list",
                           "list:entry=1",
                           "chunks:width=2",
                           "chunks:ascii=16,until=crlf,trailer=crlf",
                           "walk:resp",
                           "walk:json",
                           "walk:json-seq",
                           "walk:msgpack",
                           "walk:cbor",
                           "walk:bencode",
                           "walk:ber",
                           "walk:json;join=full=3",
                           "walk:cbor;join=full=3",
                           "walk:resp;magic@900=61",
                           "switch:61>(delim:end=0a),0>(walk:cbor),else>(line)",
                           "switch:61>(switch:at=1,20>(line),else>(headers)),else>(walk:resp)",
                           "switch:else>(switch:else>(switch:else>(walk:json)))",
                           "line;preamble:until=616161616162",
                           "line;preamble:before-line=ff",
                           "line;preamble:through-line=ff",
                           "unstick",
                           "unstick:crc=off"}) {
    rows.push_back({spec, spec, Side::kEither, "", FactorOf(spec, Side::kEither)});
  }
  return rows;
}

void Print(const Row& row, const Worst& worst) {
  static bool titled = false;
  if (!std::exchange(titled, true)) {
    std::printf("%-56s %10s %10s %10s %10s\n", "framing", "searched/B", "put/B", "steps/B",
                "heap beside");
  }
  std::printf("%-56s %10.2f %10.2f %10.1f %10zu%s\n", row.name.substr(0, 56).c_str(),
              worst.searched, worst.assembled, worst.steps, static_cast<std::size_t>(worst.heap),
              worst.broken.empty() ? "" : "  ABOVE ITS LAW");
  std::fflush(stdout);
}

void Check(const Row& row) {
  const Worst worst = TryAll(row);
  if (std::getenv("UNSTICK_WORK_TABLE") != nullptr) Print(row, worst);
  EXPECT_TRUE(worst.broken.empty())
      << row.name << " (factor " << row.factor << "): " << worst.broken;
}

// In two parts, so that two processors have something to do.
void CheckEach(const std::vector<Row>& rows, std::size_t from) {
  for (std::size_t i = from; i < rows.size(); i += 2) Check(rows[i]);
}

TEST(WorkLaw, EveryPresetEven) { CheckEach(PresetRows(), 0); }
TEST(WorkLaw, EveryPresetOdd) { CheckEach(PresetRows(), 1); }
TEST(WorkLaw, EveryKindUnderEveryClauseEven) { CheckEach(SpecRows(), 0); }
TEST(WorkLaw, EveryKindUnderEveryClauseOdd) { CheckEach(SpecRows(), 1); }

// 4 MiB of each kind.
TEST(WorkLaw, LongStreams) {
  struct Stream {
    std::string_view spec;
    std::string unit = {};  // else frames of 3000 bytes
  };
  const std::vector<Stream> streams = {
      {"length:width=4"},
      {"length:width=4,trailer=2;magic@4=61;check=crc16-ccitt"},
      {"length:width=2;join=full=50"},
      {"varint"},
      {"ascii:until=':'"},
      {"headers"},
      {"headers:chunked=Transfer-Encoding",
       "Transfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\n0\r\n\r\n"},
      {"delim:end=0d0a|0a"},
      {"delim:end=0a;join=full=3", "aaa\naaa\nb\n"},
      {"delim:start=000001"},
      {"line"},
      {"line:count=token[-1]", "PUB a 5\r\naaaaa"},
      {"fixed:size=1000", std::string(1000, 'a')},
      {"fixed:size=8,sync=61", std::string(8, 'a')},
      {"table"},
      {"list:entry=1", std::string("\0\0\0\2\1a\1a", 8)},
      {"chunks:width=2"},
      {"chunks:ascii=16,until=crlf,trailer=crlf"},
      {"walk:resp", "*2\r\n$3\r\naaa\r\n:1\r\n"},
      {"walk:json", "{\"a\": [1, \"b\", null]}\n"},
      {"walk:json-seq", "\x1e{\"a\": [1, \"b\", null]}\n"},
      {"walk:msgpack",
       "\x92\xa3"
       "aaa\x01"},
      {"walk:cbor",
       "\x82\x43"
       "aaa\x9f\x01\xff"},
      {"walk:bencode", "d1:al3:aaai1eee"},
      {"walk:ber", std::string("\x30\x80\x04\x03"
                               "aaa\0\0",
                               9)},
      {"walk:json;join=full=3", "[1][2]{\"a\":[{}]}"},
      {"switch:61>(delim:end=0a),else>(line)", "aaaa\nbbbb\n"},
      {"delim:end=7e;unescape=hdlc;check=fcs16"},
      {"delim:end=00;unescape=cobs"},
      {"unstick"}};
  for (const Stream& stream : streams) {
    const std::string spec(stream.spec);
    const Row row{spec, spec, Side::kEither, "", FactorOf(spec, Side::kEither)};
    const auto framer = AnyFramer::FromSpec(spec);
    ASSERT_TRUE(framer.ok()) << spec;
    Recipe recipe{"a unit", "", stream.unit};
    if (stream.unit.empty()) {
      const std::vector<Recipe> encoded = Encoded(*framer, 3000);
      ASSERT_FALSE(encoded.empty()) << spec;
      recipe = encoded[0];
    }
    Worst worst;
    for (const std::size_t piece : {0, 7}) {
      Trial trial{recipe, piece, OnError::kFail};
      Try(*framer, row, trial, kVeryLong, worst);
      EXPECT_GE(trial.fed, kVeryLong) << spec;
    }
    EXPECT_TRUE(worst.broken.empty()) << spec << ": " << worst.broken;
  }
}

// The counter counts, and the law would see a square.
TEST(WorkLaw, LookingBackIsSeen) {
  struct Forgetful {
    ScanResult Scan(ByteView window, std::uint64_t /*resume*/) const {
      const bool end = std::find(window.begin(), window.end(), std::byte{'\n'}) != window.end();
      return end ? ScanResult(Extent{window.size(), 0, window.size()})
                 : NeedMore{.min_window = window.size() + 1};
    }
  };
  const std::string text = std::string(999, 'a') + "\n";
  const std::uint64_t before = WorkSoFar().looked;
  for (std::size_t n = 1; n <= text.size(); ++n) {
    const ByteView window = AsBytes(text).first(n);
    const Looking looking(window);
    EXPECT_EQ(std::holds_alternative<NeedMore>(Forgetful().Scan(window, 0)), n < text.size());
  }
  EXPECT_EQ(WorkSoFar().looked - before, 1000u * 1001 / 2);
}

}  // namespace
}  // namespace unstick::inline v0::testing
