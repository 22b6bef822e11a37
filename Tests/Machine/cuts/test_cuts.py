#!/usr/bin/env python3
"""What the power cuts are judged by, tested by itself: the model, the disk that loses writes, the operations."""
import os
import random
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from model import PRESENT, Container, Model, Operation
from operations import ContainerLane, ImageLane
from volatile_disk import BLOCK, CACHE_BLOCKS, Blocks

WEB = ("container", "web")
IMAGE = ("image", "box")


def container(status, restart="no", wanted=None):
    return Container(status, restart, 1 << 24, status == "running" if wanted is None else wanted)


class ModelTests(unittest.TestCase):
    def test_what_was_acknowledged_must_be_there(self):
        model = Model()
        pull = Operation(["pull"], {IMAGE: [PRESENT]})
        model.begin(pull)
        model.acknowledge(pull)
        model.cut()
        self.assertEqual(model.observe({}), ["image box should be present, and is absent"])

    def test_what_was_under_way_may_be_there_or_not(self):
        for found in ({}, {IMAGE: PRESENT}):
            model = Model()
            model.begin(Operation(["pull"], {IMAGE: [PRESENT]}))
            model.cut()
            self.assertEqual(model.observe(found), [])

    def test_what_was_removed_must_not_come_back(self):
        model = Model({IMAGE: PRESENT})
        removal = Operation(["rmi"], {IMAGE: [None]})
        model.begin(removal)
        model.acknowledge(removal)
        model.cut()
        self.assertEqual(model.observe({IMAGE: PRESENT}), ["image box should be absent, and is present"])

    def test_what_nobody_asked_for_is_wrong(self):
        self.assertEqual(len(Model().observe({WEB: container("created")})), 1)

    def test_an_update_is_whole_or_not_there(self):
        old, new = Container("created", "no", 1), Container("created", "always", 2)
        for found, count in ((old, 0), (new, 0), (Container("created", "always", 1), 1), (None, 1)):
            model = Model({WEB: old})
            model.begin(Operation(["update"], {WEB: [new]}))
            model.cut()
            self.assertEqual(len(model.observe({WEB: found} if found else {})), count)

    def test_boots_follow_the_restart_policy(self):
        for before, after in (
            (container("running"), "exited"),
            (container("running", "always"), "running"),
            (container("running", "unless-stopped"), "running"),
            (container("running", "on-failure"), "running"),
            (container("exited"), "exited"),
            (container("exited", "always"), "running"),
            (container("exited", "unless-stopped"), "exited"),
            (container("exited", "on-failure"), "exited"),
            (container("exited", "on-failure", wanted=True), "running"),
            (container("exited", "unless-stopped", wanted=True), "running"),
            (container("created", "always"), "created"),
        ):
            self.assertEqual(before.after_boot().status, after, before)

    def test_a_stopped_one_that_a_boot_has_started_is_wanted_again(self):
        later = container("exited", "always").after_boot()._replace(restart="unless-stopped")
        self.assertEqual(later.after_boot().status, "running")

    def test_a_second_cut_in_the_boot_changes_nothing_more(self):
        for status in ("created", "running", "exited"):
            for restart in ("no", "always", "unless-stopped", "on-failure"):
                once = container(status, restart).after_boot()
                self.assertEqual(once.after_boot(), once)

    def test_what_was_seen_is_what_is_known(self):
        model = Model()
        model.begin(Operation(["run"], {WEB: [container("created"), container("running")]}))
        model.cut()
        self.assertEqual(model.observe({WEB: container("exited")}), [])
        self.assertEqual(model.state(WEB), container("exited"))

    def test_what_a_cut_ended_comes_back_once_it_has_a_policy_and_what_was_stopped_does_not(self):
        for word, status in (("run", "running"), ("stop", "exited")):
            model = Model({WEB: container("running")})
            before = Operation([word], {WEB: [container("running" if word == "run" else "exited")]})
            model.begin(before)
            model.acknowledge(before)
            model.cut()
            self.assertEqual(model.observe({WEB: container("exited").shown()}), [])
            update = Operation(["update"], {WEB: [container("exited", "unless-stopped")]})
            model.begin(update)
            model.acknowledge(update)
            model.cut()
            self.assertEqual(model.observe({WEB: container(status, "unless-stopped").shown()}), [], word)

    def test_two_operations_on_one_object_are_a_fault_of_the_test(self):
        model = Model()
        model.begin(Operation(["pull"], {IMAGE: [PRESENT]}))
        with self.assertRaises(AssertionError):
            model.begin(Operation(["rmi"], {IMAGE: [None]}))


