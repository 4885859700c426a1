#include "src/core/frame_picture.h"

#include <algorithm>
#include <array>
#include <utility>

namespace unstick::inline v0::detail {
namespace {

constexpr std::size_t kMaxColumns = 100;
constexpr std::size_t kLongConstant = 16;  // bytes; of a longer one only the ends are shown

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

bool IsText(char c) { return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t'; }

PictureField AnyField(std::size_t bytes) {
  return {.label = "any", .size = std::to_string(bytes), .bytes = bytes, .any = true};
}

// Three rows that grow by a field.
struct Rows {
  std::string offsets, boxes, sizes;

  static std::string Padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  }
  void Append(const PictureField& field, const std::string& offset) {
    const std::size_t width =
        std::max({field.label.size() + 2, field.size.size() + 2, offset.size()}) + 1;
    offsets += Padded(offset, width);
    boxes += Padded("| " + field.label, width);
    sizes += Padded("  " + field.size, width);
  }
  std::string Done(const std::string& margin) const {
    std::string text;
    for (const std::string& row : {offsets, boxes + "|", sizes}) {
      std::string line = margin + row;
      line.erase(line.find_last_not_of(' ') + 1);
      if (!line.empty()) text += line + '\n';
    }
    return text;
  }
};

}  // namespace

void FramePicture::Add(std::string label, std::size_t bytes) {
  if (bytes == 0) return;
  fields.push_back({.label = std::move(label), .size = std::to_string(bytes), .bytes = bytes});
}

void FramePicture::AddAny(std::size_t bytes) {
  if (bytes > 0) fields.push_back(AnyField(bytes));
}

void FramePicture::AddVarying(std::string label, std::string size) {
  fields.push_back({.label = std::move(label), .size = std::move(size)});
}

bool FramePicture::Mark(std::size_t at, std::size_t bytes, const std::string& label) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < fields.size() && fields[i].bytes > 0 && bytes > 0; ++i) {
    const std::size_t end = start + fields[i].bytes;
    if (at >= end) {
      start = end;
      continue;
    }
    if (!fields[i].any || at + bytes > end) return false;
    std::vector<PictureField> parts;
    if (at > start) parts.push_back(AnyField(at - start));
    parts.push_back({.label = label, .size = std::to_string(bytes), .bytes = bytes});
    if (end > at + bytes) parts.push_back(AnyField(end - at - bytes));
    const auto place = fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
    fields.insert(place, parts.begin(), parts.end());
    return true;
  }
  return false;
}

bool FramePicture::MarkEnd(std::size_t bytes, const std::string& label) {
  if (fields.empty() || !fields.back().any || fields.back().bytes < bytes) return false;
  const std::size_t rest = fields.back().bytes - bytes;
  fields.pop_back();
  AddAny(rest);
  Add(label, bytes);
  return true;
}

std::string Drawn(const std::vector<PictureField>& fields, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string text;
  Rows rows;
  std::size_t offset = 0;
  bool known = true;  // nothing so far varies
  for (const PictureField& field : fields) {
    const std::string at = known ? std::to_string(offset) : "";
    Rows longer = rows;
    longer.Append(field, at);
    if (indent + longer.boxes.size() + 1 > kMaxColumns && !rows.boxes.empty()) {
      text += rows.Done(margin);
      longer = Rows();
      longer.Append(field, at);
    }
    rows = longer;
    known = known && field.bytes > 0;
    offset += field.bytes;
  }
  return text + rows.Done(margin);
}

std::string Shown(std::string_view bytes) {
  const auto text_bytes = std::count_if(bytes.begin(), bytes.end(), IsText);
  if (static_cast<std::size_t>(2 * text_bytes) <= bytes.size()) {
    if (bytes.size() <= kLongConstant) return Hex(bytes);
    return Hex(bytes.substr(0, 4)) + ".." + Hex(bytes.substr(bytes.size() - 2));
  }
  constexpr std::string_view kSpecial = "\r\n\t'\\";
  constexpr std::string_view kEscapes = "rnt'\\";
  std::string text = "'";
  for (const char c : bytes) {
    if (const std::size_t which = kSpecial.find(c); which != std::string_view::npos) {
      text += {'\\', kEscapes[which]};
    } else {
      text += IsText(c) ? std::string(1, c) : "\\x" + Hex(std::string_view(&c, 1));
    }
  }
  return text + "'";
}

std::string Bytes(std::uint64_t n) { return std::to_string(n) + (n == 1 ? " byte" : " bytes"); }

std::string SizeInWords(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"", " KiB", " MiB", " GiB"};
  std::size_t unit = 0;
  std::uint64_t n = bytes;
  while (n != 0 && n % 1024 == 0 && unit + 1 < kUnits.size()) {
    n /= 1024;
    ++unit;
  }
  return unit == 0 || n >= 1024 ? Bytes(bytes) : std::to_string(n) + std::string(kUnits[unit]);
}

}  // namespace unstick::inline v0::detail
