variable "environment" {
  type    = string
  default = "production"
}

locals {
  alarms = { latency = 2, errors = 5 }
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/app/${var.environment}"
  retention_in_days = 30
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  pattern        = "{ $.level = \"error\" }"
  log_group_name = aws_cloudwatch_log_group.app.name

  metric_transformation {
    name      = "Errors"
    namespace = "App"
    value     = "1"
  }
}

resource "aws_sns_topic" "pager" {
  name = "pager-${var.environment}"
}

resource "aws_cloudwatch_metric_alarm" "app" {
  for_each            = local.alarms
  alarm_name          = "${var.environment}-${each.key}"
  namespace           = "App"
  metric_name         = title(each.key)
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = [aws_sns_topic.pager.arn]
}

resource "aws_cloudwatch_dashboard" "app" {
  dashboard_name = var.environment

  dashboard_body = jsonencode({
    widgets = [{
      type       = "metric", x = 0, y = 0, width = 12, height = 6
      properties = { region = "eu-west-1", period = 300, stat = "Average", metrics = [["App", "Latency"]] }
    }]
  })
}

resource "aws_budgets_budget" "month" {
  count        = var.environment == "production" ? 1 : 0
  name         = "month"
  budget_type  = "COST"
  limit_amount = "4000"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
}
