/** A part of a text, half open. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something that must not leave. What is wrapped over several lines has a span on each. */
export interface Finding {
  /** Short name of what it is: the middle of `[REDACTED:type:tag]`. */
  readonly type: string;
  readonly spans: readonly Span[];
}

/** The spans of what stands between two positions, one for each line, so that lines stay lines. */
export function spansOf(text: string, start: number, end: number): Span[] {
  const spans: Span[] = [];
  let from = start;
  for (let at = text.indexOf('\n', from); at !== -1 && at < end; at = text.indexOf('\n', from)) {
    if (at > from) spans.push({ start: from, end: at });
    from = at + 1;
  }
  if (end > from) spans.push({ start: from, end });
  return spans;
}
