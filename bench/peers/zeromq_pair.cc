// zeromq_pair SIZE SECONDS: ZeroMQ's own client and protocol, PUSH to PULL over TCP, one way.
// Prints what load_client prints; the CPU time is that of both sides.

#include <sys/resource.h>
#include <zmq.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

double CpuNanoseconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ns = [](const timeval& t) {
    return 1e9 * static_cast<double>(t.tv_sec) + 1e3 * static_cast<double>(t.tv_usec);
  };
  return ns(used.ru_utime) + ns(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::size_t size = std::stoul(argv[1]);
  const double seconds = std::stod(argv[2]);
  void* context = zmq_ctx_new();
  void* pull = zmq_socket(context, ZMQ_PULL);
  if (zmq_bind(pull, "tcp://127.0.0.1:*") != 0) return 1;
  char where[64];
  size_t where_size = sizeof(where);
  zmq_getsockopt(pull, ZMQ_LAST_ENDPOINT, where, &where_size);
  std::atomic<bool> over = false;
  std::thread sender([&] {
    void* push = zmq_socket(context, ZMQ_PUSH);
    zmq_connect(push, where);
    const std::string payload(size, 'S');
    while (!over) zmq_send(push, payload.data(), payload.size(), 0);
    zmq_send(push, "", 0, 0);
    zmq_close(push);
  });
  std::string room(size, ' ');
  const auto start = Clock::now();
  const double cpu = CpuNanoseconds();
  double frames = 0;
  while (zmq_recv(pull, room.data(), room.size(), 0) > 0) {
    ++frames;
    if (!over && Clock::now() - start > std::chrono::duration<double>(seconds)) over = true;
  }
  const std::chrono::duration<double, std::nano> took = Clock::now() - start;
  sender.join();
  std::printf("ns=%.2f cpu_ns=%.2f p50_ns=0\n", took.count() / frames,
              (CpuNanoseconds() - cpu) / frames);
  zmq_close(pull);
  zmq_ctx_term(context);
  return 0;
}
