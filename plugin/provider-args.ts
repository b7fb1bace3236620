/** placeholder: replaced by the schema branch */
export interface ProviderArgs {
  apiKey?: string;
  appKey?: string;
  bearerToken?: string;
  site?: string;
  apiUrl?: string;
  orgId?: string;
  profiles?: Record<string, unknown>;
  maxRetries?: number;
  timeoutSeconds?: number;
}
