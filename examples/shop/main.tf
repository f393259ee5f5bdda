# A small shop, made of Terraform's built-in resources only, so that nothing has to be downloaded and no account
# is needed. The shape is a real one: a network, a database in it, web servers in a module, a name in front.

terraform {
  required_version = ">= 1.4"
}

variable "release" {
  description = "The version that the web servers run. Another one replaces them."
  type        = string
  default     = "1.0.0"
}

variable "servers" {
  description = "How many web servers there are."
  type        = number
  default     = 2
}

resource "terraform_data" "network" {
  input = { name = "shop", cidr = "10.20.0.0/16" }
}

resource "terraform_data" "database" {
  input = { name = "orders", network = terraform_data.network.id, size_gib = 50 }
}

module "web" {
  source   = "./modules/web"
  network  = terraform_data.network.id
  database = terraform_data.database.id
  release  = var.release
  servers  = var.servers
}

resource "terraform_data" "dns" {
  input = { name = "shop.example", targets = module.web.servers }
}

output "servers" {
  description = "The web servers behind the name."
  value       = module.web.servers
}
