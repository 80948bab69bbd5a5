navette_test(os_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/os_test.cpp LINK navette_net navette_os)
navette_test(identity_test LABEL fast SOURCES ${CMAKE_CURRENT_LIST_DIR}/identity_test.cpp
  LINK navette_net navette_os OpenSSL::Crypto)
navette_test(net_test LABEL fast
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/net_test.cpp ${CMAKE_CURRENT_LIST_DIR}/net_hostile_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/net_limits_test.cpp
  LINK navette_net navette_os OpenSSL::SSL)
target_include_directories(net_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/.. ${CMAKE_SOURCE_DIR}/common/net/src)
