# The one place that says how a target of this project is compiled.
#
#   mpr_library(NAME os SOURCES src/pipe.cpp ... LINKS mpr::os ...)   a floor: headers in include/, target mpr::NAME
#   mpr_program(NAME square SOURCES square.cpp LINKS ... FOLDER jobs) a program, in <build>/FOLDER
#
# Build types: Release (the default), Debug, asan (AddressSanitizer and UndefinedBehaviorSanitizer).

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or asan" FORCE)
endif()
set_property(CACHE CMAKE_BUILD_TYPE PROPERTY STRINGS Release Debug asan)

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# Without vptr: to look at an object it makes a pipe, and where descriptors have run out it calls every object invalid.
set(mpr_asan_flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g)

function(mpr_compile_rules target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
  # GCC 12 sees overlaps in std::string, and uses of what an empty std::optional holds, that are not there (GCC bugs
  # 105651 and 80635).
  target_compile_options(${target} PRIVATE
    "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<COMPILE_LANGUAGE:CXX>>:-Wno-restrict;-Wno-maybe-uninitialized>")
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(CMAKE_BUILD_TYPE STREQUAL "asan")
    target_compile_options(${target} PRIVATE ${mpr_asan_flags})
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
endfunction()

function(mpr_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LINKS;PRIVATE_LINKS")
  add_library(mpr_${arg_NAME} STATIC ${arg_SOURCES})
  add_library(mpr::${arg_NAME} ALIAS mpr_${arg_NAME})
  if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_include_directories(mpr_${arg_NAME} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  endif()
  target_link_libraries(mpr_${arg_NAME} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
  mpr_compile_rules(mpr_${arg_NAME})
endfunction()

function(mpr_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;FOLDER;OUTPUT_NAME" "SOURCES;LINKS")
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LINKS})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${arg_FOLDER})
  if(arg_OUTPUT_NAME)
    set_target_properties(${arg_NAME} PROPERTIES OUTPUT_NAME ${arg_OUTPUT_NAME})
  endif()
  mpr_compile_rules(${arg_NAME})
endfunction()
