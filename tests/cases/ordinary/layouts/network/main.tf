locals {
  name    = "shop-production"
  subnets = { a = "10.20.0.0/24" }
}

module "vpc" {
  source  = "./modules/vpc"
  name    = local.name
  cidr    = "10.20.0.0/16"
  public  = local.subnets
  private = ["10.20.16.0/22"]
}

module "groups" {
  source = "./modules/groups"
  name   = local.name
  vpc_id = module.vpc.id
  ports  = { web = 8080 }
}

output "private_subnets" {
  value = module.vpc.private_subnets
}
