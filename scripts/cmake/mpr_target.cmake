# The one place that says how a target of this project is compiled.
#
#   mpr_library(NAME os SOURCES src/pipe.cpp ... LINKS mpr::os ...)   a floor: headers in include/, target mpr::NAME
#   mpr_program(NAME square SOURCES square.cpp LINKS ... FOLDER jobs) a program, in <build>/FOLDER
#
# Build types: Release (the default), Debug, asan (AddressSanitizer and UndefinedBehaviorSanitizer), fuzz (both, and the
# counters that libFuzzer steers by; needs clang).

# As part of another project, it is that project which says how its build is made.
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug, asan or fuzz" FORCE)
  endif()
  set_property(CACHE CMAKE_BUILD_TYPE PROPERTY STRINGS Release Debug asan fuzz)
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
endif()

# Lines are what a report needs of the debug information; the rest is a third of the time to compile.
# Without vptr: to look at an object it makes a pipe, and where descriptors have run out it calls every object invalid.
set(mpr_asan_flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
if(CMAKE_BUILD_TYPE STREQUAL "fuzz" AND NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
  message(FATAL_ERROR "The build type fuzz needs clang: CC=clang CXX=clang++ cmake ...")
endif()

# For code that runs inside of programs that are not ours: warnings, but no sanitizers.
function(mpr_warnings target)
  # Whoever includes the library's headers needs the standard too; the rest is our own affair.
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  # GCC 12 sees overlaps in std::string, and uses of what an empty std::optional holds, that are not there (GCC bugs
  # 105651 and 80635).
  target_compile_options(${target} PRIVATE
    "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<COMPILE_LANGUAGE:CXX>>:-Wno-restrict;-Wno-maybe-uninitialized>")
  # Warnings are errors here, not where the library is part of another project, maybe with a compiler that warns of
  # more. (To package mpr: cmake --compile-no-warning-as-error.)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    COMPILE_WARNING_AS_ERROR ${PROJECT_IS_TOP_LEVEL})
endfunction()

function(mpr_compile_rules target)
  mpr_warnings(${target})
  if(CMAKE_BUILD_TYPE STREQUAL "asan")
    target_compile_options(${target} PRIVATE ${mpr_asan_flags})
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  elseif(CMAKE_BUILD_TYPE STREQUAL "fuzz")
    target_compile_options(${target} PRIVATE ${mpr_asan_flags} -fsanitize=fuzzer-no-link)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize=vptr)
  endif()
endfunction()

# Targets of many files read the headers that most of those need once. (Not CLI11's or spdlog's: these have objects that
# would be compiled anew in each file.)
function(mpr_precompile target)
  list(LENGTH ARGN files)
  if(files LESS 12 OR NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  set(headers <algorithm> <chrono> <functional> <map> <memory> <optional> <span> <string> <string_view> <system_error>
              <unordered_map> <utility> <variant> <vector>)
  get_target_property(links ${target} LINK_LIBRARIES)
  if(mpr_test_main IN_LIST links)
    set(headers <catch2/catch.hpp> ${headers})
  endif()
  target_precompile_headers(${target} PRIVATE ${headers})
  # Of what comes from a precompiled header, GCC 12 tells warnings that it keeps to itself elsewhere: overruns in
  # std::string that are not there (GCC bugs 105329 and 105651).
  target_compile_options(${target} PRIVATE
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>")
endfunction()

function(mpr_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LINKS;PRIVATE_LINKS")
  add_library(mpr_${arg_NAME} STATIC ${arg_SOURCES})
  add_library(mpr::${arg_NAME} ALIAS mpr_${arg_NAME})
  if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_include_directories(mpr_${arg_NAME} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
  endif()
  target_link_libraries(mpr_${arg_NAME} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
  mpr_compile_rules(mpr_${arg_NAME})
  mpr_precompile(mpr_${arg_NAME} ${arg_SOURCES})
endfunction()

function(mpr_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;FOLDER;OUTPUT_NAME" "SOURCES;LINKS")
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LINKS})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${arg_FOLDER})
  if(arg_OUTPUT_NAME)
    set_target_properties(${arg_NAME} PROPERTIES OUTPUT_NAME ${arg_OUTPUT_NAME})
  endif()
  mpr_compile_rules(${arg_NAME})
  mpr_precompile(${arg_NAME} ${arg_SOURCES})
endfunction()
