/* The same job as jobs/square.cpp, for one number and with nothing but the C library: what starting a process costs
   when the program itself costs next to nothing. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const long number = strtol(argv[1], NULL, 10);
  printf("%ld\n", number * number);
  return 0;
}
