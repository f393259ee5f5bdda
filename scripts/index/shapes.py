"""Input shapes of one service, reduced to what decoding, masking and digests need, as lines of text.

`{a b c` is a structure, `[t wire` a list, `<k v kwire vwire` a map. A type is a letter (`s` string, `i` integer, `f`
float, `b` boolean, `t` `u` `r` a time as ISO 8601, seconds, RFC 822, `x` blob, `*` anything; upper case, or `!` before
it: sensitive) or the number of another line. A member is `flags name=wire:type`, without what is the default.
"""

import re

SCALARS = {
    "string": "s", "character": "s", "integer": "i", "long": "i", "short": "i", "byte": "i", "bigInteger": "i",
    "double": "f", "float": "f", "bigDecimal": "f", "boolean": "b", "blob": "x",
}
TIMES = {"iso8601": "t", "unixTimestamp": "u", "rfc822": "r"}
PLACES = {"uri": "/", "querystring": "?", "header": "#", "headers": "%"}
# Members that carry an idempotency token without the model's mark, unless a call needs them (then they are somebody's
# name for something), and members that carry a presigned URL.
TOKENS = {"ClientToken", "clientToken", "ClientRequestToken", "clientRequestToken", "IdempotencyToken",
          "idempotencyToken"}
PRESIGNED = {"PresignedUrl", "PreSignedUrl"}


class Shapes:
    """Collects the shapes reachable from the operations' inputs."""

    def __init__(self, model, full):
        self.model = model["shapes"]
        self.full = full
        self.protocol = model["metadata"]["protocol"]
        self.numbers = {}
        self.lines = []
        self.worth_memo = {}

    # -- what may be left out of a JSON service: shapes under which nothing needs care

    def worth(self, name, seen=()):
        """Whether decoding must look inside a shape of a service that speaks JSON."""
        if self.full or name in self.worth_memo:
            return self.full or self.worth_memo[name]
        if name in seen:
            return False
        shape = self.model[name]
        seen = (*seen, name)
        found = bool(shape.get("sensitive")) or shape["type"] == "timestamp"
        for member, ref in shape.get("members", {}).items():
            found = found or self.member_worth(member, ref, shape, seen)
        for part in ("member", "key", "value"):
            found = found or (part in shape and self.worth(shape[part]["shape"], seen))
        if found or len(seen) == 1:
            self.worth_memo[name] = found
        return found

    def is_token(self, name, ref, shape):
        return bool(ref.get("idempotencyToken")) or (name in TOKENS and name not in shape.get("required", []))

    def member_worth(self, name, ref, shape, seen=()):
        renamed = ref.get("locationName", name) != name
        marked = bool(ref.get("location") or ref.get("jsonvalue")) or self.is_token(name, ref, shape)
        return renamed or marked or name in PRESIGNED or self.worth(ref["shape"], seen)

    # -- lines

    def type(self, ref):
        name = ref["shape"]
        shape = self.model[name]
        kind = shape["type"]
        sensitive = bool(shape.get("sensitive") or ref.get("sensitive"))
        if kind == "timestamp":
            letter = self.time(ref, shape)
        elif kind in SCALARS:
            letter = SCALARS[kind]
        elif ref.get("location") and kind == "map":
            # A map in a query may hold lists, and then has its keys more than once.
            self.worth_memo.setdefault(shape["value"]["shape"], self.model[shape["value"]["shape"]]["type"] == "list")
            return str(self.number(name))
        elif shape.get("document") or not (self.worth(name) or ref.get("location")):
            letter = "*"
        else:
            return ("!" if sensitive else "") + str(self.number(name, bool(ref.get("flattened"))))
        if letter == "*":
            return "!*" if sensitive else "*"
        return letter.upper() if sensitive else letter

    def time(self, ref, shape):
        given = ref.get("timestampFormat") or shape.get("timestampFormat")
        if given:
            return TIMES[given]
        if ref.get("location") == "header":
            return "r"
        if ref.get("location") in ("querystring", "uri"):
            return "t"
        return "u" if "json" in self.protocol or "cbor" in self.protocol else "t"

    def number(self, name, flattened=False):
        key = (name, flattened)
        if key not in self.numbers:
            self.numbers[key] = len(self.lines)
            self.lines.append(None)
            self.lines[self.numbers[key]] = self.line(self.model[name], flattened)
        return self.numbers[key]

    def line(self, shape, flattened):
        if shape["type"] == "list":
            wire = self.wire(shape["member"], "member")
            flat = "*" if flattened or shape.get("flattened") else ""
            return f"[{flat}{self.type(shape['member'])}" + (f" {wire}" if wire != "member" else "")
        if shape["type"] == "map":
            names = [self.wire(shape["key"], "key"), self.wire(shape["value"], "value")]
            flat = "*" if flattened or shape.get("flattened") else ""
            line = f"<{flat}{self.type(shape['key'])} {self.type(shape['value'])}"
            names += [shape["formName"]] if "formName" in shape else []
            return line + (f" {' '.join(names)}" if names != ["key", "value"] else "")
        members = []
        for name, ref in shape["members"].items():
            if self.full or self.member_worth(name, ref, shape) or name == shape.get("payload"):
                members.append(self.member(name, ref, shape))
        return "{" + " ".join(members)

    def wire(self, ref, default):
        return ref.get("locationName", default)

    def member(self, name, ref, shape):
        flags = PLACES.get(ref.get("location"), "")
        if name == shape.get("payload"):
            target = self.model[ref["shape"]]
            flags += "^" if target.get("eventstream") else "~"
            flags += "&" if target.get("streaming") or ref.get("streaming") else ""
        flags += "!" if self.is_token(name, ref, shape) else ""
        flags += "$" if name in PRESIGNED else ""
        flags += "+" if name in shape.get("required", []) and ref.get("location") in ("querystring", "header") else ""
        flags += "@" if ref.get("xmlAttribute") else ""
        flags += "=" if ref.get("jsonvalue") else ""
        wire = self.wire(ref, name)
        if self.protocol == "ec2":
            wire = ref.get("queryName") or (wire[:1].upper() + wire[1:] if "locationName" in ref else name)
        kind = self.type(ref)
        text = f"{flags}{name}" + (f"={wire}" if wire != name else "") + (f":{kind}" if kind != "s" else "")
        return text

    def merged(self, roots):
        """The lines without repetitions, and the roots' numbers in them."""
        lines, numbers = list(self.lines), list(range(len(self.lines)))
        while True:
            first, keep = {}, {}
            for at, line in enumerate(lines):
                keep[at] = first.setdefault(line, at)
            if len(first) == len(lines):
                return lines, numbers
            order = {old: new for new, old in enumerate(sorted(first.values()))}
            moved = {at: order[keep[at]] for at in keep}
            lines = [renumber(line, moved) for line, at in sorted(first.items(), key=lambda pair: pair[1])]
            numbers = [moved[number] for number in numbers]


def renumber(line, moved):
    """A line with the numbers of other lines replaced."""
    head = line[0] + ("*" if line[1:2] == "*" and line[0] != "{" and len(line) > 2 and line[2] not in " " else "")
    if line[0] == "{":
        return re.sub(r":(!?)(\d+)(?= |$)", lambda m: f":{m[1]}{moved[int(m[2])]}", line)
    rest = line[len(head):].split(" ")
    types = 1 if line[0] == "[" else 2
    for at in range(types):
        rest[at] = re.sub(r"^(!?)(\d+)$", lambda m: f"{m[1]}{moved[int(m[2])]}", rest[at])
    return head + " ".join(rest)
