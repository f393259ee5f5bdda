#!/usr/bin/env python3
"""Writes a realistic Terraform plan of a given size, the same for the same arguments.

    make_plan.py RESOURCES SHARE_CHANGED [FILE]      for example: make_plan.py 10000 0.1 plan.json

A module for each service, with one resource of each kind. They depend on each other as such modules do: by references in the
configuration, by what the state recorded, and by ids, ARNs and names that their values hold.
"""

import json
import random
import sys

PROVIDER = "registry.terraform.io/hashicorp/aws"


def arn(service, what):
    return f"arn:aws:{service}:eu-west-1:111122223333:{what}"


def tags(rng, n):
    return {
        "Environment": rng.choice(["staging", "development", "test"]),
        "Team": rng.choice(["billing", "search", "platform", "growth"]),
        "Service": f"service-{n % 97}",
        "CostCenter": str(1000 + n % 53),
        "ManagedBy": "terraform",
    }


def sibling(n, kind):
    """The number of the resource of that kind in the same module."""
    return n - n % len(KINDS) + kind


def security_group(rng, n):
    rules = [
        {"cidr_blocks": [f"10.{n % 200}.{k}.0/24"], "description": f"from tier {k}", "from_port": 8000 + k,
         "ipv6_cidr_blocks": [], "prefix_list_ids": [], "protocol": "tcp", "security_groups": [], "self": False,
         "to_port": 8000 + k}
        for k in range(rng.randint(2, 9))
    ]
    return {"arn": arn("ec2", f"security-group/sg-{n:017x}"), "description": "Managed by Terraform", "egress": rules[:1],
            "id": f"sg-{n:017x}", "ingress": rules, "name": f"service-{n}", "name_prefix": "", "owner_id": "111122223333",
            "revoke_rules_on_delete": False, "timeouts": None, "vpc_id": "vpc-0123456789abcdef0"}


def instance(rng, n):
    return {"ami": f"ami-{rng.getrandbits(64):016x}", "arn": arn("ec2", f"instance/i-{n:017x}"),
            "associate_public_ip_address": False, "availability_zone": "eu-west-1a", "cpu_core_count": 2,
            "credit_specification": [{"cpu_credits": "standard"}], "disable_api_stop": False,
            "disable_api_termination": False, "ebs_block_device": [], "ebs_optimized": True, "enclave_options": [{"enabled": False}],
            "get_password_data": False, "hibernation": False, "iam_instance_profile": f"service-{sibling(n, 3)}", "id": f"i-{n:017x}",
            "instance_initiated_shutdown_behavior": "stop", "instance_state": "running", "instance_type": "m6i.large",
            "ipv6_addresses": [], "key_name": "", "metadata_options": [{"http_endpoint": "enabled", "http_tokens": "required",
            "http_put_response_hop_limit": 1, "instance_metadata_tags": "disabled"}], "monitoring": True,
            "private_dns": f"ip-10-0-{n % 250}-{n % 251}.eu-west-1.compute.internal", "private_ip": f"10.0.{n % 250}.{n % 251}",
            "root_block_device": [{"delete_on_termination": True, "device_name": "/dev/xvda", "encrypted": True, "iops": 3000,
            "kms_key_id": arn("kms", "key/0f0f0f0f"), "tags": {}, "throughput": 125, "volume_id": f"vol-{n:017x}",
            "volume_size": 50, "volume_type": "gp3"}], "secondary_private_ips": [], "source_dest_check": True,
            "subnet_id": "subnet-0123456789abcdef0", "tenancy": "default", "user_data": f"{rng.getrandbits(160):040x}",
            "volume_tags": None, "vpc_security_group_ids": [f"sg-{sibling(n, 0):017x}"]}


