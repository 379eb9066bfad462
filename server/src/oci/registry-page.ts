import type { Repository } from "./reference.ts";

/** Where people read about a repository, by its registry. Those of Google and GitHub lead on to the right page themselves. */
const PAGES: ReadonlyMap<string, (path: string) => string> = new Map([
  ["docker.io", dockerHubPage],
  ["ghcr.io", (path) => `https://ghcr.io/${path}`],
  ["quay.io", (path) => `https://quay.io/repository/${path}`],
  ...["gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io"].map(
    (host) => [host, (path: string) => `https://${host}/${path}`] as const,
  ),
  ["registry.k8s.io", (path) => `https://explore.ggcr.dev/?repo=registry.k8s.io/${path}`],
  ["mcr.microsoft.com", (path) => `https://mcr.microsoft.com/artifact/mar/${path}/about`],
  ["public.ecr.aws", (path) => `https://gallery.ecr.aws/${path}`],
  ["registry.gitlab.com", (path) => `https://gitlab.com/${leading(path, 2)}/container_registry`],
  ["cgr.dev", (path) => `https://images.chainguard.dev/directory/image/${last(path)}/overview`],
  ["lscr.io", (path) => `https://fleet.linuxserver.io/image?name=${path}`],
]);

const ARTIFACT_REGISTRY = /^[a-z0-9-]+-docker\.pkg\.dev$/;

/** The https page of a repository on a registry whose pages are known; null for others. */
export function registryPage({ registry, path }: Repository): string | null {
  if (ARTIFACT_REGISTRY.test(registry)) return `https://${registry}/${path}`;
  return PAGES.get(registry)?.(path) ?? null;
}

function dockerHubPage(path: string): string {
  const [, official] = /^library\/([^/]+)$/.exec(path) ?? [];
  return official === undefined ? `https://hub.docker.com/r/${path}` : `https://hub.docker.com/_/${official}`;
}

function leading(path: string, count: number): string {
  return path.split("/").slice(0, count).join("/");
}

function last(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
