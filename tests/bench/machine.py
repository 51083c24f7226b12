"""What the figures were measured on, and whether anybody else used it meanwhile."""
import os
import platform
import resource
import statistics
import subprocess
import time
from pathlib import Path

SPIN_LIMIT = 0.15  # a fixed piece of work whose time varies by more than this tells of another load
SHARE_LIMIT = 0.95  # a process alone on its CPU gets all of it


def description(root):
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20),
        "kernel": platform.release(),
        "system": system_name(),
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "revision": revision(root),
    }


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def system_name():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "Linux"


def revision(root):
    """Such as 1a2b3c4, or 1a2b3c4-dirty with changes; empty outside of a repository."""
    command = ["git", "-c", f"safe.directory={root}", "-C", root, "describe", "--always", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def calibration(cpus):
    """How calm the CPUs are: each does a fixed piece of work many times at once with the others, for 0.3 s. Noted are
    how far the times lie apart, without the outlying tenth at both ends, and the share of its CPU that the process got;
    of the worst CPU."""
    readers = [spin_on(cpu) for cpu in cpus]
    found = []
    for pid, reader in readers:
        with os.fdopen(reader) as pipe:
            found.append([float(word) for word in pipe.read().split()])
        os.waitpid(pid, 0)
    return {
        "load": os.getloadavg()[0],
        "spread": round(max(spread for spread, _ in found), 4),
        "share": round(min(share for _, share in found), 4),
    }


def spin_on(cpu):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.sched_setaffinity(0, {cpu})
        wall, used = time.monotonic(), time.process_time()
        times = []
        while time.monotonic() < wall + 0.3:
            start = time.perf_counter()
            sum(range(100000))
            times.append(time.perf_counter() - start)
        share = (time.process_time() - used) / (time.monotonic() - wall)
        times = sorted(times)
        middle = times[len(times) // 10 : len(times) - len(times) // 10]
        os.write(writer, f"{(middle[-1] - middle[0]) / statistics.median(times)} {share}".encode())
        os._exit(0)
    os.close(writer)
    return pid, reader


def disturbance(found):
    """Why the CPUs are not calm, after calibration; empty if they are."""
    reasons = []
    if found["share"] < SHARE_LIMIT:
        reasons.append(f"a process gets only {found['share']:.0%} of its CPU")
    if found["spread"] > SPIN_LIMIT:
        reasons.append(f"the same work varies by {found['spread']:.0%}")
    return " and ".join(reasons)


class OthersLoad:
    """The CPU time that processes other than this one and its descendants use, and the hypervisor takes, from its
    construction on. Only descendants that have ended, and were waited for by whoever started them, are known as such.
    """

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        user, nice, system, _, _, irq, softirq, steal, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
        busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        own = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        return time.monotonic(), busy - own

    def used(self):
        """That, of how much there was: both in seconds of all CPUs."""
        start, others = self.start
        now, others_now = self.now()
        return others_now - others, (now - start) * os.cpu_count()


def share_of_others(used):
    """Of what OthersLoad.used() told of each contender's runs: {name: [...]}. The median of the contenders, as some do
    not wait for all that they start (parallel, paexec), and look as if others had been there."""
    shares = [sum(run[0] for run in runs) / max(1e-3, sum(run[1] for run in runs)) for runs in used.values() if runs]
    return max(0.0, statistics.median(shares)) if shares else 0.0
