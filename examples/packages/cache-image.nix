# Already up to date.
{ dockerTools }:

dockerTools.pullImage {
  imageName = "redis";
  imageDigest = "sha256:5b0b7bd5b51f8d82cfdc8826e60ada77aa3b82c83f67c70923f84ac3e4870783";
  hash = "sha256-7VLK0jjfQ0AvYGx9+YRTKUZHQF6IECzHL6D0f6lTP7A=";
  finalImageTag = "7.2";
}
