# A failing disk under a store; include it where it is needed, before the tests that link it.
include_guard(GLOBAL)
find_package(SQLite3 REQUIRED)
add_library(navette_test_faults STATIC ${CMAKE_CURRENT_LIST_DIR}/faulty_vfs.cpp ${CMAKE_CURRENT_LIST_DIR}/fault_walk.cpp)
target_link_libraries(navette_test_faults PUBLIC navette_base PRIVATE navette_options navette_sql GTest::gtest SQLite::SQLite3)
