#include "src/core/filters/frame_check.h"

#include <isa-l/crc.h>

#include <bit>
#include <string>
#include <utility>

#include "src/core/kinds/digits.h"
#include "unstick/core/crc32c.h"

namespace unstick::inline v0::detail {
namespace {

std::uint32_t Crc32(ByteView bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  return crc32_gzip_refl(0, data, bytes.size());
}

std::uint32_t Adler32(ByteView bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const std::byte byte : bytes) {
    a = (a + std::to_integer<std::uint32_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

std::uint32_t Crc16Ccitt(ByteView bytes) {
  std::uint32_t crc = 0xffff;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

std::uint32_t Fcs16Behind(std::uint32_t fcs, std::byte byte) {
  fcs ^= std::to_integer<std::uint32_t>(byte);
  for (int bit = 0; bit < 8; ++bit) fcs = (fcs & 1) != 0 ? fcs >> 1 ^ 0x8408 : fcs >> 1;
  return fcs;
}

std::uint32_t Fcs16(ByteView bytes) {
  std::uint32_t fcs = 0xffff;
  for (const std::byte byte : bytes) fcs = Fcs16Behind(fcs, byte);
  return ~fcs & 0xffff;
}

std::uint64_t Hex(ByteView bytes) {
  return ParseDigits(AsText(bytes), 16).value_or(~std::uint64_t{0});
}

std::uint64_t Compute(FrameCheck check, ByteView bytes) {
  std::uint64_t sum = 0;
  switch (check) {
    case FrameCheck::kCrc32c:
      return Crc32c(bytes).value();
    case FrameCheck::kCrc32:
      return Crc32(bytes);
    case FrameCheck::kAdler32:
      return Adler32(bytes);
    case FrameCheck::kSum8:
      for (const std::byte byte : bytes) sum += std::to_integer<std::uint64_t>(byte);
      return sum & 0xff;
    case FrameCheck::kXorHex:
      for (const std::byte byte : bytes) sum ^= std::to_integer<std::uint64_t>(byte);
      return sum;
    case FrameCheck::kFcs16:
      return Fcs16(bytes);
    case FrameCheck::kCrc16Ccitt:
      return Crc16Ccitt(bytes);
    case FrameCheck::kNone:
      break;
  }
  return 0;
}

}  // namespace

std::size_t CheckSize(FrameCheck check) {
  switch (check) {
    case FrameCheck::kCrc32c:
    case FrameCheck::kCrc32:
    case FrameCheck::kAdler32:
      return 4;
    case FrameCheck::kSum8:
    case FrameCheck::kFcs16:
    case FrameCheck::kCrc16Ccitt:
      return 2;
    case FrameCheck::kXorHex:
      return 3;
    case FrameCheck::kNone:
      break;
  }
  return 0;
}

std::size_t CheckInPayload(FrameCheck check) { return check == FrameCheck::kFcs16 ? 2 : 0; }

bool Fcs16Holds(ByteView stuffed, bool escaped, std::uint64_t& found, std::uint64_t& computed) {
  std::uint32_t fcs[] = {0xffff, 0xffff, 0xffff};  // two bytes ago, one byte ago, now
  std::byte last[2] = {};
  std::size_t size = 0;
  for (std::size_t at = 0; at < stuffed.size(); ++at, ++size) {
    std::byte byte = stuffed[at];
    if (escaped && byte == std::byte{0x7d} && at + 1 < stuffed.size()) {
      byte = stuffed[++at] ^ std::byte{0x20};
    }
    fcs[0] = std::exchange(fcs[1], fcs[2]);
    fcs[2] = Fcs16Behind(fcs[2], byte);
    last[0] = std::exchange(last[1], byte);
  }
  found = size < 2 ? ~std::uint64_t{0} : LoadUint(last, 0, 2, std::endian::little);
  computed = ~fcs[0] & 0xffff;
  return found == computed;
}

bool CheckHolds(FrameCheck check, ByteView frame, ByteView payload, std::uint64_t& found,
                std::uint64_t& computed) {
  const std::size_t size = CheckSize(check);
  const bool over_payload = check == FrameCheck::kXorHex || check == FrameCheck::kFcs16;
  const ByteView place = over_payload ? payload : frame;
  found = computed = 0;
  if (place.size() < size) return false;
  const ByteView stored = place.last(size);
  const ByteView rest = place.first(place.size() - size);
  switch (check) {
    case FrameCheck::kSum8:
      found = Hex(stored);
      computed = Compute(check, payload);
      return found == computed;
    case FrameCheck::kXorHex:
      found = stored[0] == std::byte{'*'} ? Hex(stored.last(2)) : ~std::uint64_t{0};
      computed = Compute(check, rest);
      return found == computed;
    case FrameCheck::kFcs16:
      found = LoadUint(stored, 0, 2, std::endian::little);
      break;
    default:
      found = LoadUint(stored, 0, size, std::endian::big);
  }
  computed = Compute(check, rest);
  return found == computed;
}

void WriteCheck(FrameCheck check, ByteSpan frame, ByteView payload) {
  const std::size_t size = CheckSize(check);
  if (size == 0 || check == FrameCheck::kXorHex || check == FrameCheck::kFcs16) return;
  if (frame.size() < size) return;
  const ByteSpan place = frame.last(size);
  if (check == FrameCheck::kSum8) {
    const std::string digits = PrintDigits(Compute(check, payload), 16, 2);
    std::memcpy(place.data(), digits.data(), size);
    return;
  }
  StoreUint(place, Compute(check, frame.first(frame.size() - size)), size, std::endian::big);
}

}  // namespace unstick::inline v0::detail
