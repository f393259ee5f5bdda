locals {
  roles = {
    importer = { service = "lambda.amazonaws.com", actions = ["s3:GetObject", "s3:ListBucket"] }
  }
}

module "role" {
  source   = "./modules/role"
  for_each = local.roles
  name     = each.key
  service  = each.value.service
  actions  = each.value.actions
  bucket   = "arn:aws:s3:::shop-imports"
}