def bucket(rng, n):
    return {"acceleration_status": "", "acl": None, "arn": f"arn:aws:s3:::acme-{n}", "bucket": f"acme-{n}",
            "bucket_domain_name": f"acme-{n}.s3.amazonaws.com", "bucket_regional_domain_name": f"acme-{n}.s3.eu-west-1.amazonaws.com",
            "cors_rule": [], "force_destroy": False, "grant": [{"id": f"{rng.getrandbits(256):064x}", "permissions": ["FULL_CONTROL"],
            "type": "CanonicalUser", "uri": ""}], "hosted_zone_id": "Z1BKCTXD74EZPE", "id": f"acme-{n}", "lifecycle_rule": [],
            "logging": [], "object_lock_enabled": False, "policy": "", "region": "eu-west-1", "replication_configuration": [],
            "request_payer": "BucketOwner", "server_side_encryption_configuration": [{"rule": [{"apply_server_side_encryption_by_default":
            [{"kms_master_key_id": "", "sse_algorithm": "AES256"}], "bucket_key_enabled": False}]}], "timeouts": None,
            "versioning": [{"enabled": True, "mfa_delete": False}], "website": []}


def role(rng, n):
    trust = {"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Sid": "",
             "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}
    inline = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
              "Resource": f"arn:aws:s3:::acme-{sibling(n, 2)}/*"}]}
    return {"arn": f"arn:aws:iam::111122223333:role/service-{n}", "assume_role_policy": json.dumps(trust),
            "create_date": "2026-01-01T00:00:00Z", "description": "", "force_detach_policies": False, "id": f"service-{n}",
            "inline_policy": [{"name": "data", "policy": json.dumps(inline)}], "managed_policy_arns": [], "max_session_duration": 3600,
            "name": f"service-{n}", "name_prefix": "", "path": "/", "permissions_boundary": "", "unique_id": f"AROA{n:016X}"}


def task(rng, n):
    containers = [{"name": f"app-{k}", "image": f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:{rng.getrandbits(64):016x}",
                   "cpu": 256, "memory": 512, "essential": True, "portMappings": [{"containerPort": 8080, "hostPort": 8080}],
                   "environment": [{"name": f"SETTING_{i}", "value": f"value-{i}-{n}"} for i in range(10)],
                   "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": f"/ecs/{n}", "awslogs-region": "eu-west-1"}}}
                  for k in range(2)]
    return {"arn": arn("ecs", f"task-definition/service-{n}:12"), "container_definitions": json.dumps(containers), "cpu": "512",
            "ephemeral_storage": [], "execution_role_arn": f"arn:aws:iam::111122223333:role/exec-{n}", "family": f"service-{n}",
            "id": f"service-{n}", "memory": "1024", "network_mode": "awsvpc", "placement_constraints": [], "proxy_configuration": [],
            "requires_compatibilities": ["FARGATE"], "revision": 12, "runtime_platform": [], "skip_destroy": False,
            "task_role_arn": f"arn:aws:iam::111122223333:role/service-{sibling(n, 3)}", "track_latest": False, "volume": []}


def database(rng, n):
    return {"allocated_storage": 100, "apply_immediately": False, "arn": arn("rds", f"db:db-{n}"), "auto_minor_version_upgrade": True,
            "backup_retention_period": 14, "backup_window": "02:00-03:00", "db_name": "app", "delete_automated_backups": False,
            "deletion_protection": True, "enabled_cloudwatch_logs_exports": ["postgresql"], "engine": "postgres", "engine_version": "16.3",
            "final_snapshot_identifier": f"db-{n}-final", "id": f"db-{n}", "identifier": f"db-{n}", "instance_class": "db.m6g.large",
            "iops": 3000, "kms_key_id": arn("kms", "key/0f0f0f0f"), "multi_az": True, "password": f"{rng.getrandbits(128):032x}",
            "port": 5432, "publicly_accessible": False, "skip_final_snapshot": False, "storage_encrypted": True, "storage_type": "gp3",
            "username": "app", "vpc_security_group_ids": [f"sg-{sibling(n, 0):017x}"]}


KINDS = [
    ("aws_security_group", security_group), ("aws_instance", instance), ("aws_s3_bucket", bucket), ("aws_iam_role", role),
    ("aws_ecs_task_definition", task), ("aws_db_instance", database),
]

