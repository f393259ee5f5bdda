#!/usr/bin/env python3
"""Serialises every operation with botocore itself, in every protocol its service lists, as JSON lines on stdout.

Each line has the request and what it was made from: `service`, `operation`, `protocol`, `kind` (`least`: required
members only, `full`: all of them), `method`, `path`, `query`, `headers`, `body` (or `body64`, where it is no text), `scope`, `parameters`.
botocore is the pinned one, unpacked into a scratch directory; `--inputs DIR` keeps the archives there. `--every N
--gzip FILE` writes each Nth line only, packed: that is how tests/cases/aws/serialised.jsonl.gz was made, with N = 7.
"""

import argparse
import base64
import datetime
import gzip
import json
import pathlib
import sys
import tempfile
import urllib.parse
import zipfile

import inputs

WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
DEEPEST = 4
# Tokens without the model's mark, and headers that say how a body travels: no part of what is asked for.
TOKENS = {"ClientToken", "clientToken", "ClientRequestToken", "clientRequestToken", "IdempotencyToken", "idempotencyToken"}
TRANSPORT = ("content-length", "content-md5", "x-amz-content-sha256", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-")
SPEAKS = {"smithy-rpc-v2-cbor": "cbor"}


class Values:
    """Made-up values of shapes, and the same values as Holdpoint writes them."""

    def __init__(self, full):
        self.full = full

    def make(self, shape, name="v", open_shapes=()):
        """(what botocore takes, what is expected back), or None for a shape that goes on for ever."""
        if shape.name in open_shapes or len(open_shapes) > DEEPEST:
            return None
        open_shapes = (*open_shapes, shape.name)
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, open_shapes)
        if kind == "list":
            items = [self.make(shape.member, f"{name}{at}", open_shapes) for at in range(2 if self.full else 1)]
            return None if None in items else ([item[0] for item in items], [item[1] for item in items])
        if kind == "map":
            value = self.make(shape.value, name, open_shapes)
            key = (getattr(shape.key, "enum", None) or ["key"])[0]
            return value and ({key: value[0]}, {key: value[1]})
        return self.scalar(kind, shape, name)

    def structure(self, shape, open_shapes):
        if getattr(shape, "is_document_type", False):
            return {"a": [1, "b"]}, {"a": [1, "b"]}
        given, wanted = {}, {}
        union = getattr(shape, "is_tagged_union", False)
        for name, member in shape.members.items():
            if not self.full and name not in shape.required_members and not union:
                continue
            made = self.make(member, name, open_shapes)
            if made is None:
                if name in shape.required_members:
                    return None
                continue
            given[name] = made[0]
            # An idempotency token is no part of what is asked for.
            if not is_token(shape, name, member):
                wanted[name] = made[1]
            if union:
                break
        return given, wanted

    def scalar(self, kind, shape, name):
        if kind == "blob":
            return b"blob \xff", base64.b64encode(b"blob \xff").decode()
        if kind == "timestamp":
            return WHEN, WHEN.strftime("%Y-%m-%dT%H:%M:%SZ")
        if kind == "boolean":
            return True, True
        if kind in ("integer", "long"):
            return 7, 7
        if kind in ("double", "float"):
            return 1.5, 1.5
        text = (getattr(shape, "enum", None) or [f"a b/{name}&=?+%ü\"<>"])[0]
        return text, text


def is_token(shape, name, member):
    return member.metadata.get("idempotencyToken") or (name in TOKENS and name not in shape.required_members)


def safe(shape, values):
    """Headers of made-up values must be ones that clients can send; what only travels is not expected back."""
    given, wanted = values
    for name, member in shape.members.items():
        place = member.serialization.get("location")
        if name not in given or place not in ("header", "headers"):
            continue
        wire = member.serialization.get("name", "").lower()
        plain = not getattr(member, "enum", None)
        if member.serialization.get("jsonvalue"):
            given[name], wanted[name] = {"a": 1}, '{"a":1}'
        elif place == "headers":
            given[name] = wanted[name] = {"one": "h-one"}
        elif member.type_name == "string" and plain:
            given[name] = wanted[name] = f"h-{name}"
        elif member.type_name == "list" and member.member.type_name == "string" and not getattr(member.member, "enum", None):
            given[name] = wanted[name] = ["h-one", "h-two"]
        if wire.startswith(TRANSPORT) or is_token(shape, name, member):
            wanted.pop(name, None)
            if wire == "content-length":
                given[name] = 4
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].serialization.get("streaming"):
        given[payload], wanted[payload] = b"body", {"$bytes": 4}
    return values


def requests(folder):
    models = inputs.models(folder)
    from botocore import serialize
    from botocore.model import ServiceModel

    for service, (_, model) in models.items():
        for protocol in model["metadata"].get("protocols", [model["metadata"]["protocol"]]):
            described = ServiceModel(model, service)
            serializer = serialize.create_serializer(protocol, False)
            for name in described.operation_names:
                operation = described.operation_model(name)
                for kind in ("least", "full"):
                    line = one(serializer, described, operation, protocol, kind)
                    if line and not (kind == "full" and line.get("parameters") == {}):
                        yield line


def one(serializer, described, operation, protocol, kind):
    shape = operation.input_shape
    values = ({}, {})
    if shape is not None:
        values = Values(kind == "full").make(shape)
        if values is None:
            return None
        values = safe(shape, values)
    request = serializer.serialize_to_request(dict(values[0]), operation)
    query = request.get("query_string") or {}
    path, _, fixed = request["url_path"].partition("?")
    if not isinstance(query, str):
        query = urllib.parse.urlencode(query, doseq=True, quote_via=urllib.parse.quote, safe="-_.~")
    query = "&".join(part for part in (fixed, query) if part)
    body = request["body"]
    if isinstance(body, dict):
        body = urllib.parse.urlencode(body, doseq=True).encode()
    body = body.encode() if isinstance(body, str) else body or b""
    return {
        "service": described.service_name, "operation": operation.name, "kind": kind,
        "protocol": SPEAKS.get(protocol, protocol), "method": request["method"],
        "path": path, "query": query,
        "headers": [[key.lower(), str(value)] for key, value in request["headers"].items()],
        **text_or_bytes(body), "scope": described.signing_name, "parameters": values[1],
    }


def text_or_bytes(body):
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body64": base64.b64encode(body).decode()}


def write(lines, options):
    texts = (json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)
    if options.gzip:
        sample = "".join(text for at, text in enumerate(texts) if at % options.every == 0)
        options.gzip.write_bytes(gzip.compress(sample.encode(), 9, mtime=0))
    else:
        sys.stdout.writelines(texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--gzip", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.inputs or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(inputs.fetch("botocore", folder)) as archive:
            archive.extractall(pathlib.Path(scratch) / "lib")
        sys.path.insert(0, str(pathlib.Path(scratch) / "lib"))
        write(requests(folder), options)


if __name__ == "__main__":
    main()
