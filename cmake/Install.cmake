# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0

# What an installation consists of, and the Debian package (cpack in the build directory).

install(TARGETS agentbox RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS agentbox-guest agentbox-guard agentbox-disk agentbox-wire agentbox-gateway agentbox-fetch RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/agentbox)
install(DIRECTORY agents policies base-images DESTINATION ${CMAKE_INSTALL_DATADIR}/agentbox USE_SOURCE_PERMISSIONS)
install(FILES docs/man/agentbox.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# The program prints its own completion scripts; so they are there once it is built.
set(completions)
foreach(shell bash zsh fish)
  set(script ${PROJECT_BINARY_DIR}/completions/agentbox.${shell})
  add_custom_command(OUTPUT ${script}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/completions
    COMMAND agentbox completion ${shell} > ${script}
    DEPENDS agentbox VERBATIM)
  list(APPEND completions ${script})
endforeach()
add_custom_target(completions ALL DEPENDS ${completions})
install(FILES ${PROJECT_BINARY_DIR}/completions/agentbox.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME agentbox)
install(FILES ${PROJECT_BINARY_DIR}/completions/agentbox.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# zsh on Debian looks into vendor-completions below /usr, and into site-functions below /usr/local.
install(CODE "
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\" AND EXISTS /etc/debian_version)
    set(directory vendor-completions)
  else()
    set(directory site-functions)
  endif()
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${directory}\" TYPE FILE
    RENAME _agentbox FILES \"${PROJECT_BINARY_DIR}/completions/agentbox.zsh\")")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME agentbox)
set(CPACK_PACKAGE_VENDOR "The agentbox authors")
set(CPACK_PACKAGE_CONTACT "The agentbox authors")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "run coding agents in throw-away virtual machines")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "agentbox forks a prepared virtual machine, lets it see one project directory
and nothing else of the host, runs a coding agent in it, and destroys or
snapshots it afterwards. It needs no root rights, no daemon and no hardware
virtualisation.")
# The libraries are found by dpkg-shlibdeps; these are the programs that agentbox starts, and Debian's keys, with which it
# checks what base images are made of.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "qemu-system-x86, qemu-utils, bubblewrap, mmdebstrap, uidmap, e2fsprogs, debian-archive-keyring, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libsecret-tools")  # to keep keys in the keyring of a desktop's session
include(CPack)
