#include <csignal>
#include <iostream>

#include "navette/client/program.hpp"

int main(int count, char** values) {
  std::ios::sync_with_stdio(false);  // « batch » looks whether more commands have already arrived
  std::signal(SIGPIPE, SIG_IGN);
  const int code = navette::client::run({values + 1, values + count}, std::cin, std::cout, std::cerr);
  std::cout.flush();
  return code;
}
