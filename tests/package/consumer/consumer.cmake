# What the outside projects have in common: the consumer, for which a warning is an error, in our headers
# too where they are not system headers.
add_executable(consumer "${CMAKE_CURRENT_LIST_DIR}/main.cc")
target_compile_options(consumer PRIVATE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
target_link_libraries(consumer PRIVATE unstick::core)
