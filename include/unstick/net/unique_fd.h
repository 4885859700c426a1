// A file descriptor that has one owner.

#ifndef UNSTICK_NET_UNIQUE_FD_H_
#define UNSTICK_NET_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace unstick::inline v0::net {

// Closes its descriptor when it goes, exactly once: Linux frees the number even when close() says
// EINTR, so a second try could close someone else's (close(2)).
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(other.Release());
    return *this;
  }
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }  // -1: none
  explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1) {
    const int old = std::exchange(fd_, fd);
    if (old >= 0 && old != fd) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_UNIQUE_FD_H_
