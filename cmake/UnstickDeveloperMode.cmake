# What the people who work on unstick build with. The presets turn it on with UNSTICK_DEVELOPER_MODE;
# whoever only uses the library never reads this file.

option(UNSTICK_BUILD_TESTS "Build the tests, the examples and the replay of the fuzz corpora" ON)
option(UNSTICK_BUILD_BENCH "Build the benchmarks" OFF)
option(UNSTICK_COVERAGE "Count which lines run (clang)" OFF)
set(UNSTICK_SANITIZE "" CACHE STRING "Sanitizers for everything, e.g. address,undefined or thread")
set(UNSTICK_FUZZ_ENGINE "" CACHE STRING
  "Build the fuzz targets and link them with this, e.g. -fsanitize=fuzzer")

# clangd, clang-tidy and editors want it.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(UNSTICK_CCACHE ccache)
mark_as_advanced(UNSTICK_CCACHE)
if(UNSTICK_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  # The cache must not know where a clone lies, or no other clone ever hits it: paths below the source tree are
  # hashed relative to the build directory, and the working directory, which debug information holds, is not hashed.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${UNSTICK_CCACHE}")
endif()

# CMAKE_COMPILE_WARNING_AS_ERROR, from the presets, makes each of these an error. They stand where a user's flags
# stand, so that tests/package, which is such a user, gives the compiler the same command: the cache then has
# the library already.
set(UNSTICK_WARNINGS "-Wall -Wextra -Wpedantic -Wconversion -Wshadow")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies inside std::string's own operator+ (GCC bug 105651).
  string(APPEND UNSTICK_WARNINGS " -Wno-restrict")
endif()
string(APPEND CMAKE_CXX_FLAGS " ${UNSTICK_WARNINGS}")

if(UNSTICK_SANITIZE)
  add_compile_options(-fsanitize=${UNSTICK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${UNSTICK_SANITIZE})
  if(UNSTICK_SANITIZE MATCHES "undefined")
    # UBSan asks the kernel through a pipe whether it may read a vtable pointer: with no descriptors left, which
    # is what a test brings about, it reports every virtual call.
    add_compile_options(-fno-sanitize=vptr)
    add_link_options(-fno-sanitize=vptr)
  endif()
endif()

if(UNSTICK_FUZZ_ENGINE STREQUAL "-fsanitize=fuzzer")
  # libFuzzer steers by edges inside the library too. Other engines bring their flags in CXXFLAGS.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(UNSTICK_COVERAGE)
  # Paths in the objects are relative to the build directory: the cache gives them to other clones too.
  add_compile_options(
    -fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc -fcoverage-compilation-dir=.)
  # Counting takes time: what tries many cases tries fewer, see tests/support/slow_build.h.
  add_compile_definitions(UNSTICK_SLOW_BUILD=1)
  add_link_options(-fprofile-instr-generate)
endif()

if(UNSTICK_BUILD_TESTS OR UNSTICK_BUILD_BENCH)
  enable_testing()  # not inside a function: it belongs to the whole tree
endif()

# Under ThreadSanitizer only what has threads is worth its time: the tests of the layers above core.
set(UNSTICK_ONLY_LAYER_TESTS OFF)
if(UNSTICK_SANITIZE STREQUAL "thread")
  set(UNSTICK_ONLY_LAYER_TESTS ON)
endif()

# Adds tests/, fuzz/, examples/ and bench/, as far as they are asked for.
function(unstick_add_developer_directories)
  if(UNSTICK_BUILD_TESTS)
    add_subdirectory(tests)
  endif()
  if(UNSTICK_BUILD_TESTS AND NOT UNSTICK_ONLY_LAYER_TESTS)
    unstick_add_directory_if_present(examples)
    add_subdirectory(fuzz)
  elseif(UNSTICK_FUZZ_ENGINE)
    add_subdirectory(fuzz)
  endif()
  if(UNSTICK_BUILD_BENCH)
    unstick_add_directory_if_present(bench)
    if(NOT UNSTICK_BUILD_TESTS)
      unstick_add_directory_if_present(tests/reliability)  # its figures want a release build
    endif()
  endif()
endfunction()

function(unstick_add_directory_if_present directory)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${directory}/CMakeLists.txt")
    add_subdirectory(${directory})
  endif()
endfunction()
