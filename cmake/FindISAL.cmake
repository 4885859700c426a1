# Finds ISA-L (Intel's storage acceleration library), which brings no CMake files of its own. Installed
# beside unstick's package configuration, so that a user's project finds it the same way and no path of
# the machine that built unstick is handed on.
#
# Defines: ISAL_FOUND and the imported target ISAL::isal.

find_path(ISAL_INCLUDE_DIR NAMES isa-l/crc.h DOC "The directory that holds isa-l/crc.h")
find_library(ISAL_LIBRARY NAMES isal DOC "The ISA-L library")
mark_as_advanced(ISAL_INCLUDE_DIR ISAL_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ISAL REQUIRED_VARS ISAL_LIBRARY ISAL_INCLUDE_DIR)

if(ISAL_FOUND AND NOT TARGET ISAL::isal)
  add_library(ISAL::isal UNKNOWN IMPORTED)
  set_target_properties(ISAL::isal PROPERTIES
    IMPORTED_LOCATION "${ISAL_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${ISAL_INCLUDE_DIR}")
endif()
