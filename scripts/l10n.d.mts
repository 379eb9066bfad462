export function bundleOfTexts(): Promise<string>;
