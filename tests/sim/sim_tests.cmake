include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../support/faults.cmake)
# The server's sessions over a network of its own: they are compiled here, and the network is not linked.
set(sessions ${CMAKE_SOURCE_DIR}/server/src/session)
add_library(navette_simulation STATIC
  ${CMAKE_CURRENT_LIST_DIR}/words.cpp
  ${CMAKE_CURRENT_LIST_DIR}/people.cpp
  ${CMAKE_CURRENT_LIST_DIR}/checks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/rules.cpp
  ${CMAKE_CURRENT_LIST_DIR}/simulation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/../support/sqlite_disk.cpp
  ${CMAKE_CURRENT_LIST_DIR}/../support/simulated_network.cpp
  ${CMAKE_CURRENT_LIST_DIR}/../support/production_server.cpp
  ${sessions}/hub.cpp ${sessions}/relay_pace.cpp ${sessions}/session.cpp ${sessions}/catch_up.cpp)
target_include_directories(navette_simulation PUBLIC ${CMAKE_SOURCE_DIR}/common/net/include)
target_link_libraries(navette_simulation
  PUBLIC navette_sync navette_test_support navette_test_faults navette_authority_store navette_replica_store
  PRIVATE navette_options)
navette_test(simulation_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/simulation_test.cpp ${CMAKE_CURRENT_LIST_DIR}/production_server_test.cpp
  LINK navette_simulation)
add_executable(simulate ${CMAKE_CURRENT_LIST_DIR}/simulate_main.cpp)
target_link_libraries(simulate PRIVATE navette_simulation navette_options)
