import { resourceType as pluginType } from "../../plugin/resource-type";
import { inputsOf } from "../../provider/outputs";
import { providerText } from "../../sdk/provider-text";
import { resourceType } from "../../sdk/resource-type";
import { literal } from "../output/escape";
import type { Importable } from "./importable";

/**
 * Renders the file for `pulumi import --file`. The engine records these inputs and outputs without
 * calling the provider, so they must equal what the provider would return.
 */
export function importFile(importable: readonly Importable[]): string {
  const resources = importable.map(({ name, id, outputs }) => ({
    type: resourceType,
    name,
    id,
    inputs: { __provider: providerText, ...inputsOf(outputs) },
    outputs: { __provider: providerText, ...outputs },
  }));
  return `${literal({ resources }, 2)}\n`;
}

/** Renders the same file for the plugin, which reads each connection; an id can name its profile. */
export function pluginImportFile(importable: readonly Importable[]): string {
  const resources = importable.map(({ name, id, outputs: { profile } }) => ({
    type: pluginType,
    name,
    id: profile === undefined ? id : `${profile}/${id}`,
  }));
  return `${literal({ resources }, 2)}\n`;
}
