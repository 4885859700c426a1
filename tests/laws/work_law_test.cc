// Promises D6 and D7 for every framing: finding boundaries looks at each byte received at most
// twice (four times where a checksum is searched for), and the heap holds at most twice what is not
// delivered and 4 KiB, however the bytes arrive. All sources are compiled once more for this
// program so that every read is counted (work_count.h).

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
constexpr std::uint64_t kLookedPerFrame =
    64;  // headers are read again, and whole words where a few bytes would do
constexpr std::uint64_t kLookedAtOnce = 2048;  // in a stream: what is bounded, however long it is
constexpr std::uint64_t kStepsPerByte =
    600;  // all reads, writes and calls; a square has thousands of them

// These do not hold their law yet, and the ones who mend them take them out: one that holds it is a
// failure too.
const std::set<std::string> kOffenders = {"stomp client"};

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
    all.push_back(std::string("\0\0\0\1a", 5));
    return all;
  }();
  return fills;
}

std::string Repeated(const std::string& unit, std::size_t size) {
  std::string text;
  text.reserve(size + unit.size());
  while (text.size() < size) text += unit;
  text.resize(size);
  return text;
}

struct Worst {
  double looked = 0, steps = 0;
  std::uint64_t heap = 0;
  std::string broken;  // the first law that did not hold, and where
};

void Try(const AnyFramer& framer, const Row& row, const std::string& stream, std::size_t piece,
         OnError on_error, const std::string& what, Worst& worst) {
  const Costs costs = CostsOf(framer, stream, piece, on_error, 8 * row.factor);
  const auto fed = static_cast<double>(std::max<std::uint64_t>(costs.fed, 1));
  const std::uint64_t allowed =
      row.factor * costs.fed + kLookedPerFrame * costs.frames + kLookedAtOnce;
  const std::uint64_t steps = kStepsPerByte * (costs.fed + costs.frames + kLookedAtOnce);
  if (costs.fed >= 2000) {
    worst.looked = std::max(worst.looked, static_cast<double>(costs.work.looked) / fed);
    worst.steps = std::max(worst.steps, static_cast<double>(costs.work.steps) / fed);
  }
  worst.heap = std::max(worst.heap, costs.heap_over);
  if (!worst.broken.empty()) return;
  std::string broken;
  if (costs.work.looked > allowed)
    broken = "looked at " + std::to_string(costs.work.looked) + " bytes";
  if (costs.work.steps > steps) broken += " in " + std::to_string(costs.work.steps) + " steps";
  if (costs.heap_over > kHeapSlack)
    broken += " held " + std::to_string(costs.heap_over) + " beside";
  if (broken.empty()) return;
  worst.broken = what + ", pieces of " + std::to_string(piece) + ", mode " +
                 std::to_string(static_cast<int>(on_error)) + ": " + broken + " of " +
                 std::to_string(costs.fed) + ", " + std::to_string(costs.frames) + " frames";
}

std::string Shown(const std::string& text) {
  std::string shown;
  for (const char c : text.substr(0, 24)) {
    char hex[8];
    std::snprintf(hex, sizeof(hex), c > ' ' && c < 0x7f ? "%c" : "\\x%02x",
                  static_cast<unsigned char>(c));
    shown += hex;
  }
  return shown;
}

Worst TryAll(const Row& row, std::size_t size) {
  Worst worst;
  const auto framer = AnyFramer::FromSpec(row.spec, row.side);
  if (!framer.ok()) {
    worst.broken = std::string(framer.status().message());
    return worst;
  }
  const std::size_t whole = row.head.size();
  if (whole > 0)
    Try(*framer, row, Repeated(row.head, 4 * size), 1, OnError::kFail, "its own frames", worst);
  std::set<std::size_t> heads;
  for (const std::size_t n : {0, 1, 4}) heads.insert(std::min<std::size_t>(n, whole));
  heads.insert({whole / 2, whole});
  for (const std::size_t n : heads) {
    for (const std::string& fill : Fills()) {
      const std::string what = "head of " + std::to_string(n) + " and " + Shown(fill);
      const std::string stream = row.head.substr(0, n) + Repeated(fill, size);
      Try(*framer, row, stream, 1, OnError::kFail, what, worst);
      if (n != 0 && n != whole) continue;
      Try(*framer, row, stream, stream.size(), OnError::kResync, what, worst);
      Try(*framer, row, stream, 7, OnError::kSkip, what, worst);
      Try(*framer, row, stream, 1, OnError::kResync, what, worst);
    }
  }
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

// Two looks a byte; four where a checksum is searched for. Where a frame consists of small parts,
// some bytes are looked at again when a part begins or ends, and a mark of several bytes is
// compared wherever it might begin: these have a number of their own, which docs/reliability.md has
// too.
std::uint64_t FactorOf(std::string_view spec) {
  const auto framer = DescribedFramer::FromSpec(spec);
  if (!framer.ok()) return 2;
  const std::string text = framer->spec();
  const auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  if (has("walk:cbor") || has("walk:resp")) return 512;  // where levels nest that no note can hold
  if (has("zero=eof")) return 16;  // the header of a frame without end, for each piece
  if (has("-line=")) return 40;    // each of up to 16 marks is compared with where a line starts
  if (has("join") || has("list") || has("chunk") || has("preamble")) return 12;
  if (has("switch") || has("headers") || has("walk:") || has("unescape=")) return 6;
  return has("check=") || has("check:") || text.starts_with("unstick") || has("|") ||
                 has("delim:end=616161")
             ? 4
             : 2;
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
                      head == heads.end() ? "" : head->second, FactorOf(name)});
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
    rows.push_back({spec, spec, Side::kEither, "", FactorOf(spec)});
  }
  return rows;
}

void Check(const std::vector<Row>& rows, std::size_t size) {
  const bool table = std::getenv("UNSTICK_WORK_TABLE") != nullptr;
  if (table) std::printf("%-56s %10s %10s %10s\n", "framing", "looked/B", "steps/B", "heap beside");
  for (const Row& row : rows) {
    const Worst worst = TryAll(row, size);
    if (table) {
      std::printf("%-56s %10.2f %10.1f %10zu%s\n", row.name.substr(0, 56).c_str(), worst.looked,
                  worst.steps, static_cast<std::size_t>(worst.heap),
                  worst.broken.empty() ? "" : "  ABOVE ITS LAW");
      std::fflush(stdout);
    }
    const bool known = kOffenders.contains(row.name);
    EXPECT_EQ(worst.broken.empty(), !known)
        << row.name << " (factor " << row.factor << "): " << worst.broken;
  }
}

TEST(WorkLaw, EveryPresetBothSides) { Check(PresetRows(), 3 << 10); }
TEST(WorkLaw, EveryKindUnderEveryClause) { Check(SpecRows(), 12 << 10); }

// The counter counts, and the law would see a square.
TEST(WorkLaw, LookingBackIsSeen) {
  struct Forgetful {
    ScanResult Scan(ByteView window, std::size_t /*resume*/) const {
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
