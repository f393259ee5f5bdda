#!/usr/bin/env python3
"""Writes the plans beside it: ordinary changes, which must not be held up. Run it again after a change here."""

import json
import pathlib

HERE = pathlib.Path(__file__).parent
AWS = "registry.terraform.io/hashicorp/aws"
TAGS = {"Environment": "production", "Team": "shop"}


def resource(address, actions, before, after, unknown=None, **more):
    change = more.pop("change", {})
    kind = address.split("[")[0].split(".")[-2]
    return {"address": address, "mode": "managed", "type": kind, "name": address.split(".")[-1].split("[")[0],
            "provider_name": AWS, **more,
            "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {},
                       "before_sensitive": {} if before else False, "after_sensitive": {} if after else False, **change}}


def update(address, values, **edits):
    return resource(address, ["update"], values, {**values, **edits})


def write(name, *resources, **more):
    plan = {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
            "resource_changes": list(resources), **more, "configuration": {"root_module": {}},
            "timestamp": "2026-03-01T09:00:00Z", "applyable": True, "complete": True, "errored": False}
    (HERE / f"{name}.json").write_text(json.dumps(plan, indent=1) + "\n")


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


BUCKET = {"bucket": "shop-reports", "force_destroy": False, "tags": TAGS, "tags_all": TAGS, "timeouts": None}
DATABASE = {"identifier": "shop-orders", "engine": "postgres", "instance_class": "db.m6g.large", "allocated_storage": 100,
            "backup_retention_period": 14, "deletion_protection": True, "skip_final_snapshot": False, "password": "x",
            "publicly_accessible": False, "tags": TAGS, "tags_all": TAGS}
GROUP = {"name": "shop-web", "min_size": 4, "max_size": 12, "desired_capacity": 6, "health_check_type": "ELB"}
RULE = {"cidr_blocks": ["0.0.0.0/0"], "description": "", "from_port": 443, "ipv6_cidr_blocks": ["::/0"], "prefix_list_ids": [],
        "protocol": "tcp", "security_groups": [], "self": False, "to_port": 443}
SERVICE = {"name": "shop", "desired_count": 6, "task_definition": "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop:41",
           "load_balancer": [{"container_name": "shop", "container_port": 8080, "target_group_arn": "arn:tg"}]}
TASK = {"family": "shop", "cpu": "512", "memory": "1024", "revision": 41, "skip_destroy": False,
        "container_definitions": json.dumps([{"name": "shop", "image": "shop:1.41", "essential": True}])}
FUNCTION = {"function_name": "shop-thumbnails", "handler": "main.handler", "runtime": "python3.12", "memory_size": 512,
            "source_code_hash": "mYw0Zs4Hk2o=", "environment": [{"variables": {"LEVEL": "info", "OLD": "1"}}], "timeout": 30}
