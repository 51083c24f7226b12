/* square_lines: for each line of standard input, a number, prints its square at once. What a program that answers line
   by line costs when it does next to nothing. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    const long number = strtol(line, NULL, 10);
    printf("%ld\n", number * number);
    fflush(stdout);
  }
  return 0;
}
