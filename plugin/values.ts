import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { printable } from "../provider/api/text";
import { withoutNulls } from "../provider/inputs";
import { secretSignature, signatureKey } from "../provider/unknown";

/** Properties of a resource, as the engine sends and takes them. */
export type Properties = Record<string, unknown>;

/** The properties of a message, with the values of secrets. Their type is what `check` accepted or the state recorded. */
export function propertiesOf<T extends object = Properties>(struct: Struct | undefined): T {
  return revealed(struct?.toJavaScript() ?? {}) as T;
}

/** A message's struct of properties, without those that are `undefined`. */
export function structOf(properties: object): Struct {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Struct.fromJavaScript(Object.fromEntries(entries));
}

/** A value that the state holds encrypted. */
export function secret(value: unknown): Properties {
  return { [signatureKey]: secretSignature, value };
}

function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  if (signatureKey in value && "value" in value) return revealed(value.value);
  const entries = Object.entries(value).map(([name, item]) => [name, revealed(item)]);
  return withoutNulls(Object.fromEntries(entries));
}

const maxCharacters = 4000;

/** Text that gRPC can send as an error, and that a terminal can show. */
export function bounded(text: string): string {
  const isCut = text.length > maxCharacters;
  const shown = isCut ? `${text.slice(0, maxCharacters)} … (cut)` : text;
  return printable(shown); // gRPC can't encode half of a surrogate pair
}
