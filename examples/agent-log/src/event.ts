/** A line of the log. */
export interface AgentEvent {
  readonly agent: string;
  /** Number of this event among the agent's own, from 0. */
  readonly step: number;
  readonly level: "info" | "error";
  readonly text: string;
}
