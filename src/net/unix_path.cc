#include "unstick/net/unix_path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "unstick/net/deadline.h"
#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::net {
namespace {

// How long others may hold the directory's lock. It is held for a few system calls.
constexpr std::chrono::seconds kPatience(2);

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// Processes that bind in this directory take turns, from the look at what stands there to
// listen(2). Without the right to read the directory there is no lock, and nothing is replaced.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& directory)
      : fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    const Deadline until = DeadlineIn(kPatience);
    while (fd_ && !(held_ = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0)) {
      if ((errno != EWOULDBLOCK && errno != EINTR) || Clock::now() >= until) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  bool held() const { return held_; }

 private:
  UniqueFd fd_;  // closing it unlocks
  bool held_ = false;
};

// True if a socket of a living process is bound to `path`: connect(2) refuses a stream that does
// not listen yet as it refuses a dead one. The kernel lists names as they were bound:
//
//     Num       RefCount Protocol Flags    Type St Inode Path
//     00000000: 00000002 00000000 00010000 0001 01 12345 /run/x.sock
//
// A relative one is taken for this one if its last part is the same: rather refused than taken
// away.
bool IsBound(const std::string& path, const struct stat& file) {
  std::ifstream sockets("/proc/net/unix");
  std::string line;
  if (!std::getline(sockets, line)) return true;  // nobody can tell
  while (std::getline(sockets, line)) {
    std::size_t at = 0;
    for (int column = 0; column < 7 && at != line.npos; ++column) {
      at = line.find_first_not_of(' ', at);
      if (at != line.npos) at = line.find(' ', at);
    }
    if (at == line.npos || at + 1 >= line.size()) continue;
    const std::string bound = line.substr(at + 1);
    if (NameOf(bound) != NameOf(path)) continue;
    struct stat other{};
    if (bound.front() != '/') return true;
    if (::lstat(bound.c_str(), &other) == 0 && SameFile(file, other)) return true;
  }
  return false;
}

// True iff `path` is a socket that refuses and that nobody is bound to: a live one accepts, or has
// no room, or is of another type.
bool IsStale(const std::string& path, int type, const SocketAddress& address, struct stat& file) {
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const UniqueFd probe(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), address.data(), address.size()) != 0 && errno == ECONNREFUSED &&
         !IsBound(path, file);
}

// Removes `path` if it still is `file`. Somebody who does not lock may have put another there,
// which goes back to its place.
int RemoveStale(const std::string& path, const struct stat& file) {
  const std::string aside = path + "." + std::to_string(::getpid()) + ".stale";
  if (::rename(path.c_str(), aside.c_str()) != 0) return errno == ENOENT ? 0 : errno;
  struct stat moved{};
  const bool same = ::lstat(aside.c_str(), &moved) == 0 && SameFile(file, moved);
  if (!same) (void)::link(aside.c_str(), path.c_str());
  ::unlink(aside.c_str());
  return same ? 0 : EADDRINUSE;
}

}  // namespace

int UnixPath::Bind(int fd, int type, const SocketAddress& address, int backlog, UnixPath& bound) {
  const std::string path = address.path();
  const DirectoryLock lock(DirectoryOf(path));
  if (::bind(fd, address.data(), address.size()) != 0) {
    if (errno != EADDRINUSE) return errno;
    struct stat stale{};
    if (!lock.held() || !IsStale(path, type, address, stale)) return EADDRINUSE;
    if (const int error = RemoveStale(path, stale); error != 0) return error;
    if (::bind(fd, address.data(), address.size()) != 0) return errno;
  }
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) return errno;
  bound.Remove();
  bound.path_ = path;
  bound.device_ = file.st_dev;
  bound.inode_ = file.st_ino;
  return type == SOCK_STREAM && ::listen(fd, backlog) != 0 ? errno : 0;
}

// The inode tells our file from one that has taken its place; while the socket is open, nobody
// else's has that number.
void UnixPath::Remove() {
  if (path_.empty()) return;
  struct stat file{};
  const bool ours =
      ::lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace unstick::inline v0::net
