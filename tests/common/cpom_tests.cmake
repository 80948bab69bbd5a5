# Tests of common/base, common/schema and common/cpom. Those on the public référentiels need the data, which are not in
# the project: without the directory they are not registered.
set(NAVETTE_SHARED_DIR "${CMAKE_SOURCE_DIR}/../shared" CACHE PATH "directory whose data/ holds the public référentiels")

navette_test(base_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/utf8_test.cpp LINK navette_base)
navette_test(schema_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/schema_test.cpp ${CMAKE_CURRENT_LIST_DIR}/finess_test.cpp
  LINK navette_schema)
navette_test(cpom_test LABEL fast
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/cpom_import_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/cpom_schema_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/cpom_template_test.cpp
  LINK navette_cpom)

if(EXISTS "${NAVETTE_SHARED_DIR}/data")
  navette_test(cpom_data_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/cpom_data_test.cpp LINK navette_cpom)
  target_compile_definitions(cpom_data_test PRIVATE NAVETTE_SHARED_DIR="${NAVETTE_SHARED_DIR}")
else()
  message(STATUS "No ${NAVETTE_SHARED_DIR}/data: the tests on public référentiels are not registered")
endif()
