locals {
  indexes = { by_customer = "customer" }
  most    = 100
  stage   = "production"
}

resource "aws_dynamodb_table" "orders" {
  name                        = "orders-${local.stage}"
  billing_mode                = "PROVISIONED"
  read_capacity               = 20
  write_capacity              = 10
  hash_key                    = "id"
  deletion_protection_enabled = true
  tags                        = { Stage = local.stage }

  attribute {
    name = "id"
    type = "S"
  }

  dynamic "attribute" {
    for_each = local.indexes

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value
      projection_type = "ALL"
      read_capacity   = 10
      write_capacity  = 5
    }
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_appautoscaling_target" "read" {
  service_namespace  = "dynamodb"
  resource_id        = "table/${aws_dynamodb_table.orders.name}"
  scalable_dimension = "dynamodb:table:ReadCapacityUnits"
  min_capacity       = 20
  max_capacity       = local.most
}

resource "aws_appautoscaling_policy" "read" {
  name               = "orders-read"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.read.service_namespace
  resource_id        = aws_appautoscaling_target.read.resource_id
  scalable_dimension = aws_appautoscaling_target.read.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = "DynamoDBReadCapacityUtilization"
    }
  }
}
