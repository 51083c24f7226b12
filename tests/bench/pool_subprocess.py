"""What a Python programmer writes: a Pool whose workers start a program for each line of standard input, in order."""
import subprocess
import sys
from multiprocessing import Pool


def task(word):
    return subprocess.run([sys.argv[2], word.strip()], stdout=subprocess.PIPE, check=True).stdout


if __name__ == "__main__":
    with Pool(int(sys.argv[1])) as pool:
        for output in pool.imap(task, sys.stdin):
            sys.stdout.buffer.write(output)
