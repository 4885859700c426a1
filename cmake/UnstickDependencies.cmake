# What stands behind the name of a linked target: one table for the build, for the installed package
# configuration and for the pkg-config files.

# unstick_describe_dependency(<target> <package-variable> <pkg-config-variable>)
#
# The first variable gets the name for find_package; the second the pkg-config module, or the flag, that
# says the same to pkg-config, or nothing.
function(unstick_describe_dependency target package_variable pkgconfig_variable)
  if(target MATCHES "^absl::(.+)$")
    set(package absl)
    set(pkgconfig "absl_${CMAKE_MATCH_1}")
  elseif(target STREQUAL "ISAL::isal")
    set(package ISAL)
    set(pkgconfig libisal)
  elseif(target STREQUAL "hwy::hwy")
    set(package hwy)
    set(pkgconfig libhwy)
  elseif(target STREQUAL "protobuf::libprotobuf")
    set(package Protobuf)
    set(pkgconfig protobuf)
  elseif(target STREQUAL "OpenSSL::SSL")
    set(package OpenSSL)
    set(pkgconfig libssl)
  elseif(target STREQUAL "OpenSSL::Crypto")
    set(package OpenSSL)
    set(pkgconfig libcrypto)
  elseif(target STREQUAL "Threads::Threads")
    set(package Threads)
    set(pkgconfig -pthread)
  elseif(target STREQUAL "Asio::asio")
    set(package Asio)
    # Headers only, in the compiler's default path. The definitions are FindAsio.cmake's.
    set(pkgconfig -pthread -DASIO_STANDALONE -DASIO_HAS_STD_ALIGNED_ALLOC -DASIO_HAS_CO_AWAIT
      -DASIO_HAS_STD_COROUTINE)
  elseif(target STREQUAL "CLI11::CLI11")
    set(package CLI11)
    set(pkgconfig "")
  else()
    message(FATAL_ERROR "${target} is not in the table of cmake/UnstickDependencies.cmake: add its "
                        "package and pkg-config module there.")
  endif()
  set(${package_variable} "${package}" PARENT_SCOPE)
  set(${pkgconfig_variable} "${pkgconfig}" PARENT_SCOPE)
endfunction()
