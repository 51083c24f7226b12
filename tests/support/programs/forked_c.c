/* The least program for the tests of the fork-server executor: C alone. Prints its words. */
#include <stdio.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) puts(argv[i]);
  return argc - 1;
}
