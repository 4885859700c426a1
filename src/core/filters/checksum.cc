#include "src/core/filters/checksum.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace unstick::inline v0::detail {
namespace {

constexpr std::uint64_t kAdlerModulus = 65521;
constexpr std::size_t kPiece = std::size_t{1} << 20;  // a sum of so many bytes stays under 64 bits
constexpr std::size_t kPowers = 40;                   // frames are shorter than 2^40 bytes

std::uint64_t Reflected(std::uint64_t value, unsigned width) {
  std::uint64_t mirror = 0;
  for (unsigned bit = 0; bit < width; ++bit) {
    mirror = mirror << 1 | (value >> bit & 1);
  }
  return mirror;
}

std::uint64_t Top(unsigned width) { return ~std::uint64_t{0} >> (64 - width); }

std::uint64_t Added(ByteView bytes) {
  std::uint64_t sum = 0;
  for (const std::byte byte : bytes) sum += std::to_integer<std::uint64_t>(byte);
  return sum;
}

std::uint64_t Xored(ByteView bytes) {
  std::uint64_t sum = 0;
  for (const std::byte byte : bytes) sum ^= std::to_integer<std::uint64_t>(byte);
  return sum;
}

// State: b in the upper half, a in the lower.
std::uint64_t RunAdler(std::uint64_t state, ByteView bytes) {
  std::uint64_t a = state & 0xffff;
  std::uint64_t b = state >> 16;
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kPiece));
    for (const std::byte byte : piece) {
      a += std::to_integer<std::uint64_t>(byte);
      b += a;
    }
    a %= kAdlerModulus;
    b %= kAdlerModulus;
    bytes = bytes.subspan(piece.size());
  }
  return b << 16 | a;
}

}  // namespace

// A register is at the top of 64 bits, or, reflected, at their bottom:
//
//     not reflected:  | x^(w-1) ... x^0 | 0 ... 0 |     reflected:  | 0 ... 0 | x^0 ... x^(w-1) |
//
// by_byte[k][b]: what byte b leaves k zero bytes later. power[k]: x^(8 * 2^k), modulo the
// polynomial.
struct Checksum::CrcTables {
  std::uint64_t poly = 0;
  std::array<std::array<std::uint64_t, 256>, 8> by_byte = {};
  std::array<std::uint64_t, kPowers> power = {};
};

Checksum::Checksum(How how, std::size_t bytes)
    : how_(how), bytes_(how == How::kAdler32 ? 4 : bytes), begin_(how == How::kAdler32 ? 1 : 0) {}

Checksum::Checksum(const CrcParameters& crc)
    : how_(How::kCrc), bytes_((crc.width + 7) / 8), crc_(crc) {
  const unsigned up = 64 - crc.width;
  begin_ = crc.refin ? Reflected(crc.init, crc.width) : crc.init << up;
  auto tables = std::make_shared<CrcTables>();
  tables->poly = crc.refin ? Reflected(crc.poly, crc.width) : crc.poly << up;
  tables_ = tables;  // from here on TimesX() works
  auto& by_byte = tables->by_byte;
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t left = crc.refin ? byte : byte << 56;
    for (int bit = 0; bit < 8; ++bit) left = TimesX(left);
    by_byte[0][byte] = left;
  }
  for (std::size_t k = 1; k < by_byte.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t left = by_byte[k - 1][byte];
      by_byte[k][byte] =
          crc.refin ? left >> 8 ^ by_byte[0][left & 0xff] : left << 8 ^ by_byte[0][left >> 56];
    }
  }
  std::uint64_t power = crc.refin ? std::uint64_t{1} << (crc.width - 1) : std::uint64_t{1} << up;
  for (int bit = 0; bit < 8; ++bit) power = TimesX(power);
  for (std::uint64_t& kept : tables->power) {
    kept = power;
    power = Times(power, power);
  }
  if (crc.width == 32 && crc.refin) {
    if (crc.poly == 0x04c11db7) library_ = Library::kCrc32;
    if (crc.poly == 0x1edc6f41) library_ = Library::kCrc32c;
  }
}

std::uint64_t Checksum::TimesX(std::uint64_t factor) const {
  if (crc_.refin) return factor >> 1 ^ ((factor & 1) != 0 ? tables_->poly : 0);
  return factor << 1 ^ (factor >> 63 != 0 ? tables_->poly : 0);
}

