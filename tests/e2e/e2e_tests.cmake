# The whole product, as people run it: its programs, over real TLS, on real files.
set(NAVETTE_SHARED_DIR "${CMAKE_SOURCE_DIR}/../shared" CACHE PATH "directory whose data/ holds the public référentiels")

add_library(navette_e2e STATIC
  ${CMAKE_CURRENT_LIST_DIR}/agency.cpp
  ${CMAKE_CURRENT_LIST_DIR}/bad_line.cpp
  ${CMAKE_CURRENT_LIST_DIR}/crash.cpp
  ${CMAKE_CURRENT_LIST_DIR}/damaged.cpp
  ${CMAKE_CURRENT_LIST_DIR}/process.cpp
  ${CMAKE_CURRENT_LIST_DIR}/proxy.cpp)
target_link_libraries(navette_e2e
  PUBLIC GTest::gtest GTest::gmock nlohmann_json::nlohmann_json
  PRIVATE navette_options)
target_compile_definitions(navette_e2e PUBLIC
  NAVETTE_PROGRAM="$<TARGET_FILE:navette>"
  NAVETTE_SERVER_PROGRAM="$<TARGET_FILE:navette-server>"
  NAVETTE_PROGRAM_DIR="$<TARGET_FILE_DIR:navette>"
  NAVETTE_DEMO="${CMAKE_SOURCE_DIR}/packaging/demo"
  NAVETTE_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
add_dependencies(navette_e2e navette navette-server)

navette_test(e2e_test LABEL fast
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/administration_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/audience_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bad_input_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bad_line_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/clock_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/command_line_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/crash_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/damaged_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/decisions_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/full_disk_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/garbage_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/identity_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/impostor.cpp
    ${CMAKE_CURRENT_LIST_DIR}/keys_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lies_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/network_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/pause_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/restore_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/story_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/watch_test.cpp
  LINK navette_e2e navette_cpom navette_net navette_os navette_sql navette_sync)

navette_test(e2e_slow_test LABEL slow
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/bad_line_slow_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/crash_slow_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/damaged_slow_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/network_slow_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/pause_slow_test.cpp
  LINK navette_e2e)

if(EXISTS "${NAVETTE_SHARED_DIR}/data")
  navette_test(e2e_data_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/paris_test.cpp LINK navette_e2e)
  target_compile_definitions(e2e_data_test PRIVATE NAVETTE_SHARED_DIR="${NAVETTE_SHARED_DIR}")
endif()
