navette_test(authority_store_test LABEL fast
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/store_accounts_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_care_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_crash_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_fixture.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_history_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_migration_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_push_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/../support/test_schema.cpp
  LINK navette_authority_store navette_sql)
target_include_directories(authority_store_test PRIVATE ${CMAKE_SOURCE_DIR}/sync/src)
target_compile_definitions(authority_store_test PRIVATE NAVETTE_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")

navette_test(relay_pace_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/relay_pace_test.cpp LINK navette_server)

include(${CMAKE_CURRENT_LIST_DIR}/../support/faults.cmake)
add_library(authority_store_faults STATIC
  ${CMAKE_CURRENT_LIST_DIR}/store_faults.cpp
  ${CMAKE_CURRENT_LIST_DIR}/store_fixture.cpp
  ${CMAKE_CURRENT_LIST_DIR}/../support/test_schema.cpp)
target_link_libraries(authority_store_faults
  PUBLIC navette_authority_store navette_test_faults GTest::gtest
  PRIVATE navette_options navette_sql)
navette_test(authority_store_faults_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_faults_test.cpp LINK authority_store_faults)
navette_test(authority_store_faults_slow_test LABEL slow
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_faults_slow_test.cpp LINK authority_store_faults)
