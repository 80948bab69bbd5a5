# Prints the sizes to reach; nothing in it can fail on time, so it is no test.
add_executable(navette-bench ${CMAKE_CURRENT_LIST_DIR}/bench.cpp ${CMAKE_CURRENT_LIST_DIR}/portfolio.cpp)
target_link_libraries(navette-bench PRIVATE navette_options navette_server navette_replica_store navette_cpom
  navette_sql nlohmann_json::nlohmann_json)
target_compile_definitions(navette-bench PRIVATE NAVETTE_PROGRAM="$<TARGET_FILE:navette>"
  NAVETTE_SERVER_PROGRAM="$<TARGET_FILE:navette-server>")
add_dependencies(navette-bench navette navette-server)
set_target_properties(navette-bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin EXCLUDE_FROM_ALL ON)
