"""All single-node blast radii of an estate, one after the other: ours, a recursive query of Postgres, and networkx."""

import importlib.util
import os
import shutil
import statistics
import subprocess
import sys

from measure import cpu, run, spread

NODES, EDGES = 10_000, 50_000

NETWORKX = """
import sys, time
import networkx
with open(sys.argv[1], encoding="ascii") as lines:
    nodes = int(next(lines))
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from((int(dependency), int(dependent)) for dependent, dependency in map(str.split, lines))
start = time.process_time()
total = sum(len(networkx.descendants(graph, node)) + 1 for node in range(nodes))
print(total, time.process_time() - start)
"""

# The primary key answers "who depends on this" from the index alone, in the order in which the query asks.
TABLE = """
set client_min_messages = warning;
create schema if not exists bench;
drop table if exists bench.edges;
create table bench.edges (dependency integer, dependent integer, primary key (dependency, dependent));
\\copy bench.edges (dependent, dependency) from stdin with (delimiter ' ')
"""

# UNION and not UNION ALL: a node that was seen is not followed again, so a cycle ends.
PREPARE = """
set jit = off;
prepare radius (integer) as
  with recursive reached (node) as (
    select $1 union select dependent from reached join bench.edges on dependency = node
  ) select count(*) from reached;
select pg_backend_pid();
"""


def generate(folder, nodes, edges):
    path = os.path.join(folder, f"graph-{nodes}.txt")
    maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_graph.py")
    subprocess.run([sys.executable, maker, str(nodes), str(edges), path], check=True)
    return path


class Ours:
    def __init__(self, program):
        self.program, self.built = program, []

    def ask(self, path):
        """How many nodes all radii have together, and the CPU seconds of building the graph and asking them all."""
        usage = run([self.program, path])
        if usage.code != 0:
            raise RuntimeError(f"{self.program}: exit {usage.code}\n{usage.output[-2000:]}")
        total, _, build, walk = map(int, usage.output.split())
        self.built.append(build / 1e9)
        return total, (build + walk) / 1e9


class Networkx:
    name = "networkx descendants"

    def missing(self):
        return None if importlib.util.find_spec("networkx") else "networkx is not installed"

    def ask(self, path):
        shown = subprocess.run([sys.executable, "-c", NETWORKX, path], capture_output=True, text=True, check=True)
        total, spent = shown.stdout.split()
        return int(total), float(spent)


class Postgres:
    """One connection, one prepared query; only the CPU time of the process that serves it is counted."""

    name = "Postgres recursive query"

    def __init__(self, daemon):
        self.daemon, self.nodes, self.questions = daemon, 0, None

    def missing(self):
        return None if shutil.which("psql") else "psql is not installed"

    def psql(self):
        command = ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1"]
        return subprocess.Popen(command, env={**os.environ, **self.daemon.database()}, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def load(self, path):
        with open(path, encoding="ascii") as lines:
            self.nodes = int(next(lines))
            rows = lines.read()
        session = self.psql()
        session.communicate(f"{TABLE}{rows}\\.\nvacuum (analyze) bench.edges;\n")
        if session.returncode != 0:
            raise RuntimeError("psql could not load the edges")
        self.questions = path + ".sql"
        with open(self.questions, "w", encoding="ascii") as out:
            out.writelines(f"execute radius({node});\n" for node in range(self.nodes))

    def ask(self, path):
        if self.questions is None:
            self.load(path)
        session = self.psql()
        session.stdin.write(PREPARE)
        session.stdin.flush()
        backend = int(session.stdout.readline())
        before = cpu(backend)
        # From a file, so that neither side waits for the other's pipe.
        session.stdin.write(f"\\i {self.questions}\n")
        session.stdin.flush()
        total = sum(int(session.stdout.readline()) for _ in range(self.nodes))
        spent = cpu(backend) - before
        session.communicate()
        return total, spent


def measure(program, daemon, folder, rounds, nodes=NODES, edges=EDGES):
    what = f"radius of each of {nodes:,} nodes, {edges:,} edges"
    if not os.path.exists(program):
        return [(what, "", "-", f"skipped: {program} is not built", "-")]
    path = generate(folder, nodes, edges)
    ours, spent, rows = Ours(program), [], []
    opponents = [(Postgres(daemon), 20), (Networkx(), 50)]
    present = [(opponent, least, [], []) for opponent, least in opponents if opponent.missing() is None]
    for _ in range(rounds):
        total, own = ours.ask(path)
        spent.append(own)
        for opponent, _, ratios, theirs in present:
            found, cost = opponent.ask(path)
            if found != total:
                raise RuntimeError(f"{opponent.name} reaches {found} nodes in all, we {total}")
            ratios.append(cost / own)
            theirs.append(cost)
    shown = f"{statistics.median(spent) * 1000:.0f} ms CPU, {statistics.median(ours.built) * 1000:.0f} ms of it building"
    for opponent, least, ratios, theirs in present:
        against = f"{opponent.name}: {statistics.median(theirs):.1f} s"
        rows.append((what, shown, against, f"{spread(ratios, 0)} x less", reach(least, nodes)))
        what, shown = "  the same", ""
    for opponent, least in opponents:
        if opponent.missing():
            rows.append((what, shown, opponent.name, f"skipped: {opponent.missing()}", reach(least, nodes)))
            what, shown = "  the same", ""
    return rows


def reach(least, nodes):
    """The target is set for the whole estate; a small one only shows that the part works."""
    return f">= {least} x" if nodes >= NODES else "-"
