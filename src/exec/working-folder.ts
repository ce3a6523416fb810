/** Our working directory; the root when it has been removed under us, where libraries would throw. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
