#include "src/cli/json_object.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace unstick::cli {
namespace {

using ::testing::HasSubstr;

TEST(JsonObject, ReadsEveryKindOfValue) {
  const auto object = JsonObject::Parse(
      " {\t\"a\":\"x\",\"b\" : -12.5E-3 , \"c\":true,\"d\":false,\"e\":null,\"\":0}\r\n");
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->Find("a")->kind, JsonValue::Kind::kString);
  EXPECT_EQ(object->Find("a")->text, "x");
  EXPECT_EQ(object->Find("b")->kind, JsonValue::Kind::kNumber);
  EXPECT_EQ(object->Find("b")->text, "-12.5E-3");
  EXPECT_TRUE(object->IsTrue("c"));
  EXPECT_FALSE(object->IsTrue("d"));
  EXPECT_EQ(object->Find("d")->kind, JsonValue::Kind::kFalse);
  EXPECT_EQ(object->Find("e")->kind, JsonValue::Kind::kNull);
  EXPECT_EQ(object->Find("")->text, "0");
  EXPECT_EQ(object->Find("f"), nullptr);
  EXPECT_FALSE(object->IsTrue("f"));
}

TEST(JsonObject, TakesAnEmptyObject) {
  EXPECT_TRUE(JsonObject::Parse("{}").ok());
  EXPECT_TRUE(JsonObject::Parse("{ }").ok());
}

// Every code point, written as an escape, comes back as the UTF-8 that is taken as it is.
TEST(JsonObject, EscapesAndUtf8Agree) {
  for (char32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    char escape[16];
    if (c < 0x10000) {
      std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
    } else {
      const unsigned rest = static_cast<unsigned>(c) - 0x10000;
      std::snprintf(escape, sizeof(escape), "\\u%04X\\u%04x", 0xd800 + (rest >> 10),
                    0xdc00 + (rest & 0x3ff));
    }
    const auto escaped = JsonObject::Parse("{\"t\":\"" + std::string(escape) + "\"}");
    ASSERT_TRUE(escaped.ok()) << escape << escaped.status();
    const std::string& text = escaped->Find("t")->text;
    ASSERT_EQ(text.size(), c < 0x80 ? 1U : c < 0x800 ? 2U : c < 0x10000 ? 3U : 4U) << escape;
    if (c < 0x20 || c == '"' || c == '\\') continue;
    const auto plain = JsonObject::Parse("{\"t\":\"" + text + "\"}");
    ASSERT_TRUE(plain.ok()) << escape << plain.status();
    ASSERT_EQ(plain->Find("t")->text, text);
  }
}

// A valid line is refused at each of its proper prefixes, and with each byte in turn made a NUL.
TEST(JsonObject, RefusesEveryCutAndEveryNul) {
  const std::string line =
      "{\"payload\":\"00ff\",\"n\":-1.5e+2,\"t\":true,\"u\":\"\\u00e9\\ud83d\\ude00\xc3\xa9\"}";
  ASSERT_TRUE(JsonObject::Parse(line).ok());
  for (std::size_t n = 0; n < line.size(); ++n) {
    EXPECT_FALSE(JsonObject::Parse(line.substr(0, n)).ok()) << n;
    std::string broken = line;
    broken[n] = '\0';
    EXPECT_FALSE(JsonObject::Parse(broken).ok()) << n;
  }
  EXPECT_FALSE(JsonObject::Parse(line + std::string(1, '\0')).ok());
}

TEST(JsonObject, RefusesTooManyMembers) {
  std::string line = "{\"0\":0";
  for (int i = 1; i < 64; ++i) line += ",\"" + std::to_string(i) + "\":0";
  EXPECT_TRUE(JsonObject::Parse(line + "}").ok());
  EXPECT_THAT(JsonObject::Parse(line + ",\"64\":0}").status().ToString(),
              HasSubstr("64 are allowed"));
}

TEST(JsonObject, RefusesBytesThatAreNotUtf8) {
  for (const std::string_view bad :
       {"\x80", "\xc2", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"}) {
    EXPECT_THAT(JsonObject::Parse("{\"t\":\"" + std::string(bad) + "\"}").status().ToString(),
                HasSubstr("column 7: the text is not UTF-8"));
  }
}

}  // namespace
}  // namespace unstick::cli
