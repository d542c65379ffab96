import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import type { PermissionPolicy } from '@backstage/plugin-permission-node';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import {
  kubesmithServiceRef,
  otherPermissionsExtensionPoint,
} from '@kubesmith/plugin-kubesmith-node';
import Router from 'express-promise-router';
import { AuditReports } from './audit/AuditReports';
import { PolicyTrail } from './audit/PolicyTrail';
import { CatalogPeople } from './people/CatalogPeople';
import { KubesmithPolicy } from './policy/KubesmithPolicy';
import { readPolicySettings } from './policy/readPolicySettings';
import { KubesmithRecords } from './service/KubesmithRecords';
import { PolicyService } from './service/PolicyService';
import { checkReferences } from './service/checkReferences';
import { createDecisionsRouter } from './service/createDecisionsRouter';
import { createPolicyRouter } from './service/createPolicyRouter';
import { DatabasePolicies } from './sources/DatabasePolicies';
import { FilePolicies } from './sources/FilePolicies';
import { ReferenceWatch } from './sources/ReferenceWatch';
import { PolicyVersionStore } from './sources/PolicyVersionStore';

/** Makes Kubesmith's policy the one that the portal decides by. @public */
export const permissionModuleKubesmith = createBackendModule({
  pluginId: 'permission',
  moduleId: 'kubesmith',
  register(env) {
    let delegate: PermissionPolicy | undefined;
    env.registerExtensionPoint(otherPermissionsExtensionPoint, {
      setPolicy(policy) {
        if (delegate) {
          throw new Error(
            'Another module already decides about what is not Kubesmith’s',
          );
        }
        delegate = policy;
      },
    });
    env.registerInit({
      deps: {
        auditor: coreServices.auditor,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        database: coreServices.database,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        kubesmith: kubesmithServiceRef,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        policy: policyExtensionPoint,
        userInfo: coreServices.userInfo,
      },
      async init({
        auditor,
        auth,
        catalog,
        config,
        database,
        httpAuth,
        httpRouter,
        kubesmith,
        lifecycle,
        logger,
        policy,
        userInfo,
      }) {
        const { administrators, files, otherwise } = readPolicySettings(config);
        const people = new CatalogPeople({ auth, catalog });
        const records = new KubesmithRecords({ auth, kubesmith });
        const openFiles = async () => {
          const source = await FilePolicies.start({
            references: new ReferenceWatch({
              logger,
              check: (document, positions) =>
                checkReferences(document, positions, { people, records }),
            }),
            files,
            administrators,
            auditor,
            logger,
          });
          lifecycle.addShutdownHook(() => source.stop());
          return source;
        };
        const store =
          files.length > 0
            ? undefined
            : await PolicyVersionStore.open(database);
        const source = store
          ? new DatabasePolicies({ store, administrators, logger })
          : await openFiles();
        const fallback = {
          result:
            otherwise === 'allow'
              ? AuthorizeResult.ALLOW
              : AuthorizeResult.DENY,
        } as const;
        policy.setPolicy(
          new KubesmithPolicy({
            source,
            userInfo,
            others: async (query, user) =>
              delegate ? delegate.handle(query, user) : fallback,
          }),
        );
        const service = new PolicyService({
          source,
          store,
          administrators,
          people,
          records,
        });
        const reports = new AuditReports({ auth, kubesmith, logger });
        lifecycle.addShutdownHook(() => reports.stop());
        // The permission plugin's own routes come after these.
        httpRouter.use(
          Router().use(
            '/kubesmith',
            createDecisionsRouter({ httpAuth, people, source }),
            createPolicyRouter({
              httpAuth,
              service,
              source,
              trail: new PolicyTrail({ auditor, reports }),
              userInfo,
            }),
          ),
        );
      },
    });
  },
});
