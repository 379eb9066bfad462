export function bundleEditorSuite(): Promise<string>;
