/**
 * The import arrows of ARCHITECTURE.md as ESLint rules: common <- node <- backend and modules; the frontend knows only
 * common. Modules never import the backend plugin, they call it through the service of the node library.
 */
const { basename } = require('node:path');

const name = folder => `@kubesmith/plugin-${folder}`;

/** What each package may import of ours. */
const allowed = {
  'kubesmith-common': [],
  'kubesmith-node': ['kubesmith-common'],
  'kubesmith-backend': ['kubesmith-common', 'kubesmith-node'],
  'catalog-backend-module-kubesmith': ['kubesmith-common', 'kubesmith-node'],
  'permission-backend-module-kubesmith': ['kubesmith-common', 'kubesmith-node'],
  'scaffolder-backend-module-kubesmith': ['kubesmith-common', 'kubesmith-node'],
  kubesmith: ['kubesmith-common'],
  'scaffolder-module-kubesmith': ['kubesmith-common', 'kubesmith'],
};

/**
 * The ESLint configuration of one plugin package.
 *
 * @param {string} directory the package's folder
 */
module.exports = directory => {
  const folder = basename(directory);
  const mine = allowed[folder];
  if (!mine) {
    throw new Error(
      `scripts/eslint/arrows.js says nothing of '${folder}': add what it may import`,
    );
  }
  return require('@backstage/cli/config/eslint-factory')(directory, {
    restrictedImports: Object.keys(allowed)
      .filter(other => other !== folder && !mine.includes(other))
      .map(other => ({
        name: name(other),
        message: `The import arrows forbid it: ${folder} may import ${
          mine.join(', ') || 'none of our packages'
        } (ARCHITECTURE.md).`,
      })),
  });
};
