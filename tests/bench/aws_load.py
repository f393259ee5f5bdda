"""Load by wrk: one thread that sends signed calls from a file and measures how long each takes."""

import os
import shutil
import subprocess

from measure import cpu

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "aws_load.lua")


class Load:
    """What a round of load showed: calls a second, latencies in microseconds, CPU microseconds a call by process."""

    def __init__(self, calls, rate, p50, p99, costs):
        self.calls, self.rate, self.p50, self.p99, self.costs = calls, rate, p50, p99, costs

    @property
    def cost(self):
        return sum(self.costs)


def program():
    return shutil.which("wrk")


def load(port, path, clients, seconds, pids):
    """`pids` are the processes whose CPU time counts, each with the processes that it started."""
    before = [cpu(pid, family=True) for pid in pids]
    command = [program(), "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "-s", SCRIPT, f"http://127.0.0.1:{port}", "--", path]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = [cpu(pid, family=True) - base for pid, base in zip(pids, before)]
    line = next((line for line in shown.stdout.splitlines() if line.startswith("RESULT")), None)
    if shown.returncode != 0 or line is None:
        raise RuntimeError(f"wrk: {shown.stdout[-1000:]} {shown.stderr[-1000:]}")
    calls, duration, p50, p99, refused, broken = map(int, line.split()[1:])
    if refused or broken or not calls:
        raise RuntimeError(f"port {port}: of {calls} calls {refused} were not answered 200 and {broken} broke off")
    return Load(calls, calls / duration * 1e6, p50, p99, [1e6 * one / calls for one in spent])
