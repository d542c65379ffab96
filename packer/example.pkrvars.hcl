# A site's own values: copy to site.pkrvars.hcl. No secret belongs in here.
node              = "pve1"
pool              = "kubesmith-images"
bridge            = "vmbr0"
build_address     = "192.0.2.9/24"
build_gateway     = "192.0.2.1"
build_nameservers = ["192.0.2.53"]
