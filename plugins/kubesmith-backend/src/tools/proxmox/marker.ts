/** Who made a machine, and for what: one line in the machine's description, set by the clone call itself. */
export interface Marker {
  clusterId: string;
  nodeName: string;
  operationId: string;
}

const PATTERN =
  /^kubesmith cluster=([0-9a-f-]{36}) node=([a-z0-9-]{1,63}) operation=([0-9a-f-]{36})$/;

/** The marker as it stands in the description; Terraform's module writes the same text. */
export function formatMarker({
  clusterId,
  nodeName,
  operationId,
}: Marker): string {
  return `kubesmith cluster=${clusterId} node=${nodeName} operation=${operationId}`;
}

/** The marker in a description, or undefined when there is none or more than that. */
export function parseMarker(
  description: string | number | undefined,
): Marker | undefined {
  const match = PATTERN.exec(String(description ?? '').trim());
  return match
    ? { clusterId: match[1], nodeName: match[2], operationId: match[3] }
    : undefined;
}
