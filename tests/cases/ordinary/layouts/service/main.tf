variable "subnet_ids" { type = list(string) }
variable "vpc_id" { type = string }

resource "aws_ecs_cluster" "main" {
  name = "shop"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

module "checkout" {
  source     = "./modules/service"
  name       = "checkout"
  cluster    = aws_ecs_cluster.main.arn
  image      = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout:1.41.0"
  desired    = 4
  minimum    = 2
  maximum    = 12
  subnet_ids = var.subnet_ids
  vpc_id     = var.vpc_id
  settings   = { LOG_LEVEL = "info", NEW_BASKET = "false" }
}
