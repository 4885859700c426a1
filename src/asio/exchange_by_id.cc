#include "src/asio/exchange_by_id.h"

#include <cstddef>

namespace unstick::inline v0::aio::detail {
namespace {

constexpr std::uint64_t kMessageId = 1;
constexpr std::uint64_t kReplyToId = 2;

// https://protobuf.dev/programming-guides/encoding/#structure
enum WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void AppendVarint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> TakeVarint(ByteView& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[0]);
    bytes = bytes.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

bool Pass(ByteView& bytes, std::uint64_t size) {
  if (size > bytes.size()) return false;
  bytes = bytes.subspan(static_cast<std::size_t>(size));
  return true;
}

}  // namespace

void AppendMessageId(std::uint64_t id, std::string& metadata) {
  AppendVarint(kMessageId << 3 | kVarint, metadata);
  AppendVarint(id, metadata);
}

std::optional<std::uint64_t> FindReplyToId(ByteView metadata) {
  std::uint64_t found = 0;
  while (!metadata.empty()) {
    const std::optional<std::uint64_t> tag = TakeVarint(metadata);
    if (!tag || *tag >> 3 == 0) return std::nullopt;
    std::optional<std::uint64_t> value;
    switch (*tag & 7) {
      case kVarint:
        value = TakeVarint(metadata);
        if (!value) return std::nullopt;
        if (*tag >> 3 == kReplyToId) found = *value;
        break;
      case kBytes:
        value = TakeVarint(metadata);
        if (!value || !Pass(metadata, *value)) return std::nullopt;
        break;
      case kFixed64:
        if (!Pass(metadata, 8)) return std::nullopt;
        break;
      case kFixed32:
        if (!Pass(metadata, 4)) return std::nullopt;
        break;
      default:  // groups, which proto3 does not have
        return std::nullopt;
    }
  }
  return found;
}

absl::Status ById::Append(std::uint64_t id, ByteView metadata, ByteView payload,
                          StreamBuffer& out) {
  if (framer().layout().sections() < 2) {
    return absl::InvalidArgumentError("the header's layout has no section for metadata");
  }
  std::string section(AsText(metadata));
  AppendMessageId(id, section);
  HeaderValues values;
  values.sections[0] = AsBytes(section);
  const auto refused = AppendFrame(framer().With(values), payload, out);
  return refused ? v0::ToStatus(*refused) : absl::OkStatus();
}

Addressee ById::AddresseeOf(const Message& message) const {
  if (framer().layout().sections() < 2) return {.kind = Addressee::Kind::kUnknown};
  const FrameView frame = message.view();
  const ByteView section = framer().HeaderOf(frame).sections[0];
  const std::optional<std::uint64_t> id = FindReplyToId(section);
  if (!id) return {.kind = Addressee::Kind::kUnknown};
  return {.kind = *id == 0 ? Addressee::Kind::kNobody : Addressee::Kind::kCall,
          .id = *id,
          .metadata_offset =
              section.empty() ? 0 : static_cast<std::size_t>(section.data() - frame.wire().data()),
          .metadata_size = section.size()};
}

}  // namespace unstick::inline v0::aio::detail
