/** An attribute set as nix-prefetch-docker prints it: one attribute per line, string values only. */
export function printAttributeSet(attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries(attributes).map(([name, value]) => `  ${name} = "${escapeString(value)}";\n`);
  return `{\n${lines.join("")}}\n`;
}

/** What stands between the quotes of a Nix string. */
function escapeString(value: string): string {
  return value.replace(/["\\]|\$(?=\{)/g, "\\$&");
}
