"""What becomes of figures: ratios, noise and verdicts."""
import unittest
from dataclasses import asdict

from contest import Goal
from judging import figures, is_noisy, judge, spread
from made_up import group, result, twice_as_fast


def judged(made_up):
    return judge(made_up, made_up["goals"][0])


class Figures(unittest.TestCase):
    def test_are_tasks_a_second_or_units_of_them(self):
        results = {"mpr": result(2.0, 4.0)}
        self.assertEqual(figures(group(results), "mpr"), [50, 25])
        self.assertEqual(figures(group(results, unit="MB/s", scale=0.5), "mpr"), [25, 12.5])

    def test_are_milliseconds_where_the_unit_is(self):
        self.assertEqual(figures(group({"mpr": result(0.25)}, unit="ms"), "mpr"), [250])

    def test_of_a_task_are_without_the_start_up_of_the_same_round(self):
        results = {"1 task": result(0.5, 1.0, tasks=1), "many": result(1.5, 3.0, tasks=11)}
        made_up = group(results, unit="us/task", startup="1 task")
        self.assertEqual(figures(made_up, "many"), [1e5, 2e5])
        self.assertEqual(figures(made_up, "1 task"), [5e5, 1e6])

    def test_of_a_run_shorter_than_the_start_up_are_still_positive(self):
        results = {"1 task": result(0.5, tasks=1), "many": result(0.4, tasks=11)}
        self.assertGreater(figures(group(results, unit="us/task", startup="1 task"), "many")[0], 0)


class Noise(unittest.TestCase):
    def test_is_the_distance_of_the_middle_half_as_a_part_of_the_median(self):
        self.assertAlmostEqual(spread([10, 11, 9]), 0.2)
        self.assertAlmostEqual(spread([1, 9, 9, 10, 11, 11, 90]), 0.2)
        self.assertEqual(spread([5]), 0)

    def test_of_a_group_is_that_of_its_baselines_alone(self):
        results = {"mpr": result(1, 5, 9), "peer": result(2.0, 2.01, 2.02)}
        self.assertFalse(is_noisy(group(results)))
        self.assertTrue(is_noisy(group(results, baselines=["mpr"])))

    def test_is_also_what_other_processes_use(self):
        results = {"peer": result(2.0, 2.0, 2.0)}
        self.assertFalse(is_noisy(group(results, others=0.05)))
        self.assertTrue(is_noisy(group(results, others=0.5)))


class RatioGoals(unittest.TestCase):
    def test_are_reached_by_the_median(self):
        verdict = judged(twice_as_fast(at_least=2))
        self.assertEqual((verdict.kind, verdict.text), ("reached", "reached"))
        self.assertAlmostEqual(verdict.median, 2.0)

    def test_tell_by_how_much_they_are_missed(self):
        verdict = judged(twice_as_fast(at_least=4))
        self.assertEqual((verdict.kind, verdict.text), ("missed", "missed by 50%"))
        self.assertEqual(judged(twice_as_fast(at_least=2.01)).text, "missed by less than 1%")

    def test_may_be_upper_bounds(self):
        self.assertEqual(judged(twice_as_fast(at_most=2.5)).kind, "reached")
        self.assertEqual(judged(twice_as_fast(at_most=1.6)).text, "missed by 25%")

    def test_compare_neighbours_so_that_slow_rounds_do_not_count(self):
        results = {"mpr": result(1, 5, 1), "peer": result(2, 10, 2)}
        verdict = judged(group(results, [Goal("the work", "mpr", "peer")]))
        self.assertEqual((verdict.low, verdict.median, verdict.high), (2, 2, 2))

    def test_without_a_bound_are_for_information(self):
        self.assertEqual(judged(twice_as_fast()).kind, "information")


class TooNoisy(unittest.TestCase):
    def noisy(self, bound):
        results = {"mpr": result(1.0, 1.0, 1.0), "peer": result(2.0, 2.4, 2.8)}
        return judged(group(results, [Goal("the work", "mpr", "peer", at_least=bound)]))

    def test_is_said_where_the_goal_is_near(self):
        self.assertEqual(self.noisy(1.9).text, "too noisy to tell")
        self.assertEqual(self.noisy(3.0).text, "too noisy to tell")

    def test_is_not_said_where_all_rounds_are_far_from_the_goal(self):
        self.assertEqual(self.noisy(1.2).kind, "reached")
        self.assertEqual(self.noisy(20).kind, "missed")

    def test_is_said_where_other_processes_used_the_cpus_although_rounds_agree(self):
        made_up = {**twice_as_fast(at_least=0.1), "others": 0.3}
        self.assertEqual(judged(made_up).kind, "noisy")
        self.assertEqual(judged({**made_up, "others": 0.05}).kind, "reached")

    def test_is_said_of_two_rounds_too(self):
        results = {"mpr": result(1.0, 1.0), "peer": result(2.0, 2.0)}
        self.assertEqual(judged(group(results, [Goal("the work", "mpr", "peer", at_least=1)])).kind, "noisy")

    def test_is_said_of_rows_for_information_too(self):
        self.assertEqual(judged({**twice_as_fast(), "others": 0.5}).kind, "noisy")
        self.assertEqual(self.noisy(None).kind, "noisy")


class OtherGoals(unittest.TestCase):
    def difference(self, *milliseconds, others=0.0):
        results = {"mpr": result(*(ms / 1000 for ms in milliseconds)), "peer": result(0.010, 0.010, 0.010)}
        goal = Goal("start to end", "mpr", "peer", "difference", at_most=2)
        return judged(group(results, [goal], unit="ms", others=others))

    def test_may_be_a_difference_in_ms(self):
        self.assertEqual(self.difference(11, 11.5, 12).kind, "reached")
        self.assertEqual(self.difference(12, 12.5, 13).text, "missed by 0.5 ms")
        self.assertEqual(self.difference(12, 12.5, 13, others=0.5).kind, "noisy")

    def test_may_be_a_peak_of_memory(self):
        made_up = group({"mpr": result(1, peak_kib=51200)}, [Goal("memory", "mpr", measure="memory", at_most=100)])
        self.assertEqual((judged(made_up).kind, judged(made_up).median), ("reached", 50))
        made_up["goals"] = [asdict(Goal("memory", "mpr", measure="memory", at_most=40))]
        self.assertEqual(judged(made_up).text, "missed by 10 MB")


class Absent(unittest.TestCase):
    def test_peers_are_told_with_the_reason(self):
        made_up = group({"mpr": result(1)}, [Goal("the work", "mpr", "peer")], missing={"peer": "rush not found"})
        self.assertEqual((judged(made_up).kind, judged(made_up).text), ("absent", "missing: rush not found"))

    def test_contenders_are_told_with_the_reason(self):
        made_up = group({"peer": result(1)}, [Goal("the work", "mpr", "peer")], missing={"mpr": "no such executor"})
        self.assertEqual(judged(made_up).text, "no such executor")


if __name__ == "__main__":
    unittest.main()
