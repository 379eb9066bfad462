{ dockerTools }:

dockerTools.buildImage {
  name = "database";
  tag = "latest";

  # nix-prefetch-docker --image-name postgres --image-tag 16-alpine --arch amd64
  fromImage = dockerTools.pullImage rec {
    imageName = "postgres";
    imageDigest = "sha256:c601afaf571d12271d27d830f8be761fa9c0ada144965e84dd45665eebd5ab52";
    sha256 = "0lgrdrrhcm0rl8ys8c2y5c9gjjf61gmxgdwk30y378wviz7s0n4d";
    finalImageName = imageName;
    arch = "amd64";
  };
}