class OperationTests(unittest.TestCase):
    def test_every_operation_is_possible_and_all_kinds_are_chosen(self):
        rng = random.Random(1)
        model = Model({("image", "base"): PRESENT, ("container", "keeper"): container("running", "always")})
        lanes = [ImageLane(["a", "b", "c"]), ContainerLane("base", lambda state: ["-m", str(state.memory)])]
        kinds = set()
        for _ in range(3000):
            operation = rng.choice(lanes).next(model, rng)
            kinds.add(operation.command[0])
            for key, path in operation.paths.items():
                self.assertNotIn(key[1], ("base", "keeper"))
                self.assertNotEqual(path[-1], model.state(key) if operation.command[0] not in ("update", "image") else "")
            model.begin(operation)
            model.acknowledge(operation)
        wanted = {"pull", "rmi", "image", "create", "run", "start", "stop", "update", "rm", "container", "volume", "network"}
        self.assertEqual(kinds, wanted)


class DiskTests(unittest.TestCase):
    def setUp(self):
        self.file = tempfile.NamedTemporaryFile()
        self.file.truncate(CACHE_BLOCKS * 2 * BLOCK)
        self.blocks = Blocks(self.file.name)
        self.addCleanup(self.blocks.close)

    def medium(self, offset, length):
        with open(self.file.name, "rb") as file:
            file.seek(offset)
            return file.read(length)

    def test_reads_what_was_written_across_blocks_before_and_after_a_flush(self):
        rng = random.Random(2)
        wanted = bytearray(64 * BLOCK)
        for _ in range(400):
            offset = rng.randrange(len(wanted) - 3 * BLOCK)
            data = rng.randbytes(rng.randrange(1, 3 * BLOCK))
            wanted[offset : offset + len(data)] = data
            self.blocks.write(offset, data)
            if rng.random() < 0.05:
                self.blocks.flush()
            begin = rng.randrange(len(wanted) - 2 * BLOCK)
            self.assertEqual(self.blocks.read(begin, 2 * BLOCK), bytes(wanted[begin : begin + 2 * BLOCK]))
        self.blocks.flush()
        self.assertEqual(self.medium(0, len(wanted)), bytes(wanted))

    def test_a_cut_loses_what_was_not_flushed_and_nothing_else(self):
        self.blocks.write(0, b"a" * BLOCK)
        self.blocks.flush()
        self.blocks.write(0, b"b" * BLOCK)
        self.blocks.write(BLOCK, b"c" * BLOCK)
        self.assertEqual(self.blocks.cut(lambda number: number == 1), (1, 1))
        self.assertEqual(self.blocks.read(0, 2 * BLOCK), b"a" * BLOCK + b"c" * BLOCK)

    def test_the_cache_is_bounded_and_the_oldest_goes_first(self):
        for number in range(CACHE_BLOCKS + 1):
            self.blocks.write(number * BLOCK, b"x" * BLOCK)
        self.assertEqual(len(self.blocks.cache), CACHE_BLOCKS)
        self.assertEqual(self.medium(0, 2), b"xx")
        self.assertEqual(self.medium(BLOCK, 2), b"\0\0")


if __name__ == "__main__":
    unittest.main()
