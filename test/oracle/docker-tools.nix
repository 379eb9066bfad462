# `dockerTools.pullImage` of nixpkgs without the rest of nixpkgs: the same arguments, the same skopeo command line, the
# same fixed output. `path` is where the builder finds its programs.
{ path }:

let
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fixName = builtins.replaceStrings [ "/" ":" ] [ "-" "-" ];
  empty = given: fake: if given == "" then fake else given;

  outputHashOf =
    arguments:
    if arguments ? hash then
      {
        outputHash = empty arguments.hash fakeHash;
        outputHashAlgo = null;
      }
    else
      {
        outputHash = empty arguments.sha256 (builtins.substring 0 64 (toString (builtins.genList (_: 0) 64)));
        outputHashAlgo = "sha256";
      };
in
{
  lib = { inherit fakeHash; };

  dockerTools.pullImage =
    {
      imageName,
      imageDigest,
      os ? "linux",
      arch ? "amd64",
      finalImageName ? imageName,
      finalImageTag ? "latest",
      tlsVerify ? true,
      name ? fixName "docker-image-${finalImageName}-${finalImageTag}.tar",
      ...
    }@arguments:
    derivation (
      {
        inherit name;
        system = builtins.currentSystem;
        builder = "/bin/sh";
        PATH = path;
        outputHashMode = "flat";
        sourceURL = "docker://${imageName}@${imageDigest}";
        destNameTag = "${finalImageName}:${finalImageTag}";
        args = [
          "-c"
          ''
            export HOME=$TMPDIR XDG_RUNTIME_DIR=$TMPDIR REGISTRY_AUTH_FILE=$TMPDIR/auth.json
            skopeo --insecure-policy --tmpdir="$TMPDIR" --override-os ${os} --override-arch ${arch} \
              copy --src-tls-verify=${if tlsVerify then "true" else "false"} \
              "$sourceURL" "docker-archive://$out:$destNameTag"
          ''
        ];
      }
      // outputHashOf arguments
    );
}
