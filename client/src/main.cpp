#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "navette/client/program.hpp"

int main(int count, char** values) {
  std::ios::sync_with_stdio(false);  // « batch » looks whether more commands have already arrived
  std::signal(SIGPIPE, SIG_IGN);
  // Closed, it would be the number of the next file that is opened: what is printed would go into that one.
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(standard, F_GETFD) < 0 && ::open("/dev/null", O_RDONLY) < 0) return navette::client::kRefused;
  }
  return navette::client::run({values + 1, values + count}, std::cin, std::cout, std::cerr);
}
