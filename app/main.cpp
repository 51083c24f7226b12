#include <string>
#include <vector>

#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  return mpr::app::run_command_line(words);
}
