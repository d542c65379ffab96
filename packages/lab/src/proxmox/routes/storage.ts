/** Imitates the storages of a host (pve-storage `Status.pm`, `Content.pm`). Left out: uploads, backups, ISO images. */
import type { Context } from '../context.ts';
import { failure } from '../errors.ts';
import type { Router } from '../router.ts';
import { storageOf } from '../storedConfig.ts';
import { storageStatus, volumes } from './status.ts';

const STORAGE = '/nodes/{node}/storage';

/** The calls about storages. */
export function storageRoutes(router: Router, context: Context): void {
  const { access, config } = context;
  const storageOr = (id: string) => {
    const storage = config.storage.find(known => known.id === id);
    if (!storage) throw failure(`storage '${id}' does not exist`);
    return storage;
  };

  router.add('GET', STORAGE, ({ user, params }) =>
    config.storage
      .filter(({ id }) => {
        const granted = access.permissions(user, `/storage/${id}`);
        return (
          granted.has('Datastore.Audit') ||
          granted.has('Datastore.AllocateSpace')
        );
      })
      .filter(
        ({ content }) => !params.content || content.includes(params.content),
      )
      .map(storage => ({
        storage: storage.id,
        ...storageStatus(context, storage),
      })),
  );

  router.add('GET', `${STORAGE}/{storage}/status`, ({ params }) =>
    storageStatus(context, storageOr(params.storage!)),
  );

  router.add('GET', `${STORAGE}/{storage}/content`, ({ params, user }) => {
    const { id } = storageOr(params.storage!);
    return volumes(context)
      .filter(({ volid }) => storageOf(volid) === id)
      .filter(
        ({ vmid }) =>
          access.has(user, `/storage/${id}`, 'Datastore.Allocate') ||
          access.has(user, `/vms/${vmid}`, 'VM.Config.Disk'),
      )
      .map(volume => ({ ...volume, content: 'images', format: 'raw' }));
  });

  router.add(
    'GET',
    `${STORAGE}/{storage}/content/{volume...}`,
    ({ params, user }) => {
      const { id } = storageOr(params.storage!);
      const volid = params.volume!.includes(':')
        ? params.volume!
        : `${id}:${params.volume}`;
      const owner = /(?:.*\/)?(?:vm|base)-(\d+)-/.exec(volid)?.[1];
      if (!access.has(user, `/storage/${id}`, 'Datastore.Allocate')) {
        access.require(user, `/storage/${id}`, 'Datastore.Audit');
        access.require(user, `/vms/${owner}`, 'VM.Config.Disk');
      }
      const volume = volumes(context).find(known => known.volid === volid);
      if (!volume) throw failure(`volume '${volid}' does not exist`);
      return {
        path: `rbd:${volid.replace(':', '/')}`,
        size: volume.size,
        used: volume.size,
        format: 'raw',
      };
    },
  );
}
