locals {
  records = {
    www = { type = "CNAME", ttl = 3600, to = ["shop.example.org"] }
    mx  = { type = "MX", ttl = 3600, to = ["10 mail.example.org"] }
  }
  share = { blue = 90, green = 10 }
}

resource "aws_route53_zone" "main" {
  name = "example.org"
}

resource "aws_route53_record" "this" {
  for_each = local.records
  zone_id  = aws_route53_zone.main.zone_id
  name     = "${each.key}.example.org"
  type     = each.value.type
  ttl      = each.value.ttl
  records  = each.value.to
}

resource "aws_route53_record" "api" {
  for_each       = local.share
  zone_id        = aws_route53_zone.main.zone_id
  name           = "api.example.org"
  type           = "CNAME"
  ttl            = 60
  records        = ["${each.key}.example.org"]
  set_identifier = each.key

  weighted_routing_policy {
    weight = each.value
  }
}
