export function settingsPage(manifestText: string, stringsText: string): string;
