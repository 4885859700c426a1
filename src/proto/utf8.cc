#include "src/proto/utf8.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace unstick::inline v0::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Protobuf's own limit on nesting: what is deeper it refuses before it looks at any string in it.
constexpr int kMaxDepth = 100;

// Later versions of protobuf have a method for it, and no syntax() any more.
template <typename Field>
bool MustBeUtf8(const Field& field) {
  if (field.type() != FieldDescriptor::TYPE_STRING) return false;
  if constexpr (requires { field.requires_utf8_validation(); }) {
    return field.requires_utf8_validation();
  } else {
    return field.file()->syntax() == google::protobuf::FileDescriptor::SYNTAX_PROTO3;
  }
}

// The fields of a serialised message, one after the other:
//
//     | tag: number, wire type | varint, 4 or 8 bytes, or length and bytes, or a group | tag ...
class Walk {
 public:
  explicit Walk(ByteView bytes) : bytes_(bytes) {}

  // False at the first string that is not UTF-8; true when there is none in what can be read.
  // `end_group`: the number of the group that this is, 0 for a message.
  // `type`: null for a group that the type above does not know.
  bool Message(const Descriptor* type, int depth, std::uint32_t end_group = 0) {
    while (!bytes_.empty() && !broken_) {
      const std::uint64_t tag = Varint();
      const auto number = static_cast<std::uint32_t>(tag >> 3);
      const auto wire_type = static_cast<unsigned>(tag & 7U);
      if (wire_type == kEndGroup) {
        if (number != end_group) broken_ = true;
        return true;
      }
      if (!Field(Find(type, static_cast<int>(number)), wire_type, number, depth)) return false;
    }
    if (end_group != 0) broken_ = true;
    return true;
  }
  bool broken() const { return broken_; }

 private:
  enum : unsigned { kVarint, kFixed64, kBytes, kStartGroup, kEndGroup, kFixed32 };

  bool Field(const FieldDescriptor* field, unsigned wire_type, std::uint32_t number, int depth) {
    switch (wire_type) {
      case kVarint:
        (void)Varint();
        return true;
      case kFixed64:
        (void)Take(8);
        return true;
      case kFixed32:
        (void)Take(4);
        return true;
      case kBytes: {
        const ByteView value = Take(Varint());
        if (broken_ || field == nullptr) return true;
        if (MustBeUtf8(*field)) return IsUtf8(AsText(value));
        if (field->type() != FieldDescriptor::TYPE_MESSAGE) return true;
        if (depth >= kMaxDepth) return Break();
        Walk inner(value);
        const bool good = inner.Message(field->message_type(), depth + 1);
        broken_ = inner.broken();
        return good;
      }
      case kStartGroup: {
        if (depth >= kMaxDepth) return Break();
        const bool known = field != nullptr && field->type() == FieldDescriptor::TYPE_GROUP;
        return Message(known ? field->message_type() : nullptr, depth + 1, number);
      }
      default:
        return Break();
    }
  }

  static const FieldDescriptor* Find(const Descriptor* type, int number) {
    if (type == nullptr) return nullptr;
    const FieldDescriptor* const field = type->FindFieldByNumber(number);
    if (field != nullptr || type->extension_range_count() == 0) return field;
    return type->file()->pool()->FindExtensionByNumber(type, number);
  }
  bool Break() {
    broken_ = true;
    return true;
  }
  ByteView Take(std::uint64_t size) {
    if (size > bytes_.size()) broken_ = true;
    const ByteView taken = bytes_.first(broken_ ? 0 : static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const ByteView byte = Take(1);
      if (broken_) return 0;
      const auto bits = std::to_integer<std::uint64_t>(byte[0]);
      if (shift < 64) value |= (bits & 0x7f) << shift;
      if (bits < 0x80) return value;
    }
    broken_ = true;
    return 0;
  }

  ByteView bytes_;
  bool broken_ = false;  // protobuf refuses it from here on
};

bool AllUtf8(const Message& message);

// NOLINTNEXTLINE(misc-no-recursion): as deep as protobuf goes when it serialises
bool FieldIsUtf8(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const bool is_text = MustBeUtf8(field);
  const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (!is_text && !is_message) return true;
  std::string scratch;
  if (!field.is_repeated()) {
    if (is_text) return IsUtf8(reflection.GetStringReference(message, &field, &scratch));
    return !reflection.HasField(message, &field) || AllUtf8(reflection.GetMessage(message, &field));
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const bool good =
        is_text ? IsUtf8(reflection.GetRepeatedStringReference(message, &field, i, &scratch))
                : AllUtf8(reflection.GetRepeatedMessage(message, &field, i));
    if (!good) return false;
  }
  return true;
}

// NOLINTNEXTLINE(misc-no-recursion)
bool AllUtf8(const Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  if (type.extension_range_count() > 0) {
    std::vector<const FieldDescriptor*> set;  // extensions are among them
    message.GetReflection()->ListFields(message, &set);
    return std::ranges::all_of(set, [&](const auto* f) { return FieldIsUtf8(message, *f); });
  }
  for (int i = 0; i < type.field_count(); ++i) {
    if (!FieldIsUtf8(message, *type.field(i))) return false;
  }
  return true;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || text.size() - i < size) return false;
    for (std::size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    }
    if (size > 2) {
      const unsigned second = byte(i + 1);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
          (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) {
        return false;
      }
    }
    i += size;
  }
  return true;
}

bool StringsAreUtf8(ByteView bytes, const google::protobuf::MessageLite& prototype) {
  const auto* const message = dynamic_cast<const Message*>(&prototype);
  if (message == nullptr) return true;
  // Protobuf refuses broken bytes too, but not before it has judged a string that they cut off.
  Walk walk(bytes);
  return walk.Message(message->GetDescriptor(), 0) && !walk.broken();
}

bool StringsAreUtf8(const google::protobuf::MessageLite& message) {
  const auto* const full = dynamic_cast<const Message*>(&message);
  return full == nullptr || AllUtf8(*full);
}

}  // namespace unstick::inline v0::proto
