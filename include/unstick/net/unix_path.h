// The name of a Unix socket in the file system.

#ifndef UNSTICK_NET_UNIX_PATH_H_
#define UNSTICK_NET_UNIX_PATH_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "unstick/core/attributes.h"
#include "unstick/net/socket_address.h"

namespace unstick::inline v0::net {

// Owns the file that bind() made and removes it when it goes, provided that it is still that file.
class UNSTICK_EXPORT UnixPath {
 public:
  UnixPath() = default;
  // Binds `fd`, a socket of `type` (SOCK_STREAM, SOCK_DGRAM), to a Unix address, and listens on a
  // stream. A socket file that a killed process left behind is replaced; anything else that stands
  // there is EADDRINUSE, a socket that is bound and does not listen yet too. Processes that start
  // at the same moment take turns (flock(2) on the directory), so one of them gets it. Not seen are
  // sockets of another network namespace that do not listen; without /proc/net/unix, nothing is
  // replaced. 0 or an errno.
  static int Bind(int fd, int type, const SocketAddress& address, int backlog, UnixPath& bound);

  UnixPath(UnixPath&& other) noexcept
      : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}
  UnixPath& operator=(UnixPath&& other) noexcept {
    Remove();
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
    return *this;
  }
  ~UnixPath() { Remove(); }

  void Remove();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace unstick::inline v0::net

#endif  // UNSTICK_NET_UNIX_PATH_H_
