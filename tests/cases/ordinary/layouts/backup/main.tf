locals {
  plans = { daily = { at = "cron(0 3 * * ? *)", days = 35 } }
}

resource "aws_backup_vault" "main" {
  name = "main"
}

resource "aws_backup_plan" "main" {
  name = "main"

  dynamic "rule" {
    for_each = local.plans

    content {
      rule_name         = rule.key
      target_vault_name = aws_backup_vault.main.name
      schedule          = rule.value.at

      lifecycle {
        delete_after = rule.value.days
      }
    }
  }
}
