#include "unstick/net/unix_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "unstick/net/socket_address.h"
#include "unstick/net/unique_fd.h"

namespace unstick::inline v0::net {
namespace {

// True iff `path` is a socket that refuses: a live one accepts, or has no room, or is of another
// type.
bool IsStale(const std::string& path, int type, const SocketAddress& address) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const UniqueFd probe(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), address.data(), address.size()) != 0 && errno == ECONNREFUSED;
}

}  // namespace

int UnixPath::Bind(int fd, int type, const SocketAddress& address, UnixPath& bound) {
  const std::string path = address.path();
  if (::bind(fd, address.data(), address.size()) != 0) {
    if (errno != EADDRINUSE) return errno;
    if (!IsStale(path, type, address)) return EADDRINUSE;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno;
    if (::bind(fd, address.data(), address.size()) != 0) return errno;
  }
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) return errno;
  bound.Remove();
  bound.path_ = path;
  bound.device_ = file.st_dev;
  bound.inode_ = file.st_ino;
  return 0;
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
