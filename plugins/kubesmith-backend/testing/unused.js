// @ts-check
/**
 * Stands for modules that Backstage's test utilities load and no test of this package uses: clients of Azure and of cache servers,
 * which take a tenth of the time that a small test file takes. Whoever makes one of their objects hears of it.
 */
class Unused {
  constructor() {
    throw new Error(
      "Not loaded in these tests: see moduleNameMapper in this package's package.json",
    );
  }
}

module.exports = new Proxy(
  { __esModule: true, default: Unused },
  { get: (known, name) => Reflect.get(known, name) ?? Unused },
);
