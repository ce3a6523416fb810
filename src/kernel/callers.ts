/** The caller of what a process that watches does by itself. */
export const MONITOR = 'system:monitor';
