include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
navette_test(replica_store_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/replica_store_contract_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/replica_store_random_test.cpp ${CMAKE_CURRENT_LIST_DIR}/sqlite_replica_store_test.cpp
  LINK navette_replica_store navette_sql navette_test_support)

include(${CMAKE_CURRENT_LIST_DIR}/../support/faults.cmake)
add_library(replica_store_faults STATIC ${CMAKE_CURRENT_LIST_DIR}/store_faults.cpp)
target_link_libraries(replica_store_faults
  PUBLIC navette_replica_store navette_test_faults navette_test_support
  PRIVATE navette_options)
navette_test(replica_store_faults_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_faults_test.cpp LINK replica_store_faults)
navette_test(replica_store_faults_slow_test LABEL slow
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_faults_slow_test.cpp LINK replica_store_faults)
