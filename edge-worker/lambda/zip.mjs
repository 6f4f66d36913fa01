// Writes a zip of files whose bytes are the same on each build: names in order, and no times.
//
// node zip.mjs ARCHIVE FILE…
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

const [archive, ...files] = process.argv.slice(2);
const local = [];
const central = [];
let offset = 0;
for (const file of files.sort()) {
  const name = Buffer.from(basename(file));
  const raw = readFileSync(file);
  const deflated = deflateRawSync(raw, { level: 9 });
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0); // version 2.0
  common.writeUInt16LE(8, 4); // deflated
  common.writeUInt16LE(0x21, 8); // 1980-01-01, the first day there is
  common.writeUInt32LE(crc32(raw), 10);
  common.writeUInt32LE(deflated.length, 14);
  common.writeUInt32LE(raw.length, 18);
  common.writeUInt16LE(name.length, 22);
  local.push(Buffer.from("PK\x03\x04"), common, name, deflated);

  const made = Buffer.from([20, 3]); // by a Unix, for its permissions
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  central.push(Buffer.from("PK\x01\x02"), made, common, rest, name);
  offset += 4 + common.length + name.length + deflated.length;
}
const directory = Buffer.concat(central);
const end = Buffer.alloc(18);
end.writeUInt16LE(files.length, 4);
end.writeUInt16LE(files.length, 6);
end.writeUInt32LE(directory.length, 8);
end.writeUInt32LE(offset, 12);
writeFileSync(archive, Buffer.concat([...local, directory, Buffer.from("PK\x05\x06"), end]));
