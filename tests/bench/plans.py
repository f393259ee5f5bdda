"""Plan JSON to verdict, by `holdpoint check`, against Python's json.load of the same file, and checkov's scan of it."""

import os
import shutil
import statistics
import subprocess
import sys

from measure import run, spread

PARSE = """
import json, resource, sys, time
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
start = time.process_time()
document = json.load(open(sys.argv[1], encoding="utf-8"))
print(time.process_time() - start, peak() - before)
"""


def generate(folder, count, share):
    path = os.path.join(folder, f"plan-{count}-{share}.json")
    if not os.path.exists(path):
        maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_plan.py")
        subprocess.run([sys.executable, maker, str(count), str(share), path], check=True)
    return path


def parse(path):
    """CPU seconds and memory growth of json.load alone, without the interpreter's own start."""
    shown = subprocess.run([sys.executable, "-c", PARSE, path], capture_output=True, text=True, check=True)
    cpu, peak = shown.stdout.split()
    return float(cpu), float(peak)


# Resources, and the share of them that changes: most plans change few of many.
SIZES = ((50, 0.1), (500, 0.1), (3000, 0.1), (10000, 0.1), (3000, 1.0))


def measure(holdpoint, folder, rounds, sizes=SIZES):
    rows = []
    empty = os.path.join(folder, "empty.json")
    with open(empty, "w", encoding="utf-8") as out:
        out.write('{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[]}')
    floor = min(check(holdpoint, empty).peak for _ in range(3))
    start = statistics.median(check(holdpoint, empty).cpu for _ in range(5))
    for count, share in sizes:
        path = generate(folder, count, share)
        size = os.path.getsize(path)
        cpus, ratios, peaks = [], [], []
        for _ in range(rounds):
            ours = check(holdpoint, path)
            theirs, _ = parse(path)
            cpus.append(ours.cpu)
            ratios.append(ours.cpu / theirs)
            peaks.append((ours.peak - floor) / size)
        what = f"{count:,} resources, {share:.0%} changed ({size / 1e6:.1f} MB)"
        shown = f"{statistics.median(cpus) * 1000:.0f} ms CPU"
        rows.append((f"check: {what}", shown, "json.load", spread(ratios), "<= 0.25" if count >= 3000 else "-"))
        rows.append((f"  peak memory above an empty plan's {floor / 1e6:.0f} MB", "", "the document", spread(peaks),
                     "<= 1.5" if count >= 3000 else "-"))
        rows.append(checkov(path, statistics.median(cpus), count))
    rows.append(("check: an empty plan, start and policies included", f"{start * 1000:.0f} ms CPU", "-", "-", "-"))
    return rows


def check(holdpoint, path):
    usage = run([holdpoint, "check", path])
    if usage.code not in (0, 75, 77):
        raise RuntimeError(f"holdpoint check {path}: exit {usage.code}\n{usage.output[-2000:]}")
    return usage


def checkov(path, ours, count):
    if count > 3000:
        return (f"  the same {count:,}", "", "checkov", "skipped: takes it many minutes", "<= 0.01")
    program = shutil.which("checkov")
    if program is None:
        return (f"  the same {count:,}", "", "checkov", "skipped: not installed", "<= 0.01")
    usage = run([program, "-f", path, "--framework", "terraform_plan", "--quiet", "--compact"], timeout=1200)
    return (f"  the same {count:,}", f"checkov {usage.cpu:.1f} s CPU", "checkov", f"{ours / usage.cpu:.4f}", "<= 0.01")
