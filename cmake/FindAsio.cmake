# Finds standalone Asio: headers only, without CMake files of its own. Installed beside unstick's package
# configuration.
#
# Defines: Asio_FOUND and the imported target Asio::asio.

find_path(Asio_INCLUDE_DIR NAMES asio.hpp DOC "The directory that holds asio.hpp")
mark_as_advanced(Asio_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio REQUIRED_VARS Asio_INCLUDE_DIR)

if(Asio_FOUND AND NOT TARGET Asio::asio)
  find_package(Threads REQUIRED)
  add_library(Asio::asio INTERFACE IMPORTED)
  # Asio 1.22 looks for coroutines in g++ and MSVC only; every clang that has C++20 has them too. And it
  # asks libstdc++ about aligned_alloc before it has included any of it: files that include Asio first
  # would then free with operator delete what others got from aligned_alloc.
  set(Asio_DEFINITIONS ASIO_STANDALONE ASIO_HAS_STD_ALIGNED_ALLOC)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    list(APPEND Asio_DEFINITIONS ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
  endif()
  set_target_properties(Asio::asio PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${Asio_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS "${Asio_DEFINITIONS}"
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
