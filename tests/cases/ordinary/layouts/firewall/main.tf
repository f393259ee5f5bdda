locals {
  rules = { AWSManagedRulesCommonRuleSet = "count" }
}

resource "aws_wafv2_web_acl" "shop" {
  name  = "shop"
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.rules

    content {
      name     = rule.key
      priority = index(keys(local.rules), rule.key)

      override_action {
        dynamic "count" {
          for_each = rule.value == "count" ? [1] : []
          content {}
        }

        dynamic "none" {
          for_each = rule.value == "count" ? [] : [1]
          content {}
        }
      }

      statement {
        managed_rule_group_statement {
          name        = rule.key
          vendor_name = "AWS"
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "shop"
    sampled_requests_enabled   = true
  }
}
