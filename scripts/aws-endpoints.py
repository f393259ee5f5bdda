#!/usr/bin/env python3
"""Writes crates/cloud/src/host/exceptions.tsv: the endpoints whose host is not PREFIX.REGION.SUFFIX.

Needs botocore (pip install botocore==1.44.5), whose rules it evaluates for every service and region.
"""
import collections
import pathlib

import botocore
import botocore.session
from botocore.endpoint_provider import EndpointProvider

WANTED = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
TARGET = pathlib.Path(__file__).parent.parent / "crates/cloud/src/host/exceptions.tsv"

loader = botocore.session.get_session().get_component("data_loader")
partitions = loader.load_data("partitions")
outputs = {p["id"]: p["outputs"] for p in partitions["partitions"]}
found = collections.defaultdict(dict)  # (prefix, partition) -> region -> (host, signing region)
for service in loader.list_available_services("service-2"):
    prefix = loader.load_service_model(service, "service-2")["metadata"]["endpointPrefix"]
    rules = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
    for partition in partitions["partitions"]:
        for region in partition["regions"]:
            if partition["id"] not in WANTED or region.endswith("-global"):
                continue
            try:
                endpoint = rules.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False)
            except Exception:  # Some services have no host without a resource's name.
                continue
            scheme = (endpoint.properties.get("authSchemes") or [{}])[0]
            host = (endpoint.url.split("://")[1], scheme.get("signingRegion") or region)
            seen = found[prefix, partition["id"]].setdefault(region, host)
            assert seen == host, (prefix, region, seen, host)


def template(host, region, partition):
    suffixes = outputs[partition]
    for name, suffix in (("dual", suffixes["dualStackDnsSuffix"]), ("suffix", suffixes["dnsSuffix"])):
        if host.endswith("." + suffix):
            host = host[: -len(suffix)] + "{" + name + "}"
            break
    return host.replace(f".{region}.", ".{region}.").replace(f"{region}.", "{region}.") if region in host else host


lines = collections.defaultdict(list)
for (prefix, partition), regions in sorted(found.items()):
    normal = {r: (f"{prefix}.{r}.{outputs[partition]['dnsSuffix']}", r) for r in regions}
    if regions == normal:
        continue
    written = {r: (template(host, r, partition), "{region}" if sign == r else sign) for r, (host, sign) in regions.items()}
    fixed = set(regions.values())
    if len(fixed) == 1 and len(regions) > 1:
        host, sign = fixed.pop()
        lines[prefix, "*", template(host, "-", partition), sign].append(partition)
    elif len(set(written.values())) == 1:
        lines[prefix, "*", *next(iter(written.values()))].append(partition)
    else:
        for region, line in written.items():
            if regions[region] != normal[region]:
                lines[prefix, region, *line].append(partition)

with TARGET.open("w") as file:
    file.write(f"# From the endpoint rules of botocore {botocore.__version__}, by scripts/aws-endpoints.py. Apache License 2.0.\n")
    file.write("# endpoint prefix, partitions, region, host, signing region\n")
    for (prefix, region, host, sign), partitions_ in sorted(lines.items()):
        where = "*" if len(partitions_) == len(WANTED) else ",".join(partitions_)
        file.write("\t".join((prefix, where, region, host, sign)) + "\n")
