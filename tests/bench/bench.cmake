# The workloads, measured with the real programs over the table of the measures. Prints and writes what it measured;
# only a wrong result fails, never a slow one, so it is no test. The generator's check values are one.
set(NAVETTE_SHARED_DIR "${CMAKE_SOURCE_DIR}/../shared" CACHE PATH "directory whose data/ holds the public référentiels")

add_library(navette_bench_generator STATIC ${CMAKE_CURRENT_LIST_DIR}/generator.cpp ${CMAKE_CURRENT_LIST_DIR}/words.cpp)
target_link_libraries(navette_bench_generator PUBLIC navette_base nlohmann_json::nlohmann_json PRIVATE navette_options)

navette_test(bench_generator_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/generator_test.cpp ${CMAKE_CURRENT_LIST_DIR}/schema.cpp
  LINK navette_bench_generator navette_cpom)

# The production programs with another table: their own sources, and schema.cpp before navette_cpom.
function(navette_bench_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE navette_options)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin EXCLUDE_FROM_ALL ON)
endfunction()
navette_bench_program(navette-bench-client ${CMAKE_SOURCE_DIR}/client/src/main.cpp ${CMAKE_CURRENT_LIST_DIR}/schema.cpp)
target_link_libraries(navette-bench-client PRIVATE navette_client navette_cpom)
navette_bench_program(navette-bench-server
  ${CMAKE_SOURCE_DIR}/server/src/main.cpp
  ${CMAKE_SOURCE_DIR}/server/src/key_commands.cpp
  ${CMAKE_SOURCE_DIR}/server/src/report.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schema.cpp)
target_link_libraries(navette-bench-server PRIVATE navette_cli navette_server CLI11::CLI11 nlohmann_json::nlohmann_json)

navette_bench_program(navette-bench
  ${CMAKE_CURRENT_LIST_DIR}/agency.cpp
  ${CMAKE_CURRENT_LIST_DIR}/cable.cpp
  ${CMAKE_CURRENT_LIST_DIR}/divergence.cpp
  ${CMAKE_CURRENT_LIST_DIR}/divergence_check.cpp
  ${CMAKE_CURRENT_LIST_DIR}/first_sync.cpp
  ${CMAKE_CURRENT_LIST_DIR}/fleet.cpp
  ${CMAKE_CURRENT_LIST_DIR}/growth.cpp
  ${CMAKE_CURRENT_LIST_DIR}/identities.cpp
  ${CMAKE_CURRENT_LIST_DIR}/idle.cpp
  ${CMAKE_CURRENT_LIST_DIR}/limits.cpp
  ${CMAKE_CURRENT_LIST_DIR}/live.cpp
  ${CMAKE_CURRENT_LIST_DIR}/main.cpp
  ${CMAKE_CURRENT_LIST_DIR}/portfolio.cpp
  ${CMAKE_CURRENT_LIST_DIR}/process.cpp
  ${CMAKE_CURRENT_LIST_DIR}/replica.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schema.cpp
  ${CMAKE_CURRENT_LIST_DIR}/slow_line.cpp
  ${CMAKE_CURRENT_LIST_DIR}/slow_lines.cpp
  ${CMAKE_CURRENT_LIST_DIR}/storm.cpp
  ${CMAKE_CURRENT_LIST_DIR}/table.cpp
  ${CMAKE_CURRENT_LIST_DIR}/text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/traces.cpp
  ${CMAKE_SOURCE_DIR}/tests/e2e/proxy.cpp)
target_link_libraries(navette-bench PRIVATE navette_bench_generator navette_server navette_replica_store navette_cpom
  navette_net navette_sql PkgConfig::zstd CLI11::CLI11)
target_compile_definitions(navette-bench PRIVATE
  NAVETTE_BENCH_CLIENT="$<TARGET_FILE:navette-bench-client>"
  NAVETTE_BENCH_SERVER="$<TARGET_FILE:navette-bench-server>"
  NAVETTE_SHARED_DIR="${NAVETTE_SHARED_DIR}")
add_dependencies(navette-bench navette-bench-client navette-bench-server)
