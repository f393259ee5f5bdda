// Plans as `terraform show -json` prints them.

export function plan(...changes) {
  return {
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: { root_module: {} },
    resource_changes: changes,
    configuration: { root_module: {} },
  };
}

export function resource(type, name, actions, before, after, more = {}) {
  const { change = {}, ...rest } = more;
  return {
    address: `${type}.${name}`, mode: "managed", type, name,
    provider_name: "registry.terraform.io/hashicorp/aws",
    ...rest,
    change: { actions, before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {}, ...change },
  };
}

export function database(name, tags = { Environment: "production" }) {
  const before = {
    identifier: name, engine: "postgres", engine_version: "16.3", instance_class: "db.r6g.xlarge", allocated_storage: 500,
    backup_retention_period: 7, delete_automated_backups: false, skip_final_snapshot: false,
    final_snapshot_identifier: `${name}-final`, tags,
  };
  return resource("aws_db_instance", name, ["delete"], before, null);
}

/** Held for two reviewers: a production database goes. */
export const held = (name) => plan(database(name));

const policy = (actions) => JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "Logs", Effect: "Allow", Action: actions, Resource: "arn:aws:s3:::shop-logs/*" }],
});

/** A change with something of everything: loss of data, a replace, updates, JSON in text, secrets, unknowns. */
export function rich(name) {
  const instance = { ami: "ami-0a1b2c3d", instance_type: "m6i.large", subnet_id: "subnet-1", tags: { Name: "worker" } };
  return plan(
    database(`orders_${name}`),
    resource("aws_instance", `worker_${name}`, ["delete", "create"], { ...instance, id: "i-0abc" }, { ...instance, ami: "ami-0ffff000" }, {
      change: { replace_paths: [["ami"]], after_unknown: { id: true, private_ip: true } },
    }),
    resource("aws_security_group", `lb_${name}`, ["update"],
      { name: "lb", ingress: [{ from_port: 443, to_port: 443, cidr_blocks: ["10.0.0.0/8"] }], vpc_id: "vpc-1" },
      { name: "lb", ingress: [{ from_port: 443, to_port: 443, cidr_blocks: ["0.0.0.0/0"] }], vpc_id: "vpc-1" }),
    resource("aws_iam_policy", `logs_${name}`, ["update"],
      { name: "logs", policy: policy(["s3:GetObject"]) }, { name: "logs", policy: policy(["s3:*", "s3:GetObject"]) }),
    resource("aws_secretsmanager_secret_version", `api_${name}`, ["update"],
      { secret_string: "hunter2", secret_id: "api" }, { secret_string: "hunter3", secret_id: "api" },
      { change: { before_sensitive: { secret_string: true }, after_sensitive: { secret_string: true } } }),
    resource("aws_sqs_queue", `mail_${name}`, ["create"], null, { name: "mail", sqs_managed_sse_enabled: true }),
  );
}

/** Harmless: passes without a person. */
export const harmless = (name) => plan(resource("aws_sqs_queue", name, ["create"], null, { name, sqs_managed_sse_enabled: true }));

/** What an attacker would put into every string that an agent controls. */
export const HOSTILE = `<script>document.title="owned"</script>"'><img src=x onerror="alert(1)"></textarea></td><b>bold</b>\u202egnp.exe\u200b`;

export function hostile(name) {
  const address = `module.${HOSTILE}.aws_db_instance.${name}[${JSON.stringify(HOSTILE)}]`;
  const before = { identifier: HOSTILE, [HOSTILE]: HOSTILE, engine: "postgres", nested: JSON.stringify({ [HOSTILE]: [HOSTILE] }), tags: { [HOSTILE]: HOSTILE } };
  const database = { ...resource("aws_db_instance", name, ["delete"], before, null), address, module_address: `module.${HOSTILE}` };
  const group = { ...resource("aws_security_group", HOSTILE, ["update"], { description: "a", [HOSTILE]: 1 }, { description: HOSTILE, [HOSTILE]: 2 }), address: `aws_security_group.${HOSTILE}` };
  return plan(database, group);
}

export const many = (name, n) =>
  plan(database(name), ...Array.from({ length: n }, (_, i) =>
    resource("aws_sqs_queue", `${name}_${i}`, ["create"], null, { name: `${name}_${i}`, sqs_managed_sse_enabled: true })));

/** A database that goes, six machines that depend on it, a record that depends on one of those, and a reference that leads nowhere. */
export function connected(name) {
  const address = (type, it) => `${type}.${it}_${name}`;
  const machine = (n) => resource("aws_instance", `web${n}_${name}`, ["no-op"], { id: `i-${n}`, user_data: "x" }, { id: `i-${n}`, user_data: "x" });
  const uses = (type, it, references) => ({
    address: address(type, it), mode: "managed", type, name: `${it}_${name}`, provider_config_key: "aws", schema_version: 1,
    expressions: { description: { references } },
  });
  const record = resource("aws_route53_record", `api_${name}`, ["no-op"], { name: "api" }, { name: "api" });
  const made = plan(database(`orders_${name}`), ...[0, 1, 2, 3, 4, 5].map(machine), record);
  const orders = address("aws_db_instance", "orders");
  made.configuration.root_module.resources = [
    uses("aws_db_instance", "orders", []),
    ...[0, 1, 2, 3, 4, 5].map((n) => uses("aws_instance", `web${n}`, [`${orders}.endpoint`, orders])),
    uses("aws_route53_record", "api", [`${address("aws_instance", "web0")}.public_ip`, address("aws_instance", "web0"), "module.elsewhere.zone"]),
  ];
  return made;
}
