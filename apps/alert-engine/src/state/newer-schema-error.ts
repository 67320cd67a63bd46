/** What is stored was written by a later version of this program. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';

  constructor(version: number) {
    super(`its schema has version ${version}, which is newer than this program`);
  }
}
