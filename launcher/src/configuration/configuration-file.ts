export interface ConfigurationFile {
  /** As a person in the checkout would name it. */
  readonly name: string;
  readonly text: string;
}
