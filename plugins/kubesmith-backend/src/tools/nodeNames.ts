const NODE_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Returns the name of a node as it is, and fails for anything else. For places in which a tool reads more than a name and
 * nothing can be escaped: an address in Terraform's state, a host of Ansible's inventory.
 */
export function checkedNodeName(name: string): string {
  if (!NODE_NAME.test(name))
    throw new Error(
      `${JSON.stringify(name.slice(0, 63))} is not the name of a node`,
    );
  return name;
}
