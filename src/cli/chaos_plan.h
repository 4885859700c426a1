// What chaos does to one direction of one connection: decided by the seed and by where in the
// stream a byte stands, never by when it comes.

#ifndef UNSTICK_SRC_CLI_CHAOS_PLAN_H_
#define UNSTICK_SRC_CLI_CHAOS_PLAN_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace unstick::inline v0::cli {

enum class ChaosDirection : std::uint8_t { kToTarget, kToClient };
std::string_view NameOf(ChaosDirection direction);  // "to-target", "to-client"

enum class ChaosCut : std::uint8_t { kEither, kFin, kRst };

// Zero is off. Sizes "about N" are drawn from 1 to 2N.
struct ChaosFaults {
  std::uint64_t split = 0;             // pieces of 1 to so many bytes
  std::uint64_t merge = 0;             // bytes held back until 1 to so many are there
  std::chrono::microseconds delay{0};  // up to so long between pieces
  std::uint64_t rate = 0;              // bytes a second
  std::uint64_t cut = 0;               // both directions end after about so many bytes
  ChaosCut cut_with = ChaosCut::kEither;
  std::uint64_t half_close = 0;  // one direction ends after about so many
  std::uint64_t stall = 0;       // one direction stands still after about so many
  std::uint64_t flip = 0;        // one bit in about so many bytes changes
  std::uint64_t drop = 0;        // percent of the datagrams
  std::uint64_t duplicate = 0;
  std::uint64_t reorder = 0;
  std::optional<ChaosDirection> only;
};

class ChaosPlan {
 public:
  ChaosPlan(const ChaosFaults& faults, std::uint64_t seed, std::uint64_t connection,
            ChaosDirection direction);

  // The bytes from `offset` on that go out as one write, where the piece before has ended.
  struct Piece {
    std::uint64_t size;
    bool merged;                      // to be held back until it is whole
    std::chrono::microseconds delay;  // before the one behind it
  };
  Piece PieceAt(std::uint64_t offset) const;

  // How this direction ends, if it is not left to the peers.
  struct End {
    enum class Kind : std::uint8_t { kNone, kFin, kRst, kHalfClose, kStall };
    Kind kind = Kind::kNone;
    std::uint64_t offset = UINT64_MAX;  // behind so many bytes
  };
  const End& end() const { return end_; }

  // The first flipped bit at `offset` or behind, given the one before it (from FirstFlip() on).
  struct Flip {
    std::uint64_t offset = UINT64_MAX;
    int bit = 0;
  };
  Flip FirstFlip() const { return NextFlip(0); }
  Flip NextFlip(std::uint64_t after) const;

  // What becomes of the `index`th datagram.
  struct Fate {
    bool dropped;
    bool doubled;
    bool held;  // back, so that later ones overtake it
    std::chrono::microseconds delay;
  };
  Fate FateOf(std::uint64_t index) const;

 private:
  enum class Use : std::uint8_t;
  std::uint64_t Draw(Use use, std::uint64_t at) const;
  std::uint64_t About(std::uint64_t size, Use use, std::uint64_t at) const;
  std::chrono::microseconds DelayAt(std::uint64_t at) const;
  void EndAt(End::Kind kind, std::uint64_t about, Use use, std::uint64_t direction);

  ChaosFaults faults_;
  bool spared_;           // --only the other direction
  std::uint64_t shared_;  // the same for both directions of a connection
  std::uint64_t own_;
  End end_;
};

}  // namespace unstick::inline v0::cli

#endif  // UNSTICK_SRC_CLI_CHAOS_PLAN_H_
