/**
 * Text that every match of a rule contains, ASCII letters in either case; where none is, the rule need not be
 * tried. `confirm` may rule an occurrence out, having seen the bytes around it.
 */
export interface Trigger {
  readonly literal: string;
  readonly confirm?: (request: Buffer, at: number) => boolean;
}

/** What happens to the value of an attribute with a certain key. */
export interface KeyRule {
  /** The attribute is removed; otherwise its value is replaced. */
  readonly drops: boolean;
  /**
   * Called once for each attribute that is removed (with no bytes) or value that is replaced.
   *
   * @param value the bytes of a string or bytes value, the text of a number or bool, or an encoded ArrayValue
   *   or KeyValueList
   * @returns what stands in its place
   */
  apply(value: Uint8Array): string;
}

/** What happens to values that are integers (int_value), metrics' own not among them. */
export interface IntegerRule {
  /** Smaller ones, and those below 0, are not shown to the rule. */
  readonly least: number;
  /** The value if it may stay, else the string that stands in its place; undefined if that must go. */
  apply(value: bigint): bigint | string | undefined;
}

/**
 * What the walk over a request asks. All text goes in and out as its UTF-8 bytes, one char a byte ("latin1"):
 * that is quick, loses nothing, and lets bytes values be looked at like strings.
 */
export interface PrivacyFilter {
  /** Undefined: there is a rule for which no such text is known, so that everything must be looked at. */
  readonly triggers: readonly Trigger[] | undefined;
  keyRule(key: string): KeyRule | undefined;
  /** Only where everything is looked at: no trigger is known for the bytes of a varint. */
  readonly integers?: IntegerRule | undefined;
  /** The text without what must not leave; the same if there is nothing, undefined if none of it may leave. */
  text(text: string): string | undefined;
}