std::uint64_t Checksum::Times(std::uint64_t a, std::uint64_t b) const {
  std::uint64_t product = 0;
  std::uint64_t coefficient = std::uint64_t{1}
                              << (crc_.refin ? crc_.width - 1 : 64 - crc_.width);  // of x^0
  while (a != 0) {
    if ((a & coefficient) != 0) {
      product ^= b;
      a ^= coefficient;
    }
    b = TimesX(b);
    coefficient = crc_.refin ? coefficient >> 1 : coefficient << 1;
  }
  return product;
}

std::uint64_t Checksum::RunCrc(std::uint64_t state, ByteView bytes) const {
  const auto& by_byte = tables_->by_byte;
  const auto word = [&](std::uint64_t mixed) {
    std::uint64_t left = 0;
    for (std::size_t k = 0; k < 8; ++k) {
      left ^= by_byte[k][crc_.refin ? mixed >> (56 - 8 * k) & 0xff : mixed >> 8 * k & 0xff];
    }
    return left;
  };
  std::size_t at = 0;
  const std::endian order = crc_.refin ? std::endian::little : std::endian::big;
  for (; bytes.size() - at >= 8; at += 8) state = word(state ^ LoadUint(bytes, at, 8, order));
  for (; at < bytes.size(); ++at) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[at]);
    state = crc_.refin ? state >> 8 ^ by_byte[0][(state ^ byte) & 0xff]
                       : state << 8 ^ by_byte[0][state >> 56 ^ byte];
  }
  return state;
}

std::uint64_t Checksum::Extend(std::uint64_t state, ByteView bytes) const {
  switch (how_) {
    case How::kSum:
    case How::kNegatedSum:
      return state + Added(bytes);
    case How::kXor:
      return state ^ Xored(bytes);
    case How::kAdler32:
      return RunAdler(state, bytes);
    case How::kCrc:
      break;
  }
  if (library_ == Library::kNone || bytes.size() < 32) return RunCrc(state, bytes);
  auto sum = static_cast<std::uint32_t>(state);
  while (!bytes.empty()) {  // ISA-L takes a length of type int
    const ByteView piece = bytes.first(std::min(bytes.size(), std::size_t{1} << 30));
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(piece.data()));
    sum = library_ == Library::kCrc32 ? ~crc32_gzip_refl(~sum, data, piece.size())
                                      : crc32_iscsi(data, static_cast<int>(piece.size()), sum);
    bytes = bytes.subspan(piece.size());
  }
  return sum;
}

std::uint64_t Checksum::End(std::uint64_t state) const {
  switch (how_) {
    case How::kNegatedSum:
      state = 0 - state;
      break;
    case How::kCrc:
      if (!crc_.refin) state >>= 64 - crc_.width;
      if (crc_.refin != crc_.refout) state = Reflected(state, crc_.width);
      return (state ^ crc_.xorout) & Top(crc_.width);
    case How::kSum:
    case How::kXor:
    case How::kAdler32:
      break;
  }
  return state & MaxUint(bytes_);
}

std::uint64_t Checksum::Moved(std::uint64_t state, std::uint64_t before, std::uint64_t after,
                              std::uint64_t size) const {
  switch (how_) {
    case How::kSum:
    case How::kNegatedSum:
      return state + after - before;
    case How::kXor:
      return state ^ after ^ before;
    case How::kAdler32: {
      // a grows by what the bytes add; b by that and by as many times a as there are bytes.
      const auto a = [](std::uint64_t of) { return of & 0xffff; };
      const auto b = [](std::uint64_t of) { return of >> 16; };
      const std::uint64_t n = size % kAdlerModulus;
      const std::uint64_t more = kAdlerModulus + a(state) - a(before);
      return (b(after) + kAdlerModulus - b(before) + b(state) + n * more) % kAdlerModulus << 16 |
             (a(after) + more) % kAdlerModulus;
    }
    case How::kCrc:
      break;
  }
  // After n bytes a register is what it was, times x^(8n), plus what they leave from zero.
  std::uint64_t moved = before ^ state;
  for (std::size_t k = 0; size != 0; ++k, size >>= 1) {
    if ((size & 1) != 0) moved = Times(tables_->power[k], moved);
  }
  return after ^ moved;
}

}  // namespace unstick::inline v0::detail
