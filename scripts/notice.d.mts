export function noticePage(): Promise<string>;
