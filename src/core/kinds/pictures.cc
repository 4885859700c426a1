// What each kind looks like: the pictures that `unstick presets NAME` draws, made from the options
// alone.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "src/core/frame_picture.h"
#include "src/core/kinds/ascii_kind.h"
#include "src/core/kinds/chunk_walk.h"
#include "src/core/kinds/digits.h"
#include "src/core/kinds/header_block_kind.h"
#include "src/core/kinds/line_kind.h"
#include "src/core/kinds/number_kind.h"
#include "src/core/kinds/parts_kind.h"
#include "src/core/kinds/plain_kind.h"
#include "src/core/kinds/start_kind.h"
#include "src/core/kinds/switch_kind.h"
#include "src/core/kinds/varint_kind.h"

namespace unstick::inline v0::detail {
namespace {

using Strings = std::vector<std::string>;

std::string Joined(const Strings& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string ShownAll(const Strings& marks) {
  Strings shown;
  for (const std::string& mark : marks) shown.push_back(Shown(mark));
  return Joined(shown, " or ");
}

std::string Bit(std::size_t byte, std::size_t bit) {
  return "bit " + std::to_string(bit) + " of byte " + std::to_string(byte);
}

std::string Hex(std::uint64_t number) { return "0x" + PrintDigits(number, 16); }

// "u16 BE"; one byte has no order.
std::string Type(std::size_t width, std::string_view order) {
  std::string type = "u" + std::to_string(8 * width);
  if (width > 1 && !order.empty()) type += " " + std::string(order);
  return type;
}

std::string_view Order(std::endian order) { return order == std::endian::big ? "BE" : "LE"; }

// "N", "4 N", "N - 4", "N + 12".
std::string Formula(std::string_view name, std::uint64_t unit, std::int64_t constant) {
  std::string text = (unit == 1 ? "" : std::to_string(unit) + " ") + std::string(name);
  if (constant < 0) text += " - " + std::to_string(-constant);
  if (constant > 0) text += " + " + std::to_string(constant);
  return text;
}

std::uint64_t Times(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > ~std::uint64_t{0} / b ? ~std::uint64_t{0} : a * b;
}

std::string_view CountsWhat(Counts counts) {
  switch (counts) {
    case Counts::kAfter:
      return "the bytes behind the field";
    case Counts::kPayload:
      return "the bytes behind the header";
    case Counts::kFrame:
      break;
  }
  return "the whole frame, header included";
}

void SayCounts(FramePicture& picture, Counts counts, std::int64_t adjust) {
  std::string sentence = "N counts " + std::string(CountsWhat(counts));
  if (adjust != 0) {
    sentence += std::string(adjust > 0 ? ", less " : ", and ") +
                Bytes(static_cast<std::uint64_t>(adjust > 0 ? adjust : -adjust)) +
                (adjust > 0 ? " that it leaves out" : " more");
  }
  picture.Say(sentence + ".");
}

void AddTrailer(FramePicture& picture, const Trailer& trailer) {
  for (const Trailer::Part& part : trailer.parts()) {
    if (part.constant() != nullptr) {
      picture.Add(Shown(*part.constant()), part.size());
    } else {
      picture.AddAny(part.size());
    }
  }
}

// --- length ---

class NumberPicture {
 public:
  explicit NumberPicture(const NumberOptions& o) : o_(o) {
    order_ = o.told.how == ToldOrder::How::kFixed ? std::string(Order(o.order)) : "";
  }

  FramePicture Draw() {
    DrawHeader();
    MarkHeader();
    DrawPayload();
    AddTrailer(p_, o_.trailer);
    p_.carries = Carries();
    SayNumber();
    SayForms();
    SayRest();
    return std::move(p_);
  }

 private:
  // The header up to the field, the field, and what stands between it and the payload.
  void DrawHeader() {
    p_.AddAny(o_.offset);
    DrawField();
    if (o_.header) {
      const std::size_t field_end = o_.offset + o_.width;
      if (moves_) {
        p_.AddVarying("any", "up to byte " + std::to_string(*o_.header));
      } else if (*o_.header > field_end) {
        p_.AddAny(*o_.header - field_end);
      }
    } else {
      p_.AddAny(o_.header_behind);
    }
    if (o_.if_adds > 0) p_.AddVarying("more header", "0 or " + std::to_string(o_.if_adds));
  }

  void DrawField() {
    const std::string label = "N: " + Type(o_.width, order_);
    if (o_.ext.empty()) return p_.Add(label, o_.width);
    moves_ = true;
    const ExtendedLength& first = o_.ext.front();
    if (first.in_field) {
      const std::size_t bytes = (first.width + 8) / 8;
      return p_.AddVarying("N: " + std::to_string(first.flag_bit) + " or " +
                               std::to_string(first.width) + " bits BE",
                           std::to_string(o_.width) + " or " + std::to_string(bytes));
    }
    if (!first.value) {
      return p_.AddVarying("N: " + Type(o_.width, "") + " or " + Type(first.width, order_),
                           std::to_string(o_.width) + " or " + std::to_string(first.width));
    }
    p_.Add(label, o_.width);
    Strings sizes = {"0"};
    for (const ExtendedLength& ext : o_.ext) {
      const std::size_t from = o_.offset + o_.width;
      if (ext.at && *ext.at < from) continue;
      sizes.push_back(std::to_string(ext.at.value_or(from) + ext.width - from));
    }
    const std::string last = sizes.back();
    sizes.pop_back();
    p_.AddVarying("longer N", Joined(sizes, ", ") + " or " + last);
  }

  // What else is known about bytes of the header.
  void MarkHeader() {
    for (std::size_t i = 0; i < o_.plus.size(); ++i) {
      const AddedLength& plus = o_.plus[i];
      p_.Mark(plus.offset, plus.width, PlusName(i) + ": " + Type(plus.width, order_));
    }
    if (o_.told.how == ToldOrder::How::kBit || o_.told.how == ToldOrder::How::kCharacter) {
      p_.Mark(o_.told.at, 1, "order");
    }
    if (o_.told.how == ToldOrder::How::kMagic) {
      p_.Mark(o_.told.at, o_.told.mark.size(), "order");
    }
    if (o_.if_adds > 0) p_.Mark(o_.if_byte, 1, "flags");
    for (const ExtendedLength& ext : o_.ext) {
      if (!ext.value && !ext.in_field) p_.Mark(ext.flag_byte, 1, "flags");
    }
  }

  void DrawPayload() {
    std::string size = PayloadSize();
    const bool aligned = o_.align > 1;
    if (aligned && !o_.plus.empty()) {
      size += ", padded to a multiple of " + std::to_string(o_.align);
    }
    for (std::size_t i = 0; i < o_.plus.size(); ++i) {
      size += " + " + Formula(PlusName(i), o_.plus[i].unit, 0);
    }
    p_.AddVarying("payload", size);
    if (aligned && o_.plus.empty()) {
      p_.AddVarying("padding", "0 to " + std::to_string(o_.align - 1));
    }
  }

  // The payload's size in N, padding and what `plus` adds left out.
  std::string PayloadSize() const {
    const bool from_header = o_.counts == Counts::kPayload;
    const auto field_end = static_cast<std::int64_t>(o_.offset + o_.width);
    if (!from_header && moves_ && (o_.header || o_.counts == Counts::kFrame)) {
      const std::string_view less =
          o_.counts == Counts::kFrame ? " - header" : " - header behind the field";
      return Formula("N", o_.unit, o_.adjust) + std::string(less);
    }
    std::int64_t constant = o_.adjust;
    const std::int64_t header = o_.header ? static_cast<std::int64_t>(*o_.header)
                                          : field_end + static_cast<std::int64_t>(o_.header_behind);
    if (o_.counts == Counts::kAfter) constant -= header - field_end;
    if (o_.counts == Counts::kFrame) constant -= header;
    if (moves_ && o_.counts == Counts::kAfter) {
      constant = o_.adjust - static_cast<std::int64_t>(o_.header_behind);
    }
    const bool longer = o_.counts == Counts::kFrame && o_.if_adds > 0;
    return Formula("N", o_.unit, constant) + (longer ? " - more header" : "");
  }

  // The payload of the largest number in the widest form.
  std::uint64_t Carries() const {
    std::uint64_t number = MaxUint(o_.width) >> o_.shift & o_.mask;
    std::size_t field_end = o_.offset + o_.width;
    for (const ExtendedLength& ext : o_.ext) {
      const std::uint64_t wide = ext.in_field ? (std::uint64_t{1} << ext.width) - 1
                                              : SaturatingAdd(MaxUint(ext.width), ext.bias);
      number = std::max(number, wide);
      field_end = std::max(field_end, ext.at.value_or(field_end) + ext.width);
    }
    std::uint64_t most = Times(number, o_.unit);
    const std::uint64_t header = o_.header.value_or(field_end + o_.header_behind);
    if (o_.counts == Counts::kAfter) most = SaturatingAdd(most, field_end);
    if (o_.counts == Counts::kPayload) most = SaturatingAdd(most, header);
    if (o_.adjust > 0) most = SaturatingAdd(most, static_cast<std::uint64_t>(o_.adjust));
    const auto less = header + static_cast<std::uint64_t>(o_.adjust < 0 ? -o_.adjust : 0);
    most -= std::min(most, less);
    for (const AddedLength& plus : o_.plus) {
      const std::uint64_t added = MaxUint(plus.width) & plus.mask;
      most = SaturatingAdd(most, Times(added, plus.unit));
    }
    return o_.zero_is_rest ? ~std::uint64_t{0} : most;
  }

  void SayNumber() {
    const std::uint64_t all = ~std::uint64_t{0};
    if (o_.shift > 0 || o_.mask != all) {
      std::string how = "N is the field";
      if (o_.shift > 0) how += " shifted right by " + std::to_string(o_.shift) + " bits";
      if (o_.mask != all) how += ", masked with " + Hex(o_.mask);
      p_.Say(how + ".");
    }
    SayCounts(p_, o_.counts, o_.adjust);
    if (o_.unit > 1) p_.Say("It counts in units of " + Bytes(o_.unit) + ".");
    for (std::size_t i = 0; i < o_.plus.size(); ++i) {
      const AddedLength& plus = o_.plus[i];
      std::string sentence = PlusName(i) + ", at byte " + std::to_string(plus.offset);
      if (plus.mask != all) sentence += " (masked with " + Hex(plus.mask) + ")";
      sentence += ", adds ";
      if (plus.unit != 1) sentence += std::to_string(plus.unit) + " times ";
      p_.Say(sentence + "as many bytes to the payload.");
    }
    if (o_.align > 1) {
      p_.Say("The frame is padded to a multiple of " + Bytes(o_.align) +
             (o_.plus.empty() ? "; padding is not payload."
                              : " in front of what " + PlusName(0) + " adds."));
    }
  }

  void SayForms() {
    for (const ExtendedLength& ext : o_.ext) {
      std::string sentence;
      if (ext.in_field) {
        sentence = "Bit " + std::to_string(ext.flag_bit) + " of the field set: it has " +
                   std::to_string(ext.width) + " bits, in network byte order.";
      } else if (ext.value) {
        sentence = "N = " + std::to_string(*ext.value) + ": the length is the " +
                   Type(ext.width, order_) +
                   (ext.at ? " at byte " + std::to_string(*ext.at) : " behind the field") +
                   (ext.bias > 0 ? ", plus " + std::to_string(ext.bias) : "") + ".";
      } else {
        sentence = Capital(Bit(ext.flag_byte, ext.flag_bit)) + " set: the field has " +
                   Bytes(ext.width) + ".";
      }
      p_.Say(sentence);
    }
    if (o_.if_adds > 0) {
      p_.Say(Capital(Bit(o_.if_byte, o_.if_bit)) + " set: the header has " + Bytes(o_.if_adds) +
             " more.");
    }
    if (o_.zero_is_rest) p_.Say("N = 0: the frame reaches to the end of the input.");
  }

  void SayRest() {
    const std::string at = std::to_string(o_.told.at);
    switch (o_.told.how) {
      case ToldOrder::How::kFixed:
        break;
      case ToldOrder::How::kBit:
        p_.Say(Capital(Bit(o_.told.at, o_.told.bit)) +
               " tells the byte order: set for little-endian.");
        break;
      case ToldOrder::How::kCharacter:
        p_.Say("Byte " + at + " tells the byte order: " + Shown(o_.told.mark) +
               " for little-endian.");
        break;
      case ToldOrder::How::kMagic:
        p_.Say("A frame with " + Shown(o_.told.mark) + " at byte " + at +
               ", or with its mirror image, tells the byte order from there on.");
        break;
      case ToldOrder::How::kPreamble:
        p_.Say("The magic that the preamble starts with tells the byte order.");
        break;
    }
    if (o_.strip) {
      p_.Say("Of each frame the bytes from " + std::to_string(*o_.strip) + " on are delivered.");
    }
  }

  std::string PlusName(std::size_t i) const {
    return o_.plus.size() == 1 ? "P" : "P" + std::to_string(i + 1);
  }
  static std::string Capital(std::string text) {
    if (!text.empty() && text[0] == 'b') text[0] = 'B';
    return text;
  }

  const NumberOptions& o_;
  std::string order_;
  bool moves_ = false;  // the field, and so all behind it
  FramePicture p_;
};

// --- delim ---

FramePicture DelimiterPicture(const DelimiterFramer::Options& o) {
  FramePicture p;
  const auto mark = [&](const Strings& marks, const char* size) {
    if (marks.empty()) return;
    const bool same = std::all_of(marks.begin(), marks.end(), [&](const std::string& m) {
      return m.size() == marks[0].size();
    });
    if (same) {
      p.Add(ShownAll(marks), marks[0].size());
    } else {
      p.AddVarying(ShownAll(marks), size);
    }
  };
  mark(o.starts, "1");
  p.AddVarying("payload", o.ends.size() == 1 ? "up to the end mark" : "up to an end mark");
  std::size_t least = o.ends.empty() ? 0 : o.ends[0].size();
  std::size_t most = least;
  for (const std::string& end : o.ends) {
    least = std::min(least, end.size());
    most = std::max(most, end.size());
  }
  mark(o.ends, (std::to_string(least) + " to " + std::to_string(most)).c_str());
  AddTrailer(p, o.trailer);
  p.Say("The frame ends with " + ShownAll(o.ends) +
        (o.ends.size() > 1 ? ", whichever starts first." : "."));
  if (!o.starts.empty()) p.Say("It has to start with " + ShownAll(o.starts) + ".");
  if (o.keep) p.Say("The end mark is delivered with the payload.");
  if (o.skip_empty) p.Say("Empty frames are passed over.");
  if (o.tail == Tail::kDeliver) p.Say("What the input's end cuts off is the last frame.");
  if (o.tail == Tail::kDrop) p.Say("What the input's end cuts off is dropped.");
  return p;
}

}  // namespace

FramePicture PictureOf(const DelimiterFramer& framer) { return DelimiterPicture(framer.options()); }

FramePicture PictureOf(const FixedFramer& framer) {
  const FixedFramer::Options& o = framer.options();
  FramePicture p;
  p.Add(Shown(o.sync), o.sync.size());
  p.Add("record", o.size - o.sync.size());
  p.carries = o.size;
  p.Say("Every frame has " + Bytes(o.size) + "; all of it is payload.");
  return p;
}

FramePicture PictureOf(const HeaderFramer& framer) {
  const HeaderLayout& layout = framer.layout();
  FramePicture p;
  std::size_t lengths = 0;
  for (const HeaderField& field : layout.fields()) {
    const std::string type = Type(field.width, Order(field.order));
    switch (field.kind) {
      case HeaderField::Kind::kConstant:
        p.Add(Shown(field.constant), field.width);
        break;
      case HeaderField::Kind::kVersion:
        p.Add("version " + std::to_string(field.value), field.width);
        break;
      case HeaderField::Kind::kInteger:
        p.Add(type, field.width);
        break;
      case HeaderField::Kind::kLength:
        p.Add(++lengths == layout.sections() ? "N: " + type : "M: " + type, field.width);
        break;
      case HeaderField::Kind::kChecksum:
        p.Add("CRC-32C", field.width);
        break;
    }
  }
  if (layout.sections() > 1) p.AddVarying("metadata", "M");
  p.AddVarying("payload", "N");
  using When = PayloadChecksum::When;
  if (layout.payload_checksum().when == When::kAlways) p.Add("CRC-32C", 4);
  if (layout.payload_checksum().when == When::kFlagged) p.AddVarying("CRC-32C", "0 or 4");
  p.Say(
      "The header's checksum covers the header and the metadata, and is checked before a length "
      "is believed.");
  return p;
}

FramePicture NumberKind::Picture() const { return NumberPicture(o_).Draw(); }

FramePicture VarintKind::Picture() const {
  static constexpr std::string_view kForms[] = {"varint (LEB128)", "varint, high groups first",
                                                "QUIC varint", "MessagePack number"};
  const std::string form(kForms[static_cast<std::size_t>(o_.form)]);
  FramePicture p;
  std::string size = "1 to " + std::to_string(o_.max_bytes);
  if (o_.form == VarintForm::kQuic) size = "1, 2, 4 or 8";
  if (o_.form == VarintForm::kMsgpack) size = "1, 2, 3, 5 or 9";
  p.AddAny(o_.offset);
  if (o_.after_varint) p.AddVarying("number: " + form, size);
  p.AddVarying("N: " + form, size);
  p.AddAny(o_.header);
  const std::int64_t header = static_cast<std::int64_t>(o_.header);
  if (o_.counts == Counts::kFrame) {
    p.AddVarying("payload", "N - header");
  } else {
    p.AddVarying("payload", Formula("N", 1, o_.counts == Counts::kAfter ? -header : 0));
  }
  AddTrailer(p, o_.trailer);
  SayCounts(p, o_.counts, 0);
  const bool sevens = o_.form == VarintForm::kLeb128 || o_.form == VarintForm::kBig7;
  if (sevens && !o_.lenient) p.Say("N takes no more bytes than it needs.");
  return p;
}

FramePicture AsciiKind::Picture() const {
  FramePicture p;
  p.Add(Shown(o_.start), o_.start.size());
  if (!o_.after.empty()) {
    p.AddVarying("anything", "up to " + Shown(o_.after));
    p.AddVarying(Shown(o_.after), std::to_string(o_.after.size()));
  }
  const std::string digits = o_.base == 16 ? "N: hex digits" : "N: digits";
  if (o_.width > 0) {
    p.Add(digits, o_.width);
    p.carries = 1;
    for (std::size_t i = 0; i < std::min<std::size_t>(o_.width, 15); ++i) p.carries *= o_.base;
    --p.carries;
  } else {
    p.AddVarying(digits, "1 or more");
  }
  p.Add(Shown(o_.until), o_.until.size());
  if (o_.counts == Counts::kFrame && (o_.width == 0 || !o_.after.empty())) {
    p.AddVarying("payload", Formula("N", 1, o_.adjust) + " - header");
  } else {
    std::int64_t constant = o_.adjust;
    if (o_.counts == Counts::kFrame) {
      constant -= static_cast<std::int64_t>(o_.width + o_.until.size());
    }
    p.AddVarying("payload", Formula("N", 1, constant));
  }
  AddTrailer(p, o_.trailer);
  SayCounts(p, o_.counts == Counts::kAfter ? Counts::kPayload : o_.counts, o_.adjust);
  if (o_.width == 0 && o_.after.empty()) p.Say("N has no leading zeros.");
  if (!o_.bare.empty()) {
    Strings values;
    for (const std::uint64_t value : o_.bare) values.push_back(std::to_string(value));
    p.Say("N = " + Joined(values, ", ") + ": the digits are the whole frame.");
  }
  return p;
}

FramePicture HeaderBlockKind::Picture() const {
  const FieldRules& f = o_.fields;
  const std::string eol = f.lf ? "'\\n'" : "'\\r\\n'";
  FramePicture p;
  if (f.start_line == FieldRules::StartLine::kAny) p.AddVarying("line " + eol, "any");
  p.AddVarying("Name: value " + eol, "none or more");
  p.AddVarying(eol, f.lf ? "1 or 2" : "2");
  p.AddVarying("payload", "N");
  AddTrailer(p, o_.trailer);
  p.Say("N is what the field " + Joined(f.length, " or ") + " says, in decimal digits.");
  if (o_.if_missing) {
    p.Say("Without such a field N is " + std::to_string(*o_.if_missing) + ".");
  } else if (!o_.until.empty()) {
    p.Say("Without such a field the payload goes up to " + Shown(o_.until) + ".");
  } else {
    p.Say("A frame without such a field is refused.");
  }
  if (!f.coding.empty()) {
    p.Say("A field " + f.coding +
          " that says chunked makes the body a list of chunks, which are "
          "delivered joined.");
  }
  if (!f.bodiless.empty()) {
    p.Say("A response with " + Joined(f.bodiless, " or ") +
          " as its second word (x is any digit) has no body.");
  }
  if (!f.eof.empty()) {
    p.Say("A first line that starts with " + Shown(f.eof) +
          " and no length: the body goes on to the end of the input.");
  }
  if (!f.version.empty()) {
    p.Say("A response starts with " + Shown(f.version) + ", the last word of a request does.");
  }
  if (f.fold != FieldRules::Fold::kNever) {
    p.Say("A line that starts with a blank continues the one before" +
          std::string(f.fold == FieldRules::Fold::kResponses ? ", in responses." : "."));
  }
  using Blank = HeaderBlockOptions::Blank;
  if (o_.skip != Blank::kRefuse) p.Say("Empty lines between frames are passed over.");
  if (f.lf) p.Say("Lines may end with LF or with CR LF.");
  p.Say("The header has at most " + SizeInWords(o_.max_header) +
        "; a length given twice, with a sign or beside a transfer encoding is refused.");
  return p;
}

FramePicture LineKind::Picture() const {
  const std::string eol = crlf() ? "'\\r\\n'" : "'\\n'";
  FramePicture p;
  p.AddVarying("line", "any");
  p.AddVarying(eol, crlf() ? "2" : o_.eol == LineEnd::kLf ? "1 or 2" : "1");
  if (o_.eol == LineEnd::kCrlfOnly) p.Say("A line has no CR or LF but those at its end.");
  if (!o_.literal_close.empty()) {
    p.AddVarying("body", "N");
    p.AddVarying("more line", "any");
    p.AddVarying(eol, crlf() ? "2" : "1");
    p.Say("A line that ends with " + o_.literal_open + "N" + o_.literal_close +
          " goes on with N bytes and then more line, as often as it likes.");
    return p;
  }
  p.AddVarying("body", "N, if the line is counted");
  for (const Trailer::Part& part : o_.trailer.parts()) {
    p.AddVarying(part.constant() != nullptr ? Shown(*part.constant()) : "any",
                 "then " + std::to_string(part.size()));
  }
  const auto token = [](int index) {
    if (index < 0) return "word " + std::to_string(-index) + " from its end";
    return "word " + std::to_string(index) + " (counted from 0)";
  };
  if (o_.verbs.empty() && o_.token) {
    p.Say("A line with a number as " + token(*o_.token) + " has a body of so many bytes.");
  }
  for (const LineOptions::Verb& verb : o_.verbs) {
    const std::optional<int> at = verb.token ? verb.token : o_.token;
    if (at) p.Say("A line that starts with " + verb.name + " has N as " + token(*at) + ".");
  }
  p.Say(
      "Any other line is a frame by itself. Line, line end and body are the payload of a counted "
      "one.");
  return p;
}

FramePicture StartKind::Picture() const {
  FramePicture p;
  if (starts_.size() == 1) {
    p.Add(Shown(longest_), longest_.size());
  } else {
    p.AddVarying(ShownAll(starts_), "the longest that stands there");
  }
  p.AddVarying("payload", "up to the next start mark, or the end of the input");
  p.Say("Every frame starts with " + ShownAll(starts_) + ", and ends where the next one starts.");
  return p;
}

FramePicture PartsKind::Picture() const {
  FramePicture p;
  const std::string size = Type(o_.entry, Order(o_.order));
  p.AddAny(o_.header);
  p.Mark(o_.count_offset, o_.count_width, "K: " + Type(o_.count_width, Order(o_.order)));
  const std::string count = Formula("K", 1, o_.count_adjust);
  if (o_.alternating) {
    p.AddVarying("size: " + size, std::to_string(o_.entry));
    p.AddVarying("part", Formula("size", o_.unit, 0));
    p.AddVarying("size, part ...", count + " in all");
    p.Say("The payload is everything behind the header, sizes included.");
    return p;
  }
  p.AddVarying("sizes: " + size, std::to_string(o_.entry) + " each, " + count + " of them");
  if (o_.align > 1) p.AddVarying("padding", "0 to " + std::to_string(o_.align - 1));
  p.AddVarying("payload", o_.unit == 1 ? "all sizes together"
                                       : std::to_string(o_.unit) + " times all sizes together");
  if (o_.align > 1) {
    p.Say("Header and sizes are padded to a multiple of " + Bytes(o_.align) + ".");
  }
  if (o_.unit > 1) p.Say("Sizes count in units of " + Bytes(o_.unit) + ".");
  return p;
}

FramePicture ChunksKind::Picture() const {
  FramePicture p;
  const bool digits = o_.width == 0;
  const std::string size = digits ? std::string(o_.base == 16 ? "N: hex digits" : "N: digits")
                                  : "N: " + Type(o_.width, Order(o_.order));
  const std::string end_of_digits = digits ? Shown(o_.until) : "";
  p.AddVarying(size, digits ? "1 or more" : std::to_string(o_.width));
  if (digits) p.AddVarying(end_of_digits, std::to_string(o_.until.size()));
  p.AddVarying("chunk", "N");
  if (!o_.trailer.empty()) p.AddVarying(Shown(o_.trailer), std::to_string(o_.trailer.size()));
  p.AddVarying("...", "more chunks");
  p.AddVarying(digits ? "'0'" : std::string(2 * o_.width, '0'),
               digits ? "1" : std::to_string(o_.width));
  if (digits) p.AddVarying(end_of_digits, std::to_string(o_.until.size()));
  if (!o_.trailer.empty()) p.AddVarying("trailer lines", "any");
  p.Say("The payload is the chunks joined; a chunk of no bytes ends it.");
  return p;
}

FramePicture SwitchKind::Picture() const {
  FramePicture p;
  const std::string byte = "byte " + std::to_string(at_);
  const std::string masked = mask_ == 0xff ? byte : byte + " & " + PrintDigits(mask_, 16, 2);
  for (const SwitchCase& c : cases_) {
    std::string when = "anything else";
    if (c.on == SwitchCase::On::kValue) when = masked + " is " + PrintDigits(c.value, 16, 2);
    if (c.on == SwitchCase::On::kDigit) when = byte + " is a digit";
    p.cases.push_back({when, c.kind->Picture()});
  }
  return p;
}

}  // namespace unstick::inline v0::detail
