// A current ClickHouse engine (the npm package chdb) behind as much of ClickHouse's HTTP interface as
// storage speaks: /ping, and POST /?query=...&database=...&<settings> with a query or rows as its
// body. Answers are bytes, so Native and Parquet come whole. One query at a time, loopback only.
//
// usage: node modern_clickhouse.js <folder that holds node_modules> <port> <folder of the store>
const fs = require('fs');
const http = require('http');
const path = require('path');

const [modules, port, store] = process.argv.slice(2);
const { Session } = require(path.join(path.resolve(modules), 'node_modules', 'chdb'));
const session = new Session(store);

// Told to the interface, not to the engine.
const NO_SETTINGS = new Set(['query', 'database', 'wait_end_of_query', 'buffer_size', 'decompress']);
const quoted = (text) => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
const ask = async (sql, format) => Buffer.from((await session.queryAsync(sql, { format })).bytes());

// One block of LZ4: literals and copies of what came before, in turn.
function unpack(bytes, size) {
  const out = Buffer.alloc(size);
  const lengthFrom = (at, nibble) => {
    let length = nibble;
    for (let more = nibble === 15; more; ) {
      const byte = bytes[at++];
      length += byte;
      more = byte === 255;
    }
    return [length, at];
  };
  for (let at = 0, to = 0; at < bytes.length; ) {
    const token = bytes[at++];
    let length;
    [length, at] = lengthFrom(at, token >> 4);
    bytes.copy(out, to, at, at + length);
    at += length;
    to += length;
    if (at >= bytes.length) break;
    const from = to - bytes.readUInt16LE(at);
    [length, at] = lengthFrom(at + 2, token & 15);
    for (let i = 0; i < length + 4; ++i) out[to + i] = out[from + i];
    to += length + 4;
  }
  return out;
}

// ClickHouse's own frames: checksum, method, both sizes, a block of LZ4.
function decompress(body) {
  const pieces = [];
  for (let at = 0; at < body.length; ) {
    const packed = body.readUInt32LE(at + 17);
    pieces.push(unpack(body.subarray(at + 25, at + 16 + packed), body.readUInt32LE(at + 21)));
    at += 16 + packed;
  }
  return Buffer.concat(pieces);
}

async function insert(query, rows) {
  const [, target, format] = query.match(/^\s*INSERT\s+INTO\s+(.*?)\s+FORMAT\s+(\w+)\s*$/is);
  const file = path.join(store, 'rows.bin');
  fs.writeFileSync(file, rows);
  return ask(`INSERT INTO ${target} SELECT * FROM file(${quoted(file)}, ${quoted(format)})`, 'TabSeparated');
}

async function answer(parameters, body) {
  const rows = parameters.get('decompress') === '1' ? decompress(body) : body;
  await ask(`USE ${parameters.get('database') || 'default'}`, 'Null');
  for (const [name, value] of parameters) {
    if (!NO_SETTINGS.has(name)) await ask(`SET ${name} = ${quoted(value)}`, 'Null');
  }
  const query = parameters.get('query');
  if (query !== null) return insert(query, rows);
  // Texts are of any bytes; those of the engine's calls are UTF-8.
  const text = rows.toString('latin1').replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  const [, sql, format] = text.match(/^(.*?)(?:\s+FORMAT\s+(\w+)\s*)?$/s);
  return ask(sql, format || 'TabSeparated');
}

let last = Promise.resolve();
const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/ping') return response.end('Ok.\n');
    last = last
      .then(() => answer(url.searchParams, Buffer.concat(chunks)))
      .then((bytes) => response.end(bytes))
      .catch((error) => {
        response.statusCode = 500;
        response.end(`${error.message}\n`);
      });
  });
});
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
