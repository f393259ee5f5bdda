locals {
  release   = "2026-02-14"
  batch     = 100
  schedules = { nightly = "cron(0 2 * * ? *)" }
}

data "aws_iam_policy_document" "trust" {
  for_each = toset(["states.amazonaws.com", "events.amazonaws.com"])

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.key]
    }
  }
}

resource "aws_iam_role" "states" {
  name               = "reports-states"
  assume_role_policy = data.aws_iam_policy_document.trust["states.amazonaws.com"].json
}

resource "aws_iam_role" "events" {
  name               = "reports-events"
  assume_role_policy = data.aws_iam_policy_document.trust["events.amazonaws.com"].json
}

resource "aws_sfn_state_machine" "reports" {
  name     = "reports"
  role_arn = aws_iam_role.states.arn

  definition = jsonencode({
    StartAt = "Wait"
    States  = { Wait = { Type = "Wait", Seconds = 10, End = true } }
  })
}

resource "aws_cloudwatch_event_rule" "reports" {
  for_each            = local.schedules
  name                = "reports-${each.key}"
  schedule_expression = each.value
}

resource "aws_cloudwatch_event_target" "reports" {
  for_each = aws_cloudwatch_event_rule.reports
  rule     = each.value.name
  arn      = aws_sfn_state_machine.reports.arn
  role_arn = aws_iam_role.events.arn
}

resource "aws_ssm_parameter" "batch" {
  name  = "/reports/batch"
  type  = "String"
  value = local.batch
}

resource "aws_secretsmanager_secret" "token" {
  name = "reports/token"
}

resource "aws_secretsmanager_secret_version" "token" {
  secret_id     = aws_secretsmanager_secret.token.id
  secret_string = "fake-token-1"
}

resource "terraform_data" "release" {
  input            = local.release
  triggers_replace = [local.release]
}
