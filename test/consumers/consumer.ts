import type { packageManagers } from "./package-managers.ts";

/** Texts of files by their paths. */
export type Files = Readonly<Record<string, string>>;

/** A user's project, and what comes of it. */
export interface Consumer {
  /** What the project is, and so what its success proves. */
  readonly what: string;
  readonly packageManager: keyof typeof packageManagers;
  /** `type` of its package.json. */
  readonly type: "commonjs" | "module";
  /** Where not given, it is JavaScript, or Pulumi brings its own. */
  readonly typescript?: "5.9.3" | "6.0.3" | "7.0.2";
  readonly pulumi: "3.216.0" | "3.276.0";
  readonly node: "22.23.3" | "24.21.0" | "26.10.0";
  /** What runs the program. Default: Node.js. */
  readonly runtime?: "bun" | "bun without Node.js";
  /** The program's own files. */
  readonly files: Files;
  /** Whether it is a package of a workspace, beside an internal package of components. */
  readonly workspace?: "program" | "program and component";
  /** Whether the package is among the program's dependencies. Default: yes. */
  readonly depends?: "yes" | "as devDependency" | "through the component";
  /** Commands of its folder that come before Pulumi, by the executables of its dependencies. */
  readonly build?: readonly string[];
  /** package.json's `main`. Default: the file that Pulumi finds by itself. */
  readonly main?: string;
  /** Arguments of the runtime for a program that `pulumi up` doesn't run. */
  readonly run?: "index.js" | "--test bin/index.js";
  /** The requests that change something. Default: one that creates, and one that deletes. */
  readonly writes?: readonly ("POST" | "DELETE")[];
  /** The message that it ends in, where it can't work. */
  readonly message?: string;
}
