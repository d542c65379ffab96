terraform {
  # Input checks that look at more than one variable need 1.9, in Terraform and in OpenTofu.
  required_version = ">= 1.9.0"

  required_providers {
    proxmox = {
      source  = "bpg/proxmox"
      version = "0.111.1"
    }
  }
}

# The connection comes from the environment, so that no secret is in a variable, a plan or a state:
#   PROXMOX_VE_ENDPOINT   https://host:8006/ (https only, TLS 1.3)
#   PROXMOX_VE_API_TOKEN  user@realm!tokenid=secret
#   SSL_CERT_FILE         PEM file with the authority that signed the endpoint's certificate
provider "proxmox" {}
