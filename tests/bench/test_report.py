"""What is made from a record: tables, comparisons, the picture; and the record's file itself."""
import copy
import tempfile
import unittest
import xml.dom.minidom
from pathlib import Path

import record
from comparing import moves
from contest import Goal, squares_are_right
from machine import disturbance
from made_up import group, result, twice_as_fast
from made_up import record as made_up_record
from picture import svg
from pinning import counted
from report import comparison_text, group_text, machine_text, summary_text
from tool_groups import executors_in


def slower(made_up, name, factor):
    changed = copy.deepcopy(made_up)
    seconds = changed["groups"]["work"]["results"][name]["seconds"]
    seconds[:] = [each * factor for each in seconds]
    return changed


class Tables(unittest.TestCase):
    def test_of_a_group_show_figures_ratios_and_noise(self):
        lines = group_text("work", twice_as_fast(at_least=2)).splitlines()
        self.assertEqual(lines[0], "work (3 rounds; median, and of ratios the limits)")
        self.assertEqual(lines[2].split(), ["mpr", "100", "99.01", "2.00", "(2.00..2.00)"])
        self.assertEqual(lines[3].split(), ["peer", "100", "49.50", "-"])
        self.assertTrue(lines[-1].endswith("peer 2%, others used 0% of the CPUs: calm"))

    def test_of_a_group_show_memory_and_events_where_counted(self):
        events = {"migrations": None, "switches": 12, "cpu_seconds": 0.5}
        text = group_text("work", group({"mpr": result(1.0, peak_kib=2048, events=events)}))
        self.assertIn("peak MB", text)
        self.assertIn("2.0", text)
        self.assertIn("-, 12, 0.50", text)

    def test_of_a_group_show_who_was_missing(self):
        self.assertIn("not measured: peer: not found", group_text("work", group({}, missing={"peer": "not found"})))

    def test_of_goals_are_markdown_with_a_row_each(self):
        groups = {"work": twice_as_fast(at_least=4), "more": twice_as_fast()}
        lines = summary_text(made_up_record(groups)).splitlines()
        self.assertEqual(len(lines), 6)
        self.assertEqual({line.count("|") for line in lines[1:5]}, {7})
        cells = [cell.strip() for cell in lines[3].split("|")[1:-1]]
        self.assertEqual(cells, ["the work", "peer", ">= 4x", "2.00x", "2%", "missed by 50%"])

    def test_of_the_machine_say_when_it_was_not_calm(self):
        made_up = made_up_record({})
        self.assertTrue(machine_text(made_up).endswith("calm"))
        made_up["calibration"]["after"] = {"load": 3.0, "spread": 0.4, "share": 0.5}
        self.assertIn("NOT CALM, as a process gets only 50% of its CPU and the same work varies by 40%",
                      machine_text(made_up))
        self.assertEqual(disturbance({"spread": 0.05, "share": 0.99}), "")


class Comparison(unittest.TestCase):
    old = made_up_record({"work": twice_as_fast(at_least=2), "gone": twice_as_fast()})

    def test_tells_what_moved_beyond_the_noise(self):
        found = [move for move in moves(self.old, slower(self.old, "mpr", 1.25)) if move.counts]
        self.assertEqual([(move.name, round(move.change, 3)) for move in found], [("mpr : peer", -0.2), ("mpr", -0.2)])

    def test_does_not_tell_what_stayed_within_it(self):
        text = comparison_text(self.old, slower(self.old, "mpr", 1.02))
        self.assertIn("0 figures moved", text)

    def test_does_not_judge_what_was_too_noisy(self):
        new = slower(self.old, "mpr", 1.25)
        new["groups"]["work"]["others"] = 0.5
        self.assertFalse(any(move.counts for move in moves(self.old, new) if move.group == "work" and move.noisy))
        self.assertIn("are too noisy to compare", comparison_text(self.old, new))

    def test_skips_what_only_one_record_has(self):
        new = made_up_record({"new": twice_as_fast(at_least=2)})
        self.assertEqual(list(moves(self.old, new)), [])

    def test_warns_of_another_machine(self):
        text = comparison_text(self.old, made_up_record({}, kernel="6.9"))
        self.assertIn("hard to compare: kernel: 6.1 then, 6.9 now", text)


