# Through the proxy alone: who one is, what there is, and something small that is made.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "name" { type = string }

data "aws_caller_identity" "me" {}
data "aws_vpcs" "all" {}

resource "aws_s3_bucket" "files" {
  bucket = "${var.name}-by-proxy"
}

output "account" { value = data.aws_caller_identity.me.account_id }
