#!/usr/bin/env python3
"""Writes who depends on whom in an estate of a given size, the same for the same arguments.

    make_graph.py NODES EDGES [FILE]      for example: make_graph.py 10000 50000 graph.txt

The first line is the number of nodes; every other one is `DEPENDENT DEPENDENCY`, both numbers of nodes. As estates are: one
node of a hundred is foundation (networks, keys, accounts), and a few of those are hubs that very much depends on; the rest
are stacks of a hundred in six layers. One edge of fifty goes the other way or within a layer, as security groups that name
each other do, so there are cycles.
"""

import random
import sys

STACK, LAYERS, HUBS = 100, 6, 10


def estate(count, wanted):
    """The edges, in the order in which they were drawn."""
    rng = random.Random(4653)
    base = max(HUBS, count // 100)
    # A hub's weight falls with its rank: the network of all has ten times the dependents of the tenth hub.
    weights = [1 / (rank + 1) for rank in range(HUBS)]

    def stack(node):
        start = base + (node - base) // STACK * STACK
        return start, min(STACK, count - start)

    def layer(node):
        start, size = stack(node)
        return (node - start) * LAYERS // size

    def dependency(node):
        start, size = stack(node)
        draw = rng.random()
        if draw < 0.20:
            return rng.choices(range(HUBS), weights)[0]
        if draw < 0.30 or layer(node) == 0 and draw < 0.90:
            return rng.randrange(base)
        if draw < 0.95:
            return start + rng.randrange(max(1, layer(node) * size // LAYERS))
        if draw < 0.98 and start > base:
            # What a stack offers to others stands in its last layer: an endpoint, a queue.
            other = base + rng.randrange((start - base) // STACK) * STACK
            return other + STACK - 1 - rng.randrange(5)
        return start + rng.randrange(size)

    edges = {}
    while len(edges) < wanted:
        node = rng.randrange(base, count)
        found = dependency(node)
        if found != node:
            edges[(node, found)] = None
    return list(edges)


def main():
    count, wanted = int(sys.argv[1]), int(sys.argv[2])
    with open(sys.argv[3], "w", encoding="ascii") if len(sys.argv) > 3 else sys.stdout as out:
        out.write(f"{count}\n")
        out.writelines(f"{dependent} {dependency}\n" for dependent, dependency in estate(count, wanted))


if __name__ == "__main__":
    main()
