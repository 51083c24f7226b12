// One process puts words into a queue, another gets them.
#include <cstdio>
#include <string>

#include <mpr/mpr.hpp>

int main() {
  mpr::Queue<std::string> queue;
  mpr::Process producer([&] {
    for (const char* word : {"hello", "from", "another", "process", ""}) queue.put(word);
  });
  producer.start();
  for (std::string word = queue.get(); !word.empty(); word = queue.get()) std::printf("%s\n", word.c_str());
  producer.join();
}
