/**
 * Cuts a byte stream into lines. Lines are latin1 strings, one character a byte, so any content survives: tmux mixes
 * UTF-8, raw bytes and sequences split over chunks.
 */
export function createLineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let unfinished: string[] = [];
  return (chunk) => {
    const text = chunk.toString('latin1');
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      const piece = text.slice(from, end);
      from = end + 1;
      if (unfinished.length === 0) onLine(piece);
      else {
        const line = unfinished.join('') + piece;
        unfinished = [];
        onLine(line);
      }
    }
    if (from < text.length) unfinished.push(text.slice(from));
  };
}
