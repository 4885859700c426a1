// Ties a program to a library that was compiled like it.
//
// Asio and abseil are compiled into both, and their classes are members of ours. Of another
// version, or with another configuration, they have another size, and the program would crash
// before its first line. So whatever includes this refers to a symbol whose name says what counts,
// and the library defines the one that it was compiled with:
//
//     undefined reference to
//     `unstick::v0::aio::library_not_built_with::asio_103002_abseil_20220623'

#ifndef UNSTICK_ASIO_DETAIL_ABI_H_
#define UNSTICK_ASIO_DETAIL_ABI_H_

#include <asio/detail/config.hpp>
#include <asio/version.hpp>

#include "absl/base/config.h"
#include "unstick/core/attributes.h"

#ifndef ASIO_STANDALONE
#error \
    "unstick uses Asio without Boost: define ASIO_STANDALONE, as its CMake and pkg-config files do"
#endif

#ifdef ABSL_LTS_RELEASE_VERSION
#define UNSTICK_ABI_ABSEIL ABSL_LTS_RELEASE_VERSION
#else
#define UNSTICK_ABI_ABSEIL head
#endif

// Each is empty in the usual configuration.
#ifdef ASIO_HAS_IO_URING
#define UNSTICK_ABI_IO_URING _io_uring
#else
#define UNSTICK_ABI_IO_URING
#endif
#ifdef ASIO_HAS_EPOLL
#define UNSTICK_ABI_EPOLL
#else
#define UNSTICK_ABI_EPOLL _no_epoll
#endif
#ifdef ASIO_HAS_TIMERFD
#define UNSTICK_ABI_TIMERFD
#else
#define UNSTICK_ABI_TIMERFD _no_timerfd
#endif
#ifdef ASIO_HAS_THREADS
#define UNSTICK_ABI_THREADS
#else
#define UNSTICK_ABI_THREADS _no_threads
#endif
#ifdef ASIO_HAS_STD_ALIGNED_ALLOC
#define UNSTICK_ABI_ALIGNED_ALLOC
#else
#define UNSTICK_ABI_ALIGNED_ALLOC _no_aligned_alloc
#endif
#if defined(ASIO_USE_TS_EXECUTOR_AS_DEFAULT)
#define UNSTICK_ABI_EXECUTORS _ts_executors
#elif defined(ASIO_NO_TS_EXECUTORS)
#define UNSTICK_ABI_EXECUTORS _no_ts_executors
#else
#define UNSTICK_ABI_EXECUTORS
#endif
#if defined(ASIO_ENABLE_HANDLER_TRACKING) || defined(ASIO_CUSTOM_HANDLER_TRACKING)
#define UNSTICK_ABI_TRACKING _handler_tracking
#else
#define UNSTICK_ABI_TRACKING
#endif
#ifdef _GLIBCXX_DEBUG
#define UNSTICK_ABI_CONTAINERS _glibcxx_debug
#else
#define UNSTICK_ABI_CONTAINERS
#endif

#define UNSTICK_ABI_JOIN(asio, abseil, a, b, c, d, e, f, g, h) \
  asio_##asio##_abseil_##abseil##a##b##c##d##e##f##g##h
#define UNSTICK_ABI_EXPAND(...) UNSTICK_ABI_JOIN(__VA_ARGS__)
#define UNSTICK_ABI_SYMBOL                                                                      \
  UNSTICK_ABI_EXPAND(ASIO_VERSION, UNSTICK_ABI_ABSEIL, UNSTICK_ABI_IO_URING, UNSTICK_ABI_EPOLL, \
                     UNSTICK_ABI_TIMERFD, UNSTICK_ABI_THREADS, UNSTICK_ABI_ALIGNED_ALLOC,       \
                     UNSTICK_ABI_EXECUTORS, UNSTICK_ABI_TRACKING, UNSTICK_ABI_CONTAINERS)

namespace unstick::inline v0::aio::library_not_built_with {

UNSTICK_EXPORT extern const char UNSTICK_ABI_SYMBOL;

// Kept in every object file, however little of the library it uses.
[[gnu::used]] static const char* const kTie = &UNSTICK_ABI_SYMBOL;

}  // namespace unstick::inline v0::aio::library_not_built_with

#endif  // UNSTICK_ASIO_DETAIL_ABI_H_
