# How a layer becomes a library, and how the program is made.

include(UnstickDependencies)

# Symbols are hidden unless a header says UNSTICK_EXPORT, in static libraries too: they may end up inside
# someone else's shared one.
function(unstick_set_target_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON  # a static library may become part of someone's shared one
    DEFINE_SYMBOL ""  # nothing asks for it, and so static and shared libraries are made of the same objects
    VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")  # "src/core/find_bytes.h"
endfunction()

# unstick_add_library(<layer>
#   SOURCES <file>...           this directory's .cc files
#   [OBJECTS <target>...]       object libraries that become part of it, their headers public
#   DEPS <target>...            what the public headers need: unstick::core, absl::status, ...
#   [PRIVATE_DEPS <target>...]  what only the .cc files need
# )
# Makes the target unstick_<layer>, also called unstick::<layer>, whose headers are those below
# include/unstick/<layer>/. The packages of DEPS are looked for here, by the installed package
# configuration and by the pkg-config file alike: see the table in UnstickDependencies.cmake.
function(unstick_add_library layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;OBJECTS;DEPS;PRIVATE_DEPS")
  set(target unstick_${layer})

  set(lower_layers "")
  set(packages "")
  set(pkgconfig "")
  foreach(dependency IN LISTS arg_DEPS arg_PRIVATE_DEPS)
    if(dependency MATCHES "^unstick::(.+)$")
      list(APPEND lower_layers ${CMAKE_MATCH_1})
      continue()
    endif()
    unstick_describe_dependency(${dependency} package module)
    if(NOT ${package}_FOUND)
      find_package(${package} REQUIRED)
    endif()
    list(APPEND packages ${package})
    list(APPEND pkgconfig ${module})
  endforeach()
  list(REMOVE_DUPLICATES packages)

  add_library(${target} ${arg_SOURCES})
  add_library(unstick::${layer} ALIAS ${target})
  unstick_set_target_defaults(${target})
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PUBLIC ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Nobody replaces a function of ours at load time: without this g++ inlines no exported one. (clang does.)
    target_compile_options(${target} PRIVATE "$<$<NOT:$<CONFIG:Debug>>:-fno-semantic-interposition>")
  endif()
  foreach(objects IN LISTS arg_OBJECTS)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
    target_include_directories(${target} SYSTEM PUBLIC
      "$<BUILD_INTERFACE:$<TARGET_PROPERTY:${objects},INTERFACE_INCLUDE_DIRECTORIES>>")
    add_dependencies(${target} ${objects})
  endforeach()

  # While the major version is 0 a minor one may change the ABI, so both are in the SONAME.
  set_target_properties(${target} PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    EXPORT_NAME ${layer}
    INSTALL_RPATH "$ORIGIN"  # the lower layers lie beside it, wherever the prefix is moved to
    UNSTICK_LOWER_LAYERS "${lower_layers}"
    UNSTICK_PACKAGES "${packages}"
    UNSTICK_PKGCONFIG "${pkgconfig}")
  if(BUILD_SHARED_LIBS AND NOT UNSTICK_SANITIZE)  # a sanitizer's symbols come from the program
    target_link_options(${target} PRIVATE "$<$<PLATFORM_ID:Linux>:LINKER:--no-undefined>")
  endif()
  set_property(GLOBAL APPEND PROPERTY UNSTICK_LAYERS ${layer})
endfunction()

# unstick_require_layers(<layer> <lower-layer>...): stops with a plain message where a layer was turned on
# and one that it stands on was turned off.
function(unstick_require_layers layer)
  foreach(lower IN LISTS ARGN)
    if(NOT TARGET unstick::${lower})
      string(TOUPPER "UNSTICK_BUILD_${layer}" wanted)
      string(TOUPPER "UNSTICK_BUILD_${lower}" missing)
      message(FATAL_ERROR "${wanted} needs ${missing}: turn it on too, or turn ${wanted} off.")
    endif()
  endforeach()
endfunction()

# unstick_add_program(SOURCES <file>... DEPS <target>...): the program `unstick`, in <build>/bin. It knows
# its version as the string literal UNSTICK_VERSION.
function(unstick_add_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "SOURCES;DEPS")
  foreach(dependency IN LISTS arg_DEPS)
    if(NOT dependency MATCHES "^unstick::")
      unstick_describe_dependency(${dependency} package module)
      find_package(${package} REQUIRED)
    endif()
  endforeach()

  add_executable(unstick ${arg_SOURCES})
  unstick_set_target_defaults(unstick)
  target_link_libraries(unstick PRIVATE ${arg_DEPS})
  target_compile_definitions(unstick PRIVATE UNSTICK_VERSION="${PROJECT_VERSION}")

  file(RELATIVE_PATH libraries_from_program
    "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(unstick PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
    INSTALL_RPATH "$ORIGIN/${libraries_from_program}")
endfunction()
