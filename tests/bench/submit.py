"""Durable submit to verdict, against pgbench inserting the same bytes into the same Postgres."""

import os
import shutil
import statistics
import subprocess
import tempfile

from measure import cpu, spread
from wire import request, saturate


def pgbench_program():
    found = shutil.which("pgbench")
    if found is None:
        return None
    # Debian's wrapper is a script; the real one stands beside postgres.
    real = sorted(path for path in _versions() if os.access(path, os.X_OK))
    return real[-1] if real else found


def _versions():
    base = "/usr/lib/postgresql"
    return [os.path.join(base, name, "bin/pgbench") for name in (os.listdir(base) if os.path.isdir(base) else ())]


class Inserts:
    """pgbench with one INSERT of the document a transaction, into a table of its own beside Holdpoint's."""

    def __init__(self, program, database, document):
        self.program, self.database = program, database
        self.folder = tempfile.mkdtemp(prefix="holdpoint-bench-")
        # The document is a variable: with the prepared protocol it travels as a parameter, as ours does.
        self.text = document.decode()
        self.script = os.path.join(self.folder, "insert.sql")
        with open(self.script, "w", encoding="utf-8") as out:
            out.write("insert into bench.documents (body) values (:body);\n")

    def run(self, clients, seconds):
        prefix = os.path.join(self.folder, "log")
        command = [self.program, "--no-vacuum", "--protocol=prepared", "--file", self.script, "--define", f"body={self.text}",
                   "--client", str(clients), "--jobs", "1", "--time", str(seconds), "--log", "--log-prefix", prefix]
        shown = subprocess.run(command, env={**os.environ, **self.database}, capture_output=True, text=True, check=False)
        if shown.returncode != 0:
            raise RuntimeError(f"pgbench: {shown.stderr[-2000:]}")
        took = []
        for name in os.listdir(self.folder):
            if name.startswith("log"):
                path = os.path.join(self.folder, name)
                with open(path, encoding="ascii") as log:
                    took += [int(line.split()[2]) / 1e6 for line in log]
                os.unlink(path)
        return took, seconds

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def measure(daemon, rounds, seconds):
    program = pgbench_program()
    if program is None:
        return [("submit to verdict", "", "pgbench", "skipped: pgbench is not installed", "")]
    database = daemon.database()
    daemon.sql("create schema if not exists bench; create table if not exists bench.documents "
               "(id bigint generated always as identity primary key, body text not null)")
    inserts = Inserts(program, database, daemon.document())
    rows = []
    try:
        for clients in (1, 16):
            p50s, rates, ours_p50, ours_rate, theirs_rate, costs = [], [], [], [], [], []
            for _ in range(rounds):
                before = cpu(daemon.pid), cpu(daemon.postgres_pid, family=True)
                took, time = saturate(daemon.port, clients, seconds, lambda: submission(daemon))
                between = cpu(daemon.pid), cpu(daemon.postgres_pid, family=True)
                base, base_time = inserts.run(clients, seconds)
                after = cpu(daemon.postgres_pid, family=True)
                costs.append([1e6 * (between[0] - before[0]) / len(took), 1e6 * (between[1] - before[1]) / len(took),
                              1e6 * (after - between[1]) / len(base)])
                rate, base_rate = len(took) / time, len(base) / base_time
                p50s.append(statistics.median(took) / statistics.median(base))
                rates.append(rate / base_rate)
                ours_p50.append(statistics.median(took) * 1000)
                ours_rate.append(rate)
                theirs_rate.append(base_rate)
            shown = f"p50 {statistics.median(ours_p50):.2f} ms"
            rows.append((f"submit to verdict, {clients} client(s): p50", shown, "pgbench insert", spread(p50s), "<= 1.3"))
            shown = f"{statistics.median(ours_rate):.0f}/s ({statistics.median(theirs_rate):.0f}/s)"
            rows.append((f"  throughput, {clients} client(s)", shown, "pgbench insert", spread(rates), ">= 0.8"))
            daemons, postgres, insert = (statistics.median(cost) for cost in zip(*costs))
            shown = f"{daemons:.0f} us daemon, {postgres:.0f} us Postgres"
            rows.append((f"  CPU a change, {clients} client(s)", shown, "pgbench insert", f"{insert:.0f} us Postgres", "-"))
    finally:
        inserts.close()
    return rows


def submission(daemon):
    return request("POST", "/v1/changes?format=terraform", daemon.pipeline, daemon.document())
