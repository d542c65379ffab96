const config = require('../../scripts/eslint/arrows')(__dirname);

module.exports = {
  ...config,
  rules: {
    ...config.rules,
    // The methods of openapi-fetch are called GET and POST.
    'new-cap': ['error', { capIsNew: false }],
  },
};
