variable "name" { type = string }
variable "vpc_id" { type = string }
variable "ports" { type = map(number) }

resource "aws_security_group" "edge" {
  name        = "${var.name}-edge"
  description = "Load balancer"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "app" {
  name        = "${var.name}-app"
  description = "Tasks of the shop"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.edge.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "app" {
  for_each                     = var.ports
  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = aws_security_group.edge.id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_ingress_rule" "admin" {
  security_group_id = aws_security_group.app.id
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "tcp"
  from_port         = 9000
  to_port           = 9010
}
