# The web servers of the shop. They are replaced when the release changes, and destroyed before what they use.

variable "network" {
  type = string
}

variable "database" {
  type = string
}

variable "release" {
  type = string
}

variable "servers" {
  type = number
}

resource "terraform_data" "config" {
  input = { network = var.network, database = var.database }
}

resource "terraform_data" "server" {
  count            = var.servers
  input            = { name = "web-${count.index}", config = terraform_data.config.id }
  triggers_replace = var.release
}

output "servers" {
  value = terraform_data.server[*].id
}
