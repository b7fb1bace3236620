import { OrgConnectionProvider } from "./org-connection-provider";

/**
 * Called by the provider text in every stack's state. The state of existing stacks names this
 * module and this function, so neither can ever be renamed.
 */
export function handler(): OrgConnectionProvider {
  return new OrgConnectionProvider();
}
