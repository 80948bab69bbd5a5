navette_test(text_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/delta_test.cpp ${CMAKE_CURRENT_LIST_DIR}/diff_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/merge_test.cpp ${CMAKE_CURRENT_LIST_DIR}/merge_laws_test.cpp
  LINK navette_text)
target_include_directories(text_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)
