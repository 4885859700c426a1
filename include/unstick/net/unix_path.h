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
  // Binds `fd`, a socket of `type` (SOCK_STREAM, SOCK_DGRAM), to a Unix address. A socket file that
  // nobody answers on, which a killed process left behind, is replaced; anything else that stands
  // there is EADDRINUSE. Two processes that start at the same moment may both replace it: the last
  // one wins. 0 or an errno.
  static int Bind(int fd, int type, const SocketAddress& address, UnixPath& bound);

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
