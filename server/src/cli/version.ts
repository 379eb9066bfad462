import { version } from "../../../package.json";

/** Of dockpin. */
export const VERSION: string = version;
