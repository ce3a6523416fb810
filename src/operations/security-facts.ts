/** What happened, as the audit log has it. */
export interface EventFacts {
  /** ISO 8601. */
  readonly at: string;
  readonly class: 'critical' | 'high' | 'medium' | 'low';
  readonly word: string;
  readonly caller: string;
  readonly operation: string;
  /** How often it happened in a row; the rest is of the last time. */
  readonly count: number;
  readonly correlationId: string | undefined;
}

/** The last alert of a rule and a caller. */
export interface AlertFacts {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly class: EventFacts['class'];
  readonly rule: string;
  readonly caller: string;
  readonly count: number;
  /** Kept back since, because it came too soon after. */
  readonly suppressed: number;
}

/** How the guards of the program stand. */
export interface SecurityFacts {
  readonly profile: string;
  readonly layers: readonly { readonly name: string; readonly on: boolean }[];
  readonly lockdown: {
    readonly active: boolean;
    /** Milliseconds since the epoch. */
    readonly since?: number;
    readonly by?: string;
    readonly reason?: string;
  };
  readonly audit: {
    readonly enabled: boolean;
    readonly records: number;
    /** Milliseconds since the epoch. */
    readonly lastAt?: number;
    readonly trouble?: string;
  };
  /** Of the last 24 hours, of all processes; missing while the store does not answer. */
  readonly counts?: {
    readonly calls: number;
    readonly refused: number;
    readonly redactions: number;
    readonly strippedSequences: number;
  };
  /** What alerts, and the last alerts, one for each rule and caller; missing while the store does not answer. */
  readonly alerting: {
    readonly minClass: EventFacts['class'];
    readonly webhook: boolean;
    readonly command: boolean;
    /** Newest first. */
    readonly last?: readonly AlertFacts[];
  };
  /** Newest first. */
  readonly events: readonly EventFacts[];
}
