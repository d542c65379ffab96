import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.resolve(__dirname, '../..');

describe('the API document', () => {
  it('is what the types were generated from', () => {
    const { scripts } = JSON.parse(
      readFileSync(path.join(root, 'package.json'), 'utf8'),
    );
    const [program, ...args] = scripts.generate.split(' ');
    const generated = execFileSync(
      path.join(root, '../../node_modules/.bin', program),
      args.slice(0, args.indexOf('-o')),
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const committed = readFileSync(
      path.join(__dirname, 'openapi.gen.ts'),
      'utf8',
    );
    expect(committed.trim()).toBe(generated.trim());
  }, 60_000);

  it('lists clusters for all that can be begun on one', () => {
    const { schemas } = parse(
      readFileSync(path.join(root, 'openapi.yaml'), 'utf8'),
    ).components;
    expect(schemas.BeginnableKind.enum).toEqual([
      'delete',
      ...schemas.RequestableKind.enum,
    ]);
  });

  it('gives each operation a name, a tag and an answer for errors', () => {
    const document = parse(
      readFileSync(path.join(root, 'openapi.yaml'), 'utf8'),
    );
    const ids = new Set<string>();
    const errors = new Set<string | undefined>();
    for (const [url, item] of Object.entries<any>(document.paths)) {
      expect(url).toMatch(/^\/v1\//);
      for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
        const operation = item[method];
        if (!operation) {
          continue;
        }
        expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
        expect(operation.summary).toBeTruthy();
        expect(operation.tags).toHaveLength(1);
        ids.add(operation.operationId);
        errors.add(operation.responses.default?.$ref);
      }
    }
    expect(ids.size).toBe(61);
    // Only the health has none: it answers the same thing with another status.
    expect([...errors]).toEqual([undefined, '#/components/responses/Error']);
  });
});
