# What reads bytes from outside, against any bytes. packaging/fuzz builds and runs the targets with libFuzzer; every other
# preset replays tests/fuzz/corpus as a test.
include(${CMAKE_CURRENT_LIST_DIR}/../support/support.cmake)
set(fuzz_targets delta merge values import codec frames authority replica session enrolment front_door)

add_library(navette_fuzz STATIC
  ${CMAKE_CURRENT_LIST_DIR}/hostile.cpp
  ${CMAKE_CURRENT_LIST_DIR}/hostile_messages.cpp
  ${CMAKE_CURRENT_LIST_DIR}/session_house.cpp
  ${CMAKE_CURRENT_LIST_DIR}/../support/deaf_connection.cpp
  ${CMAKE_CURRENT_LIST_DIR}/../sync/sample_messages.cpp)
foreach(target IN LISTS fuzz_targets)
  target_sources(navette_fuzz PRIVATE ${CMAKE_CURRENT_LIST_DIR}/fuzz_${target}.cpp)
endforeach()
target_include_directories(navette_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/sync/src ${CMAKE_SOURCE_DIR}/server/src)
target_link_libraries(navette_fuzz PUBLIC navette_base PRIVATE navette_options navette_sync navette_cpom navette_server
  navette_net navette_os navette_test_support nlohmann_json::nlohmann_json OpenSSL::SSL)

if(NAVETTE_FUZZ)
  foreach(target IN LISTS fuzz_targets)
    add_executable(fuzz_${target} ${CMAKE_CURRENT_LIST_DIR}/entry.cpp)
    target_compile_definitions(fuzz_${target} PRIVATE NAVETTE_FUZZ_TARGET=${target})
    target_link_libraries(fuzz_${target} PRIVATE navette_options navette_fuzz)
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
    set_target_properties(fuzz_${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
    list(APPEND fuzz_programs fuzz_${target})
  endforeach()
  add_custom_target(fuzzers DEPENDS ${fuzz_programs})
else()
  navette_test(fuzz_corpus_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/corpus_test.cpp LINK navette_fuzz)
  target_compile_definitions(fuzz_corpus_test PRIVATE NAVETTE_FUZZ_CORPUS="${CMAKE_CURRENT_LIST_DIR}/corpus")
endif()
