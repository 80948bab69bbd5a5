include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
navette_test(engine_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/engine_fixture.cpp ${CMAKE_CURRENT_LIST_DIR}/engine_edits_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_flight_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_refusals_test.cpp ${CMAKE_CURRENT_LIST_DIR}/engine_recovery_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/found_by_simulation_test.cpp ${CMAKE_CURRENT_LIST_DIR}/found_by_fuzzing_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/engine_reconnect_test.cpp ${CMAKE_CURRENT_LIST_DIR}/engine_records_test.cpp ${CMAKE_CURRENT_LIST_DIR}/engine_conflicts_test.cpp
  LINK navette_sync navette_test_support)
target_include_directories(engine_test PRIVATE ${CMAKE_SOURCE_DIR}/sync/src)
navette_test(codec_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/codec_test.cpp ${CMAKE_CURRENT_LIST_DIR}/sample_messages.cpp
  LINK navette_sync navette_test_support)
target_compile_definitions(codec_test PRIVATE NAVETTE_TEST_DATA="${CMAKE_CURRENT_LIST_DIR}/../data")
