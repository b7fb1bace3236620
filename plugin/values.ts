import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";

/** Properties of a resource, as the engine sends and takes them. */
export type Properties = Record<string, unknown>;

/** The key, and the value of it, by which the engine marks an object that wraps a secret. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/**
 * The properties of a message, with the values of secrets; none if the message has none. Their type
 * is what `check` accepted, or what the provider returned and the state recorded.
 */
export function propertiesOf<T extends object = Properties>(struct: Struct | undefined): T {
  return propertiesIn(struct ?? new Struct()) as T;
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

function propertiesIn(struct: Struct): Properties {
  // Struct.toJavaScript loses a property with the name `__proto__`.
  const entries: [string, unknown][] = [];
  struct.getFieldsMap().forEach((value, name) => {
    entries.push([name, plainValue(value)]);
  });
  return Object.fromEntries(entries);
}

function plainValue(value: Value): unknown {
  switch (value.getKindCase()) {
    case Value.KindCase.STRUCT_VALUE: {
      const properties = propertiesIn(value.getStructValue() ?? new Struct());
      const isWrapped = Object.hasOwn(properties, signatureKey);
      return isWrapped && "value" in properties ? properties["value"] : properties;
    }
    case Value.KindCase.LIST_VALUE:
      return value.getListValue()?.getValuesList().map(plainValue) ?? [];
    default:
      return value.toJavaScript();
  }
}

/** A message's largest size that gRPC sends as an error, and that a terminal shows, with room to spare. */
const maxCharacters = 4000;

/** Text that gRPC can send as an error and that a terminal can show; a mark ends what was cut. */
export function bounded(text: string): string {
  const isCut = text.length > maxCharacters;
  const shown = isCut ? `${text.slice(0, maxCharacters)} … (cut)` : text;
  return shown.toWellFormed(); // gRPC can't encode half of a surrogate pair
}
