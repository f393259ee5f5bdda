"""What the daemon costs while nothing happens, and how soon it is ready on data that is there."""

import statistics
import time

from measure import resident, spread


def measure(daemon, rounds):
    time.sleep(5)
    rows = [("idle memory of the daemon", f"{resident(daemon.pid) / 1e6:.1f} MB", "-", "-", "<= 40 MB")]

    attached = []
    for _ in range(rounds):
        daemon.kill()
        attached.append(daemon.start() * 1000)
    rows.append(("start to ready, Postgres running", f"{spread(attached, 0)} ms", "-", "-", "<= 300 ms"))

    whole, alone = [], []
    for _ in range(rounds):
        daemon.stop()
        alone.append(daemon.postgres_alone() * 1000)
        whole.append(daemon.start() * 1000)
    beyond = [both - base for both, base in zip(whole, alone)]
    shown = f"{statistics.median(whole):.0f} ms, Postgres alone {statistics.median(alone):.0f} ms"
    rows.append(("start to ready, Postgres stopped", shown, "Postgres's own start", f"{spread(beyond, 0)} ms more", "<= 300 ms"))
    return rows
