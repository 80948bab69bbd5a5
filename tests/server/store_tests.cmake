navette_test(authority_store_test LABEL fast
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/store_accounts_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_care_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_crash_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_fixture.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_history_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/store_push_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/../support/test_schema.cpp
  LINK navette_authority_store navette_sql)
