// Whose a frame is that a client received.

#ifndef UNSTICK_ASIO_DETAIL_ADDRESSEE_H_
#define UNSTICK_ASIO_DETAIL_ADDRESSEE_H_

#include <cstddef>
#include <cstdint>

namespace unstick::inline v0::aio::detail {

struct Addressee {
  enum class Kind : std::uint8_t {
    kOldest,   // in order: the call that has waited longest
    kCall,     // the call `id`
    kNobody,   // it is no reply
    kUnknown,  // it does not say
  };
  Kind kind;
  std::uint64_t id = 0;
  std::size_t metadata_offset = 0;  // in the frame
  std::size_t metadata_size = 0;
};

}  // namespace unstick::inline v0::aio::detail

#endif  // UNSTICK_ASIO_DETAIL_ADDRESSEE_H_
