# What lib/store is made with: the targets mpr_sqlite and mpr_xxhash.
find_package(SQLite3 REQUIRED)
find_package(Threads REQUIRED)

# Static where there is such a library: loading shared ones is half of what mpr costs for a single task.
add_library(mpr_sqlite INTERFACE)
find_library(MPR_SQLITE_STATIC libsqlite3.a)
mark_as_advanced(MPR_SQLITE_STATIC)
if(MPR_SQLITE_STATIC)
  target_include_directories(mpr_sqlite INTERFACE ${SQLite3_INCLUDE_DIRS})
  target_link_libraries(mpr_sqlite INTERFACE ${MPR_SQLITE_STATIC} Threads::Threads ${CMAKE_DL_LIBS} m)
else()
  target_link_libraries(mpr_sqlite INTERFACE SQLite::SQLite3)
endif()

# As headers alone, so that hashing is inlined where it is used.
find_path(MPR_XXHASH_INCLUDE xxhash.h REQUIRED)
mark_as_advanced(MPR_XXHASH_INCLUDE)
add_library(mpr_xxhash INTERFACE)
target_include_directories(mpr_xxhash SYSTEM INTERFACE ${MPR_XXHASH_INCLUDE})
target_compile_definitions(mpr_xxhash INTERFACE XXH_INLINE_ALL)
