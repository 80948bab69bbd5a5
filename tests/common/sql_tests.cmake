navette_test(sql_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/sql_test.cpp
  LINK navette_sql)
