# Run when mpr is installed: of the headers of os, into destination, those that the public headers in include need, and
# that those need in turn. The rest is the library's own affair.
file(GLOB unread ${include}/*.hpp)
set(needed)
while(unread)
  list(POP_FRONT unread header)
  file(STRINGS ${header} lines REGEX "^#include \"[a-z_/]+\\.hpp\"")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" included ${line})
    # As the compiler does: beside the header first. Elsewhere ("mpr/...") there is none of os.
    cmake_path(GET header PARENT_PATH folder)
    set(included ${folder}/${included})
    if(EXISTS ${included} AND NOT included IN_LIST needed)
      list(APPEND needed ${included})
      list(APPEND unread ${included})
    endif()
  endforeach()
endwhile()
file(INSTALL DESTINATION ${destination} TYPE FILE FILES ${needed})
