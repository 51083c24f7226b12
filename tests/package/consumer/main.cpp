// A program of somebody else's: prints the same, line by line, whichever way it got the library.
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <cereal/types/map.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <mpr/mpr.hpp>

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

void use_connection() {
  auto [mine, its] = mpr::make_pipe();
  mpr::Process child([](mpr::Connection parent) { parent.send(parent.recv<int>().value() + 1); }, std::move(its));
  child.start();
  mine.send(41);
  std::cout << "connection: " << mine.recv<int>().value_or(-1) << '\n';
  child.join();
}

void use_queue() {
  mpr::Queue<std::string> queue;
  mpr::Process producer([&queue] {
    for (const std::string word : {"hello", "world"}) queue.put(word);
  });
  producer.start();
  std::cout << "queue:";
  for (int i = 0; i < 2; ++i) std::cout << ' ' << queue.get();
  std::cout << '\n';
  producer.join();
}

void use_shared_state() {
  mpr::Value<int> count(0);
  mpr::Array<double> halves(3);
  mpr::Lock lock;
  mpr::Event done;
  const auto work = [&](int amount) {
    const std::scoped_lock guard(lock);
    count.get() += amount;
    for (std::size_t i = 0; i < halves.size(); ++i) halves[i] += 0.5 * static_cast<double>(i);
    if (count.get() == 3) done.set();
  };
  mpr::Process one(work, 1);
  mpr::Process two(work, 2);
  one.start();
  two.start();
  done.wait();
  one.join();
  two.join();
  std::cout << "shared: " << count.get() << ',';
  for (std::size_t i = 0; i < halves.size(); ++i) std::cout << ' ' << halves[i];
  std::cout << '\n';
}

}  // namespace

int main() {
  std::cout << "program: " << consumer::os::kClock << '\n';
  use_process();
  use_pool();
  use_connection();
  use_queue();
  use_shared_state();
}
