# The proof that the proof can fail: deliberate faults in the engine and the stores, and for each the check that tells.
#
# NAME.fault says what it breaks, what tells it, which program runs (a simulation or a test of a store), and what it
# changes in which source. All faults of a program are built into one copy of it, PROGRAM_with_faults; the environment
# names the one that is on. The test fault.NAME passes if the check named tells; fault.none… run the same without any.
file(GLOB fault_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.fault)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${fault_files})  # what they say decides what is tested
set(fault_programs)
foreach(fault_file IN LISTS fault_files)
  get_filename_component(name ${fault_file} NAME_WE)
  file(STRINGS ${fault_file} run REGEX "^run: ")
  file(STRINGS ${fault_file} told REGEX "^told: ")
  file(STRINGS ${fault_file} sources REGEX "^---- in ")
  string(REGEX REPLACE "^run: +" "" run "${run}")
  string(REGEX REPLACE "^told: +" "" told "${told}")
  list(TRANSFORM sources REPLACE "^---- in " "")
  separate_arguments(run)
  list(POP_FRONT run program)
  list(APPEND fault_programs ${program})
  list(APPEND fault_sources_${program} ${sources})
  string(REPLACE ";" " " run_name "${run}")
  list(APPEND fault_runs_${program} "${run_name}")
  add_test(NAME fault.${name} COMMAND ${program}_with_faults ${run})
  set_tests_properties(fault.${name} PROPERTIES LABELS "fast;faults" ENVIRONMENT NAVETTE_FAULT=${name} TIMEOUT 120
    PASS_REGULAR_EXPRESSION "(SEED [0-9]+: |FAILED  . )${told}")
endforeach()

list(REMOVE_DUPLICATES fault_programs)
foreach(program IN LISTS fault_programs)
  get_target_property(libraries ${program} LINK_LIBRARIES)
  set(copies)
  list(REMOVE_DUPLICATES fault_sources_${program})
  foreach(source IN LISTS fault_sources_${program})
    set(copy ${CMAKE_CURRENT_BINARY_DIR}/faults/${program}/${source})
    add_custom_command(OUTPUT ${copy}
      COMMAND ${CMAKE_COMMAND} -D ROOT=${CMAKE_SOURCE_DIR} -D SOURCE=${source} -D OUTPUT=${copy}
        "-DFAULTS=${fault_files}" -P ${CMAKE_CURRENT_LIST_DIR}/inject
      DEPENDS ${CMAKE_SOURCE_DIR}/${source} ${fault_files} ${CMAKE_CURRENT_LIST_DIR}/inject
      VERBATIM)
    get_filename_component(folder ${CMAKE_SOURCE_DIR}/${source} DIRECTORY)
    set_source_files_properties(${copy} PROPERTIES INCLUDE_DIRECTORIES "${folder}")
    list(APPEND copies ${copy})
  endforeach()
  # The program's own objects and the copies come first: what they define is not taken from the libraries.
  add_executable(${program}_with_faults $<TARGET_OBJECTS:${program}> ${copies} ${CMAKE_CURRENT_LIST_DIR}/injected.cpp)
  add_dependencies(${program}_with_faults ${program})
  get_target_property(folders ${program} INCLUDE_DIRECTORIES)
  target_include_directories(${program}_with_faults PRIVATE ${folders})
  target_link_libraries(${program}_with_faults PRIVATE ${libraries} navette_sync navette_sql)

  list(REMOVE_DUPLICATES fault_runs_${program})
  foreach(run IN LISTS fault_runs_${program})
    string(REGEX REPLACE "[^A-Za-z0-9]+" "_" run_name "${run}")
    separate_arguments(run)
    add_test(NAME fault.none.${program}${run_name} COMMAND ${program}_with_faults ${run})
    set_tests_properties(fault.none.${program}${run_name} PROPERTIES LABELS "fast;faults" TIMEOUT 120)
  endforeach()
endforeach()
