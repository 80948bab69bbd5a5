# libFuzzer targets of what reads bytes from outside. Built by the fuzz preset: build/fuzz/bin/fuzz_<name> [-max_total_time=60]
if(NAVETTE_FUZZ)
  foreach(target codec frames text import)
    add_executable(fuzz_${target} ${CMAKE_CURRENT_LIST_DIR}/fuzz_${target}.cpp)
    target_link_libraries(fuzz_${target} PRIVATE navette_options navette_sync navette_cpom)
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
    set_target_properties(fuzz_${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  endforeach()
endif()
