#include "src/cli/wire_picture.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

#include "src/cli/messages.h"

namespace unstick::inline v0::cli {
namespace {

constexpr std::uint64_t kRow = 16;
// Of longer stretches, so much of the front and the end is drawn.
constexpr std::uint64_t kFront = 8 * kRow;
constexpr std::uint64_t kBack = 2 * kRow;

std::string_view ColourOf(WirePart::Kind kind) {
  switch (kind) {
    case WirePart::Kind::kHeader:
      return "\x1b[36m";
    case WirePart::Kind::kPayload:
      return "\x1b[0m";
    case WirePart::Kind::kTrailer:
      return "\x1b[35m";
    case WirePart::Kind::kOther:
      return "\x1b[2m";
    case WirePart::Kind::kBad:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

// One line of the dump.
class WirePicture::Row {
 public:
  Row(std::uint64_t offset, bool colour) : colour_(colour) {
    char text[24];
    std::snprintf(text, sizeof(text), "%10llu ", static_cast<unsigned long long>(offset));
    line_ = text;
  }

  void Add(std::byte byte, WirePart::Kind kind, bool starts_part) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto value = std::to_integer<unsigned>(byte);
    line_ += starts_part && !colour_ ? '|' : ' ';
    if (colour_ && (cells_ == 0 || kind != kind_)) {
      line_ += ColourOf(kind);
      text_ += ColourOf(kind);
    }
    kind_ = kind;
    line_ += kDigits[value >> 4];
    line_ += kDigits[value & 15];
    text_ += value >= 0x20 && value < 0x7f ? static_cast<char>(value) : '.';
    ++cells_;
  }

  std::string Finish(bool ends_part) {
    line_ += ends_part && !colour_ ? '|' : ' ';
    if (colour_) line_ += "\x1b[0m";
    line_.append(3 * static_cast<std::size_t>(kRow - cells_) + 2, ' ');
    line_ += text_;
    line_ += colour_ ? "\x1b[0m\n" : "\n";
    return line_;
  }

 private:
  bool colour_;
  std::uint64_t cells_ = 0;
  WirePart::Kind kind_ = WirePart::Kind::kOther;
  std::string line_;
  std::string text_;
};

void WirePicture::Add(ByteView bytes, std::size_t most) {
  if (bytes_.size() > most) {
    const std::size_t lost = bytes_.size() - most;
    bytes_.Consume(lost);
    base_ += lost;
  }
  bytes_.Append(bytes);
}

ByteView WirePicture::At(std::uint64_t offset) const {
  return bytes_.readable().subspan(static_cast<std::size_t>(offset - base_));
}

bool WirePicture::Draw(std::string_view what, std::initializer_list<WirePart> parts) {
  std::uint64_t size = 0;
  for (const WirePart& part : parts) size += part.size;
  const std::string bold = colour_ ? "\x1b[1m" : "";
  const std::string plain = colour_ ? "\x1b[0m" : "";
  bool ok = out_.Append(bold + std::string(what) + plain + "\n");

  const std::uint64_t start = drawn_to_;
  const std::uint64_t end = start + size;
  const bool all = whole_ || size <= kFront + kBack + kRow;
  // Rows stand at multiples of their size from the start, at the end too.
  std::uint64_t front_end = all ? end : start + kFront;
  std::uint64_t back = all ? end : start + (size - kBack) / kRow * kRow;
  if (base_ > start) {  // the front is lost: it was too much to keep
    front_end = start;
    back = std::max(back, base_);
  }
  ok = ok && Rows(parts, start, front_end);
  if (back > front_end) ok = ok && LeftOut(back - front_end) && Rows(parts, back, end);
  drawn_to_ = end;
  if (end > base_) {
    bytes_.Consume(static_cast<std::size_t>(end - base_));
    base_ = end;
  }
  return ok && out_.ok();
}

bool WirePicture::LeftOut(std::uint64_t count) {
  return out_.Append("           ... " + Count(count, "byte") + " ...\n");
}

bool WirePicture::Rows(std::initializer_list<WirePart> parts, std::uint64_t from,
                       std::uint64_t to) {
  const std::uint64_t end_of_all = [&] {
    std::uint64_t end = drawn_to_;
    for (const WirePart& part : parts) end += part.size;
    return end;
  }();
  const auto* part = parts.begin();
  std::uint64_t part_start = drawn_to_;
  for (std::uint64_t row = from; row < to; row += kRow) {
    Row line(row, colour_);
    const std::uint64_t row_end = std::min(row + kRow, to);
    for (std::uint64_t at = row; at < row_end; ++at) {
      while (at >= part_start + part->size) part_start += part++->size;
      line.Add(At(at)[0], part->kind, at == part_start);
    }
    const bool ends_part = row_end == part_start + part->size || row_end == end_of_all;
    if (!out_.Append(line.Finish(ends_part))) return false;
  }
  return true;
}

}  // namespace unstick::inline v0::cli
