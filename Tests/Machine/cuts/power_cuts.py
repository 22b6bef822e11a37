#!/usr/bin/env python3
"""power_cuts.py --deb FILE [--cuts N] [--seed S] [--keep FOLDER]: cuts the power of a machine, again and again.

In a virtual machine with the package installed, commands chosen at random pull, remove and prune images, and create,
start, stop, update, remove and prune containers, volumes and networks. What is acknowledged is written down out here. At
a random moment the machine is killed; of what it had not flushed to its disk, all, nothing or a random part is lost. It
boots again, and what was acknowledged must be there, nothing half-made may show, and `wherry system check` must be clean.
Prints a line a cut, a summary, and exits 1 where anything was wrong. The same seed makes the same choices; when the
machine does what is not the same in two runs.
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from images import Registry
from look import Look, ask
from machine import Machine, WentAway
from model import Container, Model
from native import NativeMachine
from operations import ContainerLane, ImageLane
from volatile_disk import VolatileDisk

KEEPER = Container("running", "always", 1 << 24, wanted=True)
# How often the power goes again in the boot.
AGAIN = 0.15
# Acknowledged before a cut, at most.
MOST_OPERATIONS = 10
CACHE = os.environ.get("WHERRY_TEST_CACHE", "/var/cache/wherry-tests")


class Run:
    def __init__(self, arguments):
        self.arguments = arguments
        self.rng = random.Random(arguments.seed)
        self.base = f"{CACHE}/vm/{arguments.suite}"
        self.folder = f"{CACHE}/vm/machines/cuts-{os.getpid()}"
        self.operations = self.losses = self.repairs = self.failures = self.lost_blocks = 0
        self.boot_seconds = []
        # How long one takes, a running mean: what is cut should be in the middle of something.
        self.operation_seconds = 1.0
        self.registry = self.disk = self.machine = None
        self.log = None

    # MARK: Setting up

    def prepare(self):
        os.makedirs(self.folder)
        self.log = open(f"{self.folder}/history.log", "w", buffering=1)
        outside = "127.0.0.1" if self.arguments.native else "10.0.2.2"
        self.registry = Registry(f"{self.folder}/registry", self.rng, outside)
        if self.arguments.native:
            self.machine = NativeMachine(self.folder, self.client(self.arguments.deb))
        else:
            self.make_machine()
        self.boot()
        name = self.registry.base
        keeper_state = KEEPER._replace(memory=0) if self.arguments.native else KEEPER
        shell = [name, "sh", "-c", "sleep 100000"]
        keeper = ["run", "-d", "--name", "keeper", "--restart", "always", *self.flags(KEEPER), *shell]
        for words in (["pull", "-q", name], keeper):
            status, output = self.machine.wherry(*words)
            if status != 0:
                raise SystemExit(f"power_cuts.py: {words}: exit {status}: {output}")
        return Model({("image", name): "present", ("container", "keeper"): keeper_state})

    def flags(self, state):
        return ["--network", "none"] if self.arguments.native else ["-m", str(state.memory)]

    def make_machine(self):
        disk = f"{self.folder}/disk.raw"
        libraries = [self.arguments.libraries] if self.arguments.libraries else []
        subprocess.run(
            [f"{HERE}/../pack-disk.sh", f"{self.base}/root", disk, self.arguments.deb, *libraries],
            check=True, stdout=sys.stderr, env={**os.environ, "WHERRY_INSECURE_REGISTRY": self.registry.host},
        )
        if self.arguments.plain:
            drive = f"file={disk},format=raw,if=virtio,cache=writeback"
        else:
            self.disk = VolatileDisk(disk, f"{self.folder}/disk.sock")
            drive = f"file=nbd+unix:///?socket={self.folder}/disk.sock,format=raw,if=virtio,cache=writeback"
        self.machine = Machine(self.base, self.folder, drive, self.client(self.arguments.deb))

    def client(self, deb):
        """The binary of the package, out here."""
        subprocess.run(["dpkg-deb", "-x", deb, f"{self.folder}/deb"], check=True)
        return f"{self.folder}/deb/usr/bin/wherry"

    def boot(self):
        begin = time.monotonic()
        self.machine.start()
        self.machine.wait_until_up()
        self.boot_seconds.append(time.monotonic() - begin)

    # MARK: One cut

    def work(self, lane, model, lock, seed):
        """Operations of one lane until the machine is gone."""
        rng = random.Random(seed)
        while True:
            with lock:
                operation = lane.next(model, rng)
                model.begin(operation)
                self.log.write(f"begin {operation.command} {operation.paths}\n")
            begin = time.monotonic()
            try:
                status, output = self.machine.wherry(*operation.command)
            except WentAway:
                return
            with lock:
                self.operation_seconds += (time.monotonic() - begin - self.operation_seconds) / 8
                self.operations += 1
                self.log.write(f"end {status} {operation.command}\n")
                if status == 0:
                    model.acknowledge(operation)
                else:
                    # Nothing here should be refused. What it left is not known before the next look.
                    self.complain(f"wherry {' '.join(operation.command[:4])}…: exit {status}: {output.strip()}")
                    self.failures += 1
                    return

    def cut(self, model, number):
        lock = threading.Lock()
        lanes = [ImageLane(self.registry.images), ContainerLane(self.registry.base, self.flags)]
        before = self.operations
        threads = [
            threading.Thread(target=self.work, args=(lane, model, lock, self.rng.random())) for lane in lanes
        ]
        for thread in threads:
            thread.start()
        self.wait_for(before + self.rng.randrange(MOST_OPERATIONS), threads)
        moment = self.rng.uniform(0.0, 1.5) * self.operation_seconds
        time.sleep(moment)
        self.machine.kill()
        for thread in threads:
            thread.join()
        under_way = [" ".join(operation.command[:3]) for operation in model.under_way]
        fate = self.lose_unflushed()
        model.cut()
        if self.rng.random() < AGAIN:
            fate += self.cut_in_boot()
        self.boot()
        losses, repairs = self.losses, self.repairs
        self.look(model)
        print(
            f"# cut {number}, {moment:.1f} s after what it waited for: {self.operations - before} acknowledged, under way: "
            f"{', '.join(under_way) or 'nothing'}; {fate}; boot {self.boot_seconds[-1]:.1f} s; "
            f"losses {self.losses - losses}, repairs {self.repairs - repairs}",
            flush=True,
        )

    def wait_for(self, operations, threads):
        """However fast this machine is: so many acknowledged, or nobody at work any more."""
        while self.operations < operations and any(thread.is_alive() for thread in threads):
            time.sleep(0.05)

    def lose_unflushed(self):
        if self.arguments.native:
            return "the file system was shut down"
        if self.disk is None:
            return "what reached the disk stays"
        share = self.rng.choice([0, 1, self.rng.random()])
        kept, lost = self.disk.cut(lambda _: self.rng.random() < share)
        self.lost_blocks += lost
        return f"unflushed blocks: {kept} kept, {lost} lost"

    def cut_in_boot(self):
        """The power goes again, before the machine is up or while containers are brought back."""
        moment = self.rng.uniform(0.3, 1.2) * self.boot_seconds[-1]
        self.machine.start()
        time.sleep(moment)
        self.machine.kill()
        return f"; again {moment:.0f} s into the boot: {self.lose_unflushed()}"

    def look(self, model):
        look = self.ask()
        if look.wrong:
            # A shell that is just being started, a unit that is just being tidied up: no more than that?
            time.sleep(3)
            look = self.ask()
        wrong = look.wrong + model.observe(look.objects)
        for name, identity in look.image_ids.items():
            if self.registry.ids.get(name, identity) != identity:
                wrong.append(f"image {name} is {identity}")
        if not look.check_is_clean():
            self.repairs += 1
            self.complain("the check found:", *look.parts["check"])
            self.machine.wherry("system", "check", "--repair")
            status, output = self.machine.wherry("system", "check")
            if status != 0:
                wrong.append(f"not repaired: {output}")
        wrong += self.use(look)
        if wrong:
            self.losses += len(wrong)
            self.complain(*wrong, "the journal:", *look.parts["journal"])
            self.keep_evidence()

    def ask(self):
        output = ask(self.machine)
        self.log.write(output)
        return Look(output, {identity: name for name, identity in self.registry.ids.items()})

    def use(self, look):
        """All that is listed works: each running container, and one of the images."""
        wrong = []
        commands = [
            ["exec", key[1], "true"]
            for key, state in look.objects.items()
            if key[0] == "container" and state.status == "running"
        ]
        images = sorted(look.image_ids)
        if images:
            image = self.rng.choice(images)
            commands.append(["run", "--rm", "--network", "none", image, "sha256sum", "-cs", "/data/sums"])
        for command in commands:
            status, output = self.machine.wherry(*command)
            if status != 0:
                wrong.append(f"{' '.join(command)}: exit {status}: {output.strip()}")
        return wrong

    def complain(self, *lines):
        for line in lines:
            self.log.write(f"wrong: {line}\n")
            print(f"# wrong: {line}", flush=True)

    def keep_evidence(self):
        if self.arguments.keep:
            target = f"{self.arguments.keep}/{self.losses}"
            os.makedirs(target, exist_ok=True)
            shutil.copy(f"{self.folder}/history.log", target)
            if self.arguments.native:
                shutil.copy(f"{self.folder}/daemon.log", target)
                return
            status, output = self.machine.run("journalctl -b -q --no-pager -o short-precise")
            with open(f"{target}/journal.log", "w") as file:
                file.write(output)

    def finish(self):
        if self.machine is not None:
            self.machine.kill()
        if self.registry is not None:
            self.registry.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def summary(self, cuts, seconds):
        boots = sorted(self.boot_seconds)
        return (
            f"{cuts} cuts, {self.operations} operations acknowledged, {self.failures} refused, {self.losses} losses, "
            f"{self.repairs} repairs; {self.lost_blocks} unflushed blocks lost; seed {self.arguments.seed}; "
            f"boot {boots[len(boots) // 2]:.1f} s (median), {seconds:.0f} s in all"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deb", required=True)
    parser.add_argument("--libraries", help="folder of the Swift libraries that a debug build needs")
    parser.add_argument("--cuts", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--native", action="store_true", help="no virtual machine: namespaces and a file system of its own")
    parser.add_argument("--plain", action="store_true", help="a plain file as the disk, whose writes all stay")
    parser.add_argument("--keep", help="where to put what tells of a loss")
    arguments = parser.parse_args()
    begin = time.monotonic()
    # What ends us must not leave a machine behind.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("power_cuts.py: ended from outside"))
    run = Run(arguments)
    done = 0
    try:
        model = run.prepare()
        print(f"# ready after {time.monotonic() - begin:.0f} s, seed {arguments.seed}", flush=True)
        for number in range(1, arguments.cuts + 1):
            run.cut(model, number)
            done = number
    except WentAway as error:
        run.losses += 1
        print(f"# wrong: {error}")
    finally:
        run.finish()
        print(f"# {run.summary(done, time.monotonic() - begin)}" if run.boot_seconds else "# no boot")
    return 1 if run.losses or run.failures or run.repairs or done < arguments.cuts else 0


if __name__ == "__main__":
    sys.exit(main())
