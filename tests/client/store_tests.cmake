include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
navette_test(replica_store_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/replica_store_contract_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/replica_store_random_test.cpp ${CMAKE_CURRENT_LIST_DIR}/sqlite_replica_store_test.cpp
  LINK navette_replica_store navette_sql navette_test_support)
