/** An answer that is no success: the status, and the one text of its `errors`. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409;

  constructor(status: Refusal["status"], text: string) {
    super(text);
    this.status = status;
  }
}

export const unauthorized = () => new Refusal(401, "Unauthorized");
export const forbidden = () => new Refusal(403, "Forbidden");
export const notFound = () => new Refusal(404, "Not found");
export const invalidInput = () => new Refusal(400, "Validation failed for input.");
export const notAUuid = () => new Refusal(400, "connection id must be a valid uuid");

export const notAllowed = (source: string, sink: string) =>
  new Refusal(400, `connection between orgs ${source} and ${sink} is not allowed`);
export const alreadyExists = (source: string, sink: string) =>
  new Refusal(409, `connection between orgs ${source} and ${sink} already exists`);

// The live service says "not found" twice, and starts the two texts differently.
export const noneToUpdate = (id: string) =>
  new Refusal(404, `Org connection with id:${id} not found not found`);
export const noneToDelete = (id: string) =>
  new Refusal(404, `org connection with id:${id} not found not found`);