TRUST = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}})
NARROW = policy({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::shop-reports/*"},
                {"Effect": "Allow", "Action": "logs:CreateLogStream", "Resource": "*"})

write("create_private_bucket",
      resource("aws_s3_bucket.reports", ["create"], None, BUCKET, {"id": True, "arn": True}),
      resource("aws_s3_bucket_versioning.reports", ["create"], None,
               {"versioning_configuration": [{"status": "Enabled"}]}, {"id": True, "bucket": True}),
      resource("aws_s3_bucket_public_access_block.reports", ["create"], None,
               {"block_public_acls": True, "block_public_policy": True, "ignore_public_acls": True, "restrict_public_buckets": True},
               {"id": True, "bucket": True}))
write("create_database_without_protection",
      resource("aws_db_instance.scratch", ["create"], None,
               {**DATABASE, "deletion_protection": False, "backup_retention_period": 0, "skip_final_snapshot": True}, {"id": True}))
write("tag_edit", update("aws_db_instance.orders", DATABASE, tags={"Team": "shop"}, tags_all={"Team": "shop"}))
write("scale_up", update("aws_autoscaling_group.web", GROUP, min_size=6, desired_capacity=9),
      update("aws_ecs_service.shop", SERVICE, desired_count=8))
write("scale_down_above_zero", update("aws_autoscaling_group.web", GROUP, min_size=2, desired_capacity=4))
write("web_group",
      resource("aws_security_group.web", ["create"], None,
               {"name": "web", "ingress": [RULE, {**RULE, "from_port": 80, "to_port": 80}],
                "egress": [{**RULE, "from_port": 0, "to_port": 0, "protocol": "-1"}]}, {"id": True, "arn": True}))
write("close_a_port",
      update("aws_security_group.app", {"name": "app", "ingress": [{**RULE, "from_port": 22, "to_port": 22}]}, ingress=[]))
write("deploy_service",
      resource("aws_ecs_task_definition.shop", ["delete", "create"], TASK,
               {k: v for k, v in {**TASK, "container_definitions": TASK["container_definitions"].replace("1.41", "1.42")}.items()
                if k != "revision"},
               {"arn": True, "id": True, "revision": True}, change={"replace_paths": [["container_definitions"]]},
               action_reason="replace_because_cannot_update"),
      resource("aws_ecs_service.shop", ["update"], SERVICE, {k: v for k, v in SERVICE.items() if k != "task_definition"},
               {"task_definition": True}))
write("narrow_role",
      resource("aws_iam_role.thumbnails", ["create"], None, {"name": "thumbnails", "assume_role_policy": TRUST, "inline_policy": []},
               {"id": True, "arn": True}),
      resource("aws_iam_role_policy.thumbnails", ["create"], None, {"name": "read", "policy": NARROW}, {"id": True, "role": True}),
      resource("aws_iam_role_policy_attachment.logs", ["create"], None,
               {"policy_arn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}, {"id": True, "role": True}))
write("narrow_role_of_a_new_bucket",
      resource("aws_iam_role_policy.thumbnails", ["create"], None, {"name": "read", "role": "thumbnails"}, {"id": True, "policy": True}))
write("log_retention_up",
      update("aws_cloudwatch_log_group.shop", {"name": "/ecs/shop", "retention_in_days": 14, "skip_destroy": False}, retention_in_days=90))
write("backup_retention_up", update("aws_db_instance.orders", DATABASE, backup_retention_period=35))
write("module_move",
      resource("module.shop.aws_db_instance.orders", ["no-op"], DATABASE, DATABASE, module_address="module.shop",
               previous_address="aws_db_instance.orders"))
write("import",
      resource("aws_s3_bucket.reports", ["no-op"], BUCKET, BUCKET, change={"importing": {"id": "shop-reports"}}))
write("output_only", output_changes={
      "url": {"actions": ["update"], "before": "https://old.example.org", "after": "https://shop.example.org", "after_unknown": False,
              "before_sensitive": False, "after_sensitive": False},
      "same": {"actions": ["no-op"], "before": 1, "after": 1, "after_unknown": False, "before_sensitive": False, "after_sensitive": False}})
write("lambda_code", update("aws_lambda_function.thumbnails", FUNCTION, source_code_hash="9d2b1x0fAA8=",
                            environment=[{"variables": {"LEVEL": "debug"}}]))
write("lambda_settings_removed", update("aws_lambda_function.thumbnails", FUNCTION, environment=[]))
write("grow_database", update("aws_db_instance.orders", DATABASE, allocated_storage=200, instance_class="db.m6g.xlarge"))
write("static_site_cdn",
      resource("aws_s3_bucket_policy.site", ["create"], None,
               {"bucket": "site", "policy": policy({"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
                                                    "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"})}, {"id": True}),
      resource("aws_route53_record.site", ["create"], None, {"name": "site.example.org", "type": "A", "zone_id": "Z1"}, {"id": True}))
write("kubernetes_rollout", update("kubernetes_deployment.shop",
      {"metadata": [{"name": "shop", "labels": {"app": "shop"}}], "spec": [{"replicas": "3", "template": [{"spec": [{"container": [
          {"name": "shop", "image": "shop:1.41", "env": [{"name": "A", "value": "1"}]}]}]}]}]},
      spec=[{"replicas": "5", "template": [{"spec": [{"container": [{"name": "shop", "image": "shop:1.42", "env": []}]}]}]}]))
