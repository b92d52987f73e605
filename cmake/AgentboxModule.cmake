# SPDX-FileCopyrightText: 2026 The agentbox authors
# SPDX-License-Identifier: Apache-2.0

# agentbox_module(NAME [DEPENDS libraries...]): one static library agentbox_NAME from all *.cpp of the current folder
# (and its sub-folders). The include root is launcher/, so that a folder's name stands in every include.
function(agentbox_module name)
  cmake_parse_arguments(PARSE_ARGV 1 MODULE "" "" "DEPENDS")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(sources)
    set(visibility PUBLIC)
    add_library(agentbox_${name} STATIC ${sources})
  else()
    set(visibility INTERFACE)  # headers only
    add_library(agentbox_${name} INTERFACE)
  endif()
  target_include_directories(agentbox_${name} ${visibility} ${PROJECT_SOURCE_DIR}/launcher)
  target_link_libraries(agentbox_${name} ${visibility} ${MODULE_DEPENDS})
endfunction()
