import ts from "typescript";
import { descriptionOf } from "./description.ts";
import { placeOf } from "./place.ts";

/** The interfaces, classes, type aliases and functions of sources, by their names. */
export class Declarations {
  readonly #byName = new Map<string, ts.Statement>();

  /** @param sources Texts of TypeScript modules by their paths, which the messages name. */
  constructor(sources: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(sources)) {
      const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      for (const statement of statements) {
        const name = isDeclaration(statement) ? statement.name?.text : undefined;
        if (name !== undefined) this.#byName.set(name, statement);
      }
    }
  }

  /** What has this name, if the sources declare it. */
  find(name: string): ts.Statement | undefined {
    return this.#byName.get(name);
  }

  /**
   * Text of the docblock of a type or function.
   *
   * @throws Error if there is none.
   */
  description(name: string): string {
    return descriptionOf(this.#get(name), name);
  }

  /**
   * The own properties of an interface or a class, in their order.
   *
   * @throws Error if there is no such type, or if a property has no docblock.
   */
  members(name: string): Member[] {
    const declaration = this.#get(name);
    if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration)) {
      throw new Error(`${placeOf(declaration)}: ${name} must be an interface or a class.`);
    }
    return declaration.members.filter(isProperty).map((member) => {
      const title = `${name}.${member.name.getText()}`;
      return {
        name: member.name.getText(),
        title,
        type: member.type,
        place: placeOf(member),
        isOptional: member.questionToken !== undefined,
        isSecret: ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "secret"),
        description: descriptionOf(member, title),
      };
    });
  }

  #get(name: string): ts.Statement {
    const declaration = this.#byName.get(name);
    if (declaration) return declaration;
    throw new Error(`The schema needs ${name}, which none of the sources declares.`);
  }
}

/** A property of an interface or a class. */
export interface Member {
  readonly name: string;
  /** With the name of its type, for messages. */
  readonly title: string;
  readonly type: ts.TypeNode | undefined;
  /** Where it is declared, as `path:line`. */
  readonly place: string;
  readonly isOptional: boolean;
  readonly isSecret: boolean;
  readonly description: string;
}

function isDeclaration(statement: ts.Statement) {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement)
  );
}

function isProperty(
  member: ts.TypeElement | ts.ClassElement,
): member is ts.PropertySignature | ts.PropertyDeclaration {
  return ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
}
