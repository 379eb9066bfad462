# A NixOS module: containers whose images come from the Nix store.
{ pkgs, lib, ... }:

let
  notesVersion = "1.4";
in
{
  virtualisation.oci-containers.containers = {
    notes = {
      image = "ghcr.io/example/notes:${notesVersion}";
      imageFile = pkgs.dockerTools.pullImage {
        imageName   = "ghcr.io/example/notes";
        imageDigest = "sha256:026fa2448a89b050d9316d8c562a813441ab0ec130a7853d57f819a271e60ba9"; # amd64
        sha256      = "1aqx051br39xrq7z67ix9pnm8nd3ys44prsblfhb0s8af4c3r7sq";
        finalImageName = "ghcr.io/example/notes";
        finalImageTag  = notesVersion;
      };
      ports = [ "127.0.0.1:8080:8080" ];
    };

    # Written by hand just now: no digest yet, and a hash that Nix would refuse.
    cache = {
      image = "redis:7.2";
      imageFile = pkgs.dockerTools.pullImage {
        imageName = "redis";
        hash = lib.fakeHash;
        finalImageTag = "7.2";
        arch = "amd64";
      };
    };
  };
}
