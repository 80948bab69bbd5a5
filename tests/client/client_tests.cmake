include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
navette_test(client_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/client_fixture.cpp ${CMAKE_CURRENT_LIST_DIR}/client_reading_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/client_writing_test.cpp ${CMAKE_CURRENT_LIST_DIR}/client_deciding_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/client_batch_test.cpp ${CMAKE_CURRENT_LIST_DIR}/client_enrol_test.cpp
  LINK navette_client navette_cpom navette_net navette_os nlohmann_json::nlohmann_json)
target_compile_definitions(client_test PRIVATE NAVETTE_PROGRAM="$<TARGET_FILE:navette>")
add_dependencies(client_test navette)

navette_test(client_sync_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/mini_server.cpp ${CMAKE_CURRENT_LIST_DIR}/client_sync_test.cpp
  LINK navette_client navette_cpom navette_net navette_os nlohmann_json::nlohmann_json)
target_include_directories(client_sync_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/../../client/src)
