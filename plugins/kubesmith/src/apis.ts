import {
  ApiBlueprint,
  discoveryApiRef,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { kubesmithApiRef } from './api/kubesmithApi';
import { KubesmithHttpApi } from './api/KubesmithHttpApi';

/** Gives pages and form fields the API of the signed-in user. */
export const kubesmithApi = ApiBlueprint.make({
  params: define =>
    define({
      api: kubesmithApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: deps => new KubesmithHttpApi(deps),
    }),
});
