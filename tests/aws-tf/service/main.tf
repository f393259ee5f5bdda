# A small plan that people release as a whole.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {}

variable "name" { type = string }

resource "aws_vpc" "main" {
  cidr_block = "10.30.0.0/16"
}

resource "aws_security_group" "ssh" {
  name   = "${var.name}-ssh"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_s3_bucket" "files" {
  bucket = "${var.name}-files"
}

resource "aws_sns_topic" "news" {
  name = "${var.name}-news"
}
