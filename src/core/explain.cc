#include "unstick/core/explain.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "src/core/check_spec.h"
#include "src/core/described_spec.h"
#include "src/core/description.h"
#include "src/core/frame_picture.h"
#include "src/core/spec_text.h"

namespace unstick::inline v0 {
namespace {

using detail::Bytes;
using detail::Description;
using detail::Drawn;
using detail::FrameCheck;
using detail::FramePicture;
using detail::JoinRule;
using detail::PictureField;
using detail::Preamble;
using detail::Shown;

constexpr std::size_t kColumns = 100;
constexpr std::size_t kIndent = 2;

// `text` in lines of at most kColumns, each indented.
std::string Wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (indent + end > kColumns) {
      end = text.rfind(' ', kColumns - indent);
      if (end == std::string_view::npos) end = std::min(text.find(' '), text.size());
    }
    lines += std::string(indent, ' ') + std::string(text.substr(0, end)) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string BitOf(std::size_t byte, std::size_t bit) {
  return "bit " + std::to_string(bit) + " of byte " + std::to_string(byte);
}

// "'F' or 'A'".
std::string AnyOf(std::string_view characters) {
  std::string words;
  for (const char c : characters) {
    words += (words.empty() ? "" : " or ") + Shown(std::string_view(&c, 1));
  }
  return words;
}

// "The last four bytes are the CRC-32C of all before them, in network order."
std::string SentenceOf(const FrameCheck& check) {
  if (check.form == FrameCheck::Form::kStarHex) {
    return "The payload ends with '*' and two hexadecimal digits: the bytes before it, xored.";
  }
  if (check.in_payload) {
    return "The payload's last two bytes are its frame check sequence (RFC 1662), and not "
           "delivered.";
  }
  const bool inside = check.room() > 0;
  const std::string title = detail::CheckTitle(check);
  if (check.form == FrameCheck::Form::kHex) {
    return std::string("Two hexadecimal digits ") + (inside ? "behind the payload" : "at the end") +
           " are the sum of the payload's bytes, modulo 256.";
  }
  static constexpr const char* kNumbers[] = {"no",   "one", "two",   "three", "four",
                                             "five", "six", "seven", "eight"};
  const bool one = check.size() == 1;
  std::string text = check.behind > 0 ? "Before the end mark " : "";
  text += text.empty() ? "The last " : "the last ";
  text += one ? "byte" : std::string(kNumbers[check.size()]) + " bytes";
  if (inside) text += " behind the payload";
  text += (one ? " is the " : " are the ") + title + " of ";
  if (check.over_payload) {
    text += "the payload";
  } else if (check.from == 0 && !check.to) {
    text += one ? "all before it" : "all before them";
  } else {
    text += "the bytes from " + std::to_string(check.from) + " on";
    if (check.to) text += " up to byte " + std::to_string(*check.to);
  }
  if (!one) {
    text += check.order == std::endian::big ? ", in network order" : ", least significant first";
  }
  return text + (inside ? ", and not delivered." : ".");
}

void AddJoin(const JoinRule& join, FramePicture& picture) {
  switch (join.how) {
    case JoinRule::How::kNone:
      return;
    case JoinRule::How::kLastBit:
    case JoinRule::How::kMoreBit: {
      picture.Mark(join.byte, 1, "flags");
      const bool last = join.how == JoinRule::How::kLastBit;
      picture.Say("A frame is a fragment: " + BitOf(join.byte, join.bit) +
                  (last ? " set: it is the last one of its message."
                        : " set: more of its message follows."));
      return;
    }
    case JoinRule::How::kLastCharacter:
      picture.Mark(join.byte, 1, Shown(join.characters.substr(0, 1)) + " if last");
      picture.Say("A frame is a fragment: " + AnyOf(join.characters) + " at byte " +
                  std::to_string(join.byte) + " says that it is the last one.");
      return;
    case JoinRule::How::kFull:
      picture.Say("A payload of " + Bytes(join.full) + " is continued by the next frame's.");
      return;
  }
}

std::string WordsOf(const detail::Escaping& escape) {
  switch (escape.how) {
    case detail::Escape::kNone:
      break;
    case detail::Escape::kSlip:
      return "In the payload db dc stands for c0, and db dd for db (RFC 1055).";
    case detail::Escape::kCobs:
      return "The payload has no zero byte: each code byte says how far the next one was (COBS).";
    case detail::Escape::kHdlc:
      return "In the payload 7d x stands for x ^ 20 (RFC 1662).";
    case detail::Escape::kDot:
      return "A dot at the start of a payload's line is doubled (RFC 5321 4.5.2).";
    case detail::Escape::kDle:
      return "In the payload 10 10 stands for 10.";
    case detail::Escape::kMap: {
      std::string text;
      for (const detail::EscapeMap::Pair& pair : escape.map->pairs()) {
        text += text.empty() ? "In the payload " : ", and ";
        text += Shown(pair.wire) + " stands for " + Shown(AsText(ByteView(&pair.plain, 1)));
      }
      return text + ".";
    }
  }
  return {};
}

// What the clauses add to a picture of the kind.
void AddClauses(const Description& d, FramePicture& picture) {
  if (!d.magic.empty()) {
    picture.Mark(d.magic_at, d.magic.size(), Shown(d.magic));
    picture.Say("Every frame has " + Shown(d.magic) + " at byte " + std::to_string(d.magic_at) +
                ".");
  }
  if (!d.end.empty()) {
    picture.MarkEnd(d.end.size(), Shown(d.end));
    picture.Say("Every frame ends with " + Shown(d.end) + ".");
  }
  if (d.check) {
    if (d.check.place == FrameCheck::Place::kTrailer && d.check.behind == 0) {
      picture.MarkEnd(d.check.size(), detail::CheckTitle(d.check));
    }
    picture.Say(SentenceOf(d.check));
  }
  AddJoin(d.join, picture);
  if (d.join.how != JoinRule::How::kNone) {
    picture.Say("Fragments are delivered as one message, unless joining is turned off.");
  }
  if (const std::string words = WordsOf(d.escape); !words.empty()) picture.Say(words);
  if (d.xor_key) {
    picture.Say(std::string("The payload is xored with the header's last four bytes") +
                (d.xor_flagged ? ", where " + BitOf(d.xor_byte, d.xor_bit) + " is set." : "."));
  }
  const std::string least =
      d.limits.min > 0 ? "at least " + Bytes(d.limits.min) + " and " : std::string();
  const std::uint64_t most = std::min<std::uint64_t>(d.limits.most(), picture.carries);
  picture.Say("A payload may have " + least + "at most " + detail::SizeInWords(most) + ".");
}

std::string Paragraphs(const FramePicture& picture, std::size_t indent) {
  std::string text;
  if (!picture.fields.empty()) text += Drawn(picture.fields, indent + kIndent);
  for (const detail::PictureCase& one : picture.cases) {
    text += Wrapped("where " + one.when + ":", indent) + Paragraphs(one.picture, indent + kIndent);
  }
  for (const std::string& sentence : picture.words) text += Wrapped(sentence, indent);
  return text;
}

// The bytes of a stream up to where all frames are alike.
std::string StreamPicture(const Description& d) {
  std::vector<PictureField> fields;
  switch (d.preamble.is) {
    case Preamble::Is::kNone:
      break;
    case Preamble::Is::kSized:
      if (!d.preamble.parts.empty()) {
        for (const Trailer::Part& part : d.preamble.parts.parts()) {
          fields.push_back({.label = part.constant() != nullptr ? Shown(*part.constant()) : "any",
                            .size = std::to_string(part.size()),
                            .bytes = part.size()});
        }
        break;
      }
      fields.push_back(
          {.label = "preamble", .size = std::to_string(d.preamble.size), .bytes = d.preamble.size});
      break;
    case Preamble::Is::kConstant:
      fields.push_back({.label = Shown(d.preamble.bytes),
                        .size = std::to_string(d.preamble.bytes.size()),
                        .bytes = d.preamble.bytes.size()});
      break;
    case Preamble::Is::kUntil:
      fields.push_back({.label = "preamble", .size = "up to " + Shown(d.preamble.bytes)});
      break;
    case Preamble::Is::kBeforeLine:
      fields.push_back({.label = "lines", .size = "0 or more"});
      break;
    case Preamble::Is::kThroughLine:
      fields.push_back({.label = "lines", .size = "0 or more"});
      fields.push_back({.label = "a line with " + Shown(d.preamble.marks[0]), .size = ""});
      break;
  }
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(d.first_count, 3); ++i) {
    fields.push_back({.label = "other frame", .size = ""});
  }
  if (d.first_count > 3) fields.push_back({.label = "...", .size = ""});
  fields.push_back({.label = "frame", .size = ""});
  if (!d.once) {
    fields.push_back({.label = "frame", .size = ""});
    fields.push_back({.label = "...", .size = ""});
  }
  std::string text = Drawn(fields, 2 * kIndent);
  if (!d.skip.empty()) {
    std::string bytes;
    for (const char c : d.skip) {
      bytes += (bytes.empty() ? "" : " and ") + detail::PrintHex({&c, 1});
    }
    text += Wrapped("Bytes " + bytes + " in front of a frame are passed over.", kIndent);
  }
  if (d.once) text += Wrapped("There is one frame; any byte behind it is an error.", kIndent);
  if (d.first != nullptr) {
    text += Wrapped(d.first_count == 1
                        ? "Its first frame is another one:"
                        : "Its first " + std::to_string(d.first_count) + " frames are other ones:",
                    kIndent);
    text += Paragraphs(d.first->Picture(), 2 * kIndent);
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ExplainSpec(std::string_view spec) {
  absl::StatusOr<detail::SpecText> text = detail::ReadSpecText(spec);
  if (!text.ok()) return text.status();
  const auto client = detail::ReadDescription(*text, Side::kClient);
  if (!client.ok()) return client.status();
  const auto server = detail::ReadDescription(*text, Side::kServer);
  if (!server.ok()) return server.status();

  const std::string from_client = StreamPicture(**client);
  const std::string from_server = StreamPicture(**server);
  std::string explained = "spec: " + (*client)->spec + "\n";
  if (from_client == from_server) {
    explained += "stream:\n" + from_client;
  } else {
    explained += "stream of the client:\n" + from_client;
    explained += "stream of the server:\n" + from_server;
  }
  FramePicture picture = (*client)->kind->Picture();
  AddClauses(**client, picture);
  explained += "frame:\n" + Paragraphs(picture, kIndent);
  return explained;
}

}  // namespace unstick::inline v0
