"""What the benchmarks share: running and weighing processes, medians, the machine's description."""

import importlib.metadata
import math
import os
import platform
import statistics
import subprocess
import tempfile
import time


def percentile(values, share):
    """The nearest-rank percentile; exact for the small samples that rounds give."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values, digits=2):
    """`median (min to max)`."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


class Usage:
    """What a process cost: CPU seconds and peak memory in bytes."""

    def __init__(self, cpu, peak, code, output):
        self.cpu, self.peak, self.code, self.output = cpu, peak, code, output


def run(command, timeout=600):
    """Runs a command to its end. The peak is the kernel's own high-water mark; it is never below this runner's own
    size at the time of the fork, which is why the runner imports little."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, process.returncode, text)


def resident(pid):
    """Resident memory of a running process, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def cpu(pid, family=False):
    """CPU seconds of a process so far; with `family`, of its children too, living and reaped."""
    ticks = os.sysconf("SC_CLK_TCK")
    def spent(one, reaped):
        try:
            with open(f"/proc/{one}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rsplit(") ", 1)[1].split()
        except (OSError, IndexError):
            return 0, 0
        own = sum(map(int, fields[11:15] if reaped else fields[11:13])) / ticks
        return own, int(fields[1])
    total = spent(pid, family)[0]
    if family:
        others = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        total += sum(own for own, parent in (spent(other, True) for other in others) if parent == pid)
    return total


def fdatasync(folder, times=200):
    """Median and 90th percentile of one page written and made durable, in milliseconds: the floor of every commit."""
    path = os.path.join(folder, ".fdatasync")
    page, took = os.urandom(8192), []
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        for _ in range(times):
            start = time.perf_counter()
            os.pwrite(handle, page, 0)
            os.fdatasync(handle)
            took.append((time.perf_counter() - start) * 1000)
    finally:
        os.close(handle)
        os.unlink(path)
    return statistics.median(took), percentile(took, 0.9)


def version(command):
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return (shown.stdout or shown.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "not installed"


def package(name):
    """The version of a Python package."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def machine():
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            model = next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, load {load}"
