import { connectOutsideWorld } from './connectOutsideWorld';
import { createKubesmithPlugin } from './createKubesmithPlugin';

/** The backend of Kubesmith. @public */
export const kubesmithPlugin = createKubesmithPlugin(connectOutsideWorld);
