add_test(NAME layering COMMAND ${CMAKE_CURRENT_LIST_DIR}/check ${CMAKE_SOURCE_DIR})
set_tests_properties(layering PROPERTIES LABELS fast)
