function readFlow(text: string): unknown {
  // Bare words and keys become JSON strings; quoted ones already are.
  const json = text.replaceAll(/"(?:[^"\\]|\\.)*"|[A-Za-z][A-Za-z0-9_.-]*/g, (word) =>
    word.startsWith('"') || word === 'true' || word === 'false' || word === 'null' ? word : JSON.stringify(word),
  );
  return JSON.parse(json) as unknown;
}

/** Reads the part of YAML that the default file uses: nested blocks, values on one line, comments. Refuses the rest. */
export function readPlainYaml(text: string): unknown {
  const root: Record<string, unknown> = {};
  const stack = [root];
  for (const line of text.split('\n')) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const [, spaces = '', key = '', value = ''] = /^( *)([a-z][a-z0-9_]*):(?: (.+?))?(?: {2}# .*)?$/.exec(line) ?? [];
    const depth = spaces.length / 2;
    const block = stack[depth];
    if (key === '' || block === undefined || key in block) throw new Error(`not in the plain form: ${line}`);
    stack.length = depth + 1;
    if (value === '') stack.push((block[key] = {}));
    else block[key] = readFlow(value);
  }
  return root;
}
