locals {
  consumers = { billing = 60 }
}

resource "aws_sns_topic" "orders" {
  name = "orders"
}

module "queue" {
  source   = "./modules/queue"
  for_each = local.consumers
  name     = "orders-${each.key}"
  topic    = aws_sns_topic.orders.arn
  timeout  = each.value
}

resource "aws_sns_topic_subscription" "queue" {
  for_each  = module.queue
  topic_arn = aws_sns_topic.orders.arn
  protocol  = "sqs"
  endpoint  = each.value.arn
}
