variable "name" { type = string }
variable "class" { type = string }
variable "storage" { type = number }
variable "engine" { type = string }
variable "subnet_ids" { type = list(string) }
variable "settings" { type = map(string) }

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres16"

  dynamic "parameter" {
    for_each = var.settings

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier                 = var.name
  engine                     = "postgres"
  engine_version             = var.engine
  instance_class             = var.class
  allocated_storage          = var.storage
  storage_type               = "gp3"
  storage_encrypted          = true
  multi_az                   = true
  username                   = "postgres"
  password                   = "fake-password"
  db_subnet_group_name       = aws_db_subnet_group.this.name
  parameter_group_name       = aws_db_parameter_group.this.name
  backup_retention_period    = 14
  deletion_protection        = true
  skip_final_snapshot        = false
  final_snapshot_identifier  = "${var.name}-final"
  auto_minor_version_upgrade = false
  apply_immediately          = false
}

resource "aws_cloudwatch_metric_alarm" "storage" {
  alarm_name          = "${var.name}-storage"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = 20 * 1024 * 1024 * 1024
  period              = 300
  evaluation_periods  = 3
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
}

output "address" {
  value = aws_db_instance.this.address
}
