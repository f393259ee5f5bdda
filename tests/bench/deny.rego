# Eight rules as teams write them for conftest, over the resource_changes of a Terraform plan.
package main

data_stores := {
	"aws_db_instance", "aws_rds_cluster", "aws_dynamodb_table", "aws_s3_bucket", "aws_efs_file_system", "aws_ebs_volume",
	"aws_elasticache_replication_group", "aws_redshift_cluster", "aws_docdb_cluster", "aws_opensearch_domain",
}

guarded := {"aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"}

stateful := data_stores | {"aws_instance", "aws_kms_key", "aws_eks_cluster", "aws_msk_cluster"}

required_tags := {"Environment", "Team", "Service"}

resources := [change | some change in input.resource_changes; change.mode == "managed"]

written(change) if {
	some action in change.change.actions
	action in {"create", "update"}
}

replaced(change) if {
	"delete" in change.change.actions
	"create" in change.change.actions
}

deny contains msg if {
	some change in resources
	change.type in data_stores
	"delete" in change.change.actions
	not replaced(change)
	msg := sprintf("%s: a data store is deleted", [change.address])
}

deny contains msg if {
	some change in resources
	change.type in stateful
	replaced(change)
	msg := sprintf("%s: a stateful resource is replaced", [change.address])
}

deny contains msg if {
	some change in resources
	change.type in guarded
	"delete" in change.change.actions
	change.change.before.skip_final_snapshot == true
	msg := sprintf("%s: is deleted without a final snapshot", [change.address])
}

deny contains msg if {
	some change in resources
	change.type in guarded
	written(change)
	change.change.after.deletion_protection == false
	msg := sprintf("%s: deletion protection is off", [change.address])
}

deny contains msg if {
	some change in resources
	change.type == "aws_security_group"
	written(change)
	some rule in change.change.after.ingress
	"0.0.0.0/0" in rule.cidr_blocks
	not rule.from_port in {80, 443}
	msg := sprintf("%s: port %v is open to the world", [change.address, rule.from_port])
}

deny contains msg if {
	some change in resources
	change.type in {"aws_s3_bucket", "aws_s3_bucket_acl"}
	written(change)
	change.change.after.acl in {"public-read", "public-read-write"}
	msg := sprintf("%s: the bucket is public", [change.address])
}

deny contains msg if {
	some change in resources
	change.type == "aws_iam_role"
	written(change)
	some inline in change.change.after.inline_policy
	some statement in json.unmarshal(inline.policy).Statement
	statement.Effect == "Allow"
	wildcard(statement.Action)
	msg := sprintf("%s: a policy allows every action", [change.address])
}

wildcard(action) if action == "*"

wildcard(action) if "*" in action

deny contains msg if {
	some change in resources
	written(change)
	change.change.after.tags
	missing := required_tags - object.keys(change.change.after.tags)
	count(missing) > 0
	msg := sprintf("%s: lacks the tags %v", [change.address, missing])
}
