#!/usr/bin/env python3
"""Plans the changes of changes.toml anew, each as `terraform show -json` prints it.

Needs Terraform, the AWS provider and `moto_server`; no network, no account. Each layout is applied once to a
simulated AWS; then each change is made to a copy of it and planned without a refresh. What the simulation invents is
given names that are plainly invented. `regenerate.py NAME…` plans only the layouts or changes named.

    HOLDPOINT_PROVIDER=/path/to/terraform-provider-aws_v5.100.0_x5 tests/cases/ordinary/regenerate.py
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile

HERE = pathlib.Path(__file__).parent
PROVIDER = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region            = "eu-west-1"
  s3_use_path_style = true

  default_tags {
    tags = {
      Environment = "ENVIRONMENT"
      ManagedBy   = "terraform"
    }
  }
}
"""
# What moto lacks: a look at state machines, and tags of some things, which are here what `default_tags` sets.
MOTO = """
import json, sys
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Targets
from moto.budgets.responses import BudgetsResponse as Budgets
from moto.server import main
from moto.stepfunctions.responses import StepFunctionResponse as Machines
tags = {"Environment": "production", "ManagedBy": "terraform"}
def answer(of, action, value):
    setattr(of, action, lambda self: json.dumps(value))
answer(Targets, "list_tags_for_resource", {"Tags": tags})
answer(Budgets, "list_tags_for_resource", {"ResourceTags": [{"Key": k, "Value": v} for k, v in tags.items()]})
answer(Machines, "validate_state_machine_definition", {"result": "OK", "diagnostics": []})
answer(Machines, "list_state_machine_versions", {"stateMachineVersions": []})
main(sys.argv[1:])
"""
# What moto answers otherwise than AWS, so that a plan would undo it.
TAGS = {"Environment": "production", "ManagedBy": "terraform"}
ANSWERS = {
    "aws_autoscaling_policy": {"predictive_scaling_configuration": [], "enabled": True},
    "aws_backup_plan": {"tags_all": TAGS},
    "aws_backup_vault": {"tags_all": TAGS},
    "aws_eks_node_group": {"remote_access": [], "version": "1.31"},
    "aws_ecs_service": {"availability_zone_rebalancing": "DISABLED"},
    "aws_launch_template": {"tag_specifications": []},
}
SHARED = """
resource "aws_vpc" "shared" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "shared" {
  count             = 2
  vpc_id            = aws_vpc.shared.id
  cidr_block        = "10.0.${count.index}.0/24"
  availability_zone = "eu-west-1${["a", "b"][count.index]}"
}
"""
INVENTED = re.compile(r"\b([a-z]{1,8})-(?!111122223333)[0-9a-f]{8,17}\b")
QUEUE = re.compile(r"http://127\.0\.0\.1:\d+/(?=111122223333/)")
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Names:
    """What the simulation invents, under names of ours: the same one for the same thing."""

    def __init__(self):
        self.known = {}

    def plain(self, text):
        text = QUEUE.sub("https://sqs.eu-west-1.amazonaws.com/", text)
        text = UUID.sub(lambda m: self.name(m[0], "fake0000-0000-0000-0000-{:012}"), text)
        return INVENTED.sub(lambda m: self.name(m[0], m[1] + "-fake{:013}"), text)

    def name(self, found, form):
        return self.known.setdefault(found, form.format(len(self.known) + 1))


def terraform(folder, *arguments, **variables):
    env = {**os.environ, **{f"TF_VAR_{k}": v for k, v in variables.items()}}
    done = subprocess.run(["terraform", *arguments], cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"terraform {arguments[0]} in {folder.name}:\n{done.stderr[-3000:]}")
    return done.stdout


def prepare(folder, environment, source=None):
    if source:
        shutil.copytree(source, folder, dirs_exist_ok=True)
    folder.mkdir(exist_ok=True)
    (folder / "providers.tf").write_text(PROVIDER.replace("ENVIRONMENT", environment))


def init(folder):
    terraform(folder, "init", "-input=false")


def edit(folder, change):
    for name, old, new in change.get("edit", []):
        text = (folder / name).read_text()
        if old not in text:
            sys.exit(f"{change['name']}: {name} has no {old!r}")
        (folder / name).write_text(text.replace(old, new, 1))
    for name, more in change.get("append", []):
        (folder / name).write_text((folder / name).read_text() + more)


def compact(value):
    """JSON within the state as AWS returns it: without the spaces that the simulation puts there."""
    if isinstance(value, dict):
        return {key: compact(part) for key, part in value.items()}
    if isinstance(value, list):
        return [compact(part) for part in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(value), separators=(",", ":"))
        except ValueError:
            return value
    return value


