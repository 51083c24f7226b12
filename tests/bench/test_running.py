"""Who is measured, and who is dropped: with a runner that runs nothing."""
import unittest

from contest import Contender, Group
from machine import share_of_others
from running import Failed, Measuring, measure


class FakeRunner:
    """Every run takes the seconds that its contender's argv names, or fails."""

    def prepare(self, contender, count):
        pass

    def seconds(self, contender, count):
        if contender.argv[1] == "fail":
            raise Failed(f"'{contender.name}' failed")
        return float(contender.argv[1])

    def output(self, contender, count):
        return contender.argv[2].encode()

    def peak_kib(self, contender, count):
        return count


def contender(name, seconds, output="right", **more):
    return Contender(name, ("/bin/sh", seconds, output), **more)


def group(*contenders, **more):
    return Group("made up", "tasks/s", 100, 2, contenders, **more)


def measured(*contenders, **more):
    return measure(group(*contenders, **more), FakeRunner(), None)


class Others(unittest.TestCase):
    def test_that_one_does_not_wait_for_its_processes_is_not_taken_for_others(self):
        calm, leaky = [(0.01, 2.0), (0.01, 2.0)], [(0.8, 2.0)]
        self.assertAlmostEqual(share_of_others({"floor": calm, "mpr": calm, "parallel": leaky}), 0.005)

    def test_that_others_who_are_there_all_the_time_are_seen(self):
        self.assertAlmostEqual(share_of_others({"floor": [(0.5, 2.0)], "mpr": [(0.4, 2.0)]}), 0.225)

    def test_that_nobody_is_there_when_nothing_ran(self):
        self.assertEqual(share_of_others({"floor": []}), 0)


class Measured(unittest.TestCase):
    def test_are_all_rounds_of_the_share_of_tasks(self):
        found = measured(contender("one", "0.5"), contender("two", "2", share=0.1, memory=True))
        self.assertEqual(found["results"]["one"], {"tasks": 100, "seconds": [0.5, 0.5]})
        self.assertEqual(found["results"]["two"], {"tasks": 10, "seconds": [2, 2], "peak_kib": 10})
        self.assertEqual(found["missing"], {})

    def test_are_not_those_that_cannot_run(self):
        found = measured(contender("one", "1", needs=("no-such-program",)), contender("two", "1", lacks="no executor"))
        self.assertEqual(found["missing"], {"one": "no-such-program not found", "two": "no executor"})
        self.assertEqual(found["results"], {})

    def test_are_not_those_that_print_what_is_wrong(self):
        found = measured(
            contender("one", "1", "right"), contender("two", "1", "wrong"), contender("three", "1", "", prints=False),
            check=lambda output, count, ordered: output == b"right",
        )
        self.assertEqual(sorted(found["results"]), ["one", "three"])
        self.assertEqual(found["missing"], {"two": "'two' prints wrong results"})

    def test_are_none_whose_start_up_is_unknown(self):
        found = measured(contender("1 task", "fail"), contender("many", "1"), startup="1 task")
        self.assertEqual(found["missing"], {"1 task": "'1 task' failed", "many": "its start-up is unknown"})

    def test_of_repeats_is_the_median(self):
        made_up = contender("one", "0", repeats=3)
        measuring = Measuring(group(made_up), FakeRunner(), None)
        times = iter([1.0, 9.0, 2.0])
        measuring.clock = lambda contender, count: next(times)
        measuring.run(made_up)
        self.assertEqual(measuring.results["one"]["seconds"], [2.0])


if __name__ == "__main__":
    unittest.main()
