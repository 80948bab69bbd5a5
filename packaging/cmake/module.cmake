# What every target of the project shares, and the one way a module is declared.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(NAVETTE_FUZZ "build the libFuzzer targets" OFF)
set(NAVETTE_SANITIZE "" CACHE STRING "value of -fsanitize=, empty for none")

add_library(navette_options INTERFACE)
target_compile_options(navette_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
target_compile_definitions(navette_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_BEAST_SEPARATE_COMPILATION)
if(NAVETTE_SANITIZE)
  target_compile_options(navette_options INTERFACE -fsanitize=${NAVETTE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(navette_options INTERFACE -fsanitize=${NAVETTE_SANITIZE})
endif()
if(NAVETTE_FUZZ)
  # Without it the fuzzers would not see which branches of the product they reach.
  target_compile_options(navette_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# navette_module(name SOURCES … PUBLIC … PRIVATE …): a static library navette_<name> with its own public include
# directory. PUBLIC: what its headers name. PRIVATE: what only its sources name.
function(navette_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(navette_${name} STATIC ${ARG_SOURCES})
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/include/*.hpp)
  target_sources(navette_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR}/include
    FILES ${headers})
  set_target_properties(navette_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(navette_${name} PUBLIC ${ARG_PUBLIC} PRIVATE navette_options ${ARG_PRIVATE})
endfunction()

# navette_test(name LABEL fast|slow SOURCES … LINK …): one GoogleTest program, its cases discovered by ctest.
function(navette_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE navette_options GTest::gtest GTest::gmock GTest::gtest_main ${ARG_LINK})
  gtest_discover_tests(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT 600 DISCOVERY_TIMEOUT 60)
endfunction()
