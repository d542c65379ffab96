const { join } = require('node:path');

// The rules of the portal's backend, of whose parts the benches are made: this folder is no package of its own.
module.exports = require('@backstage/cli/config/eslint-factory')(
  join(__dirname, '../packages/backend'),
  {
    rules: {
      // What is measured brings its dependencies along.
      'import/no-extraneous-dependencies': 'off',
      // Figures are printed.
      'no-console': 'off',
    },
  },
);
