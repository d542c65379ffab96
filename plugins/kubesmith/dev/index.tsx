import { createDevApp } from '@backstage/frontend-dev-utils';
import {
  ApiBlueprint,
  createFrontendModule,
} from '@backstage/frontend-plugin-api';
import { MemoryKubesmithApi } from '../src/__testUtils__/MemoryKubesmithApi';
import { kubesmithApiRef } from '../src/api/kubesmithApi';
import kubesmithPlugin from '../src';
import { demoClusters } from './demoClusters';

/** The pages without a backend: clusters out of memory, at `yarn workspace @kubesmith/plugin-kubesmith start`. */
const memoryApi = createFrontendModule({
  pluginId: 'kubesmith',
  extensions: [
    ApiBlueprint.make({
      params: define =>
        define({
          api: kubesmithApiRef,
          deps: {},
          factory: () => new MemoryKubesmithApi(demoClusters()),
        }),
    }),
  ],
});

createDevApp({ features: [kubesmithPlugin, memoryApi] });
