# Kept where it is on purpose: the newer release changed its data format.
{ dockerTools }:

dockerTools.pullImage {
  imageName = "alpine"; # dockpin: ignore
  imageDigest = "sha256:de7e26084bafb5046f460386806b1160da067032bb2eda2f1ece236f00668089";
  hash = "sha256-IjMYsAmRJPGeM4Ap8XYkUFXumXHsFC01cuOuuITy5to=";
  finalImageTag = "3.20";
}
