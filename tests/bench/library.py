"""Python's multiprocessing at the work of the programs in library/: prints the seconds that the work itself took.

library.py map CHUNK COUNT | apply COUNT | queue PAIRS COUNT | lock COUNT | value COUNT | process COUNT
"""
import sys
import time
from multiprocessing import Array, Barrier, Lock, Pool, Process, Queue, Value


def square(number):
    return number * number


def nothing():
    pass


def part_of(items, parts, part):
    return (items + parts - 1 - part) // parts


def seconds_of(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def seconds_in_processes(targets):
    """The seconds from where the first of the processes, which begin together, does, to their end. A target is a
    function, its arguments."""
    together, starts = Barrier(len(targets) + 1), Array("d", len(targets), lock=False)
    processes = [Process(target=begin, args=(together, starts, n, *target)) for n, target in enumerate(targets)]
    for process in processes:
        process.start()
    together.wait()
    for process in processes:
        process.join()
    return time.perf_counter() - min(starts)


def begin(together, starts, number, function, *arguments):
    together.wait()
    starts[number] = time.perf_counter()  # one clock for all processes
    function(*arguments)


def run_map(chunk, count):
    with Pool(2) as pool:
        pool.map(square, range(64), 1)  # now its workers run
        seconds, squares = seconds_of(lambda: pool.map(square, range(count), chunk or None))
    assert squares == [square(number) for number in range(count)]
    return seconds


def run_apply(count):
    with Pool(2) as pool:
        pool.map(square, range(64), 1)
        seconds, squares = seconds_of(lambda: [pool.apply(square, (number,)) for number in range(count)])
    assert squares == [square(number) for number in range(count)]
    return seconds


def produce(queue, items):
    for number in range(items):
        queue.put(number)


def consume(queue, items, total):
    own = sum(queue.get() for _ in range(items))
    with total.get_lock():
        total.value += own


def run_queue(pairs, count):
    queue, total = Queue(), Value("q", 0)
    parts = [part_of(count, pairs, pair) for pair in range(pairs)]
    seconds = seconds_in_processes(
        [(produce, queue, items) for items in parts] + [(consume, queue, items, total) for items in parts]
    )
    assert total.value == sum(items * (items - 1) // 2 for items in parts)
    return seconds


def run_lock(count):
    lock = Lock()

    def work():
        for _ in range(count):
            lock.acquire()
            lock.release()

    return seconds_of(work)[0]


def increment(value, steps):
    for _ in range(steps):
        with value.get_lock():
            value.value += 1


def run_value(count):
    value = Value("i", 0)
    seconds = seconds_in_processes([(increment, value, part_of(count, 5, number)) for number in range(5)])
    assert value.value == count
    return seconds


def run_process(count):
    def work():
        for _ in range(count):
            process = Process(target=nothing)
            process.start()
            process.join()
            assert process.exitcode == 0

    return seconds_of(work)[0]


if __name__ == "__main__":
    print(globals()[f"run_{sys.argv[1]}"](*map(int, sys.argv[2:])))
