export function packExtension(folder?: string): Promise<string>;
