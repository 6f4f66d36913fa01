// A registry of npm with the packages of a release, and nothing else.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { folder, names, read } from './artifacts.mjs';

/** The package.json of a packed package. */
export function manifestOf(archive) {
  const text = execFileSync('tar', ['-xOf', join(folder, archive), 'package/package.json']);
  return JSON.parse(text.toString());
}

/** Starts it for a test and returns its address; `edit` may change what it says of a package. */
export async function registry(t, edit = (manifest) => manifest) {
  const packages = new Map();
  for (const archive of names().filter((name) => name.endsWith('.tgz'))) {
    const manifest = edit(manifestOf(archive));
    packages.set(manifest.name, { archive, manifest });
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.slice(1));
    if (path.startsWith('-/')) {
      response.end(read(path.slice(2)));
      return;
    }
    const found = packages.get(path);
    if (!found) {
      response.writeHead(404).end('{}');
      return;
    }
    const { archive, manifest } = found;
    const integrity = createHash('sha512').update(read(archive)).digest('base64');
    const tarball = `http://127.0.0.1:${server.address().port}/-/${archive}`;
    const dist = { tarball, integrity: `sha512-${integrity}` };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        name: manifest.name,
        'dist-tags': { latest: manifest.version },
        versions: { [manifest.version]: { ...manifest, dist } },
      }),
    );
  });
  await new Promise((it) => server.listen(0, '127.0.0.1', it));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}
