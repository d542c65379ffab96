import { join } from 'node:path';
import { inNamespace, listens } from './namespace.ts';
import { network, type Instance } from './Instance.ts';
import type { Services } from './Services.ts';

const PORT = 8099;

/** Where nodes of the lab find the Debian packages of the usual Kubernetes version, as `mirrors.apt_kubernetes` wants it. */
export const packageRepository = {
  url: `http://${network.gateway}:${PORT}/`,
  key_url: `http://${network.gateway}:${PORT}/Release.key`,
};

/** Serves the signed repository that the images were made from: what the project's own is to nodes with an uplink. */
export async function servePackages(
  instance: Instance,
  services: Services,
): Promise<void> {
  await services.start({
    name: 'packages',
    command: inNamespace(instance, [
      'python3',
      '-m',
      'http.server',
      String(PORT),
      '--bind',
      network.gateway,
      '--directory',
      join(instance.images, '..', 'apt'),
    ]),
    isReady: pid => listens(pid, { host: network.gateway, port: PORT }),
  });
}
