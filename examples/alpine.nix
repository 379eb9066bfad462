# The smallest case: one image, pinned by digest and hash.
{ pkgs ? import <nixpkgs> { } }:

pkgs.dockerTools.pullImage {
  imageName = "alpine";
  imageDigest = "sha256:de7e26084bafb5046f460386806b1160da067032bb2eda2f1ece236f00668089";
  hash = "sha256-IjMYsAmRJPGeM4Ap8XYkUFXumXHsFC01cuOuuITy5to=";
  finalImageTag = "3.20";
  os = "linux";
  arch = "amd64";
}
