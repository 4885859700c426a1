# Installing: libraries, headers, CMake package configuration and pkg-config files. Nothing installed
# holds an absolute path, so the prefix can be moved.

include(CMakePackageConfigHelpers)

set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/unstick")
set(pkgconfig_directory "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# unstick_install_headers(<layer>): include/unstick/<layer>/*.h
function(unstick_install_headers layer)
  if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/include/unstick/${layer}")
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/unstick/${layer}"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/unstick"
      FILES_MATCHING PATTERN "*.h")
  endif()
endfunction()

# unstick_install_pkgconfig(<layer> LAYERS <layer>... MODULES <module or flag>...)
#
# Everything stands in Requires: with Requires.private a static library's users would have to say
# `pkg-config --static`, and none does.
function(unstick_install_pkgconfig layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LAYERS;MODULES")
  set(requires "")
  set(flags "")
  foreach(lower IN LISTS arg_LAYERS)
    list(APPEND requires "unstick-${lower} = ${PROJECT_VERSION}")
  endforeach()
  foreach(module IN LISTS arg_MODULES)
    if(module MATCHES "^-")
      list(APPEND flags ${module})
    else()
      list(APPEND requires ${module})
    endif()
  endforeach()
  set(definitions ${flags})
  list(FILTER definitions INCLUDE REGEX "^-D")
  list(FILTER flags EXCLUDE REGEX "^-D")  # what both the compiler and the linker want
  list(JOIN requires ", " requires)
  list(JOIN definitions " " definitions)
  list(JOIN flags " " flags)

  # From where the .pc file lies up to the prefix, so that it stays right when the prefix is moved.
  file(RELATIVE_PATH prefix_from_here
    "${CMAKE_INSTALL_PREFIX}/${pkgconfig_directory}" "${CMAKE_INSTALL_PREFIX}")
  string(REGEX REPLACE "/$" "" prefix_from_here "${prefix_from_here}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/unstick.pc.in"
    "${PROJECT_BINARY_DIR}/pkgconfig/unstick-${layer}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/pkgconfig/unstick-${layer}.pc"
    DESTINATION "${pkgconfig_directory}")
endfunction()

get_property(layers GLOBAL PROPERTY UNSTICK_LAYERS)

# What each layer stands on, as lines for the package configuration.
set(layer_facts "")
foreach(layer IN LISTS layers)
  get_target_property(lower unstick_${layer} UNSTICK_LOWER_LAYERS)
  get_target_property(packages unstick_${layer} UNSTICK_PACKAGES)
  get_target_property(modules unstick_${layer} UNSTICK_PKGCONFIG)
  string(APPEND layer_facts
    "set(_unstick_${layer}_layers \"${lower}\")\n"
    "set(_unstick_${layer}_packages \"${packages}\")\n")

  # An export set each: who asks for core alone must not need the packages of proto.
  install(TARGETS unstick_${layer} EXPORT unstick-${layer}
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT unstick-${layer} NAMESPACE unstick::
    FILE unstick-${layer}-targets.cmake
    DESTINATION "${package_directory}")
  unstick_install_headers(${layer})
  unstick_install_pkgconfig(${layer} LAYERS ${lower} MODULES ${modules})
endforeach()
unstick_install_headers(testing)
install(FILES "${PROJECT_SOURCE_DIR}/include/unstick/unstick.h"  # all of core in one include
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/unstick")

if(TARGET unstick)
  install(TARGETS unstick)
endif()

configure_package_config_file(cmake/unstick-config.cmake.in
  "${PROJECT_BINARY_DIR}/cmake/unstick-config.cmake"
  INSTALL_DESTINATION "${package_directory}"
  NO_SET_AND_CHECK_MACRO)
# While the major version is 0, 0.2 need not be compatible with 0.1.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/unstick-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/cmake/unstick-config.cmake"
  "${PROJECT_BINARY_DIR}/cmake/unstick-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindISAL.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindAsio.cmake"
  DESTINATION "${package_directory}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