# Which argument of which kind refers to which other kind of the same module, and to what of it.
REFERENCES = {
    "aws_instance": [("vpc_security_group_ids", "aws_security_group", "id"), ("iam_instance_profile", "aws_iam_role", "name")],
    "aws_iam_role": [("inline_policy", "aws_s3_bucket", "arn")],
    "aws_ecs_task_definition": [("task_role_arn", "aws_iam_role", "arn")],
    "aws_db_instance": [("vpc_security_group_ids", "aws_security_group", "id")],
}


def shape(value):
    """What Terraform renders as sensitivity: the containers, and `false` for the values in lists."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items() if isinstance(v, (dict, list))}
    return [shape(v) if isinstance(v, (dict, list)) else False for v in value]


def sensitive(values):
    out = shape(values)
    if "password" in values:
        out["password"] = True
    return out


def configured(kind, values):
    """The resource in its module's configuration: constants, and references to its siblings."""
    expressions = {k: {"constant_value": v} for k, v in values.items() if isinstance(v, (str, bool, int))}
    for argument, other, attribute in REFERENCES.get(kind, []):
        found = {"references": [f"{other}.this[0].{attribute}", f"{other}.this[0]", f"{other}.this"]}
        expressions[argument] = [{"policy": found}] if argument == "inline_policy" else found
    return {"address": f"{kind}.this", "mode": "managed", "type": kind, "name": "this", "provider_config_key": "aws",
            "expressions": expressions, "schema_version": 1, "count_expression": {"constant_value": 1}}


class Modules:
    """Resources by module, as planned values and the state hold them."""

    def __init__(self):
        self.found = {}

    def add(self, address, resource):
        self.found.setdefault(address, []).append(resource)

    def values(self):
        return {"root_module": {"child_modules": [{"address": address, "resources": resources}
                                                  for address, resources in self.found.items()]}}

    def calls(self):
        return {"root_module": {"module_calls": {address.removeprefix("module."): {"source": "./service", "module": {"resources": resources}}
                                                 for address, resources in self.found.items()}}}


def main():
    count, share = int(sys.argv[1]), float(sys.argv[2])
    rng = random.Random(4653)
    changes, planned, prior, configuration = [], Modules(), Modules(), Modules()
    for n in range(count):
        kind, make = KINDS[n % len(KINDS)]
        module = f"module.service_{n // len(KINDS)}"
        before = make(rng, n)
        before["tags"] = before["tags_all"] = tags(rng, n)
        changed = rng.random() < share
        after = before
        if changed:
            after = dict(before)
            after["tags"] = after["tags_all"] = dict(before["tags"], Release=f"r{n}")
        head = {"address": f"{module}.{kind}.this[0]", "module_address": module, "mode": "managed", "type": kind, "name": "this",
                "index": 0, "provider_name": PROVIDER}
        changes.append(dict(head, change={"actions": ["update"] if changed else ["no-op"], "before": before, "after": after,
                       "after_unknown": {}, "before_sensitive": sensitive(before), "after_sensitive": sensitive(after)}))
        rendered = {k: v for k, v in head.items() if k != "module_address"}
        rendered["schema_version"] = 1
        planned.add(module, dict(rendered, values=after, sensitive_values=sensitive(after)))
        state = dict(rendered, values=before, sensitive_values=sensitive(before))
        if kind in REFERENCES:
            state["depends_on"] = sorted(f"{module}.{other}.this" for _, other, _ in REFERENCES[kind])
        prior.add(module, state)
        configuration.add(module, configured(kind, before))
    plan = {
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": planned.values(),
        "resource_changes": changes,
        "prior_state": {"format_version": "1.0", "terraform_version": "1.11.4", "values": prior.values()},
        "configuration": configuration.calls(),
        "timestamp": "2026-01-01T00:00:00Z", "applyable": True, "complete": True, "errored": False,
    }
    with open(sys.argv[3], "w") if len(sys.argv) > 3 else sys.stdout as out:
        json.dump(plan, out, separators=(",", ":"))


if __name__ == "__main__":
    main()
