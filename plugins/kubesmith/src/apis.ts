import {
  ApiBlueprint,
  discoveryApiRef,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { kubesmithApiRef } from './api/kubesmithApi';
import { KubesmithHttpApi } from './api/KubesmithHttpApi';
import { policiesApiRef } from './api/policiesApi';
import { PoliciesHttpApi } from './api/PoliciesHttpApi';

/** Gives pages and form fields the API of the signed-in user. */
export const kubesmithApi = ApiBlueprint.make({
  params: define =>
    define({
      api: kubesmithApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: deps => new KubesmithHttpApi(deps),
    }),
});

/** Gives the page on access the policies that the signed-in user may see. */
export const policiesApi = ApiBlueprint.make({
  name: 'policies',
  params: define =>
    define({
      api: policiesApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: deps => new PoliciesHttpApi(deps),
    }),
});
