include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
add_library(navette_simulation STATIC
  ${CMAKE_CURRENT_LIST_DIR}/words.cpp
  ${CMAKE_CURRENT_LIST_DIR}/people.cpp
  ${CMAKE_CURRENT_LIST_DIR}/checks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/rules.cpp
  ${CMAKE_CURRENT_LIST_DIR}/simulation.cpp)
target_link_libraries(navette_simulation PUBLIC navette_sync navette_test_support PRIVATE navette_options)
navette_test(simulation_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/simulation_test.cpp
  LINK navette_simulation)
add_executable(simulate ${CMAKE_CURRENT_LIST_DIR}/simulate_main.cpp)
target_link_libraries(simulate PRIVATE navette_simulation navette_options)
