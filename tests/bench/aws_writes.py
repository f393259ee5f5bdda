"""Writes through the gateway, answered when the call is judged, recorded durably and made, against pgbench inserting the
same bytes into the same Postgres."""

import os
import statistics

from aws_load import load
from aws_signed import item, save, writes
from measure import cpu, spread
from submit import Inserts, pgbench_program

# More calls than are made in a round: none is sent twice.
CALLS = 20_000


def measure(gateway, folder, rounds, seconds):
    program = pgbench_program()
    if program is None:
        return [("a write with its record", "", "pgbench", "skipped: pgbench is not installed", "")]
    daemon, path, number = gateway.daemon, os.path.join(folder, "writes"), 0
    daemon.sql("create schema if not exists bench; create table if not exists bench.documents "
               "(id bigint generated always as identity primary key, body text not null)")
    inserts = Inserts(program, daemon.database(), item(0))
    rows = []
    try:
        for clients in (1, 8, 32):
            ours, base_p50, base_rate, base_cost = [], [], [], []
            for _ in range(rounds):
                save(path, writes(gateway.signer, number, CALLS))
                number += CALLS
                ours.append(load(gateway.port, path, clients, seconds, gateway.pids))
                if ours[-1].calls > CALLS:
                    raise RuntimeError("calls were sent twice: sign more of them")
                before = cpu(daemon.postgres_pid, family=True)
                took, time = inserts.run(clients, seconds)
                base_cost.append(1e6 * (cpu(daemon.postgres_pid, family=True) - before) / len(took))
                base_rate.append(len(took) / time)
                base_p50.append(statistics.median(took) * 1e6)
            rates = [one.rate / base for one, base in zip(ours, base_rate)]
            middle = lambda values: statistics.median(values)
            shown = f"{middle([one.rate for one in ours]):.0f}/s"
            rows.append((f"writes with their record, {clients} client(s)", shown, f"pgbench insert: {middle(base_rate):.0f}/s", spread(rates, 3), ">= 0.7"))
            p50s = [one.p50 / base for one, base in zip(ours, base_p50)]
            shown = f"{middle([one.p50 for one in ours]) / 1000:.2f} ms"
            rows.append(("  p50", shown, f"pgbench insert: {middle(base_p50) / 1000:.2f} ms", spread(p50s), "-"))
            daemons, postgres = (middle([one.costs[at] for one in ours]) for at in (0, 1))
            shown = f"{daemons:.0f} us daemon, {postgres:.0f} us Postgres"
            rows.append(("  CPU a write", shown, f"pgbench insert: {middle(base_cost):.0f} us Postgres", "-", "-"))
    finally:
        inserts.close()
    return rows
