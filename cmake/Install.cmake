# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0

install(TARGETS agentbox RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS agentbox-guest RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/agentbox)
install(DIRECTORY agents policies base-images DESTINATION ${CMAKE_INSTALL_DATADIR}/agentbox)
