// The order of attempts, with a clock of the test's own.

#include "src/asio/happy_eyeballs.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace unstick::inline v0::testing {
namespace {

using aio::detail::HappyEyeballs;
using aio::detail::Interleave;
using net::SocketAddress;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using Kind = HappyEyeballs::Step::Kind;

constexpr milliseconds kDelay(250);
constexpr net::Deadline kStart{std::chrono::hours(1)};

SocketAddress V4(unsigned char last) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x0a000000U + last);
  return {reinterpret_cast<const sockaddr*>(&address), sizeof(address)};
}
SocketAddress V6(unsigned char last) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr.s6_addr[0] = 0xfd;
  address.sin6_addr.s6_addr[15] = last;
  return {reinterpret_cast<const sockaddr*>(&address), sizeof(address)};
}
std::vector<std::string> Hosts(const std::vector<SocketAddress>& addresses) {
  std::vector<std::string> hosts;
  for (const SocketAddress& address : addresses) hosts.push_back(address.host());
  return hosts;
}

TEST(Interleave, FamiliesTakeTurnsFromTheFirstOn) {
  EXPECT_THAT(Hosts(Interleave({V6(1), V6(2), V6(3), V4(1)})),
              ElementsAre("fd00::1", "10.0.0.1", "fd00::2", "fd00::3"));
  EXPECT_THAT(Hosts(Interleave({V4(1), V4(2), V6(1), V4(3), V6(2)})),
              ElementsAre("10.0.0.1", "fd00::1", "10.0.0.2", "fd00::2", "10.0.0.3"));
  EXPECT_THAT(Hosts(Interleave({V4(2), V4(1)})), ElementsAre("10.0.0.2", "10.0.0.1"));
  EXPECT_TRUE(Interleave({}).empty());
}

TEST(HappyEyeballs, StartsOneAfterEachDelay) {
  HappyEyeballs race(2, kDelay);
  HappyEyeballs::Step step = race.Next(kStart);
  EXPECT_EQ(step.kind, Kind::kStart);
  EXPECT_EQ(step.address, 0U);
  step = race.Next(kStart + kDelay - milliseconds(1));
  EXPECT_EQ(step.kind, Kind::kWait);
  EXPECT_EQ(step.until, kStart + kDelay);
  step = race.Next(kStart + kDelay);
  EXPECT_EQ(step.kind, Kind::kStart);
  EXPECT_EQ(step.address, 1U);
  step = race.Next(kStart + 2 * kDelay);
  EXPECT_EQ(step.kind, Kind::kWait);
  EXPECT_EQ(step.until, net::kNoDeadline);
}

TEST(HappyEyeballs, AFailureOfTheLatestStartsTheNextAtOnce) {
  HappyEyeballs race(3, kDelay);
  EXPECT_EQ(race.Next(kStart).kind, Kind::kStart);
  race.Failed(0);
  EXPECT_EQ(race.Next(kStart + milliseconds(1)).address, 1U);
  const HappyEyeballs::Step wait = race.Next(kStart + milliseconds(2));
  EXPECT_EQ(wait.kind, Kind::kWait);
  EXPECT_EQ(wait.until, kStart + milliseconds(1) + kDelay) << "the delay counts from its own start";
}

TEST(HappyEyeballs, AFailureOfAnOlderOneChangesNothing) {
  HappyEyeballs race(3, kDelay);
  EXPECT_EQ(race.Next(kStart).kind, Kind::kStart);
  EXPECT_EQ(race.Next(kStart + kDelay).kind, Kind::kStart);
  race.Failed(0);
  const HappyEyeballs::Step wait = race.Next(kStart + kDelay);
  EXPECT_EQ(wait.kind, Kind::kWait);
  EXPECT_EQ(wait.until, kStart + 2 * kDelay);
}

TEST(HappyEyeballs, NoAddressAtAllHasFailed) {
  HappyEyeballs race(0, kDelay);
  EXPECT_EQ(race.Next(kStart).kind, Kind::kAllFailed);
}

// Every order in which attempts can fail and time can pass: each address is started once, in
// order, never early, and all have failed only when all have.
class EveryOrder {
 public:
  explicit EveryOrder(std::size_t addresses) : addresses_(addresses) {}

  void Go(HappyEyeballs race, net::Deadline now, std::size_t started, std::set<std::size_t> open,
          net::Deadline earliest) {
    const HappyEyeballs::Step step = race.Next(now);
    switch (step.kind) {
      case Kind::kStart:
        EXPECT_EQ(step.address, started);
        EXPECT_GE(now, earliest);
        open.insert(started);
        return Go(race, now, started + 1, open, now + kDelay);
      case Kind::kAllFailed:
        EXPECT_EQ(started, addresses_);
        EXPECT_TRUE(open.empty());
        ++ends_;
        return;
      case Kind::kWait:
        EXPECT_FALSE(open.empty());
        EXPECT_EQ(step.until, started < addresses_ ? earliest : net::kNoDeadline);
        break;
    }
    if (step.until != net::kNoDeadline) Go(race, step.until, started, open, earliest);
    for (const std::size_t which : open) {
      HappyEyeballs next = race;
      next.Failed(which);
      std::set<std::size_t> rest = open;
      rest.erase(which);
      const bool latest = which + 1 == started;
      Go(next, now + milliseconds(1), started, rest, latest ? now : earliest);
    }
  }
  std::size_t ends() const { return ends_; }

 private:
  std::size_t addresses_;
  std::size_t ends_ = 0;
};

TEST(HappyEyeballs, HoldsInEveryOrderOfEvents) {
  for (const std::size_t addresses : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    EveryOrder orders(addresses);
    orders.Go(HappyEyeballs(addresses, kDelay), kStart, 0, {}, kStart);
    EXPECT_GE(orders.ends(), addresses);
  }
}

}  // namespace
}  // namespace unstick::inline v0::testing
