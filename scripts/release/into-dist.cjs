// Copies folders of the repository into `dist/` of the package whose `prepack` runs this, so that who installs the package
// has them: node scripts/release/into-dist.cjs FOLDER... (from the repository's root). Tests stay behind.
const { cpSync, rmSync } = require('node:fs');
const { basename, join, resolve } = require('node:path');

const LEFT_OUT = ['tests', 'examples', '__pycache__', '.terraform', '.ansible'];
const repository = resolve(__dirname, '../..');

for (const folder of process.argv.slice(2)) {
  const target = join(process.cwd(), 'dist', folder);
  rmSync(target, { recursive: true, force: true });
  cpSync(join(repository, folder), target, {
    recursive: true,
    filter: source => !LEFT_OUT.includes(basename(source)),
  });
}
