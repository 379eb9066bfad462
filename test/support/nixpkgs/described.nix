# The strings and booleans among the attributes of a set that `pullImage` takes; of anything else, its type.
arguments:
let
  names = [
    "imageName" "imageDigest" "hash" "sha256" "outputHash" "finalImageName" "finalImageTag" "imageTag" "os" "arch"
    "tlsVerify"
  ];
  describe =
    value:
    let
      tried = builtins.tryEval value;
    in
    if !tried.success then
      { failure = true; }
    else if builtins.isString value || builtins.isBool value then
      value
    else
      { type = builtins.typeOf value; };
in
if builtins.isAttrs arguments then
  builtins.mapAttrs (_: describe) (builtins.intersectAttrs (builtins.listToAttrs (map (name: { inherit name; value = null; }) names)) arguments)
else
  { }