def without(state, addresses):
    document = compact(json.loads(state))
    for resource in document["resources"]:
        for instance in resource["instances"]:
            instance["attributes"].update(ANSWERS.get(resource["type"], {}))
    document["resources"] = [r for r in document["resources"] if f"{r['type']}.{r['name']}" not in addresses]
    return json.dumps(document, indent=2)


def simulation(work):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    os.environ.update(AWS_ENDPOINT_URL=address, AWS_ACCESS_KEY_ID="fake", AWS_SECRET_ACCESS_KEY="fake",
                      AWS_EC2_METADATA_DISABLED="true", MOTO_ACCOUNT_ID="111122223333",
                      MOTO_IAM_LOAD_MANAGED_POLICIES="true", CHECKPOINT_DISABLE="1", AWS_MAX_ATTEMPTS="3")
    # A provider that is configured more than once stumbles over a bundle, and nothing here leaves this machine.
    os.environ.pop("AWS_CA_BUNDLE", None)
    log = (work / "moto.log").open("w")
    server = subprocess.Popen([sys.executable, "-c", MOTO, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.2)
    server.kill()
    sys.exit("moto_server does not answer")


def provider(work):
    """One provider for all of it: most of the time of a plan is what the provider takes to start."""
    with zipfile.ZipFile(work / "build.zip", "w") as build:
        build.writestr(zipfile.ZipInfo("main.py"), "def handler(event, context):\n    return event\n")
    out = (work / "provider.log").open("w")
    running = subprocess.Popen([os.environ["HOLDPOINT_PROVIDER"], "-debug"], stdout=out, stderr=out, cwd=work)
    for _ in range(600):
        said = re.search(r"TF_REATTACH_PROVIDERS='(.*)'", (work / "provider.log").read_text())
        if said:
            os.environ["TF_REATTACH_PROVIDERS"] = said[1]
            return running
        time.sleep(0.2)
    running.kill()
    sys.exit("the provider does not start")


def plan(work, change, state, variables, environment):
    folder = work / change["name"]
    prepare(folder, environment, HERE / "layouts" / change["layout"])
    edit(folder, change)
    init(folder)
    (folder / "terraform.tfstate").write_text(without(state, change.get("outside", [])))
    terraform(folder, "plan", "-input=false", "-refresh=false", "-out=tfplan", **variables)
    text = terraform(folder, "show", "-json", "tfplan")
    target = HERE.parent / ("not_ordinary" if "rules" in change else "ordinary")
    target.mkdir(exist_ok=True)
    (target / f"{change['name']}.json").write_text(text)
    print(f"  {change['name']}: {len(text)} bytes", flush=True)


def layout(work, name, environment, changes, ids):
    base = work / f"{name}-{environment}"
    prepare(base, environment, HERE / "layouts" / name)
    init(base)
    print(f"{name} ({environment})", flush=True)
    terraform(base, "apply", "-input=false", "-auto-approve", environment=environment, **ids)
    names = Names()
    state = names.plain((base / "terraform.tfstate").read_text())
    known = {key: names.plain(value) for key, value in ids.items()}
    for change in changes:
        plan(work, change, state, {"environment": environment, **known}, environment)


def main(wanted):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    changes = tomllib.loads((HERE / "changes.toml").read_text())["change"]
    changes = [c for c in changes if not wanted or c["name"] in wanted or c["layout"] in wanted]
    groups = {}
    for change in changes:
        groups.setdefault((change["layout"], change.get("environment", "production")), []).append(change)
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch)
        server = simulation(work)
        running, failures = None, []
        try:
            running = provider(work)
            shared = work / "shared"
            prepare(shared, "production")
            (shared / "main.tf").write_text(SHARED)
            init(shared)
            terraform(shared, "apply", "-input=false", "-auto-approve")
            made = json.loads((shared / "terraform.tfstate").read_text())["resources"]
            of = {r["type"]: [i["attributes"]["id"] for i in r["instances"]] for r in made}
            ids = {"vpc_id": of["aws_vpc"][0], "subnet_ids": json.dumps(of["aws_subnet"])}
            for (name, environment), members in groups.items():
                try:
                    layout(work, name, environment, members, ids)
                except RuntimeError as failed:
                    failures.append(str(failed))
                    print(failed, flush=True)
        finally:
            for process in filter(None, (server, running)):
                process.kill()
    sys.exit(bool(failures))


if __name__ == "__main__":
    main(sys.argv[1:])