class Picture(unittest.TestCase):
    def test_is_xml_with_a_bar_a_ratio_and_a_tick_a_goal(self):
        groups = {
            "work": twice_as_fast(at_least=4),
            "more": twice_as_fast(),
            "cost": twice_as_fast(at_most=3),  # no bar: less is better
            "absent": group({"peer": result(1)}, [Goal("a <b> & c", "mpr", "peer", at_least=1)]),
        }
        page = xml.dom.minidom.parseString(svg(made_up_record(groups))).documentElement
        bars = [rect for rect in page.getElementsByTagName("rect") if rect.getAttribute("height") == "12"]
        in_rows = [rect.getAttribute("class") for rect in bars if float(rect.getAttribute("y")) > 60]
        self.assertEqual(in_rows, ["missed", "information"])
        ticks = [line for line in page.getElementsByTagName("line") if line.getAttribute("class") == "goal"]
        self.assertEqual(len(ticks), 2)  # one in the legend

    def test_grows_to_the_left_where_mpr_is_slower(self):
        results = {"mpr": result(4.0, 4.0), "peer": result(1.0, 1.0)}
        made_up = made_up_record({"work": group(results, [Goal("work & <more>", "mpr", "peer")])})
        page = xml.dom.minidom.parseString(svg(made_up))
        one = [line for line in page.getElementsByTagName("line") if line.getAttribute("class") == "one"][0]
        bar = page.getElementsByTagName("rect")[-1]
        end = float(bar.getAttribute("x")) + float(bar.getAttribute("width"))
        self.assertAlmostEqual(end, float(one.getAttribute("x1")), delta=0.2)

    def test_of_nothing_is_still_a_picture(self):
        xml.dom.minidom.parseString(svg(made_up_record({})))


class Record(unittest.TestCase):
    def test_comes_back_as_it_was_written(self):
        made_up = made_up_record({"work": twice_as_fast(at_least=2)})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "record.json"
            record.save(made_up, path)
            self.assertEqual(record.load(path), made_up)

    def test_is_refused_when_it_is_none(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "record.json"
            for text in ("{", "[]", '{"version": 99}'):
                path.write_text(text)
                with self.assertRaises(ValueError):
                    record.load(path)


class Events(unittest.TestCase):
    def test_are_read_from_what_perf_writes(self):
        lines = [
            "# started on Mon", "",
            "15,,migrations:u,251000,100.00,59.6,/sec",
            "1562,,context-switches,251000,100.00,,",
            "251.43,msec,cpu-clock,251000,100.00,1.7,CPUs utilized",
            "<not supported>,,cycles,0,100.00,,",
        ]
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("\n".join(lines))
            file.flush()
            self.assertEqual(counted(file.name), {"migrations": 15, "context-switches": 1562, "cpu-clock": 251.43})


class Executors(unittest.TestCase):
    def test_are_those_that_the_help_names_over_several_lines(self):
        text = """Tasks:
  --timeout TIME                End a task: lines or json are not meant here
  --executor HOW                How tasks run: exec, fork-server,
                                persistent or lines (auto)
  --json                        One JSON object a task
"""
        self.assertEqual(executors_in(text), ("exec", "fork-server", "persistent", "lines"))

    def test_are_none_without_the_option(self):
        self.assertEqual(executors_in("  --json   exec"), ())


class Checks(unittest.TestCase):
    def test_want_squares_in_order_where_the_contender_promises_it(self):
        self.assertTrue(squares_are_right(b"1\n4\n9\n", 3, True))
        self.assertFalse(squares_are_right(b"4\n1\n9\n", 3, True))
        self.assertTrue(squares_are_right(b"4\n1\n9\n", 3, False))
        self.assertFalse(squares_are_right(b"1\n4\n", 3, False))


if __name__ == "__main__":
    unittest.main()
