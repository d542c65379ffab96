module.exports = require('../../scripts/eslint/arrows')(__dirname);
