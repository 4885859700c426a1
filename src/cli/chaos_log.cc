#include "src/cli/chaos_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/cli/messages.h"

namespace unstick::inline v0::cli {

absl::Status ChaosLog::Open(const std::string& path) {
  path_ = path;
  fd_.Reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  return fd_ ? absl::OkStatus() : absl::UnavailableError(WithErrno(path, errno));
}

void ChaosLog::Write(std::uint64_t connection, ChaosDirection direction, std::string_view event,
                     std::uint64_t offset, const std::string& more) {
  Write(connection, direction, event, ",\"offset\":" + std::to_string(offset) + more);
}

void ChaosLog::Write(std::uint64_t connection, ChaosDirection direction, std::string_view event,
                     const std::string& more) {
  if (!fd_) return;
  WriteLine("{\"connection\":" + std::to_string(connection) + ",\"direction\":\"" +
            std::string(NameOf(direction)) + "\",\"event\":\"" + std::string(event) + "\"" + more +
            "}\n");
}

void ChaosLog::Write(std::uint64_t connection, std::string_view event, const std::string& more) {
  if (!fd_) return;
  WriteLine("{\"connection\":" + std::to_string(connection) + ",\"event\":\"" + std::string(event) +
            "\"" + more + "}\n");
}

// A log that cannot be written any more is no reason to stop; the exit code will tell.
void ChaosLog::WriteLine(const std::string& line) {
  const std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < line.size() && !failed_;) {
    const ssize_t n = ::write(fd_.get(), line.data() + at, line.size() - at);
    if (n > 0) at += static_cast<std::size_t>(n);
    if (n >= 0 || errno == EINTR) continue;
    failed_ = true;
    Say(WithErrno("the log ends here, " + path_, errno));
  }
}

std::string Summary(const ChaosTotals& totals, bool datagrams) {
  std::string text = "stopped: " + Count(totals.connections, datagrams ? "client" : "connection");
  const auto add = [&text](std::uint64_t n, std::string_view one) {
    if (n > 0) text += ", " + Count(n, one);
  };
  if (datagrams) {
    text += ", " + Count(totals.datagrams, "datagram");
    if (totals.dropped > 0) text += ", " + std::to_string(totals.dropped) + " dropped";
    if (totals.doubled > 0) text += ", " + std::to_string(totals.doubled) + " doubled";
    if (totals.reordered > 0) text += ", " + std::to_string(totals.reordered) + " held back";
    add(totals.flips, "flipped bit");
    if (totals.made_room > 0) {
      text += ", " + Count(totals.made_room, "idle client") + " forgotten for new ones";
    }
    if (totals.unreachable > 0) {
      text += ", " + Count(totals.unreachable, "datagram") + " of new clients refused";
    }
    return text;
  }
  text += ", " + Count(totals.bytes[0], "byte") + " to the target in all and " +
          std::to_string(totals.bytes[1]) + " to clients";
  add(totals.pieces, "piece");
  add(totals.flips, "flipped bit");
  add(totals.cuts, "cut");
  add(totals.half_closes, "half close");
  add(totals.stalls, "stall");
  add(totals.unreachable, "connection that the target did not take");
  return text;
}

}  // namespace unstick::inline v0::cli
