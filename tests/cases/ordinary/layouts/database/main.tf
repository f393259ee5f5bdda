variable "subnet_ids" { type = list(string) }

module "orders" {
  source     = "./modules/postgres"
  name       = "orders"
  class      = "db.r6g.large"
  storage    = 200
  engine     = "16.3"
  subnet_ids = var.subnet_ids
  settings   = { log_min_duration_statement = "500" }
}

output "address" {
  value = module.orders.address
}
