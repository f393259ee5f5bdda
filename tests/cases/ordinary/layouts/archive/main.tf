locals {
  teams = ["billing", "search", "support"]
}

resource "aws_s3_bucket" "exports" {
  count  = length(local.teams)
  bucket = "shop-exports-${local.teams[count.index]}-111122223333"
}

resource "aws_s3_bucket" "reports" {
  bucket = "shop-reports-111122223333"
}

resource "aws_s3_bucket_versioning" "reports" {
  bucket = aws_s3_bucket.reports.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "reports" {
  bucket = aws_s3_bucket.reports.id

  rule {
    id     = "old"
    status = "Enabled"

    filter {
      prefix = "daily/"
    }

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
  }
}
