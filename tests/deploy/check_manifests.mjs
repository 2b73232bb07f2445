// Checks Kubernetes objects against the schemas of npm's kubernetes-models: its validators for values, and its types,
// through the TypeScript compiler, for fields that do not exist.
// usage: node check_manifests.mjs <folder with node_modules> <objects.json>    prints {"<kind> <name>": [mistakes]}
import {createRequire} from 'node:module';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [, , folder, file] = process.argv;
const require = createRequire(join(folder, 'package.json'));
const objects = JSON.parse(readFileSync(file, 'utf8'));
const mistakes = Object.fromEntries(objects.map((object) => [nameOf(object), []]));

function nameOf(object) {
  return `${object.kind} ${object.metadata.name}`;
}

function moduleOf(object) {
  return `kubernetes-models/${object.apiVersion}/${object.kind}`;
}

function checkValues(object) {
  try {
    const Model = require(moduleOf(object))[object.kind];
    new Model(object).validate();
  } catch (error) {
    mistakes[nameOf(object)].push(error.message);
  }
}

// A file an object, so that a mistake has a name.
function checkFields() {
  const ts = require('typescript');
  const names = {};
  objects.forEach((object, number) => {
    const path = join(folder, `object${number}.ts`);
    names[path] = nameOf(object);
    writeFileSync(path, `import {I${object.kind}} from '${moduleOf(object)}';\n` +
      `export const object: I${object.kind} = ${JSON.stringify(object, null, 1)};\n`);
  });
  const program = ts.createProgram(Object.keys(names), {noEmit: true, strict: true, skipLibCheck: true, types: []});
  for (const said of ts.getPreEmitDiagnostics(program)) {
    const name = names[said.file?.fileName] ?? 'all';
    (mistakes[name] ??= []).push(ts.flattenDiagnosticMessageText(said.messageText, '\n'));
  }
}

objects.forEach(checkValues);
checkFields();
console.log(JSON.stringify(mistakes));
