navette_test(cli_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/cli_test.cpp LINK navette_cli CLI11::CLI11)
