// A program of somebody else's: prints the same, line by line, whichever way it got the library.
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <cereal/types/map.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <mpr/pool.hpp>
#include <mpr/process.hpp>

#include "os/clock.hpp"

namespace {

std::map<std::string, std::vector<int>> positions_of_words(const std::string& text) {
  std::map<std::string, std::vector<int>> positions;
  std::string word;
  int position = 0;
  for (const char letter : text + ' ') {
    if (letter != ' ') {
      word += letter;
    } else {
      positions[word].push_back(position++);
      word.clear();
    }
  }
  return positions;
}

void use_process() {
  mpr::Process process([](int a, int b) { return a + b; }, 3, 4);
  process.start();
  process.join();
  std::cout << "process: exit code " << process.exit_code().value_or(-1) << '\n';
}

void use_pool() {
  mpr::Pool pool(2);
  std::cout << "pool:";
  for (const int square : pool.map([](int n) { return n * n; }, std::vector{1, 2, 3, 4})) std::cout << ' ' << square;
  std::cout << "\nwords:";
  for (const auto& [word, positions] : pool.apply(positions_of_words, std::string("to be or not to be"))) {
    std::cout << ' ' << word << '=';
    for (const int position : positions) std::cout << position;
  }
  std::cout << '\n';
}

}  // namespace

int main() {
  std::cout << "program: " << consumer::os::kClock << '\n';
  use_process();
  use_pool();
}
