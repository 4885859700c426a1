// Every order of what can happen to a client's calls.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/client_model.h"

namespace unstick::inline v0::testing {
namespace {

using fuzz::ClientModel;
using Event = ClientModel::Event;
using Step = ClientModel::Step;

constexpr std::array<const char*, static_cast<std::size_t>(Event::kEvents)> kNames = {
    "admit",      "connected",    "connect failed", "no connection", "write",    "wrote all",
    "wrote part", "write failed", "reply",          "strange frame", "deadline", "cancel",
    "end",        "reset",        "time",           "close",         "gone"};

std::string Shown(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    text += (text.empty() ? "" : ", ") + std::string(kNames[static_cast<std::size_t>(step.event)]) +
            " " + std::to_string(step.which);
  }
  return text;
}

// Goes through every order of `events`, each of which happens once at most, behind `first`.
class Orders {
 public:
  Orders(const ClientModel::Setup& setup, std::vector<Step> first, std::vector<Step> events)
      : setup_(setup), path_(std::move(first)), events_(std::move(events)), used_(events_.size()) {}

  // How many there are; what is wrong with the first that is wrong goes to gtest.
  std::size_t Run() {
    Extend();
    return orders_;
  }

 private:
  // The path is known to be possible, up to the last step.
  bool Possible() {
    ClientModel model(setup_);
    bool last = true;
    for (const Step& step : path_) last = model.Take(step);
    if (!model.broken().empty()) {
      ADD_FAILURE() << model.broken() << ": " << Shown(path_);
      failed_ = true;
    }
    return last;
  }
  void Extend() {
    bool longer = false;
    for (std::size_t i = 0; i < events_.size() && !failed_; ++i) {
      if (used_[i]) continue;
      path_.push_back(events_[i]);
      used_[i] = true;
      if (Possible()) {
        longer = true;
        Extend();
      }
      used_[i] = false;
      path_.pop_back();
    }
    if (!longer) ++orders_;
  }

  const ClientModel::Setup setup_;
  std::vector<Step> path_;
  const std::vector<Step> events_;
  std::vector<bool> used_;
  std::size_t orders_ = 0;
  bool failed_ = false;
};

const ClientModel::Setup kSetups[] = {{.in_order = false, .reconnect = false},
                                      {.in_order = false, .reconnect = true},
                                      {.in_order = true, .reconnect = false},
                                      {.in_order = true, .reconnect = true}};

// One call is being written and one waits behind it.
TEST(ClientCalls, EveryOrderOfWhatHappensToAWrite) {
  std::size_t orders = 0;
  for (const ClientModel::Setup& setup : kSetups) {
    Orders all(setup, {{Event::kAdmit}, {Event::kConnected}, {Event::kWrite}, {Event::kAdmit}},
               {{Event::kWroteAll},
                {Event::kWrite},
                {Event::kWroteAll},
                {Event::kReply, 0},
                {Event::kReply, 1},
                {Event::kDeadline, 0},
                {Event::kDeadline, 1},
                {Event::kCancel, 0},
                {Event::kCancel, 1},
                {Event::kEnd},
                {Event::kReset},
                {Event::kConnected},
                {Event::kWrite}});
    orders += all.Run();
  }
  EXPECT_GT(orders, 20'000U);
  RecordProperty("orders", static_cast<int>(orders));
}

// Nothing is connected yet; writes fail, or take a part; the client goes.
TEST(ClientCalls, EveryOrderAroundAConnection) {
  std::size_t orders = 0;
  for (const ClientModel::Setup& setup : kSetups) {
    Orders all(setup, {{Event::kAdmit}, {Event::kAdmit}, {Event::kAdmit}},
               {{Event::kConnected},
                {Event::kWrite},
                {Event::kWrotePart},
                {Event::kWrite},
                {Event::kWriteFailed},
                {Event::kReply, 0},
                {Event::kCancel, 0},
                {Event::kDeadline, 2},
                {Event::kConnected},
                {Event::kClose},
                {Event::kGone}});
    orders += all.Run();
  }
  EXPECT_GT(orders, 20'000U);
  RecordProperty("orders", static_cast<int>(orders));
}

TEST(ClientCalls, LongStories) {
  std::mt19937 random(7);
  std::size_t happened = 0;
  for (int story = 0; story < 40'000 && !HasFailure(); ++story) {
    const ClientModel::Setup& setup = kSetups[random() % std::size(kSetups)];
    ClientModel model(setup);
    std::vector<Step> steps;
    for (int i = 0; i < 60; ++i) {
      const Step step{static_cast<Event>(random() % kNames.size()), random() % ClientModel::kCalls};
      if (step.event == Event::kGone && i < 40) continue;
      if (!model.Take(step)) continue;
      steps.push_back(step);
      ASSERT_EQ(model.broken(), "") << Shown(steps);
    }
    happened += steps.size();
  }
  EXPECT_GT(happened, 300'000U);
}

struct NoHost final : aio::detail::ClientCalls::Host {
  void OnDone(aio::detail::ClientCalls::Call&) override {}
  void OnLost(aio::ConnectionEnd, const absl::Status&) override {}
};

struct OneCall final : aio::detail::ClientCalls::Call {
  using Call::Call;
};

TEST(ClientCalls, BytesThatNoLongerWaitMakeRoomForOthers) {
  NoHost host;
  aio::detail::ClientCalls calls({.max_calls = 9, .max_queued_bytes = 10}, host);
  OneCall first(10);
  OneCall second(1);
  OneCall third(10);
  calls.Admit(first, false);
  EXPECT_TRUE(first.waits());
  calls.Admit(second, false);
  EXPECT_EQ(second.why().code(), absl::StatusCode::kResourceExhausted);
  calls.GiveUp(first, true, {});
  calls.Admit(third, false);
  EXPECT_TRUE(third.waits()) << third.why();
}

TEST(ClientCalls, WhatIsAskedWhenNoConnectionWillComeCountsAsNotSent) {
  NoHost host;
  aio::detail::ClientCalls calls({.max_calls = 9, .max_queued_bytes = 10}, host);
  calls.ConnectFailed(absl::UnavailableError("gone"), true);
  OneCall call(1);
  calls.Admit(call, false);
  EXPECT_TRUE(call.done());
  EXPECT_EQ(calls.stats().ended[aio::CallEnd::kNotSent], 1U);
  EXPECT_EQ(calls.stats().ended[aio::CallEnd::kRefused], 0U);
}

}  // namespace
}  // namespace unstick::inline v0::testing
