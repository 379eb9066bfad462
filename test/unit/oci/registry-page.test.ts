import { expect, test } from "vitest";
import { parseRepository } from "../../../server/src/oci/reference.ts";
import { registryPage } from "../../../server/src/oci/registry-page.ts";

test.each<[name: string, page: string | null]>([
  ["alpine", "https://hub.docker.com/_/alpine"],
  ["docker.io/library/alpine", "https://hub.docker.com/_/alpine"],
  ["grafana/loki", "https://hub.docker.com/r/grafana/loki"],
  ["ghcr.io/org/app", "https://ghcr.io/org/app"],
  ["quay.io/prometheus/node-exporter", "https://quay.io/repository/prometheus/node-exporter"],
  ["gcr.io/distroless/static", "https://gcr.io/distroless/static"],
  ["europe-west1-docker.pkg.dev/project/repo/app", "https://europe-west1-docker.pkg.dev/project/repo/app"],
  ["mcr.microsoft.com/dotnet/runtime", "https://mcr.microsoft.com/artifact/mar/dotnet/runtime/about"],
  ["registry.gitlab.com/group/project/image", "https://gitlab.com/group/project/container_registry"],
  ["public.ecr.aws/nginx/nginx", "https://gallery.ecr.aws/nginx/nginx"],
  ["registry.k8s.io/pause", "https://explore.ggcr.dev/?repo=registry.k8s.io/pause"],
  ["cgr.dev/chainguard/nginx", "https://images.chainguard.dev/directory/image/nginx/overview"],
  ["lscr.io/linuxserver/sonarr", "https://fleet.linuxserver.io/image?name=linuxserver/sonarr"],
  ["registry.example.org/team/app", null],
  ["localhost:5000/app", null],
  ["quay.io:8443/org/app", null],
  ["evil-docker.pkg.dev.example.org/app", null],
])("%s", (name, page) => {
  const repository = parseRepository(name);
  if (!repository.ok) throw new Error(repository.problem.message);
  expect(registryPage(repository.value)).toBe(page);
});
