# What `cmake --install` puts where, so that another project can use the library, and anyone the program:
#
#   bin/mpr  include/mpr/  lib/libmpr.a  lib/cmake/mpr/ (find_package)  lib/pkgconfig/mpr.pc
#
# All of it may be moved afterwards: nothing in there names a place outside of it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# A new header needs no line here. include/mpr/os is what lib/mpr/CMakeLists.txt says it is.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/mpr/include/mpr DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp" PATTERN os EXCLUDE)
install(CODE "
  set(include \"${PROJECT_SOURCE_DIR}/lib/mpr/include/mpr\")
  set(destination \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/mpr/os\")
  include(\"${CMAKE_CURRENT_LIST_DIR}/install_os_headers.cmake\")")
install(TARGETS mpr_mpr EXPORT mpr INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET mpr_program)
  install(TARGETS mpr_program)
endif()

set(mpr_made ${PROJECT_BINARY_DIR}/package-files)
set(mpr_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mpr)
install(EXPORT mpr NAMESPACE mpr:: FILE mprTargets.cmake DESTINATION ${mpr_config_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/mprConfig.cmake.in ${mpr_made}/mprConfig.cmake
  INSTALL_DESTINATION ${mpr_config_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0, a minor version may change what the one before promised.
write_basic_package_version_file(${mpr_made}/mprConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${mpr_made}/mprConfig.cmake ${mpr_made}/mprConfigVersion.cmake DESTINATION ${mpr_config_dir})

# pkg-config knows where it found mpr.pc; the rest is told from there.
file(RELATIVE_PATH mpr_pc_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" mpr_pc_to_prefix ${mpr_pc_to_prefix})
cmake_path(APPEND mpr_pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
cmake_path(APPEND mpr_pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/mpr.pc.in ${mpr_made}/mpr.pc @ONLY)
install(FILES ${mpr_made}/mpr.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
