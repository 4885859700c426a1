// The bytes of a frame as a picture, for people: what stands where, how wide it is, what it means.

#ifndef UNSTICK_SRC_CORE_FRAME_PICTURE_H_
#define UNSTICK_SRC_CORE_FRAME_PICTURE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace unstick::inline v0::detail {

// One box of a picture.
struct PictureField {
  std::string label;
  std::string size;       // "4", "N - 4", "1 to 5": bytes
  std::size_t bytes = 0;  // the size, if it never varies; else 0
  bool any = false;       // nothing is known about these bytes
};

struct PictureCase;

// Made by a kind from its options, before anything is drawn.
struct FramePicture {
  std::vector<PictureField> fields = {};      // in wire order
  std::vector<std::string> words = {};        // a sentence each
  std::vector<PictureCase> cases;             // instead of fields, where the first bytes choose
  std::uint64_t carries = ~std::uint64_t{0};  // the largest payload that there are numbers for

  void Add(std::string label, std::size_t bytes);  // nothing if there are none
  void AddAny(std::size_t bytes);
  void AddVarying(std::string label, std::string size);
  void Say(std::string sentence) { words.push_back(std::move(sentence)); }

  // Names bytes about which nothing was known. False if they are not such bytes at a place that
  // never moves.
  bool Mark(std::size_t at, std::size_t bytes, const std::string& label);
  // The same for the last bytes of the frame.
  bool MarkEnd(std::size_t bytes, const std::string& label);
};

struct PictureCase {
  std::string when;
  FramePicture picture;
};

// The lines of the picture: offsets, boxes, sizes; each with its '\n', indented by `indent`. As
// many rows as it takes to stay within 100 columns.
//
//       0      1           5
//       | any  | N: u32 BE | payload |
//         1      4           N - 4
std::string Drawn(const std::vector<PictureField>& fields, std::size_t indent);

// "'PRPC'", "'\r\n'" or "ffff", whichever people read more easily.
std::string Shown(std::string_view bytes);

// "1 byte", "2 bytes".
std::string Bytes(std::uint64_t n);

// "8 MiB" where that is exact.
std::string SizeInWords(std::uint64_t bytes);

}  // namespace unstick::inline v0::detail

#endif  // UNSTICK_SRC_CORE_FRAME_PICTURE_H_
