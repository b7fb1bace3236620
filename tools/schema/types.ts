import ts from "typescript";
import type { Declarations, Member } from "./declarations.ts";
import type { SchemaType } from "./format.ts";
import { placeOf } from "./place.ts";

/** What the schema says of a TypeScript type. */
export interface MappedType {
  readonly type: SchemaType;
  /** Whether it includes `undefined`. */
  readonly isOptional: boolean;
  /** The values that an open string names. */
  readonly knownValues: readonly string[];
}

/**
 * Maps the type of a property.
 *
 * @param refer Returns the reference to an object type, which the schema then needs.
 * @throws Error if a Pulumi schema has no such type, or this doesn't know which.
 */
export function mapType(
  { type, title, place }: Member,
  declarations: Declarations,
  refer: (name: string) => SchemaType,
): MappedType {
  if (type === undefined) throw new Error(`${place}: ${title} has no type.`);
  return map(type);

  function map(node: ts.TypeNode): MappedType {
    const primitive = primitives.get(node.kind);
    if (primitive) return mapped(primitive);
    if (ts.isParenthesizedTypeNode(node)) return map(node.type);
    if (ts.isArrayTypeNode(node))
      return wrap(node.elementType, (items) => ({ type: "array", items }));
    if (ts.isUnionTypeNode(node)) return mapUnion(node);
    if (ts.isTypeReferenceNode(node)) return mapReference(node);
    throw unmappable(node);
  }

  function mapUnion(node: ts.UnionTypeNode): MappedType {
    const present = node.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword);
    const [only, another] = present;
    if (only && !another) return { ...map(only), isOptional: true };
    const texts = present.flatMap((one) => stringLiteral(one) ?? []);
    const isOpen = present.length === texts.length + 1 && present.some(isAnyOtherString);
    if (!isOpen) throw unmappable(node);
    return {
      type: { type: "string" },
      isOptional: present.length < node.types.length,
      knownValues: texts,
    };
  }

  function mapReference(node: ts.TypeReferenceNode): MappedType {
    const name = node.typeName.getText().replace(/^pulumi\./, "");
    const [first, second] = node.typeArguments ?? [];
    if (first && (name === "Input" || name === "Output")) return map(first);
    if (second && name === "Record" && first?.kind === ts.SyntaxKind.StringKeyword) {
      return wrap(second, (values) => ({ type: "object", additionalProperties: values }));
    }
    const declaration = declarations.find(name);
    if (declaration && ts.isTypeAliasDeclaration(declaration)) return map(declaration.type);
    if (declaration && ts.isInterfaceDeclaration(declaration)) return mapped(refer(name));
    throw unmappable(node);
  }

  function wrap(node: ts.TypeNode, container: (type: SchemaType) => SchemaType): MappedType {
    const inner = map(node);
    if (inner.isOptional) throw unmappable(node);
    return { ...inner, type: container(inner.type) };
  }

  function unmappable(node: ts.TypeNode): Error {
    return new Error(
      `${placeOf(node)}: ${title} has the type ${node.getText()}, for which the schema has no ` +
        "equivalent. Use another type, or say in tools/schema/types.ts what it is in a schema.",
    );
  }
}

/** TypeScript doesn't tell integers from other numbers; every number of this package is whole. */
const primitives = new Map<ts.SyntaxKind, SchemaType>([
  [ts.SyntaxKind.StringKeyword, { type: "string" }],
  [ts.SyntaxKind.BooleanKeyword, { type: "boolean" }],
  [ts.SyntaxKind.NumberKeyword, { type: "integer" }],
]);

function mapped(type: SchemaType): MappedType {
  return { type, isOptional: false, knownValues: [] };
}

function stringLiteral(node: ts.TypeNode): string | undefined {
  return ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)
    ? node.literal.text
    : undefined;
}

/** `(string & {})`, which leaves an editor the known values to propose. */
function isAnyOtherString(node: ts.TypeNode): boolean {
  return node.getText().replaceAll(/[\s()]/g, "") === "string&{}";
}
