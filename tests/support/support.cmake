# What the tests of the engine and of the stores share; include it where it is needed, before the tests that link it.
include_guard(GLOBAL)
add_library(navette_test_support STATIC
  ${CMAKE_CURRENT_LIST_DIR}/memory_replica_store.cpp
  ${CMAKE_CURRENT_LIST_DIR}/replica_store_dump.cpp
  ${CMAKE_CURRENT_LIST_DIR}/memory_dossier.cpp
  ${CMAKE_CURRENT_LIST_DIR}/memory_authority.cpp
  ${CMAKE_CURRENT_LIST_DIR}/device.cpp ${CMAKE_CURRENT_LIST_DIR}/agreement.cpp
  ${CMAKE_CURRENT_LIST_DIR}/test_schema.cpp)
target_include_directories(navette_test_support PUBLIC ${CMAKE_CURRENT_LIST_DIR}/..)
target_link_libraries(navette_test_support PUBLIC navette_sync PRIVATE navette_options)
