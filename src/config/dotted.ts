/** The value at a dotted path, undefined where the path ends early. */
export function valueAt(source: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (block, key) =>
        typeof block === 'object' && block !== null && Object.hasOwn(block, key)
          ? (block as Record<string, unknown>)[key]
          : undefined,
      source,
    );
}

/** Sets the value at a dotted path and makes the blocks above it. */
export function assign(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let block = target;
  for (const key of keys) block = (block[key] ??= {}) as Record<string, unknown>;
  block[last] = value;
}
