// Loaded into the adopted backend before everything else: writes down, when it ends, which files it has loaded.
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  writeFileSync(
    process.env.KUBESMITH_LOADED_FILES,
    JSON.stringify(Object.keys(require.cache)),
  );
});
