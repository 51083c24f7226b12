"""What a Python programmer writes: squares of 1 to COUNT by two processes, printed in order.

pool_map.py print|join COUNT: printed one by one, or, faster and less often seen, as one string.
"""
import sys
from multiprocessing import Pool


def square(number):
    return number * number


if __name__ == "__main__":
    with Pool(2) as pool:
        squares = pool.map(square, range(1, int(sys.argv[2]) + 1))
    if sys.argv[1] == "join":
        print("\n".join(map(str, squares)))
    else:
        for number in squares:
            print(number)
