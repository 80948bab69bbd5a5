# Rights and secrecy, generated from the table that the programs serve.
include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
navette_test(rights_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/contract.cpp ${CMAKE_CURRENT_LIST_DIR}/rights_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/secrecy_test.cpp
  LINK navette_sync navette_cpom navette_test_support)
target_include_directories(rights_test PRIVATE ${CMAKE_SOURCE_DIR}/sync/src)
navette_test(two_worlds_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/contract.cpp ${CMAKE_CURRENT_LIST_DIR}/world.cpp
    ${CMAKE_CURRENT_LIST_DIR}/two_worlds_test.cpp ${CMAKE_CURRENT_LIST_DIR}/flood_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/../support/deaf_connection.cpp
  LINK navette_server navette_sync navette_cpom navette_test_support)
target_include_directories(two_worlds_test PRIVATE ${CMAKE_SOURCE_DIR}/sync/src ${CMAKE_SOURCE_DIR}/server/src)
