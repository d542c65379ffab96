import { createFrontendModule } from '@backstage/frontend-plugin-api';
import { clusterName } from './fields/ClusterName/extension';
import { clusterPicker } from './fields/ClusterPicker/extension';
import { environmentPicker } from './fields/EnvironmentPicker/extension';
import { ownerPicker } from './fields/OwnerPicker/extension';
import { sizePicker } from './fields/SizePicker/extension';
import { versionPicker } from './fields/VersionPicker/extension';
import { workers } from './fields/Workers/extension';

/**
 * Form fields for the templates that order and delete clusters.
 *
 * @public
 */
export const scaffolderModuleKubesmith = createFrontendModule({
  pluginId: 'scaffolder',
  extensions: [
    clusterName,
    clusterPicker,
    environmentPicker,
    ownerPicker,
    sizePicker,
    versionPicker,
    workers,
  ],
});
