# cmake -D SOURCE=<file> -D EXPECT_FAILURE=ON|OFF [-D LIBRARIES=<file>|...] -P compile.cmake -- <compiler> <flag>...
#
# Compiles the file, links it with the libraries if there are any, and judges the outcome: see CMakeLists.txt
# beside this.

set(command "")
set(after_dashes OFF)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(after_dashes)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(after_dashes ON)
  endif()
endforeach()
if(EXPECT_FAILURE)
  list(APPEND command -DMUST_NOT_COMPILE)
endif()

string(REPLACE "|" ";" libraries "${LIBRARIES}")
execute_process(COMMAND ${command} "${SOURCE}" ${libraries}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(NOT EXPECT_FAILURE)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "must compile without MUST_NOT_COMPILE:\n${output}")
  endif()
  return()
endif()

if(result EQUAL 0)
  message(FATAL_ERROR "compiles, and must not: ${SOURCE}")
endif()
if(NOT output MATCHES "error:")
  message(FATAL_ERROR "the compiler gave up without naming an error:\n${output}")
endif()
file(STRINGS "${SOURCE}" expectations REGEX "EXPECT-ERROR: ")
foreach(expectation IN LISTS expectations)
  string(REGEX REPLACE "^.*EXPECT-ERROR: " "" text "${expectation}")
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "fails, but does not say '${text}':\n${output}")
  endif()
endforeach()
