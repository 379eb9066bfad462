export interface VsCodeServer {
  /** The Node that runs it. */
  readonly node: string;
  /** Its `server-main.js`. */
  readonly main: string;
}

export function vsCodeServer(): Promise<VsCodeServer | null>;
export function installVsCodeServer(): Promise<VsCodeServer>;
