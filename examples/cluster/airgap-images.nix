# Images for an air-gapped cluster; the module that reads this list calls pullImage on each entry.
[
  {
    imageName = "quay.io/example/proxy";
    imageDigest = "sha256:0db30c4f13799f4c37ca3a0e44c2066b3aed13c049aa2301b6eff263caa5e70c";
    hash = "sha256-H0BTIpyjH9L4ydSTODEjBx9Oqq50oFCrw6LZHbY9E8k=";
    finalImageTag = "v3.5";
    arch = "amd64";
  }
  {
    imageName = "quay.io/example/proxy";
    imageDigest = "sha256:0db30c4f13799f4c37ca3a0e44c2066b3aed13c049aa2301b6eff263caa5e70c";
    hash = "sha256-6+4xpQ+GJUSGvX3m2g4ojLvCNrfNt+lv2jXQht2/NWk=";
    finalImageTag = "v3.5";
    arch = "arm64";
  }
]
