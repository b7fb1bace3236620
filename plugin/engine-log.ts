export interface EngineLog {
  log(
    severity: "debug" | "info" | "warning" | "error",
    message: string,
    urn?: string,
  ): Promise<void>;
}
